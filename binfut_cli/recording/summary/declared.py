"""How a summary's rows are declared: what tables, CSV, JSON, `--fields` and `--fail-if` go by."""

from typing import Literal

import msgspec

from binfut_cli.codec import Amount
from binfut_cli.resources.result.column import Column, Form, own_asset
from binfut_cli.resources.result.resource import Resource

ANSWER = "summary"


class BalanceChange(msgspec.Struct, frozen=True, rename="camel"):
    """What came and went of an asset on a day (UTC), for one reason."""

    day: str
    asset: str
    reason: str
    amount: Amount
    change_count: int


class TradingDay(msgspec.Struct, frozen=True, rename="camel"):
    """A day's (UTC) fills, and what they came to in an asset."""

    day: str
    asset: str
    fill_count: int
    realized_pnl: Amount
    commission: Amount
    funding: Amount


class Hole(msgspec.Struct, frozen=True):
    """A span of which changes may be missing. Times are ms."""

    from_ms: int = msgspec.field(name="from")
    to_ms: int = msgspec.field(name="to")
    certainty: str
    reason: str


class Extreme(msgspec.Struct, frozen=True):
    """The extreme of a figure, whose it was, and when (ms)."""

    figure: str
    of: str
    at: int
    ratio: str


class AlertSpan(msgspec.Struct, frozen=True):
    """From when to when (ms) an alert held for what it is of, or nobody could say whether it did.

    `to_ms` is None of one that was never clear.
    """

    from_ms: int = msgspec.field(name="from")
    to_ms: int | None = msgspec.field(name="to")
    state: Literal["fired", "unknown"]
    of: str
    expression: str
    times: int


CHANGES = Resource(
    kind="changes",
    record="balanceChange",
    answer=ANSWER,
    title="What came and went",
    model=BalanceChange,
    identity=("day", "asset", "reason"),
    columns=(
        Column("Day (UTC)", "day"),
        Column("Asset", "asset"),
        Column("Reason", "reason"),
        Column("Amount", "amount", Form.PROFIT, unit=own_asset),
        Column("Changes", "changeCount", Form.AMOUNT, 1),
    ),
)
TRADING = Resource(
    kind="trading",
    record="tradingDay",
    answer=ANSWER,
    title="Trading",
    model=TradingDay,
    identity=("day", "asset"),
    columns=(
        Column("Day (UTC)", "day"),
        Column("Asset", "asset"),
        Column("Fills", "fillCount", Form.AMOUNT),
        Column("Realized PnL", "realizedPnl", Form.PROFIT, unit=own_asset),
        Column("Fees", "commission", Form.MONEY, unit=own_asset),
        Column("Funding", "funding", Form.PROFIT, unit=own_asset),
    ),
)
HOLES = Resource(
    kind="uncovered",
    record="hole",
    answer=ANSWER,
    title="Not covered",
    model=Hole,
    identity=("from",),
    columns=(
        Column("From", "from", Form.TIME),
        Column("To", "to", Form.TIME),
        Column("Missed", "certainty"),
        Column("Why", "reason", Form.TEXT, 1),
    ),
)
EXTREMES = Resource(
    kind="extremes",
    record="extreme",
    answer=ANSWER,
    title="Nearest to liquidation, as far as snapshots tell",
    model=Extreme,
    identity=("figure",),
    columns=(
        Column("Figure", "figure"),
        Column("Of", "of"),
        Column("At", "at", Form.TIME),
        Column("Ratio", "ratio", Form.SHARE),
    ),
)
ALERTS = Resource(
    kind="alerts",
    record="alertSpan",
    answer=ANSWER,
    title="Alerts",
    model=AlertSpan,
    identity=("from", "of", "expression"),
    columns=(
        Column("From", "from", Form.TIME),
        Column("Clear", "to", Form.TIME),
        Column("State", "state", Form.TEXT, 1),
        Column("Of", "of"),
        Column("Alert", "expression"),
        Column("Told", "times", Form.AMOUNT, 1),
    ),
)
KINDS = (CHANGES, TRADING, HOLES, EXTREMES, ALERTS)

"""`account income`: what came and went, over a span, without loss or duplicates; and its totals.

`income` (weight 30 on usdm, 20 on coinm) answers at most 1000 rows; its `page` parameter is gone
since 2026-10-16. What cannot be read to its end is given as far as it is whole: every row of before
a moment, and none from it on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from functools import cache, partial

import msgspec
from msgspec.structs import replace

from binfut_cli.api.client import AccountClient
from binfut_cli.auth.signing import Param
from binfut_cli.codec import Amount, Row, Time, decimal, fitted, quoted, ready
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError, ExchangeError, UsageError, did_you_mean
from binfut_cli.resources.figures.derived import text
from binfut_cli.resources.history.lacking import Lacking
from binfut_cli.resources.history.pace import Pace
from binfut_cli.resources.history.pages import (
    PAGE,
    Pages,
    Span,
    listed,
    moment,
    unchecked,
)
from binfut_cli.resources.result.column import Column, Form, own_asset
from binfut_cli.resources.result.lenient import Read
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.result.symbols import naming

DAY_MS = 86_400_000
WEIGHT = {Market.USDM: 30, Market.COINM: 20}
EVERYTHING: Mapping[str, Param] = {}
KEPT_MS = {Market.USDM: 90 * DAY_MS, Market.COINM: 365 * DAY_MS}
"""How far back the exchange answers: three months on usdm; on coinm a span of a year."""

INCOME_TYPES = {
    Market.USDM: (
        "TRANSFER",
        "WELCOME_BONUS",
        "REALIZED_PNL",
        "FUNDING_FEE",
        "SPECIAL_FUNDING_FEE",
        "COMMISSION",
        "INSURANCE_CLEAR",
        "LIQUIDATION_FEE",
        "REFERRAL_KICKBACK",
        "COMMISSION_REBATE",
        "API_REBATE",
        "CONTEST_REWARD",
        "CROSS_COLLATERAL_TRANSFER",
        "OPTIONS_PREMIUM_FEE",
        "OPTIONS_SETTLE_PROFIT",
        "EVENT_CONTRACTS_ORDER",
        "EVENT_CONTRACTS_PAYOUT",
        "INTERNAL_TRANSFER",
        "AUTO_EXCHANGE",
        "DELIVERED_SETTELMENT",
        "COIN_SWAP_DEPOSIT",
        "COIN_SWAP_WITHDRAW",
        "POSITION_LIMIT_INCREASE_FEE",
        "STRATEGY_UMFUTURES_TRANSFER",
        "FEE_RETURN",
        "BFUSD_REWARD",
        "CASH_COUPON",
        "FUTURES_PRESENT",
    ),
    Market.COINM: (
        "TRANSFER",
        "WELCOME_BONUS",
        "FUNDING_FEE",
        "REALIZED_PNL",
        "COMMISSION",
        "INSURANCE_CLEAR",
        "DELIVERED_SETTELMENT",
    ),
}
"""The types that are documented or were seen; "SETTELMENT" is the exchange's own spelling.

The list is open: the exchange adds types without notice, so others are asked for all the same.
"""
REFUSED = {-1130, -1128, *range(-1106, -1099)}
"""Codes that say that a parameter's value is not taken; of a type it is -1130."""
MOVES = {"COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW", "AUTO_EXCHANGE"}
"""Types that move money or swap one asset for another, beside all whose name ends in TRANSFER."""
DIGITS = 400  # more than any sum of amounts can have
EPOCH = datetime.fromtimestamp(0, UTC)
SUMS = ("income", "transfers")
BY_DEFAULT = ("day", "asset", "incomeType")
BY = {
    "type": ("incomeType", "asset"),
    "symbol": ("symbol", "asset"),
    "asset": ("asset",),
    "day": ("day", "asset"),
    "month": ("month", "asset"),
}
"""What totals can be grouped by; always by asset too, since assets cannot be added up."""


@ready
class Income(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One flow of income; `tran_id` is unique only within one `income_type`."""

    symbol: str | None = None
    income_type: str | None = None
    income: Amount | None = None
    asset: str | None = None
    time: Time | None = None
    info: str | None = None
    tran_id: str | None = None
    trade_id: str | None = None


@ready
class Counted(Income, frozen=True, rename="camel", kw_only=True):
    """A flow that can be counted: it says how much of which asset, and when."""

    income: Amount
    asset: str
    time: Time


FLOWS = Resource(
    kind="flows",
    record="flow",
    answer="income",
    title="Income",
    model=Income,
    identity=("symbol",),
    renamed={"time": "incomeTime"},
    columns=(
        Column("Time", lambda row: moment(row) or row.get("time"), Form.TIME),
        Column("Type", "incomeType"),
        Column("Symbol", "symbol", Form.TEXT, 1),
        Column("Income", "income", Form.PROFIT, unit=own_asset),
        Column("Asset", "asset"),
        Column("Info", "info", Form.TEXT, 2),
        Column("Transaction", "tranId", Form.TEXT, 3),
    ),
)
RESOURCES = (FLOWS,)


class Wanted(msgspec.Struct, frozen=True):
    """Which flows, and what their totals are grouped by."""

    span: Span
    symbol: str | None = None
    income_type: str | None = None
    by: Sequence[str] = BY_DEFAULT

    @property
    def params(self) -> dict[str, Param]:
        """What narrows the question."""
        given = {"symbol": self.symbol, "incomeType": self.income_type}
        return {name: found for name, found in given.items() if found is not None}


class Reached(msgspec.Struct, frozen=True):
    """How many rows are whole, and from when on (ms) there may be more; None if there are not."""

    rows: int
    next_ms: int | None


def checked_span(market: Market, span: Span, now_ms: int) -> Span:
    """Refuse a span that is reversed, in the future, or beyond what the exchange keeps."""
    if span.start_ms > now_ms or span.end_ms > now_ms + DAY_MS:  # today ends later than now
        raise UsageError("The span lies in the future.", hint="End it today, or before.")
    if span.start_ms > span.end_ms:
        raise UsageError("The span ends before it begins.", hint="Give --from before --to.")
    oldest = now_ms - KEPT_MS[market]
    if span.start_ms < oldest:
        day = datetime.fromtimestamp(oldest / 1000, UTC) + timedelta(days=1)  # whole from here on
        raise UsageError(
            f"The exchange has {market} income only since {day:%Y-%m-%d}.",
            hint=f"Ask for --from {day:%Y-%m-%d}T00:00Z or later; "
            "older rows are in its export page only.",
        )
    return span


class Reading:
    """One market's flows, as far as they are read; any thread may look at them at any time.

    `progress` is told after each page how many rows there are and which time (ms) they reach.
    """

    def __init__(
        self,
        account: AccountClient,
        wanted: Wanted,
        pace: Pace | None = None,
        progress: Callable[[int, int], object] = lambda rows, reached_ms: None,
    ) -> None:
        self._account, self._wanted, self._progress = account, wanted, progress
        self._pace = pace or Pace()
        span = wanted.span
        ask = partial(_flows, account, span.end_ms, only=wanted.params)
        self._pages = Pages(ask, span.start_ms)
        self._rows: list[Row] = []
        self._reached = Reached(0, span.start_ms)

    def answer(self) -> Result:
        """Read every flow of the span, and add them up.

        What ends it early stands in the answer, and is raised only where nothing was read by then.
        """
        try:
            with _named(self._wanted, self._account.market):
                while not self._pages.is_over:
                    self._keep(self._turn())
        except BinfutError as exc:
            if (found := self.so_far()) is None:
                raise
            exc.hint += f" Then go on with {self.after(found)}."
            return replace(found, ended_by=exc)
        return self._answer(self._rows, self._wanted.span.end_ms)

    def so_far(self) -> Result | None:
        """What is read by now; None if that is nothing."""
        reached = self._reached
        if reached.next_ms is None:
            return self._answer(self._rows, self._wanted.span.end_ms)
        if not reached.rows:
            return None
        return self._answer(self._rows[: reached.rows], reached.next_ms - 1)

    def after(self, found: Result | None) -> str:
        """The options that ask for what is not in an answer of `so_far`; "" if it is whole."""
        span = self._wanted.span
        first = span.start_ms if found is None else found.document["to"] + 1
        if first > span.end_ms:
            return ""
        return f"--market {self._account.market} --from {iso(first)} --to {iso(span.end_ms)}"

    def _turn(self) -> list[Row]:
        """The next page, when there is room for it, however often it takes within reason."""
        cost, failures = WEIGHT[self._account.market], 0
        while True:
            try:
                return self._pace.ask(self._pages.turn, cost, lambda: self._account.weight)
            except BinfutError as exc:
                self._pace.after(exc, failures, is_begun=bool(self._rows))
                failures += 1

    def _keep(self, fresh: list[Row]) -> None:
        self._rows += fresh
        pages, rows = self._pages, len(self._rows)
        next_ms = None if pages.is_over else pages.start_ms
        self._reached = Reached(rows - (0 if pages.is_over else pages.unsure), next_ms)
        self._progress(rows, next_ms or self._wanted.span.end_ms)

    def _answer(self, rows: list[Row], end_ms: int) -> Result:
        span, by = self._wanted.span, self._wanted.by
        sums = {"totals": totals(rows, by), "periodTotals": totals(rows, BY["asset"])}
        document: Row = {"from": span.start_ms, "to": end_ms}
        if end_ms != span.end_ms:
            document["incomplete"] = ["income"]
        whole = {**document, "flows": rows, "derived": sums}
        return Result.of(self._account, "income", whole, FLOWS, read=Read(odd=tuple(_odd(rows))))


def _odd(rows: Iterable[Row]) -> Iterator[str]:
    """The odd fields of flows but `income`, which is told with what is in no sum."""
    for row in rows:
        for name in (odd for odd in fitted(row, Income, "income")[2] if odd != "income"):
            yield f"flows[{row.get('incomeType')} {row.get('tranId')}].{name}"


def iso(ms: int) -> str:
    """A moment as `--from` and `--to` take it whatever the zone, to the millisecond."""
    moment = EPOCH + timedelta(milliseconds=ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def lacks(market: Market, income_type: str) -> bool:
    """Whether a type is known to be of the other market only."""
    known = {kind for kinds in INCOME_TYPES.values() for kind in kinds}
    return income_type in known and income_type not in INCOME_TYPES[market]


def lacking(market: Market, income_type: str) -> Lacking:
    """The error for a type that a market has not."""
    return Lacking(
        f"{income_type} is not a type of {market} income."
        f"{did_you_mean(income_type, INCOME_TYPES[market])}",
        hint=f"Types of {market}: {', '.join(INCOME_TYPES[market])}.",
    )


@contextmanager
def _named(wanted: Wanted, market: Market) -> Iterator[None]:
    """Name the symbol or the type where the exchange only says that it is invalid."""
    try:
        with naming(wanted.symbol, market):
            yield
    except ExchangeError as exc:
        if wanted.income_type is None or exc.exchange_code not in REFUSED:
            raise
        named = lacking(market, wanted.income_type)
        named.exchange_code = exc.exchange_code
        raise named from exc


def page(
    account: AccountClient, end_ms: int, start_ms: int, *, only: Mapping[str, Param] = EVERYTHING
) -> list[Row]:
    """The first `PAGE` flows of a span, oldest first, every one of which can be counted."""
    return listed(account, "income", {**only, **_first(start_ms, end_ms)}, Counted)


def _flows(
    account: AccountClient, end_ms: int, start_ms: int, *, only: Mapping[str, Param]
) -> list[Row]:
    """The first `PAGE` flows of a span, oldest first, whatever their fields hold.

    An `income` that is a bare number leaves as text with the same digits, as amounts do.
    """
    rows = unchecked(account, "income", {**only, **_first(start_ms, end_ms)})
    for row in rows:
        if (amount := quoted(row.get("income"))) is not None:
            row["income"] = amount
    return rows


def _first(start_ms: int, end_ms: int) -> dict[str, Param]:
    return {"startTime": start_ms, "endTime": end_ms, "limit": PAGE}


def is_transfer(income_type: object) -> bool:
    """Whether flows of a type move money, and are no income."""
    return str(income_type).endswith("TRANSFER") or str(income_type) in MOVES


def unread(rows: Sequence[Row]) -> list[Row]:
    """The rows whose `income` is no number: they are shown, and are in no sum."""
    return [row for row in rows if decimal(row.get("income")) is None]


def utc_day(ms: int) -> str:
    """The day of a moment, in UTC."""
    return _day(ms // DAY_MS)


@cache
def _day(number: int) -> str:
    return f"{EPOCH + timedelta(days=number):%Y-%m-%d}"


def totals(
    rows: Sequence[Row], by: Sequence[str] = BY_DEFAULT, day: Callable[[int], str] = utc_day
) -> list[Row]:
    """Exact sums of each group, in its order: `income`, and apart from it `transfers`.

    Days and months are UTC's, or those of `day`, which tells the day of a moment in ms. A sum is
    None where nothing of its kind flowed, and so is the day of a row whose time cannot be read.
    """
    groups = _groups(day)
    exact = Context(prec=DIGITS)
    sums: dict[tuple[str | None, ...], dict[str, Decimal]] = {}
    for row in rows:
        if (amount := decimal(row.get("income"))) is not None:
            group = sums.setdefault(tuple(groups[name](row) for name in by), {})
            kind = "transfers" if is_transfer(row.get("incomeType")) else "income"
            group[kind] = exact.add(group.get(kind, Decimal()), amount)
    return [
        {**dict(zip(by, key, strict=True)), **{kind: text(group.get(kind)) for kind in SUMS}}
        for key, group in sorted(sums.items(), key=lambda each: [name or "" for name in each[0]])
    ]


def _groups(day: Callable[[int], str]) -> dict[str, Callable[[Row], str | None]]:
    """What tells a row's group, by what can be grouped by."""

    def day_of(row: Row) -> str | None:
        ms = moment(row)
        return None if ms is None else day(ms)

    def month_of(row: Row) -> str | None:
        return (found := day_of(row)) and found[: len("2026-11")]

    named = {name: partial(_field, name) for name in ("symbol", "asset", "incomeType")}
    return {"day": day_of, "month": month_of, **named}


def _field(name: str, row: Row) -> str | None:
    value = row.get(name)
    return None if value is None else str(value)

"""What is otherwise between an account at two moments: rows, or events for people. Pure.

Compared are the fields that only events change; what moves with the mark price is no difference.
"""

from collections.abc import Iterable

import msgspec

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures.derived import text
from binfut_cli.resources.figures.models import leg
from binfut_cli.resources.result.column import Column, Form
from binfut_cli.resources.result.resource import Resource
from binfut_cli.stream.events import Event
from binfut_cli.stream.fold.audit import differing
from binfut_cli.stream.state import BALANCE_FIELDS, POSITION_FIELDS, Difference, State


class FieldDifference(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One field of a balance, a position, a symbol's settings or the account's, twice."""

    kind: str
    asset: str | None = None
    symbol: str | None = None
    position_side: str | None = None
    field: str
    before: str | None
    after: str | None


DIFFERENCES = Resource(
    kind="differences",
    record="difference",
    answer="diff",
    title="Differences",
    model=FieldDifference,
    identity=("kind", "asset", "symbol", "positionSide", "field"),
    derived=("change",),
    columns=(
        Column("Kind", "kind"),
        Column("Asset", "asset"),
        Column("Symbol", "symbol"),
        Column("Side", "positionSide"),
        Column("Field", "field"),
        Column("Before", "before", Form.AMOUNT),
        Column("After", "after", Form.AMOUNT),
        Column("Change", "change", Form.PROFIT),
    ),
)


def rows(old: State, new: State) -> list[Row]:
    """A row for every field that differs; `change` is of those that are amounts."""
    return [_row(each) for each in differing(old, new)]


def _row(found: Difference) -> Row:
    before, after = _text(found.before), _text(found.after)
    return {
        "kind": found.kind,
        **found.key,
        "field": found.field,
        "before": before,
        "after": after,
        "derived": {"change": _change(before, after)},
    }


def _change(before: str | None, after: str | None) -> str | None:
    one, other = decimal(before), decimal(after)
    return None if one is None or other is None else text(other - one)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def as_events(old: State, new: State) -> list[Event]:
    """The same as if the stream had told it: one ACCOUNT_UPDATE, and one event a setting.

    Their rows have `previous`, as a watch's have.
    """
    found = differing(old, new)
    balances = dict.fromkeys(d.key["asset"] for d in found if d.kind == "balance")
    legs = dict.fromkeys(leg(d.key) for d in found if d.kind == "position")
    body: Row = {
        "reason": "",
        "balances": [
            {"asset": asset, **_fields(new.balances.get(asset), BALANCE_FIELDS)}
            for asset in balances
        ],
        "positions": [
            {"symbol": key[0], "positionSide": key[1], **_fields(new.positions.get(key), _SHOWN)}
            for key in legs
        ],
    }
    moved = [Event("ACCOUNT_UPDATE", None, None, body)] if balances or legs else []
    events, state = [*moved, *_settings(found, new)], old.copy()
    for event in events:
        state.apply(event)
    return events


_SHOWN = (*POSITION_FIELDS, "unrealizedProfit")
_NOUGHT = frozenset(("walletBalance", "crossWalletBalance", "positionAmt"))


def _fields(row: Row | None, names: Iterable[str]) -> Row:
    """Some fields of a row; one that is not listed holds nothing."""
    if row is None:
        return {name: "0" for name in names if name in _NOUGHT}
    return {name: row[name] for name in names if name in row}


def _settings(found: Iterable[Difference], new: State) -> list[Event]:
    symbols = [d.key["symbol"] for d in found if d.kind == "symbolConfig"]
    bodies: list[Row] = [
        {"symbolConfig": {"symbol": symbol, "leverage": new.leverage[symbol]}} for symbol in symbols
    ]
    if any(d.kind == "accountConfig" for d in found):
        bodies.append({"accountConfig": {"multiAssetsMargin": new.multi_assets_margin}})
    return [Event("ACCOUNT_CONFIG_UPDATE", None, None, body) for body in bodies]

"""What an account's assets and totals come to, when their positions are valued anew. Pure.

A sum is what was read, and by how much its parts have moved since: so it is exact where nothing
moved, and holds whatever the exchange counts that no row tells.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from binfut_cli.codec import Row, decimal, same
from binfut_cli.stream.live.formulas.valuation import amount
from binfut_cli.stream.live.legs import SUMMED, Figures, Leg
from binfut_cli.stream.state import BALANCE_FIELDS

_FREE = ("availableBalance", "maxWithdrawAmount")
"""What can be used: all that is not needed by cross positions and by orders."""
_ORDERED = ("openOrderInitialMargin", "initialMargin", *_FREE)
"""What open orders are in: a position that has changed may have been an order before."""
_ROW = ("asset", *BALANCE_FIELDS)
TOTALS = {
    "totalInitialMargin": "initialMargin",
    "totalMaintMargin": "maintMargin",
    "totalWalletBalance": "walletBalance",
    "totalUnrealizedProfit": "unrealizedProfit",
    "totalMarginBalance": "marginBalance",
    "totalPositionInitialMargin": "positionInitialMargin",
    "totalOpenOrderInitialMargin": "openOrderInitialMargin",
    "totalCrossWalletBalance": "crossWalletBalance",
    "totalCrossUnPnl": "crossUnPnl",
    "availableBalance": "availableBalance",
    "maxWithdrawAmount": "maxWithdrawAmount",
}
"""An account's totals, and what each is called of an asset."""
_NOTHING: Row = dict.fromkeys(TOTALS.values(), "0")
_SHARED = {
    "totalUnrealizedProfit": "totalUnrealizedProfit",
    "totalMarginBalance": "totalUnrealizedProfit",
    "totalCrossUnPnl": "totalCrossUnPnl",
    "totalMaintMargin": "totalMaintMargin",
    "totalPositionInitialMargin": "totalPositionInitialMargin",
    "totalInitialMargin": "totalPositionInitialMargin",
}
"""The totals that move with the mark, and which of them each moves by."""


_ROUNDED = Decimal("0.000001")  # by how much rounded figures may miss their sum


def asset_row(read: Row | None, told: Row | None, legs: Sequence[Leg]) -> Row:
    """An asset as it is now: as it was `read`, as the stream has `told`, with its positions.

    What can be used is computed where the formula explains what was read: in multi-assets mode it
    does not, and is as it was read.
    """
    has_changed = told is not None and (read is None or differ(read, told))
    moved = [leg for leg in legs if leg.is_moved]
    if read is not None and not has_changed and not moved:
        return read
    row = {**(read or {}), **{name: told[name] for name in _ROW if told and name in told}}
    figures = _figures(row, moved)
    if any(leg.has_changed for leg in moved):
        return _with(row, {**figures, **dict.fromkeys(_ORDERED)})
    return _with(row, {**figures, **_free(read, row, figures, legs)} if read else figures)


def differ(read: Row, told: Row) -> bool:
    """Whether the stream tells another balance of an asset than was read."""
    return any(name in told and not same(told[name], read.get(name)) for name in BALANCE_FIELDS)


def _figures(row: Row, moved: Sequence[Leg]) -> Figures:
    """What of an asset moves with its positions; None for what cannot be computed."""
    figures = {name: _moved_sum(row, name, moved) for name in SUMMED}
    profit, margin = figures["unrealizedProfit"], figures["positionInitialMargin"]
    return {
        **figures,
        "crossUnPnl": _moved_sum(row, "crossUnPnl", moved),
        "marginBalance": plus(decimal(row.get("walletBalance")), profit),
        "initialMargin": plus(margin, decimal(row.get("openOrderInitialMargin", "0"))),
    }


def _free(read: Row, row: Row, figures: Figures, legs: Sequence[Leg]) -> Figures:
    """What can be used now, if the formula holds for what was read.

    crossWalletBalance + crossUnPnl − what cross positions and open orders need, and to move out no
    more than is there without open profit; never below zero.
    """
    was = _free_of(read, decimal(read.get("crossUnPnl")), [leg.needed[0] for leg in legs])
    now = _free_of(row, figures["crossUnPnl"], [leg.needed[1] for leg in legs])
    holds = {name: _is_about(was[name], decimal(read.get(name))) for name in _FREE}
    changed = differ(read, row)
    kept = {name: None if changed else decimal(read.get(name)) for name in _FREE}
    return {name: now[name] if holds[name] else kept[name] for name in _FREE if name in read}


def _free_of(
    row: Row, profit: Decimal | None, taken: Iterable[Decimal | None]
) -> dict[str, Decimal | None]:
    needed = summed(taken)
    wallet = decimal(row.get("crossWalletBalance"))
    left = plus(wallet, None if needed is None else -needed)
    available, zero = plus(left, profit), Decimal()
    if left is None or available is None:
        return dict.fromkeys(_FREE)
    free = max(zero, available)
    return {"availableBalance": free, "maxWithdrawAmount": max(zero, min(free, left))}


def summed(parts: Iterable[Decimal | None]) -> Decimal | None:
    """A sum; None if a part of it is."""
    total = Decimal()
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _is_about(one: Decimal | None, other: Decimal | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= _ROUNDED


def _moved_sum(row: Row, name: str, moved: Iterable[Leg]) -> Decimal | None:
    """What was read, and by how much its parts have moved since."""
    return plus(decimal(row.get(name, "0")), summed(leg.shifts[name] for leg in moved))


def plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """A sum; None if a part of it is."""
    return None if one is None or other is None else one + other


def _with(row: Row, figures: Figures) -> Row:
    """The row with figures in their places; without those that are None."""
    told = {name: amount(each) for name, each in figures.items() if each is not None}
    return {name: each for name, each in row.items() if name not in figures or name in told} | told


def single_totals(document: Row, read: Row | None, now: Row) -> Row:
    """The totals of single-asset mode, which are the USDT row's: as read, and moved with it.

    A row that was not `read` was of zeros: one that still is has moved nothing.
    """
    if read is None and not differ(_NOTHING, now):
        return document
    before = _NOTHING if read is None else read
    figures = {
        name: plus(decimal(document.get(name)), _moved_by(before, now, own))
        for name, own in TOTALS.items()
    }
    return _with(document, {name: each for name, each in figures.items() if name in document})


def in_usd(document: Row, added: Figures) -> Row:
    """The totals of multi-assets mode as they were `added` up, with what open orders need."""
    position = added["totalPositionInitialMargin"]
    ordered = decimal(document.get("totalOpenOrderInitialMargin", "0"))
    figures = {**added, "totalInitialMargin": plus(position, ordered)}
    figures |= _shared_free(document, figures)
    return _with(document, {name: each for name, each in figures.items() if name in document})


def _shared_free(document: Row, now: Figures) -> Figures:
    """What can be used: by as much more than was read as equity has grown beyond what is needed.

    Haircuts that nobody tells are in what was read. Where that was nothing, nobody knows by how
    much less: it stays as it was. To move out there is no more than was read.
    """
    parts = ("totalCrossWalletBalance", "totalCrossUnPnl"), ("totalInitialMargin",)
    grown, needed = (
        summed(_less(now[name], document.get(name)) for name in each) for each in parts
    )
    free, least = (decimal(document.get(name)) for name in _FREE)
    if not free or least is None:
        return {name: decimal(document.get(name)) for name in _FREE}
    if grown is None or needed is None:
        return dict.fromkeys(_FREE)
    free = max(Decimal(), free + grown - needed)
    return dict(zip(_FREE, (free, min(free, least)), strict=True))


def _less(now: Decimal | None, read: object) -> Decimal | None:
    before = decimal(read)
    return None if now is None or before is None else now - before


def shared_totals(document: Row, read: Mapping[str, Row], now: Mapping[str, Row]) -> Row | None:
    """The totals of multi-assets mode, in USD; None where nobody can tell what an asset counts.

    What a unit of an asset counts is known where that asset alone makes the total that was read. A
    wallet that has changed would be counted at a rate that nobody tells.
    """
    moved = [name for name, row in now.items() if row is not read.get(name)]
    if any(name not in read or differ(read[name], now[name]) for name in moved):
        return None
    by = {name: _shift(document, name, moved, read, now) for name in set(_SHARED.values())}
    if None in by.values():
        return None
    figures = {name: plus(decimal(document.get(name)), by[own]) for name, own in _SHARED.items()}
    return _with(document, {name: each for name, each in figures.items() if name in document})


def _shift(
    document: Row, total: str, moved: Iterable[str], read: Mapping[str, Row], now: Mapping[str, Row]
) -> Decimal | None:
    """By how much a total has moved with its assets, in USD."""
    own = TOTALS[total]
    shifts = {name: _moved_by(read[name], now[name], own) for name in moved}
    shifts = {name: each for name, each in shifts.items() if each != 0}
    if not shifts:
        return Decimal()
    made_of = [name for name, row in read.items() if decimal(row.get(own)) != 0]
    counted = decimal(document.get(total))
    if len(made_of) != 1 or [*shifts] != made_of or counted is None:
        return None
    shift, of = shifts[made_of[0]], decimal(read[made_of[0]].get(own))
    return None if shift is None or not of else shift * counted / of


def _moved_by(read: Row, now: Row, own: str) -> Decimal | None:
    return _less(decimal(now.get(own)), read.get(own))

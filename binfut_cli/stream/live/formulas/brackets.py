"""Maintenance margin by the exchange's brackets: |notional| × rate − cum. Pure.

Source: the exchange's `leverageBracket` pages and its FAQ on maintenance margin. Floors, caps and
`cum` are in the quote asset on usdm, in the coin on coinm.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from binfut_cli.codec import Row, decimal

_FLOORS = ("notionalFloor", "qtylFloor", "qtyFloor")


class Bracket(NamedTuple):
    """From which size on a rate holds, and what is taken off so that no step is left."""

    floor: Decimal
    rate: Decimal
    cum: Decimal


Brackets = Mapping[str, tuple[Bracket, ...]]
"""By symbol, the lowest first."""


def brackets_of(rows: Iterable[Row]) -> Brackets:
    """The brackets of an answer to `leverageBracket`; a symbol with an odd one has none."""
    found = {str(row.get("symbol")): _tiers(row.get("brackets")) for row in rows}
    return {symbol: tiers for symbol, tiers in found.items() if tiers}


def _tiers(rows: Any) -> tuple[Bracket, ...]:
    tiers = [_tier(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    whole = [tier for tier in tiers if tier is not None]
    return tuple(sorted(whole)) if whole and len(whole) == len(rows) else ()


def _tier(row: Row) -> Bracket | None:
    floor = next((row[name] for name in _FLOORS if name in row), None)
    numbers = [decimal(each) for each in (floor, row.get("maintMarginRatio"), row.get("cum"))]
    if any(number is None for number in numbers):
        return None
    return Bracket(*(number for number in numbers if number is not None))


def bracket(tiers: tuple[Bracket, ...], size: Decimal) -> Bracket | None:
    """The bracket of a size (a notional, of either sign); None without brackets."""
    size = abs(size)
    return next((each for each in reversed(tiers) if each.floor <= size), None)


def maintenance(tiers: tuple[Bracket, ...], size: Decimal) -> Decimal | None:
    """What a position of a size needs; None without brackets."""
    tier = bracket(tiers, size)
    return None if tier is None else abs(size) * tier.rate - tier.cum

"""A position with all that is made of it, by sums, moments, liquidation: once a mark. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple, Self

from binfut_cli.codec import Row, decimal, fitted
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.models import Position
from binfut_cli.stream.live.formulas.liquidation import Held
from binfut_cli.stream.live.formulas.valuation import NOTIONALS
from binfut_cli.stream.state import is_held

SUMMED = ("unrealizedProfit", "maintMargin", "positionInitialMargin")
"""The figures of a position that add up to its asset's."""
_CROSS_PROFIT = "crossUnPnl"

Figures = Mapping[str, Decimal | None]
_PARTS = (
    "positionAmt", "entryPrice", "markPrice", "unrealizedProfit", "maintMargin", "isolatedWallet",
)  # fmt: skip


class Together(NamedTuple):
    """What is liquidated together: a symbol's cross legs in an asset, or one isolated leg."""

    asset: str
    symbol: str
    side: str | None = None  # of an isolated leg

    @classmethod
    def of(cls, market: Market, row: Row) -> Self:
        """That of a position."""
        side = str(row.get("positionSide", "BOTH")) if is_isolated(row) else None
        return cls(str(margined_in(market, row)), str(row["symbol"]), side)


@dataclass(frozen=True, slots=True)
class Part:
    """A leg as its liquidation needs it: also its profit, and the margin that it needs to stay."""

    held: Held
    mark: Decimal
    value: Decimal
    profit: Decimal
    needed: Decimal
    wallet: Decimal  # of its own, if it is isolated

    @classmethod
    def of(cls, market: Market, row: Row) -> Self | None:
        """The same of a position's row; None if a part of it cannot be read."""
        found = [decimal(row.get(name)) for name in (*_PARTS, NOTIONALS[market])]
        told = [each for each in found if each is not None]
        if len(told) < len(found) or not told[2]:
            return None
        held, entry, mark, profit, needed, wallet, value = told
        return cls(Held(held, entry), mark, value, profit, needed, wallet)


@dataclass(frozen=True, slots=True)
class Leg:
    """A position as it was read, if it was, and as it is `now`.

    `has_changed` tells of what only events change; `shifts` by how much each of its asset's figures
    has moved with it since the reading, None where that is not known; `needed` what of its asset it
    takes, as it was read and now. `model` is its row's, `asset` what it is margined in; `part` is
    of one that is held.
    """

    read: Row | None
    now: Row
    has_changed: bool
    model: Position
    asset: str | None
    is_held: bool
    is_isolated: bool
    shifts: Figures
    needed: tuple[Decimal | None, Decimal | None]
    together: Together
    part: Part | None

    @classmethod
    def of(cls, market: Market, read: Row | None, now: Row, *, has_changed: bool) -> Self:
        """The same of two rows."""
        row, model, _ = fitted(now, Position, "a position")
        shifts = {} if now is read else _shifts(read, now)
        needed = (Decimal() if read is None else _needed(read)), _needed(now)
        is_open = is_held(now)
        return cls(
            read, row, has_changed, model, margined_in(market, now), is_open, is_isolated(now),
            shifts, needed, Together.of(market, row), Part.of(market, row) if is_open else None,
        )  # fmt: skip

    def liquidated_at(self, price: str) -> Self:
        """The same with a liquidation price."""
        now = {**self.now, "liquidationPrice": price}
        return replace(self, now=now, model=self.model.liquidated_at(price))

    @property
    def is_moved(self) -> bool:
        """Whether anything of it is otherwise than it was read."""
        return bool(self.shifts)


def _shifts(read: Row | None, now: Row) -> Figures:
    shifts = {name: _shift(read, now, name) for name in SUMMED}
    before = Decimal() if read is None else _cross_profit(read)
    return {**shifts, _CROSS_PROFIT: _less(_cross_profit(now), before)}


def _shift(read: Row | None, now: Row, name: str) -> Decimal | None:
    return _less(decimal(now.get(name)), Decimal() if read is None else decimal(read.get(name)))


def _less(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if after is None or before is None else after - before


def _cross_profit(row: Row) -> Decimal | None:
    """The profit of a position, if it is a cross one."""
    return Decimal() if is_isolated(row) else decimal(row.get("unrealizedProfit"))


def _needed(row: Row) -> Decimal | None:
    """What of an asset a position takes: an isolated one has its own margin."""
    name = "openOrderInitialMargin" if is_isolated(row) else "initialMargin"
    return decimal(row.get(name, "0"))


def is_isolated(row: Row) -> bool:
    """Whether a position has margin of its own, as far as its row tells."""
    told = row.get("isolated")
    return told if isinstance(told, bool) else bool(decimal(row.get("isolatedWallet")))


def margined_in(market: Market, row: Row) -> str | None:
    """The asset that a position is margined in."""
    told = row.get("marginAsset")
    if told is None and market is Market.COINM:
        return str(row["symbol"]).split("USD")[0]
    return None if told is None else str(told)

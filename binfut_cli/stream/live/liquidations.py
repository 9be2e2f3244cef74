"""Where an account is liquidated as it is now, if a formula explains what was read of that. Pure.

Under cross margin a liquidation price hangs on the marks of all positions of its pool, and nobody
tells how it moves with them. The formula is held against every reading anew: what it does not
explain (a mode, a margin or a bracket of which it knows nothing) is the exchange's word of then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Self

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.models import leg
from binfut_cli.stream.live.formulas.liquidation import Held, liquidation_price
from binfut_cli.stream.live.formulas.valuation import Terms, amount
from binfut_cli.stream.live.legs import is_isolated, margined_in
from binfut_cli.stream.live.sums import plus, summed
from binfut_cli.stream.state import is_held

LegKey = tuple[str, str]

_TOLD = (
    "positionAmt", "entryPrice", "markPrice", "unrealizedProfit", "maintMargin", "isolatedWallet",
)  # fmt: skip

_NONE = Decimal()
_CLOSE = Decimal("0.000001")  # of a price: what entry prices and amounts are rounded to
_WRITTEN = Decimal("0.0000002")  # of a unit of the margin asset, in all figures of a pool
_BALANCED = 250  # legs that balance still need margin, whose least rate is one in so many


class Together(NamedTuple):
    """What is liquidated together: a symbol's cross legs in an asset, or one isolated leg."""

    asset: str
    symbol: str
    side: str | None = None  # of an isolated leg


@dataclass(frozen=True, slots=True)
class Part:
    """A leg as the formula needs it; `surplus` is its profit less its maintenance margin."""

    held: Held
    mark: Decimal
    value: Decimal
    surplus: Decimal
    wallet: Decimal  # of its own, if it is isolated

    @classmethod
    def of(cls, row: Row, notional: str) -> Self | None:
        """The same of a position's row; None if a part of it cannot be read."""
        found = [decimal(row.get(name)) for name in (*_TOLD, notional)]
        told = [each for each in found if each is not None]
        if len(told) < len(found) or not told[2]:
            return None
        held, entry, mark, profit, needed, wallet, value = told
        return cls(Held(held, entry), mark, value, profit - needed, wallet)


Parts = Mapping[Together, Sequence[Part | None]]


class Liquidations:
    """What was read of an account's liquidation prices, and which of it the formula explains."""

    def __init__(
        self,
        market: Market,
        positions: Iterable[Row],
        assets: Mapping[str, Row],
        terms: Callable[[str], Terms],
    ) -> None:
        """`positions` and `assets` as they were read; `terms` are those of a symbol."""
        self._market, self._terms = market, terms
        rows = [row for row in positions if is_held(row)]
        parts = self._parts(rows)
        computed = self._computed(parts, assets)
        read = {self._together(row): decimal(row.get("liquidationPrice")) for row in rows}
        self._explained = {
            each: _agree(computed.get(each), price, parts[each]) for each, price in read.items()
        }

    def prices(self, rows: Iterable[Row], assets: Mapping[str, Row]) -> dict[LegKey, str]:
        """The liquidation prices of these positions with these assets, "0" where there is none."""
        held = [row for row in rows if is_held(row)]
        found = {
            each: price
            for each, price in self._computed(self._parts(held), assets).items()
            if price is not None and self._is_explained(each)
        }
        pairs = ((leg(row), found.get(self._together(row))) for row in held)
        return {key: _written(price) for key, price in pairs if price is not None}

    def _is_explained(self, together: Together) -> bool:
        """Whether the formula holds: for these, or for all others, if these are new."""
        return self._explained.get(
            together, bool(self._explained) and all(self._explained.values())
        )

    def _together(self, row: Row) -> Together:
        asset, symbol = str(margined_in(self._market, row)), str(row["symbol"])
        return Together(asset, symbol, leg(row)[1] if is_isolated(row) else None)

    def _parts(self, rows: Iterable[Row]) -> Parts:
        found: dict[Together, list[Part | None]] = {}
        for row in rows:
            name = self._terms(str(row["symbol"])).notional_name
            found.setdefault(self._together(row), []).append(Part.of(row, name))
        return found

    def _computed(self, parts: Parts, assets: Mapping[str, Row]) -> dict[Together, Decimal | None]:
        """What the formula says; None where something that it needs cannot be read."""
        pools = {name: _wallet(assets.get(name)) for name in {each.asset for each in parts}}
        for each, legs in parts.items():
            if each.side is None:
                pools[each.asset] = plus(pools[each.asset], _surplus(legs))
        return {each: self._price(each, legs, pools[each.asset]) for each, legs in parts.items()}

    def _price(
        self, together: Together, legs: Sequence[Part | None], pool: Decimal | None
    ) -> Decimal | None:
        known, own = [each for each in legs if each is not None], _surplus(legs)
        if own is None or not known:
            return None
        backing = plus(pool, -own) if together.side is None else known[0].wallet
        if backing is None:
            return None
        held = [each.held for each in known]
        return liquidation_price(self._terms(together.symbol), held, known[0].mark, backing)


def _wallet(asset: Row | None) -> Decimal | None:
    return None if asset is None else decimal(asset.get("crossWalletBalance"))


def _surplus(legs: Iterable[Part | None]) -> Decimal | None:
    """Profit less maintenance margin of all; None if one of them cannot be read."""
    return summed(None if each is None else each.surplus for each in legs)


def _agree(computed: Decimal | None, read: Decimal | None, legs: Iterable[Part | None]) -> bool:
    """Whether a price is the one that was read, but for the digits that its parts are told with."""
    if computed is None or read is None:
        return False
    values = [each.value for each in legs if each is not None]
    net = max(abs(sum(values, _NONE)), sum(map(abs, values), _NONE) / _BALANCED)
    return abs(computed - read) <= read * (_CLOSE + _WRITTEN / net) if net else False


def _written(price: Decimal) -> str:
    return (amount(price) if price else None) or "0"

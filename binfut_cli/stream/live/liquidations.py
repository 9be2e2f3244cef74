"""Where an account is liquidated as it is now, if a formula explains what was read of that. Pure.

Under cross margin a liquidation price hangs on the marks of all positions of its pool, and nobody
tells how it moves with them. The formula is held against every reading anew: what it does not
explain (a mode, a margin or a bracket of which it knows nothing) is the exchange's word of then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.stream.live.formulas.liquidation import liquidation_price
from binfut_cli.stream.live.formulas.valuation import Terms, amount
from binfut_cli.stream.live.legs import Leg, Part, Together
from binfut_cli.stream.live.sums import plus, summed
from binfut_cli.stream.state import is_held

_NONE = Decimal()
_CLOSE = Decimal("0.000001")  # of a price: what entry prices and amounts are rounded to
_WRITTEN = Decimal("0.0000002")  # of a unit of the margin asset, in all figures of a pool
_BALANCED = 250  # legs that balance still need margin, whose least rate is one in so many

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
        self._terms = terms
        rows = [(Together.of(market, row), row) for row in positions if is_held(row)]
        parts = _grouped((each, Part.of(market, row)) for each, row in rows)
        computed = self._computed(parts, assets)
        self._explained = {
            each: _agree(computed[each], decimal(row.get("liquidationPrice")), parts[each])
            for each, row in rows
        }

    def prices(self, legs: Iterable[Leg], assets: Mapping[str, Row]) -> dict[Together, str]:
        """Where these positions are liquidated with these assets; "0" where no price does."""
        parts = _grouped((leg.together, leg.part) for leg in legs if leg.is_held)
        return {
            each: _written(price)
            for each, price in self._computed(parts, assets).items()
            if price is not None and self._is_explained(each)
        }

    def _is_explained(self, together: Together) -> bool:
        """Whether the formula holds: for these, or for all others, if these are new."""
        return self._explained.get(
            together, bool(self._explained) and all(self._explained.values())
        )

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


def _grouped(pairs: Iterable[tuple[Together, Part | None]]) -> Parts:
    found: dict[Together, list[Part | None]] = {}
    for each, part in pairs:
        found.setdefault(each, []).append(part)
    return found


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

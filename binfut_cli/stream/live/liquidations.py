"""Where an account is liquidated as it is now, if a formula explains what was read of that. Pure.

Under cross margin a liquidation price hangs on the marks of all positions of its pool, and nobody
tells how it moves with them. The formula is held against every reading anew: what it does not
explain (a mode, a margin or a bracket of which it knows nothing) is the exchange's word of then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Self

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.stream.live.formulas.liquidation import Backing, liquidation_price
from binfut_cli.stream.live.formulas.multi_assets import NEAR, PAR, Rate, Rates
from binfut_cli.stream.live.formulas.valuation import Terms, amount
from binfut_cli.stream.live.legs import Leg, Part, Together
from binfut_cli.stream.live.sums import plus, summed
from binfut_cli.stream.state import is_held

_NONE = Decimal()
_CLOSE = Decimal("0.000001")  # of a price: what entry prices and amounts are rounded to
_WRITTEN = Decimal("0.0000002")  # of a unit of the margin asset, in all figures of a pool
_BALANCED = 250  # legs that balance still need margin, whose least rate is one in so many
_FAR = Decimal("0.01")  # of a price: however little is left of legs that balance

Parts = Mapping[Together, Sequence[Part | None]]


class Pool(NamedTuple):
    """What an asset's cross positions share: wallet and profits, and what they need to stay."""

    equity: Decimal
    needed: Decimal

    @classmethod
    def of(cls, asset: Row | None, legs: Sequence[Part | None]) -> Self | None:
        """That of an asset; None if a part of it cannot be read."""
        wallet = None if asset is None else decimal(asset.get("crossWalletBalance"))
        profit = summed(None if each is None else each.profit for each in legs)
        needed = summed(None if each is None else each.needed for each in legs)
        equity = plus(wallet, profit)
        return None if equity is None or needed is None else cls(equity, needed)


class Pools:
    """What stands behind cross positions: their asset's pool, and all others if these count."""

    def __init__(self, parts: Parts, assets: Mapping[str, Row], rates: Rates | None) -> None:
        """`rates` are what assets count in multi-assets mode; None in any other."""
        self._rates = rates
        cross: dict[str, list[Part | None]] = {name: [] for name in rates or ()}
        for each, legs in parts.items():
            if each.side is None:
                cross.setdefault(each.asset, []).extend(legs)
        self._pools = {name: Pool.of(assets.get(name), legs) for name, legs in cross.items()}
        counted = (_counted(self._pools[name], rate) for name, rate in (rates or {}).items())
        self._all = summed(counted)

    def behind(self, asset: str, legs: Sequence[Part]) -> Backing | None:
        """What stands behind these beside themselves; None if a part of it cannot be read."""
        own, rate = self._pools[asset], PAR if self._rates is None else self._rates.get(asset)
        if own is None or rate is None or self._all is None:
            return None
        equity = own.equity - sum((each.profit for each in legs), _NONE)
        needed = own.needed - sum((each.needed for each in legs), _NONE)
        others = _NONE if self._rates is None else self._all - rate.counts(*own)
        return Backing(equity, others - needed * rate.ask, rate)


class Liquidations:
    """What was read of an account's liquidation prices, and which of it the formula explains."""

    def __init__(
        self,
        market: Market,
        positions: Iterable[Row],
        assets: Mapping[str, Row],
        terms: Callable[[str], Terms],
        rates: Rates | None = None,
    ) -> None:
        """`positions` and `assets` as they were read; `terms` are those of a symbol.

        `rates` are those of about then, in multi-assets mode: they are told once a second.
        """
        self._terms = terms
        rows = [(Together.of(market, row), row) for row in positions if is_held(row)]
        parts = _grouped((each, Part.of(market, row)) for each, row in rows)
        computed, unsure = self._computed(parts, assets, rates), _unsure(assets, rates)
        self._explained = {
            each: _agree(computed[each], decimal(row.get("liquidationPrice")), parts[each], unsure)
            for each, row in rows
        }

    def prices(
        self, legs: Iterable[Leg], assets: Mapping[str, Row], rates: Rates | None = None
    ) -> dict[Together, str]:
        """Where these positions are liquidated with these assets; "0" where no price does."""
        parts = _grouped((leg.together, leg.part) for leg in legs if leg.is_held)
        return {
            each: _written(price)
            for each, price in self._computed(parts, assets, rates).items()
            if price is not None and self._is_explained(each)
        }

    def _is_explained(self, together: Together) -> bool:
        """Whether the formula holds: for these, or for all others, if these are new.

        The first position of all is taken at the formula's word until it is read.
        """
        return self._explained.get(together, all(self._explained.values()))

    def _computed(
        self, parts: Parts, assets: Mapping[str, Row], rates: Rates | None
    ) -> dict[Together, Decimal | None]:
        """What the formula says; None where something that it needs cannot be read."""
        pools = Pools(parts, assets, rates)
        return {each: self._price(each, legs, pools) for each, legs in parts.items()}

    def _price(
        self, together: Together, legs: Sequence[Part | None], pools: Pools
    ) -> Decimal | None:
        known = [each for each in legs if each is not None]
        if len(known) < len(legs) or not known:
            return None
        is_alone = together.side is not None
        backing = Backing(known[0].wallet) if is_alone else pools.behind(together.asset, known)
        if backing is None:
            return None
        held = [each.held for each in known]
        return liquidation_price(self._terms(together.symbol), held, known[0].mark, backing)


def _counted(pool: Pool | None, rate: Rate) -> Decimal | None:
    return None if pool is None else rate.counts(*pool)


def _unsure(assets: Mapping[str, Row], rates: Rates | None) -> Decimal:
    """How much in USD it may be wrong by that rates are of another moment than the reading."""
    worth = (
        abs(equity) * rate.ask
        for name, rate in (rates or {}).items()
        if (equity := decimal(assets[name].get("marginBalance"))) is not None
    )
    return NEAR * sum(worth, _NONE)


def _grouped(pairs: Iterable[tuple[Together, Part | None]]) -> Parts:
    found: dict[Together, list[Part | None]] = {}
    for each, part in pairs:
        found.setdefault(each, []).append(part)
    return found


def _agree(
    computed: Decimal | None, read: Decimal | None, legs: Iterable[Part | None], unsure: Decimal
) -> bool:
    """Whether a price is the one that was read, but for the digits that its parts are told with.

    And for what the backing is `unsure` by, in units of the margin asset or about that.
    """
    if computed is None or read is None:
        return False
    values = [each.value for each in legs if each is not None]
    net = max(abs(sum(values, _NONE)), sum(map(abs, values), _NONE) / _BALANCED)
    if not net:
        return False
    return abs(computed - read) <= read * (_CLOSE + _WRITTEN / net + min(unsure / net, _FAR))


def _written(price: Decimal) -> str:
    return (amount(price) if price else None) or "0"

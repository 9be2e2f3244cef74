"""The mark price at which a symbol's positions are liquidated, all other marks as they are. Pure.

It is where what stands behind them and their own profit come to what they need. Under cross margin
the LONG and the SHORT of a symbol share one price, and what counts is the bracket at that price,
not at the mark. Source: the exchange's FAQs on liquidation prices of USDⓈ-M and COIN-M.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from binfut_cli.endpoints import Market
from binfut_cli.stream.live.formulas.brackets import bracket
from binfut_cli.stream.live.formulas.valuation import Terms

_STEPS = 32
"""More brackets than a symbol has."""
_NONE = Decimal()


class Held(NamedTuple):
    """An amount (coins on usdm, contracts on coinm; negative if short), and its entry price."""

    amount: Decimal
    entry: Decimal


def liquidation_price(
    terms: Terms, legs: Sequence[Held], mark: Decimal, backing: Decimal
) -> Decimal | None:
    """The price that liquidates the legs together; 0 if none does, None if nobody can tell.

    `backing` is what stands behind them beside their own profit, less what others of the pool need,
    in the margin asset. Equity less maintenance margin is a straight line in the worth of one unit
    as long as no leg leaves its bracket: the price is approached from the mark until none does.
    """
    unit, before = terms.unit(mark), None
    for _ in range(_STEPS):
        line = None if unit is None else _surplus(terms, legs, unit, backing)
        if unit is None or line is None:
            return None
        if line == before:
            return terms.unit(unit) if unit else _NONE
        before, (slope, at_zero) = line, line
        if not slope:
            return _NONE
        unit = max(_NONE, -at_zero / slope)
    return None


def _surplus(
    terms: Terms, legs: Sequence[Held], unit: Decimal, backing: Decimal
) -> tuple[Decimal, Decimal] | None:
    """Equity less maintenance margin with the brackets of a unit's worth: slope, and at 0.

    On coinm a unit is worth less the higher the price, and so the profit of a long falls with it.
    """
    way = 1 if terms.market is Market.USDM else -1
    slope, at_zero = Decimal(), backing
    for amount, entry in legs:
        tier, paid = bracket(terms.tiers, amount * unit), terms.unit(entry)
        if tier is None or paid is None:
            return None
        slope += way * amount - abs(amount) * tier.rate
        at_zero += tier.cum - way * amount * paid
    return slope, at_zero

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
from binfut_cli.stream.live.formulas.multi_assets import PAR, Rate
from binfut_cli.stream.live.formulas.valuation import Terms

_STEPS = 32
"""More brackets than a symbol has."""
_NONE = Decimal()


class Held(NamedTuple):
    """An amount (coins on usdm, contracts on coinm; negative if short), and its entry price."""

    amount: Decimal
    entry: Decimal


class Backing(NamedTuple):
    """What stands behind legs beside their own profit: `equity`, in the margin asset.

    `rest` is all else, less what others of the pool need. In multi-assets mode that is in USD, and
    `rate` tells what the margin asset counts there.
    """

    equity: Decimal
    rest: Decimal = Decimal()
    rate: Rate = PAR


def liquidation_price(
    terms: Terms, legs: Sequence[Held], mark: Decimal, backing: Backing
) -> Decimal | None:
    """The price that liquidates the legs together; 0 if none does, None if nobody can tell.

    Equity less maintenance margin is a straight line in the worth of one unit as long as no leg
    leaves its bracket and the equity its sign: the price is approached from the mark until none
    does.
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
    terms: Terms, legs: Sequence[Held], unit: Decimal, backing: Backing
) -> tuple[Decimal, Decimal] | None:
    """Equity less maintenance margin with the brackets of a unit's worth: slope, and at 0.

    On coinm a unit is worth less the higher the price, and so the profit of a long falls with it.
    """
    way = 1 if terms.market is Market.USDM else -1
    gained, spent, load, spared = _NONE, _NONE, _NONE, _NONE
    for amount, entry in legs:
        tier, paid = bracket(terms.tiers, amount * unit), terms.unit(entry)
        if tier is None or paid is None:
            return None
        gained += way * amount
        spent += way * amount * paid
        load += abs(amount) * tier.rate
        spared += tier.cum
    equity, rate = backing.equity - spent, backing.rate
    worth = rate.worth(equity + gained * unit)
    return worth * gained - rate.ask * load, backing.rest + worth * equity + rate.ask * spared

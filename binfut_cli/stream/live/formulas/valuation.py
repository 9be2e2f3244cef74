"""A position at a mark price: what of its figures moves with the mark. Pure.

usdm: notional = amount × mark, profit = amount × (mark − entry), in the quote asset.
coinm: notional = amount × contract size / mark, in the coin, and the profit is by how much that
has fallen since the entry. Both: maintenance margin by the exchange's brackets, and the position's
own margin = |notional| / leverage, where that explains what was read; else by the rate of that.

Sources: the exchange's FAQs on profit and loss of USDⓈ-M and COIN-M, and on maintenance margin.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.stream.live.formulas.brackets import Bracket, maintenance

PLACES = 8
NOTIONALS = {Market.USDM: "notional", Market.COINM: "notionalValue"}
_SAME = Decimal("0.00000002")  # of a sum of two figures that are rounded to eight places


def amount(figure: Decimal | None) -> str | None:
    """A figure as the exchange writes amounts: eight places, and zero without a sign."""
    if figure is None:
        return None
    written = f"{figure:.{PLACES}f}"
    return written.lstrip("-") if not written.strip("-0.") else written


@dataclass(frozen=True, slots=True)
class Terms:
    """What a position is valued by, beside its own row.

    `size` is USD a contract on coinm, None where that is not known; `read` is its row as it was
    last read, whatever its amount then.
    """

    market: Market
    size: Decimal | None = None
    tiers: tuple[Bracket, ...] = ()
    read: Row | None = None

    @property
    def notional_name(self) -> str:
        """What the market calls the value of a position."""
        return NOTIONALS[self.market]

    def unit(self, price: Decimal) -> Decimal | None:
        """What one unit of the amount is worth at a price: in the quote asset, or in the coin."""
        if self.market is Market.USDM:
            return price
        return self.size / price if self.size is not None and price else None

    def notional(self, held: Decimal, price: Decimal) -> Decimal | None:
        """The value of an amount at a price, with the amount's sign."""
        unit = self.unit(price)
        return None if unit is None else held * unit

    def profit(self, held: Decimal, entry: Decimal, price: Decimal) -> Decimal | None:
        """The profit of an amount, from its entry price to another."""
        before, after = self.notional(held, entry), self.notional(held, price)
        if before is None or after is None:
            return None
        return after - before if self.market is Market.USDM else before - after

    def maintenance(self, notional: Decimal) -> Decimal | None:
        """The maintenance margin of a value."""
        return self._scaled(
            "maintMargin",
            notional,
            maintenance(self.tiers, notional),
            lambda was: maintenance(self.tiers, was),
        )

    def margin(self, notional: Decimal, leverage: Decimal | None) -> Decimal | None:
        """The initial margin of a value, without that of open orders."""
        read = self._read("leverage")
        return self._scaled(
            "positionInitialMargin",
            notional,
            abs(notional) / leverage if leverage else None,
            lambda was: abs(was) / read if read else None,
        )

    def _scaled(
        self,
        name: str,
        notional: Decimal,
        computed: Decimal | None,
        explained: Callable[[Decimal], Decimal | None],
    ) -> Decimal | None:
        """What a formula makes of a value, if it explains what was read; else by that rate."""
        was, needed = self._read(self.notional_name), self._read(name)
        if not was or needed is None:
            return computed
        expected = explained(was)
        if computed is not None and expected is not None and _agree(expected, needed, was):
            return computed
        return needed / abs(was) * abs(notional)

    def _read(self, name: str) -> Decimal | None:
        return decimal(self.read.get(name)) if self.read is not None else None


def _agree(one: Decimal, other: Decimal, size: Decimal) -> bool:
    """Whether two figures of a size are the same but for how they are rounded."""
    return abs(one - other) <= _SAME * (1 + abs(size))


def at_mark(row: Row, price: str, terms: Terms) -> Row:
    """A position's row with every figure that moves with the mark as it is at a mark price.

    One that cannot be computed is left out. An isolated position is one with a wallet.
    """
    names = "positionAmt", "entryPrice", "leverage", "openOrderInitialMargin"
    held, entry, leverage, ordered = (decimal(row.get(name)) for name in names)
    mark = decimal(price)
    if held is None or not mark:
        return still(row)
    value = terms.notional(held, mark) if held else Decimal()
    profit = terms.profit(held, entry, mark) if held and entry else None if held else Decimal()
    margin = None if value is None else terms.margin(value, leverage) if held else Decimal()
    figures = {
        "unrealizedProfit": profit,
        terms.notional_name: value,
        "maintMargin": None if value is None else terms.maintenance(value) if held else Decimal(),
        "positionInitialMargin": margin,
        "initialMargin": _sum(margin, ordered),
        "isolatedMargin": _isolated_margin(row, profit),
    }
    told = {name: amount(each) for name, each in figures.items() if each is not None}
    return _in_place(row, {"markPrice": price, **told})


def still(row: Row) -> Row:
    """A position's row without what moves with the mark."""
    return {name: each for name, each in row.items() if name not in MOVING}


def _in_place(row: Row, moved: Row) -> Row:
    """The row with its moving figures replaced where they stand, and new ones behind."""
    kept = {
        name: moved.get(name, each)
        for name, each in row.items()
        if name not in MOVING or name in moved
    }
    return kept | moved


MOVING = frozenset((
    "markPrice", "unrealizedProfit", "notional", "notionalValue", "maintMargin",
    "positionInitialMargin", "initialMargin", "isolatedMargin",
))  # fmt: skip
"""The fields of a position that move with the mark."""


def _isolated_margin(row: Row, profit: Decimal | None) -> Decimal | None:
    """An isolated position's wallet with its profit; nothing of a cross one."""
    wallet = decimal(row.get("isolatedWallet"))
    if wallet is None:
        return None
    return _sum(wallet, profit) if wallet else Decimal()


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other

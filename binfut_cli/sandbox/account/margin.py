"""Margin arithmetic of both markets, after section "Market quirks" of the exchange's facts. Pure.

usdm: notional = amt × mark, profit = amt × (mark − entry), in the margin asset.
coinm: notional = amt × size / mark, profit = amt × size × (1/entry − 1/mark), in the coin.
Both: maintenance = |notional| × ratio − cum of its bracket, initial = |notional| / leverage.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property

import msgspec

from binfut_cli.sandbox.account.contracts import PAR, AssetRate, Contract
from binfut_cli.sandbox.account.decimals import ONE, ZERO
from binfut_cli.sandbox.account.rows import AccountState, Book, Position


def notional(contract: Contract, amt: Decimal, price: Decimal) -> Decimal:
    """Value a position at a price, with the position's sign."""
    return amt * contract.size / price if contract.inverse else amt * price


def profit(contract: Contract, amt: Decimal, entry: Decimal, price: Decimal) -> Decimal:
    """The profit of moving from the entry price to another."""
    if not amt:
        return ZERO
    if contract.inverse:
        return amt * contract.size * (1 / entry - 1 / price)
    return amt * (price - entry)


def maintenance(contract: Contract, value: Decimal) -> Decimal:
    """The maintenance margin of a notional value."""
    tier = contract.bracket(value)
    return abs(value) * tier.maint_margin_ratio - tier.cum


class Backing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind legs that are liquidated together, beside their own profit.

    `equity` is an isolated wallet, or the cross wallet with the other symbols' profit; `rest` is
    all else, less the margin that other symbols need. In multi-assets mode `rest` is in USD, and
    `rate` says what the margin asset counts there.
    """

    equity: Decimal
    rest: Decimal = ZERO
    rate: AssetRate = PAR


def liquidation_price(
    contract: Contract, legs: Sequence[Position], mark: Decimal, backing: Backing
) -> Decimal:
    """Solve equity + profit(P) = maintenance(P) for P; zero when no price liquidates.

    Under cross margin the LONG and the SHORT of a symbol share one price, and what counts is the
    bracket at that price, not at the mark (source: the exchange's FAQs on liquidation prices). So
    it is approached until the bracket stays the same.
    """
    unit, seen = notional(contract, ONE, mark), list[tuple[Decimal, Decimal]]()
    while (line := _surplus(contract, legs, unit, backing)) not in seen:
        seen.append(line)
        slope, at_zero = line
        if not slope:
            return ZERO
        unit = max(ZERO, -at_zero / slope)
    if not unit or line != seen[-1]:
        return ZERO
    return contract.size / unit if contract.inverse else unit


def _surplus(
    contract: Contract, legs: Sequence[Position], unit: Decimal, backing: Backing
) -> tuple[Decimal, Decimal]:
    """Equity less maintenance, as the line that it is near a value of one unit: slope, and at 0.

    A unit's value is the price on usdm; on coinm it is size / price, and profit falls with it.
    """
    way, rate = -1 if contract.inverse else 1, backing.rate
    gained = sum((way * leg.amt for leg in legs), ZERO)
    paid = sum((way * leg.amt * notional(contract, ONE, leg.entry_price) for leg in legs), ZERO)
    worth = rate.worth(backing.equity + gained * unit - paid)
    tiers = [(abs(leg.amt), contract.bracket(leg.amt * unit)) for leg in legs]
    loaded = sum((size * tier.maint_margin_ratio for size, tier in tiers), ZERO)
    spared = sum((tier.cum for _, tier in tiers), ZERO)
    at_zero = backing.rest + worth * (backing.equity - paid) + rate.ask * spared
    return worth * gained - rate.ask * loaded, at_zero


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """One position row, valued. Amounts in the margin asset."""

    contract: Contract
    position: Position
    isolated: bool
    leverage: int
    mark_price: Decimal
    notional: Decimal
    profit: Decimal
    maint_margin: Decimal
    position_initial: Decimal
    open_order_initial: Decimal
    bid_notional: Decimal
    ask_notional: Decimal

    @property
    def initial_margin(self) -> Decimal:
        """What position and open orders need together."""
        return self.position_initial + self.open_order_initial

    @property
    def isolated_margin(self) -> Decimal:
        """The isolated wallet with the profit, zero for a cross position."""
        return self.position.isolated_wallet + self.profit if self.isolated else ZERO

    @property
    def live(self) -> bool:
        """Whether there is a position or an open order."""
        return bool(self.position.amt or self.bid_notional or self.ask_notional)


class AssetTotals(msgspec.Struct, frozen=True, kw_only=True):
    """One asset's sums over the positions that use it as margin."""

    wallet: Decimal = ZERO
    cross_wallet: Decimal = ZERO
    profit: Decimal = ZERO
    cross_profit: Decimal = ZERO
    maint_margin: Decimal = ZERO
    position_initial: Decimal = ZERO
    open_order_initial: Decimal = ZERO
    cross_initial: Decimal = ZERO
    cross_maint: Decimal = ZERO

    @property
    def initial_margin(self) -> Decimal:
        """Positions and open orders together."""
        return self.position_initial + self.open_order_initial

    @property
    def available(self) -> Decimal:
        """Free for new positions, never below zero."""
        return max(ZERO, self.cross_wallet + self.cross_profit - self.cross_initial)

    @property
    def withdrawable(self) -> Decimal:
        """Free to move out: open profit does not count."""
        return max(ZERO, min(self.available, self.cross_wallet - self.cross_initial))

    def in_usd(self, rate: AssetRate) -> "AssetTotals":
        """Convert every sum: what is owned by its worth, what is needed at the ask rate."""
        owned = ("wallet", "cross_wallet", "profit", "cross_profit")
        worth = rate.worth(self.wallet + self.profit)
        rates = {name: worth if name in owned else rate.ask for name in self.__struct_fields__}
        return AssetTotals(**{name: getattr(self, name) * each for name, each in rates.items()})

    @property
    def cross_equity(self) -> Decimal:
        """What stands behind the cross positions."""
        return self.cross_wallet + self.cross_profit

    def __add__(self, other: "AssetTotals") -> "AssetTotals":
        return AssetTotals(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        )


class Valuation:
    """One book at one moment's prices."""

    def __init__(
        self,
        account: AccountState,
        book: Book,
        contracts: Mapping[str, Contract],
        marks: Mapping[str, Decimal],
        rates: Mapping[str, AssetRate],
    ) -> None:
        self.account, self.book, self.rates = account, book, rates
        self._contracts, self._marks = contracts, marks

    def risk(self, contract: Contract, side: str) -> Risk:
        """Value one row; open orders count for the side they would open."""
        position = self.book.position(contract.symbol, side)
        setting = self.book.setting(contract.symbol)
        mark = self._marks[contract.symbol]
        value = notional(contract, position.amt, mark)
        bids, asks = self._order_notional(contract, side)
        return Risk(
            contract=contract,
            position=position,
            isolated=setting.isolated,
            leverage=setting.leverage,
            mark_price=mark,
            notional=value,
            profit=profit(contract, position.amt, position.entry_price, mark),
            maint_margin=maintenance(contract, value),
            position_initial=abs(value) / setting.leverage,
            open_order_initial=(bids + asks) / setting.leverage,
            bid_notional=bids,
            ask_notional=asks,
        )

    def _order_notional(self, contract: Contract, side: str) -> tuple[Decimal, Decimal]:
        sums = {"BUY": ZERO, "SELL": ZERO}
        for order in self.book.open_orders(contract.symbol):
            if order.position_side == side and order.price and not order.reduce_only:
                sums[order.side] += notional(contract, order.remaining, order.price)
        return sums["BUY"], sums["SELL"]

    @cached_property
    def _live(self) -> list[Risk]:
        symbols = {key[0] for key, row in self.book.positions.items() if row.amt}
        symbols |= {order.symbol for order in self.book.open_orders()}
        listed = [c for name, c in self._contracts.items() if name in symbols]
        return [self.risk(contract, side) for contract in listed for side in self.account.sides]

    def live_risks(self) -> list[Risk]:
        """Every row of every symbol that has a position or an open order."""
        return list(self._live)

    def totals(self, asset: str) -> AssetTotals:
        """Sum one asset over its positions."""
        balance = self.book.balance(asset)
        total = AssetTotals(wallet=balance.wallet, cross_wallet=balance.cross)
        for risk in self._live:
            if risk.contract.margin_asset == asset:
                total += _share(risk)
        return total

    @cached_property
    def usd_totals(self) -> AssetTotals:
        """Sum all assets in USD, as multi-assets mode does."""
        total = AssetTotals()
        for asset, rate in self.rates.items():
            total += self.totals(asset).in_usd(rate)
        return total

    def usd_available(self) -> Decimal:
        """What multi-assets mode leaves for new positions, in USD, after collateral haircuts."""
        worth = sum(
            (
                self.book.balance(asset).cross * rate.bid * rate.collateral
                for asset, rate in self.rates.items()
            ),
            ZERO,
        )
        total = self.usd_totals
        return max(ZERO, worth + total.cross_profit - total.cross_initial)

    def liquidation_price(self, risk: Risk) -> Decimal:
        """The mark price that liquidates this row while all other marks stay as they are."""
        if not risk.position.amt:
            return ZERO
        if risk.isolated:
            legs, backing = [risk.position], Backing(equity=risk.position.isolated_wallet)
        else:
            sides = [self.risk(risk.contract, side) for side in self.account.sides]
            legs = [each.position for each in sides if each.position.amt]
            backing = self._backing(risk.contract.margin_asset, sides)
        return liquidation_price(risk.contract, legs, risk.mark_price, backing)

    def _backing(self, asset: str, own: Sequence[Risk]) -> Backing:
        """What stands behind a symbol's cross rows."""
        total = self.totals(asset)
        equity = total.cross_equity - sum((each.profit for each in own), ZERO)
        needed = total.cross_maint - sum((each.maint_margin for each in own), ZERO)
        if not self.account.multi_assets or self.book.market != "usdm":
            return Backing(equity=equity, rest=-needed)
        rate, usd = self.rates[asset], self.usd_totals
        mine = total.in_usd(rate)
        others = (usd.cross_equity - usd.cross_maint) - (mine.cross_equity - mine.cross_maint)
        return Backing(equity=equity, rest=others - needed * rate.ask, rate=rate)


def _share(risk: Risk) -> AssetTotals:
    cross = not risk.isolated
    return AssetTotals(
        profit=risk.profit,
        cross_profit=risk.profit if cross else ZERO,
        maint_margin=risk.maint_margin,
        position_initial=risk.position_initial,
        open_order_initial=risk.open_order_initial,
        cross_initial=risk.initial_margin if cross else risk.open_order_initial,
        cross_maint=risk.maint_margin if cross else ZERO,
    )

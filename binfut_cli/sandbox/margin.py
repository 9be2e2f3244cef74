"""Margin arithmetic of both markets, after section "Market quirks" of the exchange's facts. Pure.

usdm: notional = amt × mark, profit = amt × (mark − entry), in the margin asset.
coinm: notional = amt × size / mark, profit = amt × size × (1/entry − 1/mark), in the coin.
Both: maintenance = |notional| × ratio − cum of its bracket, initial = |notional| / leverage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from binfut_cli.sandbox.catalog import AssetRate, Contract
from binfut_cli.sandbox.figures import ZERO
from binfut_cli.sandbox.rows import AccountState, Book, Position


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


def liquidation_price(
    contract: Contract, position: Position, mark: Decimal, equity: Decimal
) -> Decimal:
    """Solve equity + profit(P) = maintenance(P) for P; zero when no price liquidates.

    `equity` is what stands behind the position: its isolated wallet, or the cross wallet plus the
    other positions' profit less their maintenance margin.
    """
    amt, entry = position.amt, position.entry_price
    if not amt:
        return ZERO
    tier = contract.bracket(notional(contract, amt, mark))
    loaded = abs(amt) * tier.maint_margin_ratio
    if contract.inverse:
        above, below = (
            contract.size * (amt + loaded),
            equity + tier.cum + amt * contract.size / entry,
        )
    else:
        above, below = amt * entry - equity - tier.cum, amt - loaded
    return max(ZERO, above / below) if below else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetTotals:
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

    def times(self, price: Decimal) -> "AssetTotals":
        """Convert every sum to another unit."""
        return AssetTotals(**{name: getattr(self, name) * price for name in self.__slots__})

    def __add__(self, other: "AssetTotals") -> "AssetTotals":
        return AssetTotals(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
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

    def live_risks(self) -> list[Risk]:
        """Every row of every symbol that has a position or an open order."""
        symbols = {key[0] for key, row in self.book.positions.items() if row.amt}
        symbols |= {order.symbol for order in self.book.open_orders()}
        listed = [c for name, c in self._contracts.items() if name in symbols]
        return [self.risk(contract, side) for contract in listed for side in self.account.sides]

    def totals(self, asset: str) -> AssetTotals:
        """Sum one asset over its positions."""
        balance = self.book.balance(asset)
        total = AssetTotals(wallet=balance.wallet, cross_wallet=balance.cross)
        for risk in self.live_risks():
            if risk.contract.margin_asset == asset:
                total += _share(risk)
        return total

    def usd_totals(self) -> AssetTotals:
        """Sum all assets in USD, as multi-assets mode does."""
        total = AssetTotals()
        for asset, rate in self.rates.items():
            total += self.totals(asset).times(rate.price)
        return total

    def usd_available(self) -> Decimal:
        """What multi-assets mode leaves for new positions, in USD, after collateral haircuts."""
        worth = sum(
            (
                self.book.balance(asset).cross * rate.price * rate.collateral
                for asset, rate in self.rates.items()
            ),
            ZERO,
        )
        total = self.usd_totals()
        return max(ZERO, worth + total.cross_profit - total.cross_initial)

    def liquidation_price(self, risk: Risk) -> Decimal:
        """The price that liquidates this row while all others stay as they are."""
        if risk.isolated:
            equity = risk.position.isolated_wallet
        elif self.account.multi_assets and self.book.market == "usdm":
            equity = self._others(self.usd_totals(), risk)
        else:
            equity = self._others(self.totals(risk.contract.margin_asset), risk)
        return liquidation_price(risk.contract, risk.position, risk.mark_price, equity)

    def _others(self, total: AssetTotals, risk: Risk) -> Decimal:
        rest = total.cross_profit - risk.profit - (total.cross_maint - risk.maint_margin)
        return total.cross_wallet + rest


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

"""What an account holds: frozen rows, and the book that keeps the current ones of one market."""

from decimal import Decimal
from typing import Any

import msgspec

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.account.decimals import ZERO

SIDES_HEDGE = ("LONG", "SHORT")
JSON = dict[str, Any]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """One asset. `wallet` = `cross` + the isolated wallets of positions that use it.

    A balance that is no margin (`margin` false: BNB kept for fees, before 2021) has no cross part.
    """

    asset: str
    wallet: Decimal = ZERO
    cross: Decimal = ZERO
    margin: bool = True
    update_time: int = 0


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """One row of one symbol. `amt` counts contracts on coinm, base units on usdm."""

    symbol: str
    side: str
    amt: Decimal = ZERO
    entry_price: Decimal = ZERO
    break_even_price: Decimal = ZERO
    accumulated_realized: Decimal = ZERO
    isolated_wallet: Decimal = ZERO
    update_time: int = 0

    @property
    def initialised(self) -> bool:
        """Whether the row was ever used, which decides if it is pushed beside a changed one."""
        return bool(self.amt) or self.update_time != 0


class SymbolSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the user chose for a symbol; both sides share it."""

    leverage: int = 20
    isolated: bool = False
    auto_add_margin: bool = False

    @property
    def margin_type(self) -> str:
        """The lower-case spelling of ACCOUNT_UPDATE and positionRisk."""
        return "isolated" if self.isolated else "cross"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order in the matching engine."""

    order_id: int
    client_order_id: str
    symbol: str
    side: str
    position_side: str
    type: str
    orig_qty: Decimal
    price: Decimal = ZERO
    stop_price: Decimal = ZERO
    avg_price: Decimal = ZERO
    executed_qty: Decimal = ZERO
    status: str = "NEW"
    time_in_force: str = "GTC"
    reduce_only: bool = False
    algo_id: int = 0  # of the conditional order that it was
    time: int = 0
    update_time: int = 0

    @property
    def open(self) -> bool:
        """Whether it can still be filled."""
        return self.status in ("NEW", "PARTIALLY_FILLED")

    @property
    def remaining(self) -> Decimal:
        """The quantity not yet filled."""
        return self.orig_qty - self.executed_qty


class AlgoOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A conditional order; it is in the matching engine only after it triggered."""

    algo_id: int
    client_algo_id: str
    symbol: str
    side: str
    position_side: str
    type: str
    quantity: Decimal
    trigger_price: Decimal
    price: Decimal = ZERO
    status: str = "NEW"
    reduce_only: bool = False
    close_position: bool = False
    order_id: int = 0
    avg_price: Decimal = ZERO
    filled: Decimal = ZERO
    reject_reason: str = ""
    trigger_time: int = 0
    activated: bool | None = None
    activate_price: Decimal = ZERO  # this and the next of a trailing stop
    callback_rate: Decimal = ZERO  # per cent
    time: int = 0
    update_time: int = 0

    @property
    def open(self) -> bool:
        """Whether it still waits for its trigger or its fill."""
        return self.status in ("NEW", "TRIGGERING", "TRIGGERED")


class Book(msgspec.Struct):
    """All rows of one account on one market: the only mutable thing about them."""

    market: Market
    balances: dict[str, Balance] = msgspec.field(default_factory=dict)
    positions: dict[tuple[str, str], Position] = msgspec.field(default_factory=dict)
    settings: dict[str, SymbolSettings] = msgspec.field(default_factory=dict)
    orders: dict[int, Order] = msgspec.field(default_factory=dict)
    algo_orders: dict[int, AlgoOrder] = msgspec.field(default_factory=dict)
    income: list[JSON] = msgspec.field(default_factory=list)
    trades: list[JSON] = msgspec.field(default_factory=list)
    forced_orders: list[JSON] = msgspec.field(default_factory=list)
    margin_changes: list[JSON] = msgspec.field(default_factory=list)

    def balance(self, asset: str) -> Balance:
        """The row of an asset, zero when it was never held."""
        return self.balances.get(asset) or Balance(asset=asset)

    def position(self, symbol: str, side: str) -> Position:
        """The row of a symbol and side, zero when it was never opened."""
        return self.positions.get((symbol, side)) or Position(symbol=symbol, side=side)

    def setting(self, symbol: str) -> SymbolSettings:
        """The user's choices for a symbol, or the exchange's defaults."""
        return self.settings.get(symbol) or SymbolSettings()

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Orders that rest in the matching engine."""
        return [o for o in self.orders.values() if symbol in (None, o.symbol) and o.open]

    def open_algo_orders(self, symbol: str | None = None) -> list[AlgoOrder]:
        """Conditional orders that wait."""
        return [o for o in self.algo_orders.values() if o.open and symbol in (None, o.symbol)]


class AccountState(msgspec.Struct):
    """An account: two books under one key, one position mode, one multi-assets flag (usdm).

    `key_powers` are the flags in which its keys differ from one that may only read.
    """

    name: str
    alias: str
    books: dict[Market, Book]
    dual_side: bool = False
    multi_assets: bool = False
    fee_burn: bool = True
    key_powers: dict[str, bool] = msgspec.field(default_factory=dict)

    @property
    def sides(self) -> tuple[str, ...]:
        """The position sides that can hold something in the present mode."""
        return SIDES_HEDGE if self.dual_side else ("BOTH",)

"""What the exchange says of an account, as frozen values that figures are made from.

A field is named as the exchange names it, in snake_case here and in camelCase in JSON. An Amount
is the exchange's own decimal string: in units of the asset beside it (assets), in USD-like quote
units (usdm positions) or in the coin (coinm positions); `position_amt` is in the base asset on
usdm and in contracts on coinm. Times are integer milliseconds, 0 for never.

A model says what a figure needs, not what an answer must be: a field that is missing or odd is
None here, and stays as it came in the document, which is printed. Only what a row is known by is
mandatory.
"""

import msgspec

from binfut_cli.codec import Amount, Row, decimal, ready

_ISOLATED = {"isolated": True, "cross": False, "crossed": False}


@ready
class Asset(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One asset of the futures wallet: `assets[]` of account.status."""

    asset: str
    wallet_balance: Amount | None = None
    unrealized_profit: Amount | None = None
    margin_balance: Amount | None = None
    maint_margin: Amount | None = None
    initial_margin: Amount | None = None
    position_initial_margin: Amount | None = None
    open_order_initial_margin: Amount | None = None
    cross_wallet_balance: Amount | None = None
    cross_un_pnl: Amount | None = None
    available_balance: Amount | None = None
    max_withdraw_amount: Amount | None = None
    margin_available: bool | None = None
    update_time: int = 0


@ready
class Position(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One position leg: `positions[]` of account.status with its row of account.position.

    `notional` (usdm, quote units) and `notional_value` (coinm, the coin) are negative for a short.
    A `liquidation_price` of 0 means that there is none.
    """

    symbol: str
    position_amt: Amount | None = None
    position_side: str = "BOTH"
    entry_price: Amount | None = None
    break_even_price: Amount | None = None
    mark_price: Amount | None = None
    liquidation_price: Amount | None = None
    unrealized_profit: Amount | None = None
    notional: Amount | None = None
    notional_value: Amount | None = None
    leverage: int | None = None
    isolated: bool | None = None
    margin_type: str | None = None
    isolated_margin: Amount | None = None
    isolated_wallet: Amount | None = None
    initial_margin: Amount | None = None
    maint_margin: Amount | None = None
    position_initial_margin: Amount | None = None
    open_order_initial_margin: Amount | None = None
    bid_notional: Amount | None = None
    ask_notional: Amount | None = None
    margin_asset: str | None = None
    adl: int | None = None
    max_qty: Amount | None = None
    update_time: int = 0

    @property
    def is_isolated(self) -> bool | None:
        """Whether the position has margin of its own; None if that cannot be read.

        usdm's v2 replies carry no margin type; there a wallet of its own is what tells
        (source: the exchange's Account-Information-V3 page).
        """
        if self.isolated is not None:
            return self.isolated
        if self.margin_type is not None:
            return _ISOLATED.get(self.margin_type.lower())
        wallet = decimal(self.isolated_wallet)
        return None if wallet is None else wallet != 0

    def liquidated_at(self, price: str) -> "Position":
        """The same with another liquidation price."""
        return msgspec.structs.replace(self, liquidation_price=price)


@ready
class AccountStatus(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An account: totals (usdm only), assets and positions.

    In single-asset mode the totals count USDT alone; in multi-assets mode they are the USD value
    of all assets. COIN-M has no totals: a coin's position uses that coin's balance alone.
    """

    assets: tuple[Asset, ...] = ()
    positions: tuple[Position, ...] = ()
    total_initial_margin: Amount | None = None
    total_maint_margin: Amount | None = None
    total_wallet_balance: Amount | None = None
    total_unrealized_profit: Amount | None = None
    total_margin_balance: Amount | None = None
    total_position_initial_margin: Amount | None = None
    total_open_order_initial_margin: Amount | None = None
    total_cross_wallet_balance: Amount | None = None
    total_cross_un_pnl: Amount | None = None
    available_balance: Amount | None = None
    max_withdraw_amount: Amount | None = None
    multi_assets_margin: bool | None = None
    fee_tier: int | None = None
    can_trade: bool | None = None
    can_deposit: bool | None = None
    can_withdraw: bool | None = None


def joined(status: list[Row], positions: list[Row]) -> list[Row]:
    """Join the position rows of account.status with those of account.position.

    A row keeps both replies' fields, under account.status's spelling; where both have a field,
    account.status's value stands, because the row's margins are of the same instant. A leg that
    only the second reply knows was opened between the two, and is kept as well.
    """
    waiting = {leg(row): _respelled(row) for row in positions}
    rows = [{**waiting.pop(leg(row), {}), **row} for row in status]
    return rows + list(waiting.values())


def leg(row: Row) -> tuple[str, str]:
    """What a position row is known by: its symbol and side."""
    return str(row.get("symbol")), str(row.get("positionSide", "BOTH"))


def _respelled(row: Row) -> Row:
    """account.position writes `unRealizedProfit` where account.status has `unrealizedProfit`."""
    return {"unrealizedProfit" if k == "unRealizedProfit" else k: v for k, v in row.items()}

"""A trade on an account: position, wallet, fee, history, and the three events that tell it."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import ZERO, plain, rounded
from binfut_cli.sandbox.account.events import order_update, trade_lite
from binfut_cli.sandbox.account.fills import MAKER, TAKER, Filled, filled
from binfut_cli.sandbox.account.history_rows import Fill, trade_row
from binfut_cli.sandbox.account.margin import notional
from binfut_cli.sandbox.account.rows import JSON, Order
from binfut_cli.sandbox.exchange.transaction import Transaction

BNB_DISCOUNT = Decimal("0.9")


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """What is traded, and how it is told. `commission` None means the documented rate."""

    quantity: Decimal
    price: Decimal
    maker: bool = False
    commission: Decimal | None = None
    commission_asset: str | None = None
    execution: str = "TRADE"

    @property
    def rate(self) -> Decimal:
        """The fee rate."""
        return MAKER if self.maker else TAKER


def execute(change: Transaction, contract: Contract, order: Order, trade: Trade) -> Order:
    """Fill (a part of) an order: TRADE_LITE (usdm), ACCOUNT_UPDATE, ORDER_TRADE_UPDATE, one time.

    Gives the order as it is afterwards.
    """
    signed = trade.quantity if order.side == "BUY" else -trade.quantity
    old = change.book.position(contract.symbol, order.position_side)
    done = filled(contract, old, signed, trade.price, trade.rate)
    fill = _fill(change, contract, trade, done.realized)
    _settle(change, contract, done, fill)
    order = change.order(_filled_order(order, trade))
    change.book.trades.append(trade_row(contract, order, fill))
    if not contract.inverse:
        change.send(trade_lite(contract, order, _told(fill), change.at_ms))
    change.publish("ORDER")
    change.send(order_update(contract, order, trade.execution, change.at_ms, fill=_told(fill)))
    return order


def _fill(change: Transaction, contract: Contract, trade: Trade, realized: Decimal) -> Fill:
    fee, asset = _fee(change, contract, trade)
    return Fill(
        trade_id=change.exchange.next_trade_id(),
        quantity=trade.quantity,
        price=trade.price,
        realized=realized,
        fee=fee,
        fee_asset=asset,
        maker=trade.maker,
        time=change.at_ms,
    )


def _fee(change: Transaction, contract: Contract, trade: Trade) -> tuple[Decimal, str]:
    asset = trade.commission_asset or contract.margin_asset
    if trade.commission is not None:
        return trade.commission, asset
    fee = abs(notional(contract, trade.quantity, trade.price)) * trade.rate
    if asset != contract.margin_asset:
        price = change.exchange.rates[asset].price
        fee = fee * BNB_DISCOUNT * change.exchange.rates[contract.margin_asset].price / price
    return rounded(fee), asset


def _settle(change: Transaction, contract: Contract, done: Filled, fill: Fill) -> None:
    """Book profit and fee, and lock or free the margin of an isolated position."""
    coin = contract.margin_asset
    position = done.position
    if change.book.setting(contract.symbol).isolated:
        position = replace(position, isolated_wallet=_isolated(change, contract, done))
        change.lock(coin, position.isolated_wallet - done.position.isolated_wallet)
    change.position(position)
    if done.realized:
        change.credit(coin, done.realized, counted=False)
        change.income("REALIZED_PNL", done.realized, coin, contract.symbol, str(fill.trade_id))
    change.touch(coin)
    if fill.fee:
        change.credit(fill.fee_asset, -fill.fee, counted=False)
        number = str(fill.trade_id)
        change.income("COMMISSION", -fill.fee, fill.fee_asset, contract.symbol, number)


def _isolated(change: Transaction, contract: Contract, done: Filled) -> Decimal:
    held, kept = done.position.isolated_wallet, done.position.amt - done.opened
    if done.closed:
        held = held * kept / (kept + done.closed)
    leverage = change.book.setting(contract.symbol).leverage
    price = done.position.entry_price
    opened = abs(notional(contract, done.opened, price)) / leverage if done.opened else ZERO
    return rounded(held + opened)


def _filled_order(order: Order, trade: Trade) -> Order:
    executed = order.executed_qty + trade.quantity
    value = order.avg_price * order.executed_qty + trade.price * trade.quantity
    status = "FILLED" if executed >= order.orig_qty else "PARTIALLY_FILLED"
    return replace(order, executed_qty=executed, avg_price=value / executed, status=status)


def _told(fill: Fill) -> JSON:
    """A fill in the letters of ORDER_TRADE_UPDATE."""
    return {
        "l": plain(fill.quantity),
        "L": plain(fill.price),
        "n": plain(fill.fee),
        "N": fill.fee_asset,
        "t": fill.trade_id,
        "m": fill.maker,
        "rp": plain(fill.realized),
    }

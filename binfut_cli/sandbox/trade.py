"""A trade on an account: position, wallet, fee, history, and the three events that tell it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from binfut_cli.sandbox.catalog import Contract
from binfut_cli.sandbox.change import Change
from binfut_cli.sandbox.events import order_update, trade_lite
from binfut_cli.sandbox.figures import ZERO, amount, plain, rounded
from binfut_cli.sandbox.fills import MAKER, TAKER, Filled, filled
from binfut_cli.sandbox.margin import notional
from binfut_cli.sandbox.rows import JSON, Order

BNB_DISCOUNT = Decimal("0.9")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
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


def execute(change: Change, contract: Contract, order: Order, trade: Trade) -> Order:
    """Fill (a part of) an order: TRADE_LITE (usdm), ACCOUNT_UPDATE, ORDER_TRADE_UPDATE, one time.

    Gives the order as it is afterwards.
    """
    signed = trade.quantity if order.side == "BUY" else -trade.quantity
    old = change.book.position(contract.symbol, order.position_side)
    done = filled(contract, old, signed, trade.price, trade.rate)
    fee, asset = _fee(change, contract, trade)
    _settle(change, contract, done, fee, asset)
    order = change.order(_filled_order(order, trade))
    fill = _fill(change, contract, trade, done, fee, asset)
    _remember(change, contract, order, trade, fill)
    if not contract.inverse:
        change.send(trade_lite(contract, order, fill, change.at_ms))
    change.tell("ORDER")
    change.send(order_update(contract, order, trade.execution, change.at_ms, fill=fill))
    return order


def _fee(change: Change, contract: Contract, trade: Trade) -> tuple[Decimal, str]:
    asset = trade.commission_asset or contract.margin_asset
    if trade.commission is not None:
        return trade.commission, asset
    fee = abs(notional(contract, trade.quantity, trade.price)) * trade.rate
    if asset != contract.margin_asset:
        price = change.exchange.rates[asset].price
        fee = fee * BNB_DISCOUNT * change.exchange.rates[contract.margin_asset].price / price
    return rounded(fee), asset


def _settle(change: Change, contract: Contract, done: Filled, fee: Decimal, fee_asset: str) -> None:
    """Book profit and fee, and lock or free the margin of an isolated position."""
    coin = contract.margin_asset
    position = done.position
    if change.book.setting(contract.symbol).isolated:
        position = replace(position, isolated_wallet=_isolated(change, contract, done))
        change.lock(coin, position.isolated_wallet - done.position.isolated_wallet)
    change.position(position)
    if done.realized:
        change.credit(coin, done.realized, counted=False)
        change.income("REALIZED_PNL", done.realized, coin, contract.symbol)
    change.touch(coin)
    if fee:
        change.credit(fee_asset, -fee, counted=False)
        change.income("COMMISSION", -fee, fee_asset, contract.symbol)


def _isolated(change: Change, contract: Contract, done: Filled) -> Decimal:
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


def _fill(
    change: Change, contract: Contract, trade: Trade, done: Filled, fee: Decimal, asset: str
) -> JSON:
    return {
        "l": plain(trade.quantity),
        "L": plain(trade.price),
        "n": plain(fee),
        "N": asset,
        "t": change.exchange.next_trade_id(),
        "m": trade.maker,
        "rp": plain(done.realized),
    }


def _remember(change: Change, contract: Contract, order: Order, trade: Trade, fill: JSON) -> None:
    value = abs(notional(contract, trade.quantity, trade.price))
    own = (
        {"pair": contract.pair, "baseQty": amount(value)}
        if contract.inverse
        else {"quoteQty": amount(value)}
    )
    change.book.trades.append(
        {
            "symbol": order.symbol,
            "id": fill["t"],
            "orderId": order.order_id,
            "side": order.side,
            "price": plain(trade.price),
            "qty": plain(trade.quantity),
            "realizedPnl": fill["rp"],
            **own,
            "marginAsset": contract.margin_asset,
            "commission": fill["n"],
            "commissionAsset": fill["N"],
            "time": change.at_ms,
            "positionSide": order.position_side,
            "buyer": order.side == "BUY",
            "maker": trade.maker,
        }
    )

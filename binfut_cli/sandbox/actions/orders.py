"""Orders: place, amend, cancel, expire, fill."""

from decimal import Decimal

from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import ZERO
from binfut_cli.sandbox.account.events import order_update
from binfut_cli.sandbox.account.fills import split
from binfut_cli.sandbox.account.rows import Order
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.exchange.listen_keys import alphanumerics
from binfut_cli.sandbox.exchange.trade import Trade, execute
from binfut_cli.sandbox.params import BadParams

SIDES = ("BUY", "SELL")


def new_order(act: Act, contract: Contract, *, quantity: Decimal, price: Decimal) -> Order:
    """Make an order from the parameters; it is not in the book yet."""
    params, number = act.params, act.exchange.next_id()
    return Order(
        order_id=number,
        client_order_id=params.text("clientOrderId", alphanumerics("order", number, length=22)),
        symbol=contract.symbol,
        side=params.choice("side", SIDES),
        position_side=act.side(),
        type="LIMIT" if price else "MARKET",
        orig_qty=quantity,
        price=price,
        time_in_force=params.text("timeInForce", "GTC"),
        reduce_only=params.flag("reduceOnly", False),
    )


def place_order(act: Act) -> None:
    """A limit order that rests: ORDER_TRADE_UPDATE NEW, and nothing else."""
    contract, params = act.contract(), act.params
    quantity, price = params.positive("quantity"), params.positive("price")
    order = new_order(act, contract, quantity=quantity, price=price)
    params.finish()
    change = act.change()
    order = change.order(order)
    change.send(order_update(contract, order, "NEW", change.at_ms))


def find_order(act: Act) -> Order:
    """The open order that `orderId` or `clientOrderId` names."""
    number = act.params.integer("orderId", None)
    name = act.params.text("clientOrderId", None)
    for order in act.book.open_orders():
        if number == order.order_id or (name is not None and name == order.client_order_id):
            return order
    raise BadParams("no open order has this orderId or clientOrderId")


def _end(act: Act, status: str, expiry_reason: int = 0) -> None:
    order = find_order(act)
    act.params.finish()
    change = act.change()
    order = change.order(replace(order, status=status))
    contract = act.exchange.contracts[order.symbol]
    change.send(order_update(contract, order, status, change.at_ms, expiry_reason=expiry_reason))


def cancel_order(act: Act) -> None:
    """Cancel an open order."""
    _end(act, "CANCELED")


def expire_order(act: Act) -> None:
    """Expire an open order; `expiryReason` is `er` (2: remainder of an IOC)."""
    _end(act, "EXPIRED", act.params.integer("expiryReason", 2))


def amend_order(act: Act) -> None:
    """Amend an open order's price, quantity or both; `modifyId` comes back as `M`."""
    order = find_order(act)
    price = act.params.positive("price", order.price)
    quantity = act.params.positive("quantity", order.orig_qty)
    modify_id = act.params.text("modifyId", None)
    act.params.finish()
    if quantity <= order.executed_qty:
        raise BadParams("quantity must be above what is filled already")
    change = act.change()
    order = change.order(replace(order, price=price, orig_qty=quantity))
    contract = act.exchange.contracts[order.symbol]
    event = order_update(contract, order, "AMENDMENT", change.at_ms, modify_id=modify_id)
    change.send(event)


def fill(act: Act) -> None:
    """Fill an open order, or a new market (limit: with `limit`) order, wholly or in part."""
    params = act.params
    if "orderId" in params.values or (
        "clientOrderId" in params.values and "side" not in params.values
    ):
        order = find_order(act)
        contract = act.exchange.contracts[order.symbol]
        quantity = params.positive("quantity", order.remaining)
        price = params.positive("price", order.price or act.exchange.marks[order.symbol])
    else:
        contract = act.contract()
        quantity = params.positive("quantity")
        price = params.positive("price", act.exchange.marks[contract.symbol])
        total = params.positive("origQty", quantity)
        limit = params.number("limit", "0")
        order = new_order(act, contract, quantity=total, price=limit)
    trade = _trade(act, contract, quantity, price)
    params.finish()
    _check(act, order, trade)
    execute(act.change(), contract, order, trade)


def _trade(act: Act, contract: Contract, quantity: Decimal, price: Decimal) -> Trade:
    params = act.params
    asset = params.text("commissionAsset", None)
    given = "commission" in params.values
    known = (contract.margin_asset, *(() if contract.inverse else act.exchange.rates))
    if asset is not None and asset not in known and not given:
        raise BadParams(f"{asset} has no price here: give the commission too")
    return Trade(
        quantity=quantity,
        price=price,
        maker=params.flag("maker", False),
        commission=params.number("commission") if given else None,
        commission_asset=asset,
    )


def _check(act: Act, order: Order, trade: Trade) -> None:
    if trade.quantity > order.remaining:
        raise BadParams("quantity must not be above what is left of the order")
    signed = trade.quantity if order.side == "BUY" else -trade.quantity
    held = act.book.position(order.symbol, order.position_side).amt
    _, opened = split(held, signed)
    wrong = {"LONG": opened < 0, "SHORT": opened > 0, "BOTH": False}[order.position_side]
    if wrong or (order.reduce_only and opened != ZERO):
        raise BadParams("the fill would open a position that its side does not allow")

"""Conditional (algo) orders: NEW → TRIGGERING → TRIGGERED → FINISHED, or an early end.

The order that one becomes is told before TRIGGERED, as recorded in March 2026.
"""

from dataclasses import replace

from binfut_cli.sandbox.account.events import algo_update, order_update, trigger_reject
from binfut_cli.sandbox.account.rows import AlgoOrder, Order
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.actions.orders import SIDES
from binfut_cli.sandbox.exchange.listen_keys import alphanumerics
from binfut_cli.sandbox.exchange.trade import Trade, execute
from binfut_cli.sandbox.exchange.transaction import Transaction
from binfut_cli.sandbox.params import BadParams

TRAILING = "TRAILING_STOP_MARKET"
TYPES = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", TRAILING)


def place(act: Act) -> None:
    """A conditional order: ALGO_UPDATE NEW (a trailing one says `ia` false)."""
    contract, params = act.contract(), act.params
    number = act.exchange.next_id()
    kind = params.choice("type", TYPES)
    order = AlgoOrder(
        algo_id=number,
        client_algo_id=params.text("clientAlgoId", alphanumerics("algo", number, length=22)),
        symbol=contract.symbol,
        side=params.choice("side", SIDES),
        position_side=act.side(),
        type=kind,
        quantity=params.positive("quantity"),
        trigger_price=params.positive("triggerPrice"),
        price=params.number("price", "0"),
        reduce_only=params.flag("reduceOnly", False),
        activated=False if kind == TRAILING else None,
        activate_price=params.number("activatePrice", "0"),
        callback_rate=params.number("callbackRate", "0"),
    )
    params.finish()
    _tell(act.change(), order)


def _tell(change: Transaction, order: AlgoOrder) -> AlgoOrder:
    order = change.algo_order(order)
    change.send(algo_update(order, change.at_ms))
    return order


def _find(act: Act) -> AlgoOrder:
    number = act.params.integer("algoId", None)
    name = act.params.text("clientAlgoId", None)
    for order in act.book.open_algo_orders():
        if number == order.algo_id or (name is not None and name == order.client_algo_id):
            return order
    raise BadParams("no open conditional order has this algoId or clientAlgoId")


def activate(act: Act) -> None:
    """A trailing order reaches its activation price: its second ALGO_UPDATE NEW."""
    order = _find(act)
    act.params.finish()
    if order.activated is not False:
        raise BadParams("only a trailing order that waits can be activated")
    _tell(act.change(), replace(order, activated=True))


def cancel(act: Act) -> None:
    """ALGO_UPDATE CANCELED."""
    order = _find(act)
    act.params.finish()
    _tell(act.change(), replace(order, status="CANCELED"))


def expire(act: Act) -> None:
    """ALGO_UPDATE EXPIRED."""
    order = _find(act)
    act.params.finish()
    _tell(act.change(), replace(order, status="EXPIRED"))


def expire_all(act: Act, symbol: str) -> None:
    """The same for all that wait of a symbol."""
    for order in act.book.open_algo_orders(symbol):
        _tell(act.change(), replace(order, status="EXPIRED"))


def reject(act: Act) -> None:
    """TRIGGERING, then REJECTED with `rm`; usdm's deprecated event comes with it."""
    order = _find(act)
    reason = act.params.text("reason", "Margin is insufficient.")
    act.params.finish()
    change = act.change()
    order = _tell(change, replace(order, status="TRIGGERING", trigger_time=change.at_ms))
    order = _tell(change, replace(order, status="REJECTED", reject_reason=reason))
    if act.market == "usdm":
        change.send(trigger_reject(order.symbol, order.algo_id, reason, change.at_ms))


def trigger(act: Act) -> None:
    """TRIGGERING, the engine's order NEW and its fill, then TRIGGERED and FINISHED."""
    waiting = _find(act)
    price = act.params.positive("price", waiting.price or waiting.trigger_price)
    act.params.finish()
    change = act.change()
    waiting = _tell(change, replace(waiting, status="TRIGGERING", trigger_time=change.at_ms))
    order = change.order(_engine_order(act, waiting))
    contract = act.exchange.contracts[order.symbol]
    change.send(order_update(contract, order, "NEW", change.at_ms))
    trade = Trade(quantity=order.orig_qty, price=price)
    order = execute(act.change(), contract, order, trade)
    _finish(act.change(), waiting, order)


def _finish(change: Transaction, waiting: AlgoOrder, order: Order) -> None:
    """TRIGGERED names the engine's order, FINISHED says what was filled of it."""
    triggered = replace(waiting, status="TRIGGERED", order_id=order.order_id)
    _tell(change, triggered)
    done = replace(triggered, avg_price=order.avg_price, filled=order.executed_qty)
    _tell(change, replace(done, status="FINISHED"))


def _engine_order(act: Act, waiting: AlgoOrder) -> Order:
    return Order(
        order_id=act.exchange.next_id(),
        client_order_id=waiting.client_algo_id,
        symbol=waiting.symbol,
        side=waiting.side,
        position_side=waiting.position_side,
        type="LIMIT" if waiting.price else "MARKET",
        orig_qty=waiting.quantity,
        price=waiting.price,
        reduce_only=waiting.reduce_only,
        algo_id=waiting.algo_id,
    )

"""Orders as REST shows them, on both markets."""

from decimal import Decimal

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import places, plain
from binfut_cli.sandbox.account.margin import notional
from binfut_cli.sandbox.account.rows import JSON, AlgoOrder, Order


def order_row(contract: Contract, order: Order) -> JSON:
    """An order of `openOrders` and `allOrders`."""
    shared = {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": order.status,
        "clientOrderId": order.client_order_id,
        "price": plain(order.price),
        "avgPrice": places(order.avg_price, contract.price_digits),
        "origQty": places(order.orig_qty, contract.quantity_digits),
        "executedQty": places(order.executed_qty, contract.quantity_digits),
        "timeInForce": order.time_in_force,
        "type": order.type,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side,
        "positionSide": order.position_side,
        "stopPrice": plain(order.stop_price),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.type,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "time": order.time,
        "updateTime": order.update_time,
    }
    return {**shared, **_market_part(contract, order)}


def _market_part(contract: Contract, order: Order) -> JSON:
    done = order.executed_qty
    value = notional(contract, done, order.avg_price) if done else Decimal(0)
    if contract.inverse:
        return {"pair": contract.pair, "cumBase": plain(value)}
    return {"cumQuote": plain(value), "goodTillDate": 0}


def algo_order_row(order: AlgoOrder) -> JSON:
    """A conditional order of `openAlgoOrders`."""
    trailing = {
        "activatePrice": plain(order.activate_price),
        "callbackRate": plain(order.callback_rate),
    }
    return {
        "algoId": order.algo_id,
        "clientAlgoId": order.client_algo_id,
        "algoType": "CONDITIONAL",
        "orderType": order.type,
        "symbol": order.symbol,
        "side": order.side,
        "positionSide": order.position_side,
        "timeInForce": "GTC",
        "quantity": plain(order.quantity),
        "algoStatus": order.status,
        "actualOrderId": str(order.order_id) if order.order_id else "",
        "actualPrice": plain(order.avg_price),
        "triggerPrice": plain(order.trigger_price),
        "price": plain(order.price),
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "CONTRACT_PRICE",
        "priceMatch": "NONE",
        "closePosition": order.close_position,
        "priceProtect": False,
        "reduceOnly": order.reduce_only,
        "createTime": order.time,
        "updateTime": order.update_time,
        "triggerTime": order.trigger_time,
        "goodTillDate": 0,
        **(trailing if order.activated is not None else {}),
    }

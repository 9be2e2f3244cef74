"""Events that change no balance, raw messages, and the end of a listenKey."""

from binfut_cli.sandbox.account.decimals import plain
from binfut_cli.sandbox.account.events import grid_update, strategy_update, trigger_reject
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.params import BadParams

STATUSES = ("NEW", "WORKING", "CANCELLED", "EXPIRED")


def strategy(act: Act) -> None:
    """STRATEGY_UPDATE of a grid."""
    contract, params = act.contract(), act.params
    number = params.integer("strategyId", 176054594)
    status = params.choice("status", STATUSES, "NEW")
    op_code = params.integer("opCode", 8007)
    params.finish()
    change = act.change()
    change.send(strategy_update(number, contract.symbol, status, op_code, change.at_ms))


def grid(act: Act) -> None:
    """GRID_UPDATE."""
    contract, params = act.contract(), act.params
    number = params.integer("strategyId", 176054594)
    status = params.choice("status", STATUSES, "WORKING")
    figures = {
        "r": plain(params.number("realizedProfit", "0")),
        "up": plain(params.number("unmatchedPrice", "0")),
        "uq": plain(params.number("unmatchedQty", "0")),
        "uf": plain(params.number("unmatchedFee", "0")),
        "mp": plain(params.number("matchedProfit", "0")),
    }
    params.finish()
    change = act.change()
    change.send(grid_update(number, contract.symbol, status, figures, change.at_ms))


def reject_trigger(act: Act) -> None:
    """CONDITIONAL_ORDER_TRIGGER_REJECT alone (usdm)."""
    contract = act.contract()
    if contract.inverse:
        raise BadParams("CONDITIONAL_ORDER_TRIGGER_REJECT exists on usdm only")
    number = act.params.integer("orderId", act.exchange.next_id())
    reason = act.params.text("reason", "Due to the order could not be filled immediately.")
    act.params.finish()
    change = act.change()
    change.send(trigger_reject(contract.symbol, number, reason, change.at_ms))


def raw(act: Act) -> None:
    """Push `text` as it is to the account's streams, or `event` as an event would go."""
    if "text" in act.params.values:
        text = act.params.text("text")
        act.params.finish()
        act.exchange.publish_raw(act.account, act.market, text)
        return
    event = act.params.value("event")
    act.params.finish()
    if not isinstance(event, dict):
        raise BadParams("event must be a JSON object; use text for anything else")
    act.exchange.publish(act.account, act.market, event)


def expire_listen_key(act: Act) -> None:
    """End the live listenKey: `silent` without the event, `stringTime` and `wrapped` word it so."""
    silent = act.params.flag("silent", False)
    string_time = act.params.flag("stringTime", False)
    wrapped = act.params.flag("wrapped", False)
    act.params.finish()
    exchange, now = act.exchange, act.exchange.now_ms()
    live = exchange.listen_keys.live(act.account.name, act.market)
    if live is None:
        raise BadParams("the account has no live listenKey on this market")
    time = str(now) if string_time else now
    event = {"e": "listenKeyExpired", "E": time, "listenKey": live.key}
    if wrapped and not silent:
        text = dumps({"stream": live.key, "data": event})
        exchange.publish_raw(act.account, act.market, text)
    exchange.end_listen_key(act.account, act.market, None if silent or wrapped else event)

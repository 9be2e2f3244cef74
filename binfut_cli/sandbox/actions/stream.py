"""Events that change no balance, raw messages, and the end of a listenKey."""

from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.events import grid_update, strategy_update, trigger_reject
from binfut_cli.sandbox.figures import plain
from binfut_cli.sandbox.rest import dumps
from binfut_cli.sandbox.words import BadWords

STATUSES = ("NEW", "WORKING", "CANCELLED", "EXPIRED")


def strategy(act: Act) -> None:
    """STRATEGY_UPDATE of a grid."""
    contract, words = act.contract(), act.words
    number = words.integer("strategyId", 176054594)
    status = words.choice("status", STATUSES, "NEW")
    op_code = words.integer("opCode", 8007)
    words.finish()
    change = act.change()
    change.send(strategy_update(number, contract.symbol, status, op_code, change.at_ms))


def grid(act: Act) -> None:
    """GRID_UPDATE."""
    contract, words = act.contract(), act.words
    number = words.integer("strategyId", 176054594)
    status = words.choice("status", STATUSES, "WORKING")
    figures = {
        "r": plain(words.number("realizedProfit", "0")),
        "up": plain(words.number("unmatchedPrice", "0")),
        "uq": plain(words.number("unmatchedQty", "0")),
        "uf": plain(words.number("unmatchedFee", "0")),
        "mp": plain(words.number("matchedProfit", "0")),
    }
    words.finish()
    change = act.change()
    change.send(grid_update(number, contract.symbol, status, figures, change.at_ms))


def reject_trigger(act: Act) -> None:
    """CONDITIONAL_ORDER_TRIGGER_REJECT alone (usdm)."""
    contract = act.contract()
    if contract.inverse:
        raise BadWords("CONDITIONAL_ORDER_TRIGGER_REJECT exists on usdm only")
    number = act.words.integer("orderId", act.exchange.next_id())
    reason = act.words.text("reason", "Due to the order could not be filled immediately.")
    act.words.finish()
    change = act.change()
    change.send(trigger_reject(contract.symbol, number, reason, change.at_ms))


def raw(act: Act) -> None:
    """Push `text` as it is to the account's streams, or `event` as an event would go."""
    if "text" in act.words.values:
        text = act.words.text("text")
        act.words.finish()
        act.exchange.tell_raw(act.account, act.market, text)
        return
    event = act.words.value("event")
    act.words.finish()
    if not isinstance(event, dict):
        raise BadWords("event must be a JSON object; use text for anything else")
    act.exchange.tell(act.account, act.market, event)


def expire_listen_key(act: Act) -> None:
    """End the live listenKey: `silent` without the event, `stringTime` and `wrapped` word it so."""
    silent = act.words.flag("silent", False)
    string_time = act.words.flag("stringTime", False)
    wrapped = act.words.flag("wrapped", False)
    act.words.finish()
    exchange, now = act.exchange, act.exchange.now_ms()
    live = exchange.listen_keys.live(act.account.name, act.market)
    if live is None:
        raise BadWords("the account has no live listenKey on this market")
    time = str(now) if string_time else now
    event = {"e": "listenKeyExpired", "E": time, "listenKey": live.key}
    if wrapped and not silent:
        text = dumps({"stream": live.key, "data": event})
        exchange.tell_raw(act.account, act.market, text)
    exchange.end_listen_key(act.account, act.market, None if silent or wrapped else event)

"""What is said of orders: placed, changed, filled, ended, and conditional ones."""

from collections.abc import Iterator
from typing import Any

from binfut_cli.codec import Row, same
from binfut_cli.render.escape import plain
from binfut_cli.render.watch import labels
from binfut_cli.render.watch.digits import amount, number
from binfut_cli.render.watch.fragments import (
    TRAILING,
    Speech,
    Told,
    at,
    averaged,
    fields,
    filled,
    origin,
    priced,
    proceeds,
    spoken,
    terms,
)
from binfut_cli.stream.fold.reported_orders import OPEN, is_fill


def order(speech: Speech, body: Row) -> Iterator[Told]:
    """An ORDER_TRADE_UPDATE alone."""
    row = body["order"]
    if is_fill(row):
        yield fill(speech, row)
    else:
        yield _state(speech, row)


def fill(speech: Speech, row: Row, more: list[str] | None = None) -> Told:
    """A fill of an order; `more` is what it made of the position and the wallets."""
    symbol, price = row.get("symbol", ""), row.get("lastFilledPrice")
    speech.digits.traded(symbol, price)
    once = {**row, "origQty": row.get("lastFilledQty")}
    did = f"{fields(row, 'side', 'type')} {_sized(speech, once)}{at(priced(speech, row, price))}"
    costs = [*proceeds(speech, row)]
    parts = [did, _progress(speech, row), *(more[:1] if more else ()), *costs]
    parts += [*(more[1:] if more else ()), _expiry(row), origin(row)]
    forced = labels.forced(row)
    return Told(forced or "FILL", symbol, [*filter(None, parts)], "bad" if forced else "")


def _sized(speech: Speech, row: Row) -> str:
    return speech.size(row, row.get("origQty"))


def _progress(speech: Speech, row: Row) -> str:
    """How far the order is by now, if this was not all of it at once."""
    if same(row.get("lastFilledQty"), row.get("origQty")):
        return ""
    if row.get("status") in OPEN:
        done = amount(row.get("executedQty"))
        return f"{done} of {_sized(speech, row)} filled"
    average = at(averaged(speech, row, row.get("avgPrice")))
    return (
        f"{spoken(row.get('status'), labels.ORDER_STATES)}, {_sized(speech, row)}{average} in all"
    )


def _state(speech: Speech, row: Row) -> Told:
    """An order that was placed, or changed, or has ended."""
    symbol, price = row.get("symbol", ""), row.get("price")
    if number(price):
        speech.digits.traded(symbol, price)
    is_changed = row.get("executionType") == "AMENDMENT"
    state = "changed" if is_changed else spoken(row.get("status"), labels.ORDER_STATES)
    parts = [terms(speech, row, price), state]
    if row.get("status") not in OPEN:
        parts.append(filled(speech, row))
    parts += [_expiry(row), origin(row)]
    forced = labels.forced(row)
    if forced:
        parts.append(labels.OF_FORCED[forced])
    return Told("ORDER", symbol, [*filter(None, parts)], "bad" if forced else "")


def _expiry(row: Row) -> str:
    return labels.EXPIRY_REASONS.get(str(row.get("expiryReason", "0")), "")


def notice(speech: Speech, body: Row) -> Iterator[Told]:
    """A TRADE_LITE alone: a fill of which the rest is not known yet."""
    symbol, price = body.get("symbol", ""), body.get("lastFilledPrice")
    speech.digits.traded(symbol, price)
    once = {**body, "origQty": body.get("lastFilledQty")}
    part = f"{plain(body.get('side'))} {_sized(speech, once)}{at(priced(speech, body, price))}"
    yield Told("TRADE", symbol, [part, f"of {_sized(speech, body)}"])


def conditional(speech: Speech, body: Row) -> Iterator[Told]:
    """An ALGO_UPDATE: an order that waits for a price."""
    row = body["algoOrder"]
    shown = {**row, "type": row.get("orderType"), "origQty": row.get("quantity")}
    state = spoken(row.get("algoStatus"), labels.CONDITIONAL_STATES)
    parts = [f"conditional {terms(speech, shown, shown.get('price'))}", state]
    if shown["type"] == TRAILING and isinstance(shown.get("isActivated"), bool):
        parts.append("following" if shown["isActivated"] else "not following yet")
    parts.append(filled(speech, shown) or _unfilled(shown))
    if shown.get("rejectReason"):
        parts.append(plain(shown["rejectReason"]))
    if shown.get("algoId") is not None:
        parts.append(f"number {plain(shown['algoId'])}")
    yield Told("ORDER", shown.get("symbol", ""), [*filter(None, parts)])


def _unfilled(row: Row) -> str:
    """FINISHED is said of a conditional order that was filled, and of one that was cancelled."""
    is_finished = row.get("algoStatus") == "FINISHED"
    return "nothing filled" if is_finished and number(row.get("executedQty")) == 0 else ""


def refused(_speech: Speech, body: Row) -> Iterator[Told]:
    """A CONDITIONAL_ORDER_TRIGGER_REJECT: an order that was triggered and not taken."""
    row = body["order"]
    parts = [f"conditional order {plain(row.get('orderId'))}", _reason(row.get("rejectReason"))]
    yield Told("REJECTED", row.get("symbol", ""), parts, "warn")


def _reason(text: Any) -> str:
    return plain(text)

"""What is said of orders: placed, changed, filled, ended, and conditional ones."""

from collections.abc import Iterator, Sequence

import msgspec

from binfut_cli.codec import Row, same
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Role
from binfut_cli.render.watch.events import labels
from binfut_cli.render.watch.events.digits import amount, number
from binfut_cli.render.watch.events.fragments import (
    TRAILING,
    Speech,
    Told,
    at,
    averaged,
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


def fill(speech: Speech, row: Row, made: Sequence[str] = ()) -> Told:
    """A fill of an order; `made` is what it made of the position, then of wallets."""
    price = at(priced(row.get("lastFilledPrice")))
    size = speech.size(row.get("lastFilledQty"))
    did = f"{speech.kind(row)}{size}{price}"
    parts = [did, _progress(speech, row), *made[:1], *proceeds(speech, row), *made[1:]]
    parts += [_expiry(row), origin(row)]
    told = Told("FILL", row.get("symbol", ""), [*filter(None, parts)])
    forced = labels.forced(row)
    return msgspec.structs.replace(told, kind=forced, role=Role.BAD) if forced else told


def _progress(speech: Speech, row: Row) -> str:
    """How far the order is by now, if this was not all of it at once."""
    if same(row.get("lastFilledQty"), row.get("origQty")):
        return ""
    whole = speech.size(row.get("origQty"))
    if row.get("status") in OPEN:
        return f"{amount(row.get('executedQty'))} of {whole} filled"
    average = at(averaged(speech, row.get("avgPrice")))
    return f"{spoken(row.get('status'), labels.ORDER_STATES)}, {whole}{average} in all"


def _state(speech: Speech, row: Row) -> Told:
    """An order that was placed, or changed, or has ended."""
    is_changed = row.get("executionType") == "AMENDMENT"
    state = "changed" if is_changed else spoken(row.get("status"), labels.ORDER_STATES)
    parts = [terms(speech, row, row.get("price")), state]
    if row.get("status") not in OPEN:
        parts.append(filled(speech, row))
    forced = labels.forced(row)
    parts += [_expiry(row), origin(row), labels.OF_FORCED.get(forced, "")]
    return Told("ORDER", row.get("symbol", ""), [*filter(None, parts)], Role.BAD if forced else "")


def _expiry(row: Row) -> str:
    return labels.EXPIRY_REASONS.get(str(row.get("expiryReason", "0")), "")


def notice(speech: Speech, body: Row) -> Iterator[Told]:
    """A TRADE_LITE alone: a fill of which the rest is not known yet."""
    price = at(priced(body.get("lastFilledPrice")))
    part = f"{speech.side(body)} {speech.size(body.get('lastFilledQty'))}{price}"
    yield Told("TRADE", body.get("symbol", ""), [part, f"of {speech.size(body.get('origQty'))}"])


def conditional(speech: Speech, body: Row) -> Iterator[Told]:
    """An ALGO_UPDATE: an order that waits for a price."""
    row = body["algoOrder"]
    yield Told("ORDER", row.get("symbol", ""), waiting(speech, row))


def waiting(speech: Speech, row: Row) -> list[str]:
    """What is said of a conditional order, by the stream or by history."""
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
    return [*filter(None, parts)]


def _unfilled(row: Row) -> str:
    """FINISHED is said of a conditional order that was filled, and of one that was cancelled."""
    is_finished = row.get("algoStatus") == "FINISHED"
    return "nothing filled" if is_finished and number(row.get("executedQty")) == 0 else ""


def refused(_speech: Speech, body: Row) -> Iterator[Told]:
    """A CONDITIONAL_ORDER_TRIGGER_REJECT: an order that was triggered and not taken."""
    row = body["order"]
    parts = [f"conditional order {plain(row.get('orderId'))}", plain(row.get("rejectReason"))]
    yield Told("REJECTED", row.get("symbol", ""), parts, Role.WARN)

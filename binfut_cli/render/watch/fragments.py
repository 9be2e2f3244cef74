"""What lines are put together from: moments, legs, prices, orders, fields, alarms."""

from collections.abc import Iterator
from typing import Any

from binfut_cli.codec import Row, decimal
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount, signed
from binfut_cli.render.palette import Palette

KIND_WIDTH = 8
ARROW = "→"
TRAILING = "TRAILING_STOP_MARKET"
CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", TRAILING)
"""The types of orders that wait for a price. No set: what comes may not be hashable."""


def leg(row: Row) -> str:
    """A position's symbol, and its side if it has one."""
    side = row.get("positionSide", "BOTH")
    return str(row["symbol"]) if side == "BOTH" else f"{row['symbol']} {side}"


def fields(row: Row, *names: str) -> str:
    """Some fields of a row side by side, as far as it has them."""
    return " ".join(plain(row[name]) for name in names if row.get(name) is not None)


def at(price: Any) -> str:
    """A price behind what it is of; nothing for none."""
    return f" @ {amount(price)}" if decimal(price) else ""


def terms(order: Row, price: Any) -> str:
    """An order's side, type, size and price, and what it waits for."""
    parts = [fields(order, "side", "type"), f"{_size(order)}{at(price)}"]
    if order.get("type") in CONDITIONAL:
        parts += _conditions(order)
    return " ".join(parts)


def _size(order: Row) -> str:
    """An order's quantity; one that closes the position, however large it is by then, has none."""
    quantity = order.get("origQty")
    is_all = order.get("closePosition") is True and not decimal(quantity)
    return "all" if is_all else amount(quantity)


def _conditions(order: Row) -> Iterator[str]:
    """Where an order is triggered, or where it begins to follow the price, and how far behind.

    The `stopPrice` of one that follows the price is to be ignored, as the documentation says.
    """
    stop = None if order["type"] == TRAILING else order.get("stopPrice")
    if decimal(trigger := order.get("triggerPrice", stop)):
        yield f"trigger {amount(trigger)}"
    if decimal(order.get("activatePrice")):
        yield f"activation {amount(order['activatePrice'])}"
    if decimal(order.get("priceRate")):
        yield f"callback {amount(order['priceRate'])}%"


def filled(order: Row) -> str:
    """How much of an order was filled, and at what price on average; nothing if nothing was."""
    if not decimal(order.get("executedQty")):
        return ""
    return f"filled {amount(order['executedQty'])}{at(order.get('avgPrice'))}"


def origin(order: Row) -> str:
    """The conditional order that an order was, and by which id, if it was one."""
    original = order.get("origType")
    parts = []
    if original in CONDITIONAL and original != order.get("type"):
        parts.append(plain(original))
    if order.get("sourceType") == "ALGO_CONDITION":
        parts.append(f"conditional order {plain(order.get('sourceId'))}")
    return f"from {', '.join(parts)}" if parts else ""


def proceeds(row: Row, palette: Palette) -> Iterator[str]:
    """What a fill cost and brought, as far as it is not zero."""
    if decimal(row.get("commission")):
        yield f"fee {amount(row['commission'])} {plain(row.get('commissionAsset'))}"
    if decimal(row.get("realizedPnl")):
        yield f"realized {palette.by_sign(signed(row['realizedPnl']))}"


def alarm(palette: Palette, kind: str) -> str:
    """A kind of line that must not be overlooked."""
    return f"{palette.warn}{kind:<{KIND_WIDTH}}{palette.off}"

"""What lines are put together from: legs, prices, orders, fields, alarms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Palette, side
from binfut_cli.render.watch.events import labels
from binfut_cli.render.watch.events.digits import Digits, amount, number

ARROW = "→"
QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "USD1", "BTC", "ETH")
"""In which usdm contracts are settled; a row of an account says so itself, since 2026."""
TRAILING = "TRAILING_STOP_MARKET"
CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", TRAILING)
"""The types of orders that wait for a price. No set: what comes may not be hashable."""


class Told(msgspec.Struct, frozen=True):
    """A line before it is laid out; a part of it is broken only where it fits on no line.

    `kind` says what it is, `role` how that looks; `name` is whose: a symbol, an asset.
    """

    kind: str
    name: str
    parts: list[str]
    role: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """How a market's amounts are said: in which colours, with which digits and units."""

    market: Market | None
    palette: Palette
    digits: Digits

    def side(self, row: Row) -> str:
        """BUY or SELL, in the colour of the position that it makes; "" for nothing."""
        found = row.get("side")
        return self.palette.paint(side(found), plain(found)) if found is not None else ""

    def kind(self, order: Row) -> str:
        """An order's side and type, to put before its size."""
        found, kind = self.side(order), order.get("type")
        named = "" if kind is None else f"{plain(kind)} "
        return f"{found} {named}" if found else named

    def size(self, quantity: Any) -> str:
        """A size in coins of usdm, in contracts of coinm, which is said."""
        shown = amount(quantity)
        if self.market is not Market.COINM:
            return shown
        return f"{shown} contract{'' if shown in ('1', '-1') else 's'}"

    def money(self, value: Any, asset: Any) -> str:
        """An amount with its asset."""
        return _with(self.digits.money(value, asset), asset)

    def profit(self, value: Any, asset: Any) -> str:
        """A profit or a loss with its asset, in its colour."""
        return _with(self.palette.by_sign(self.digits.change(value, asset)), asset)

    def changed(self, before: Any, after: Any, asset: Any) -> str:
        """An amount before and after, and by how much it grew."""
        digits = self.digits
        (was, old), (now, new) = digits.said(before, asset), digits.said(after, asset)
        added = self.palette.by_sign(digits.added(old, new, asset))
        return f"{was} {ARROW} {now} ({added})"

    def grown(self, before: Any, after: Any, asset: Any, unit: str = "") -> str:
        """An amount, and by how much it grew."""
        now, new = self.digits.said(after, asset)
        added = self.palette.by_sign(self.digits.added(number(before), new, asset))
        return f"{_with(now, unit)} ({added})"

    def settled_in(self, row: Row) -> str:
        """In which asset a row's profits are counted; "" if nobody knows."""
        told = row.get("marginAsset")
        if type(told) is str:
            return told
        symbol = row.get("symbol")
        return _settled_in(symbol, self.market) if type(symbol) is str else ""


def _with(shown: str, asset: Any) -> str:
    return f"{shown} {plain(asset)}" if asset else shown


@lru_cache(maxsize=1024)
def _settled_in(symbol: str, market: Market | None) -> str:
    """BTCUSD_PERP is settled in BTC, BTCUSDT_260327 in USDT."""
    pair = symbol.partition("_")[0]
    if market is Market.COINM:
        return pair.removesuffix("USD") if pair.endswith("USD") else ""
    return next((asset for asset in QUOTES if pair.endswith(asset)), "")


def leg(row: Row) -> str:
    """A position's symbol, and its side if it has one."""
    side = row.get("positionSide", "BOTH")
    return str(row["symbol"]) if side == "BOTH" else f"{row['symbol']} {side}"


def fields(row: Row, *names: str) -> str:
    """Some fields of a row side by side, as far as it has them."""
    return " ".join(plain(row[name]) for name in names if row.get(name) is not None)


def at(price: str) -> str:
    """A price behind what it is of."""
    return f" @ {price}" if price else ""


def priced(value: Any) -> str:
    """A price of an order or of a trade, with every digit; "" where the exchange writes 0."""
    return amount(value) if number(value) else ""


def averaged(speech: Speech, value: Any) -> str:
    """An average of prices; "" where the exchange writes 0 for none."""
    return speech.digits.average(value) if number(value) else ""


def terms(speech: Speech, order: Row, price: Any) -> str:
    """An order's side, type, size and price, and what it waits for."""
    head = f"{speech.kind(order)}{_quantity(speech, order)}{at(priced(price))}"
    waits = order.get("type") in CONDITIONAL
    return " ".join([head, *_conditions(speech, order)]) if waits else head


def _quantity(speech: Speech, order: Row) -> str:
    """An order's quantity; one that closes the position, however large it is by then, has none."""
    quantity = order.get("origQty")
    is_all = order.get("closePosition") is True and not number(quantity)
    return "all" if is_all else speech.size(quantity)


def _conditions(speech: Speech, order: Row) -> Iterator[str]:
    """Where an order is triggered, or where it begins to follow the price, and how far behind.

    The `stopPrice` of one that follows the price is to be ignored, as the documentation says.
    """
    stop = None if order["type"] == TRAILING else order.get("stopPrice")
    if trigger := priced(order.get("triggerPrice", stop)):
        yield f"trigger {trigger}"
    if activation := priced(order.get("activatePrice")):
        yield f"activation {activation}"
    if number(order.get("priceRate")):
        yield f"callback {amount(order['priceRate'])}%"


def filled(speech: Speech, order: Row) -> str:
    """How much of an order was filled, and at what price on average; nothing if nothing was."""
    if not number(order.get("executedQty")):
        return ""
    price = averaged(speech, order.get("avgPrice"))
    return f"filled {speech.size(order['executedQty'])}{at(price)}"


def origin(order: Row) -> str:
    """The conditional order that an order was, and by which id, if it was one."""
    original = order.get("origType")
    parts = []
    if original in CONDITIONAL and original != order.get("type"):
        parts.append(plain(original))
    if order.get("sourceType") == "ALGO_CONDITION":
        parts.append(f"conditional order {plain(order.get('sourceId'))}")
    return f"from {', '.join(parts)}" if parts else ""


def proceeds(speech: Speech, row: Row) -> Iterator[str]:
    """What a fill brought and cost, as far as it is not zero."""
    if number(row.get("realizedPnl")):
        yield f"realized {speech.profit(row['realizedPnl'], speech.settled_in(row))}"
    if number(row.get("commission")):
        yield f"fee {speech.money(row['commission'], row.get('commissionAsset'))}"


def spoken(code: Any, words: Mapping[str, str] = labels.NO_WORDS) -> str:
    """A code of the exchange in words: ours, or its own in small letters; strange text as it is."""
    text = str(code)
    if text in words:
        return words[text]
    is_code = text.isascii() and text.replace("_", "").isalpha() and text.isupper()
    return text.replace("_", " ").lower() if is_code else plain(text)

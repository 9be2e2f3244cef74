"""Things that happen to an account, at random, of every kind that has an event."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.account.rows import Book
from binfut_cli.sandbox.params import BadParams

SYMBOLS = {"usdm": ("BTCUSDT", "ETHUSDT", "SOLUSDT"), "coinm": ("BTCUSD_PERP", "ETHUSD_PERP")}
ASSETS = {"usdm": ("USDT", "BNB"), "coinm": ("BTC", "ETH")}
QUANTITY = {"usdm": "0.01", "coinm": "1"}
PRICE = {"usdm": "20", "coinm": "2000"}
ORDERS = 8  # names that resting orders share, so that one of them can be ended by chance
OPEN = frozenset({"NEW", "PARTIALLY_FILLED"})

Action = dict[str, Any]


def action(chance: random.Random, market: str) -> Action:
    """One thing that moves money, a position or a setting."""
    symbol, asset = chance.choice(SYMBOLS[market]), chance.choice(ASSETS[market])
    side = chance.choice(("BUY", "SELL"))
    amount = f"0.{chance.randrange(1, 10_000):06d}"
    every: list[Action] = [
        {"action": "deposit", "asset": asset, "amount": amount},
        {"action": "withdraw", "asset": asset, "amount": amount},
        {"action": "fill", "symbol": symbol, "side": side, "quantity": QUANTITY[market]},
        {"action": "funding", "symbol": symbol, "amount": amount},
        {"action": "leverage", "symbol": symbol, "leverage": chance.randrange(5, 20)},
    ]
    return {**chance.choice(every), "market": market}


def _order(chance: random.Random, market: str, symbol: str) -> Action:
    """An order that rests, or the end of one."""
    name = f"order-{chance.randrange(ORDERS)}"
    if chance.random() < 0.45:
        words = {"side": "BUY", "quantity": QUANTITY[market], "price": PRICE[market]}
        return {"action": "placeOrder", "symbol": symbol, "clientOrderId": name, **words}
    return {"action": chance.choice(("cancelOrder", "expireOrder")), "clientOrderId": name}


def _conditional(chance: random.Random, market: str, symbol: str) -> Action:
    name = f"algo-{chance.randrange(ORDERS)}"
    if chance.random() < 0.45:
        words = {"side": "SELL", "quantity": QUANTITY[market], "triggerPrice": PRICE[market]}
        kind = {"type": "STOP_MARKET", "clientAlgoId": name}
        return {"action": "placeAlgo", "symbol": symbol, **kind, **words}
    return {"action": chance.choice(("cancelAlgo", "expireAlgo")), "clientAlgoId": name}


def _margin_type(chance: random.Random, market: str, symbol: str) -> Action:
    kind = chance.choice(("CROSSED", "ISOLATED"))
    return {"action": "marginType", "symbol": symbol, "marginType": kind}


def _margin(chance: random.Random, market: str, symbol: str) -> Action:
    return {"action": "positionMargin", "symbol": symbol, "amount": chance.choice(("1", "-1"))}


def _transfer(chance: random.Random, market: str, symbol: str) -> Action:
    way = chance.choice(("transferIn", "transferOut", "adjustment", "insuranceClear"))
    return {"action": way, "asset": chance.choice(ASSETS[market]), "amount": "0.0001"}


def _telling(chance: random.Random, market: str, symbol: str) -> Action:
    """What is told and changes no row."""
    return {"action": chance.choice(("marginCall", "strategy", "grid")), "symbol": symbol}


_MORE: Mapping[Callable[[random.Random, str, str], Action], int] = {
    _order: 20,
    _conditional: 10,
    _transfer: 10,
    _telling: 4,
    _margin_type: 1,
    _margin: 2,
}
_USUAL = 53  # of 100


def any_action(chance: random.Random, market: str) -> Action:
    """One thing of any kind: mostly money and positions, then orders, then what is rare."""
    if chance.randrange(100) < _USUAL:
        return action(chance, market)
    (make,) = chance.choices(tuple(_MORE), weights=tuple(_MORE.values()))
    return {**make(chance, market, chance.choice(SYMBOLS[market])), "market": market}


def happen(sandbox: Sandbox, chance: random.Random, market: str) -> int | None:
    """Do one; the last id of the ledger, or None if the account's holdings forbid it."""
    try:
        return sandbox.act(any_action(chance, market))
    except BadParams:
        return None


def forget(book: Book) -> None:
    """Let the exchange forget closed orders, which it reads through for every answer."""
    for number in [n for n, order in book.orders.items() if order.status not in OPEN]:
        del book.orders[number]
    for number in [n for n, order in book.algo_orders.items() if not order.open]:
        del book.algo_orders[number]

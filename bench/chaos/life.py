"""Things that happen to an account, at random, of every kind that has an event."""

import random
from typing import Any

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.words import BadWords

SYMBOLS = {"usdm": ("BTCUSDT", "ETHUSDT", "SOLUSDT"), "coinm": ("BTCUSD_PERP", "ETHUSD_PERP")}
ASSETS = {"usdm": ("USDT", "BNB"), "coinm": ("BTC", "ETH")}
QUANTITY = {"usdm": "0.01", "coinm": "1"}


def action(chance: random.Random, market: str) -> dict[str, Any]:
    """One thing that happens."""
    symbol, asset = chance.choice(SYMBOLS[market]), chance.choice(ASSETS[market])
    side = chance.choice(("BUY", "SELL"))
    amount = f"0.{chance.randrange(1, 10_000):06d}"
    every: list[dict[str, Any]] = [
        {"action": "deposit", "asset": asset, "amount": amount},
        {"action": "withdraw", "asset": asset, "amount": amount},
        {"action": "fill", "symbol": symbol, "side": side, "quantity": QUANTITY[market]},
        {"action": "funding", "symbol": symbol, "amount": amount},
        {"action": "leverage", "symbol": symbol, "leverage": chance.randrange(5, 20)},
    ]
    return {**chance.choice(every), "market": market}


def happen(box: Sandbox, chance: random.Random, market: str) -> None:
    """Do one; what the account's holdings forbid does not happen."""
    try:
        box.act(action(chance, market))
    except BadWords:
        return

#!/usr/bin/env bash
# ccxt.pro tells a stop order as filled in full as soon as it is triggered, whatever was filled of it.
#
# A conditional order's own events (ALGO_UPDATE) say in `aq` how much was filled, which is not read. Its
# TRIGGERED (it was sent to the book) and FINISHED (what was sent is filled, or cancelled) both become
# "closed", and of a closed order without a figure the whole amount is taken for filled. The order that
# was sent has an id of its own and stands beside it, so that a sum over watched orders has both.
# Seen with ccxt 4.5.90, for 0.010 of which 0.004 were filled before the rest was cancelled:
# "triggered: stop closed, filled 0.01; order open, filled 0.0",
# "finished: stop closed, filled 0.01; order canceled, filled 0.004".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ccxt==4.5.90
cat > "$folder/look.py" <<'PY'
import asyncio

import ccxt.pro

NAMES = {"2148719": "stop", "777": "order"}


def stop(status: str, filled: str) -> dict:
    """An ALGO_UPDATE of a stop order, which is in the book as order 777 from its triggering on."""
    order = {
        "caid": "stop-1", "aid": 2148719, "at": "CONDITIONAL", "o": "STOP", "s": "BTCUSDT", "S": "SELL",
        "ps": "BOTH", "f": "GTC", "q": "0.010", "X": status, "ai": "" if status == "NEW" else "777",
        "ap": "0" if filled == "0" else "60000", "aq": filled, "act": "LIMIT", "tp": "60100",
        "p": "60000", "V": "EXPIRE_MAKER", "wt": "CONTRACT_PRICE", "pm": "NONE", "cp": False, "pP": False,
        "R": True, "tt": 0, "gtd": 0, "rm": "",
    }
    return {"e": "ALGO_UPDATE", "T": 1791669961688, "E": 1791669961689, "o": order}


def sent(execution: str, status: str, last: str, filled: str) -> dict:
    """An ORDER_TRADE_UPDATE of what the stop order sent to the book."""
    order = {
        "s": "BTCUSDT", "c": "stop-1", "S": "SELL", "o": "LIMIT", "f": "GTC", "q": "0.010", "p": "60000",
        "ap": "0" if filled == "0" else "60000", "sp": "0", "x": execution, "X": status, "i": 777,
        "l": last, "z": filled, "L": "0" if last == "0" else "60000", "T": 1791669961688, "t": 9, "b": "0",
        "a": "0", "m": False, "R": True, "wt": "CONTRACT_PRICE", "ot": "LIMIT", "ps": "BOTH", "cp": False,
        "rp": "0", "si": 2148719, "ss": -1, "st": "ALGO_CONDITION",
    }
    return {"e": "ORDER_TRADE_UPDATE", "T": 1791669961688, "E": 1791669961689, "o": order}


def told(orders: list[dict]) -> str:
    known = {NAMES[each["id"]]: f"{each['status']}, filled {each['filled']}" for each in orders}
    return "; ".join(f"{name} {known[name]}" for name in ("stop", "order"))


async def main() -> dict[str, str]:
    exchange = ccxt.pro.binanceusdm()
    client = exchange.client("ws://127.0.0.1:9/")  # never connected: messages are handed to it
    seen = {}
    for event in (stop("NEW", "0"), sent("NEW", "NEW", "0", "0"), stop("TRIGGERED", "0")):
        exchange.handle_message(client, event)
    seen["triggered"] = told(exchange.orders)
    for event in (
        sent("TRADE", "PARTIALLY_FILLED", "0.004", "0.004"),
        sent("CANCELED", "CANCELED", "0", "0.004"),
        stop("FINISHED", "0.004"),
    ):
        exchange.handle_message(client, event)
    seen["finished"] = told(exchange.orders)
    await exchange.close()
    return seen


seen = asyncio.run(main())
for name, what in seen.items():
    print(f"{name}: {what}")
assert seen["triggered"] == "stop closed, filled 0.01; order open, filled 0.0"
assert seen["finished"] == "stop closed, filled 0.01; order canceled, filled 0.004"
PY
"$folder/env/bin/python" "$folder/look.py"

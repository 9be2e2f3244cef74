#!/usr/bin/env bash
# UnicornFy keeps nothing of a stop order's events, nor of a listenKey's end.
#
# unicorn-binance-websocket-api hands events through it where the output is to be "UnicornFy". On futures
# it has no words for ALGO_UPDATE, by which the exchange tells of every conditional order since December
# 2025, nor for listenKeyExpired, STRATEGY_UPDATE and GRID_UPDATE: what arrives is a dictionary with the
# library's own version in it, without the event's name, and no error.
# Seen with unicorn-fy 0.17.2: "ALGO_UPDATE: unicorn_fied", "listenKeyExpired: unicorn_fied",
# while a TRADE_LITE has 14 fields more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet unicorn-fy==0.17.2
cat > "$folder/look.py" <<'PY'
import json

from unicorn_fy import UnicornFy

MOMENT = 1791669961689
STOP = {
    "caid": "stop-1", "aid": 2148719, "at": "CONDITIONAL", "o": "STOP_MARKET", "s": "BTCUSDT",
    "S": "SELL", "ps": "BOTH", "f": "GTC", "q": "0.010", "X": "REJECTED", "ai": "", "ap": "0", "aq": "0",
    "act": "0", "tp": "60000", "p": "0", "V": "EXPIRE_MAKER", "wt": "CONTRACT_PRICE", "pm": "NONE",
    "cp": False, "pP": False, "R": True, "tt": 0, "gtd": 0, "rm": "margin not enough",
}
FILL = {
    "s": "BTCUSDT", "q": "0.010", "p": "0", "m": False, "c": "order-1", "S": "SELL", "L": "60000",
    "l": "0.010", "t": 9, "i": 777,
}
EVENTS = (
    {"e": "ALGO_UPDATE", "T": MOMENT, "E": MOMENT, "o": STOP},
    {"e": "listenKeyExpired", "E": MOMENT, "listenKey": "key"},
    {"e": "TRADE_LITE", "E": MOMENT, "T": MOMENT, **FILL},
)


def told(event: dict) -> str:
    made = UnicornFy.binance_com_futures_websocket(json.dumps({"stream": "key", "data": event}))
    rest = len(made) - 1
    return "unicorn_fied" + (f" and {rest} fields" if rest else "")


seen = {event["e"]: told(event) for event in EVENTS}
for name, what in seen.items():
    print(f"{name}: {what}")
assert list(seen.values()) == ["unicorn_fied", "unicorn_fied", "unicorn_fied and 14 fields"], seen
PY
"$folder/env/bin/python" "$folder/look.py"

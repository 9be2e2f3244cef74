#!/usr/bin/env bash
# ccxt.pro goes on listing a position that was closed, in one-way mode, beside the one that follows it.
#
# Its list of watched positions is kept by symbol and side. The side of a one-way position is taken from
# the sign of its amount, so a long one is "long", a closed one "both" and a short one "short": three
# places, and what stands in the first is never taken away. `newUpdates=False` hands the list on.
# Seen with ccxt 4.5.90: after 0.001, 0 and -0.002 the list is "long 0.001, both 0.0, short 0.002".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ccxt==4.5.90
cat > "$folder/look.py" <<'PY'
import asyncio

import ccxt.pro


def account_update(moment: int, amount: str, entry: str) -> dict:
    position = {
        "s": "BTCUSDT", "pa": amount, "ep": entry, "bep": entry, "cr": "0", "up": "0",
        "mt": "cross", "iw": "0", "ps": "BOTH", "ma": "USDT",
    }
    balance = {"a": "USDT", "wb": "5000", "cw": "5000", "bc": "0"}
    change = {"B": [balance], "P": [position], "m": "ORDER"}
    return {"e": "ACCOUNT_UPDATE", "E": moment, "T": moment, "a": change}


async def main() -> list[str]:
    exchange = ccxt.pro.binanceusdm({"newUpdates": False})
    client = exchange.client("ws://127.0.0.1:9/")  # never connected: messages are handed to it
    client.subscriptions["linear"] = True
    exchange.balance["linear"] = {}
    for moment, (amount, entry) in enumerate((("0.001", "83000"), ("0", "0"), ("-0.002", "84000"))):
        exchange.handle_message(client, account_update(moment + 1, amount, entry))
    listed = [f"{each['side']} {each['contracts']}" for each in exchange.positions["linear"]]
    await exchange.close()
    return listed


seen = asyncio.run(main())
print(", ".join(seen))
assert seen == ["long 0.001", "both 0.0", "short 0.002"], seen
PY
"$folder/env/bin/python" "$folder/look.py"

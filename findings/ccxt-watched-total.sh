#!/usr/bin/env bash
# ccxt's `total` of an asset is one figure when it is fetched, and another when it is watched.
#
# For USDⓈ-M futures `fetch_balance` takes the margin balance (wallet and unrealized profit) for the
# total, and the margin that is available for `free`. After the first ACCOUNT_UPDATE `watch_balance` has
# the wallet balance alone as the total, and nothing as `free` and `used`, under the same names.
# Seen with ccxt 4.5.90, for a wallet of 5000, a loss of 1200 and 3000 available:
# "fetched: total 3800.0, free 3000.0, used 800.0", "watched: total 5000.0, free None, used None".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ccxt==4.5.90
cat > "$folder/look.py" <<'PY'
import asyncio

import ccxt.pro

ASSET = {
    "asset": "USDT", "walletBalance": "5000", "unrealizedProfit": "-1200", "marginBalance": "3800",
    "maintMargin": "200", "initialMargin": "800", "positionInitialMargin": "800",
    "openOrderInitialMargin": "0", "crossWalletBalance": "5000", "crossUnPnl": "-1200",
    "availableBalance": "3000", "maxWithdrawAmount": "3000", "updateTime": 1791669961689,
}
EVENT = {
    "e": "ACCOUNT_UPDATE", "E": 1791669961690, "T": 1791669961690,
    "a": {"B": [{"a": "USDT", "wb": "5000", "cw": "5000", "bc": "0"}], "P": [], "m": "ORDER"},
}


def told(balance: dict) -> str:
    return ", ".join(f"{name} {balance['USDT'][name]}" for name in ("total", "free", "used"))


async def main() -> dict[str, str]:
    exchange = ccxt.pro.binanceusdm()
    fetched = told(exchange.parse_balance_custom({"assets": [ASSET]}, "linear"))
    client = exchange.client("ws://127.0.0.1:9/")  # never connected: the message is handed to it
    client.subscriptions["linear"] = True
    exchange.balance["linear"] = {}
    exchange.handle_message(client, EVENT)
    watched = told(exchange.balance["linear"])
    await exchange.close()
    return {"fetched": fetched, "watched": watched}


seen = asyncio.run(main())
for name, what in seen.items():
    print(f"{name}: {what}")
assert seen["fetched"] == "total 3800.0, free 3000.0, used 800.0"
assert seen["watched"] == "total 5000.0, free None, used None"
PY
"$folder/env/bin/python" "$folder/look.py"

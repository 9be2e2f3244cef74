#!/usr/bin/env bash
# nautilus_trader's Binance adapter cannot read the update of an order whose time in force is RPI.
#
# The exchange has that time in force since November 2025. The adapter decodes `f` into a closed list
# of values, so every update of such an order, its fills too, is refused as a whole; its stream handler
# logs the error and goes on, and the strategy is not told. The same update with GTX is read.
# Seen with nautilus_trader 1.231.0, and with 1.221.0, the last for Python 3.11: "GTX: read",
# "RPI: ValidationError, Invalid enum value 'RPI'".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet \
  "nautilus_trader==1.231.0; python_version >= '3.12'" "nautilus_trader==1.221.0; python_version < '3.12'"
cat > "$folder/look.py" <<'PY'
import json

import msgspec
from nautilus_trader.adapters.binance.futures.schemas.user import BinanceFuturesOrderUpdateMsg

ORDER = {
    "s": "SOLUSDT", "c": "maker-1", "S": "BUY", "o": "LIMIT", "f": "GTX", "q": "21.26", "p": "85.67",
    "ap": "85.67", "sp": "0", "x": "TRADE", "X": "FILLED", "i": 215456450616, "l": "21.26", "z": "21.26",
    "L": "85.67", "n": "0", "N": "USDT", "T": 1779367929401, "t": 7, "b": "0", "a": "0", "m": True,
    "R": False, "wt": "CONTRACT_PRICE", "ot": "LIMIT", "ps": "BOTH", "cp": False, "rp": "0",
    "pP": False, "si": 0, "ss": 0, "V": "EXPIRE_MAKER", "pm": "NONE", "gtd": 0, "er": "0",
}


def told(time_in_force: str) -> str:
    order = {**ORDER, "f": time_in_force}
    event = {"e": "ORDER_TRADE_UPDATE", "T": 1779367929401, "E": 1779367929402, "o": order}
    try:
        msgspec.json.decode(json.dumps(event), type=BinanceFuturesOrderUpdateMsg)
    except msgspec.ValidationError as error:
        return f"ValidationError, {str(error).split(' - ')[0]}"
    return "read"


seen = {name: told(name) for name in ("GTX", "RPI")}
for name, what in seen.items():
    print(f"{name}: {what}")
assert list(seen.values()) == ["read", "ValidationError, Invalid enum value 'RPI'"]
PY
"$folder/env/bin/python" "$folder/look.py"

#!/usr/bin/env bash
# nautilus_trader reads a TRADE_LITE as the only fill of its order, and as one of a one-way position.
#
# With `use_trade_lite` it leaves the ORDER_TRADE_UPDATE of a fill alone and builds the same from the
# TRADE_LITE, which has neither position side nor status nor what was filled before. In their place stand
# BOTH, FILLED, and the last quantity alone: in hedge mode the fill goes to a position that the account
# does not have, and an order that was sent elsewhere is reported as filled with less than its quantity.
# (That commissions are computed then, not read, is told in its documentation.)
# Seen with nautilus_trader 1.231.0, and with 1.221.0, the last for Python 3.11, for the second fill of two
# of a SHORT order: "ORDER_TRADE_UPDATE: side SHORT, PARTIALLY_FILLED, 0.007 of 0.010",
# "TRADE_LITE: side BOTH, FILLED, 0.003 of 0.010".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet \
  "nautilus_trader==1.231.0; python_version >= '3.12'" "nautilus_trader==1.221.0; python_version < '3.12'"
cat > "$folder/look.py" <<'PY'
import json

import msgspec
from nautilus_trader.adapters.binance.futures.enums import BinanceFuturesEnumParser
from nautilus_trader.adapters.binance.futures.schemas import user
from nautilus_trader.model.identifiers import AccountId, ClientOrderId, InstrumentId, VenueOrderId

MOMENT = 1791669961689
FILL = {
    "s": "BTCUSDT", "c": "order-1", "S": "SELL", "q": "0.010", "p": "60000", "i": 777, "l": "0.003",
    "L": "60000", "t": 9, "m": True,
}
ORDER = {
    **FILL, "o": "LIMIT", "f": "GTC", "ap": "60000", "sp": "0", "x": "TRADE", "X": "PARTIALLY_FILLED",
    "z": "0.007", "n": "0.00001", "N": "BNB", "T": MOMENT, "b": "0", "a": "0", "R": False,
    "wt": "CONTRACT_PRICE", "ot": "LIMIT", "ps": "SHORT", "cp": False, "rp": "0", "pP": False, "si": 0,
    "ss": 0, "V": "EXPIRE_MAKER", "pm": "NONE", "gtd": 0, "er": "0",
}


def read(kind: type, event: dict) -> object:
    return msgspec.json.decode(json.dumps({**event, "E": MOMENT, "T": MOMENT}), type=kind)


def told(order: user.BinanceFuturesOrderData) -> str:
    report = order.parse_to_order_status_report(
        account_id=AccountId("BINANCE-1"),
        instrument_id=InstrumentId.from_str("BTCUSDT-PERP.BINANCE"),
        client_order_id=ClientOrderId("order-1"),
        venue_order_id=VenueOrderId("777"),
        ts_event=0,
        ts_init=0,
        enum_parser=BinanceFuturesEnumParser(),
    )
    status = report.order_status.name
    return f"side {order.ps.value}, {status}, {report.filled_qty} of {report.quantity}"


whole = read(user.BinanceFuturesOrderUpdateMsg, {"e": "ORDER_TRADE_UPDATE", "o": ORDER}).o
lite = read(user.BinanceFuturesTradeLiteMsg, {"e": "TRADE_LITE", **FILL}).to_order_data()
seen = {"ORDER_TRADE_UPDATE": told(whole), "TRADE_LITE": told(lite)}
for name, what in seen.items():
    print(f"{name}: {what}")
assert seen["ORDER_TRADE_UPDATE"] == "side SHORT, PARTIALLY_FILLED, 0.007 of 0.010"
assert seen["TRADE_LITE"] == "side BOTH, FILLED, 0.003 of 0.010"
PY
"$folder/env/bin/python" "$folder/look.py"

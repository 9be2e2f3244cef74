#!/usr/bin/env bash
# ccxt's paginated ledger leaves out rows of the millisecond that a page ends in.
#
# `fetch_ledger` with `paginate`, forwards, asks for each next page from one millisecond after the last row
# of the page before. An account's rows share milliseconds by the dozen: funding is charged for all
# positions at once. What of such a moment did not fit on the page is never asked for, and not missed.
# Seen with ccxt 4.5.90, for 998 rows and then 5 of one moment, and one later, in pages of 1000:
# "1004 rows, told 1001, funding of the moment 2 of 5".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ccxt==4.5.90
cat > "$folder/look.py" <<'PY'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import ccxt

START = 1791669600000
FUNDING = START + 3_600_000
TIMES = [*range(START, START + 998), *[FUNDING] * 5, FUNDING + 1000]
ROWS = [
    {
        "symbol": "BTCUSDT", "incomeType": "FUNDING_FEE" if time == FUNDING else "COMMISSION",
        "income": "-0.01", "asset": "USDT", "info": "", "time": time, "tranId": 9689322392 + number,
        "tradeId": "",
    }
    for number, time in enumerate(TIMES)
]


class Income(BaseHTTPRequestHandler):
    """The exchange's income: from `startTime` to `endTime`, both inclusive, oldest first, `limit` rows."""

    def do_GET(self) -> None:
        asked = {name: int(value[0]) for name, value in parse_qs(urlsplit(self.path).query).items()
                 if name in ("startTime", "endTime", "limit")}
        first, last = asked.get("startTime", START), asked.get("endTime", FUNDING + 1000)
        rows = [row for row in ROWS if first <= row["time"] <= last][: asked.get("limit", 100)]
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(dumps(rows).encode())

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Income)
Thread(target=server.serve_forever, daemon=True).start()
exchange = ccxt.binanceusdm({"apiKey": "key", "secret": "secret"})
exchange.markets, exchange.currencies_by_id = {}, {}  # none is needed for a ledger
exchange.urls["api"]["fapiPrivate"] = f"http://127.0.0.1:{server.server_port}/fapi/v1"
way = {"paginate": True, "paginationDirection": "forward"}
told = exchange.fetch_ledger(None, START, None, way)
funding = sum(row["timestamp"] == FUNDING for row in told)
seen = f"{len(ROWS)} rows, told {len(told)}, funding of the moment {funding} of 5"
print(seen)
assert seen == "1004 rows, told 1001, funding of the moment 2 of 5", seen
PY
"$folder/env/bin/python" "$folder/look.py"

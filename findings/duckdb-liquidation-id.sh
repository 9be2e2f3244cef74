#!/usr/bin/env bash
# DuckDB takes client order ids for UUIDs, and has no room for the id of a liquidation.
#
# A bot's client order id is often a UUID: with its 36 characters it just fits. DuckDB looks at the first
# 20480 records of a JSON file, and a text column in which all are UUIDs becomes a column of UUIDs. The
# order by which the exchange liquidates has an id of its own kind, `autoclose-` and a number, and comes
# late: the query fails at it, and with `ignore_errors`, one of the ways out that the error offers, that
# one id is NULL. (Capitals become small, too.) With `columns` ids are text, and nothing is lost.
# Seen with duckdb 2.0.1: "looked at: UUID, liquidations 0, ids lost 1; told: VARCHAR, liquidations 1,
# ids lost 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet duckdb==2.0.1
cat > "$folder/look.py" <<'PY'
import sys
from json import dumps
from pathlib import Path
from uuid import uuid4

import duckdb

FILE = Path(sys.argv[1]) / "orders.ndjson"
LOOKED_AT = "ignore_errors = true"
TOLD = "columns = {e: 'varchar', o: 'struct(c varchar, s varchar, X varchar)'}"


def update(client_id: str) -> str:
    order = {"c": client_id, "s": "BTCUSDT", "X": "FILLED"}
    return dumps({"e": "ORDER_TRADE_UPDATE", "o": order})


def seen(how: str) -> str:
    source = f"read_json('{FILE}', format = 'newline_delimited', {how})"
    ((kind, liquidations, lost),) = duckdb.sql(
        f"""select any_value(typeof(o.c)),
                   count(*) filter (o.c::varchar like 'autoclose-%'),
                   count(*) filter (o.c is null)
            from {source}"""
    ).fetchall()
    return f"{kind}, liquidations {liquidations}, ids lost {lost}"


ids = [str(uuid4()) for _ in range(30_000)] + ["autoclose-1791669961689000001"]
FILE.write_text("\n".join(map(update, ids)) + "\n")
found = f"looked at: {seen(LOOKED_AT)}; told: {seen(TOLD)}"
print(found)
assert found == (
    "looked at: UUID, liquidations 0, ids lost 1; told: VARCHAR, liquidations 1, ids lost 0"
)
PY
"$folder/env/bin/python" "$folder/look.py" "$folder"

"""What every job in Python has: its addresses and its key, and how it tells what it was told."""

import json
import os
import sys
import threading

MARKET, REST, STREAM = (os.environ[f"INTEROP_{name}"] for name in ("MARKET", "REST", "STREAM"))
KEY, SECRET = os.environ["INTEROP_KEY"], os.environ["INTEROP_SECRET"]
IS_COINM = MARKET == "coinm"
_lock = threading.Lock()


def tell(**said):
    """A line of JSON on standard output."""
    with _lock:
        print(json.dumps(said, default=str), flush=True)


def balances(rows, wallet):
    """Wallet balances by asset, those of nothing left out."""
    tell(job="balances", rows={row["asset"]: str(row[wallet]) for row in rows})


def positions(rows):
    """Amount, entry price and unrealized profit by symbol and side, as the exchange spells them."""
    found = {}
    for row in rows:
        profit = row.get("unRealizedProfit", row.get("unrealizedProfit"))
        figures = row["positionAmt"], row["entryPrice"], profit
        found[f"{row['symbol']} {row['positionSide']}"] = list(map(str, figures))
    tell(job="positions", rows=found)


def income(rows):
    """What came and went, by the number and type that make a row one of its kind."""
    tell(
        job="income",
        rows={f"{row['tranId']} {row['incomeType']} {row['asset']}": row["income"] for row in rows},
    )


def event(message):
    """The name of an event that was heard, whichever way it was wrapped."""
    if isinstance(message, (str, bytes)):
        message = json.loads(message)
    message = message.get("data", message) if isinstance(message, dict) else message
    if isinstance(message, dict) and "e" in message:
        tell(event=message["e"])


def attempt(job, read):
    """Do a read; one that fails is told by its error's kind and text, and the others go on."""
    try:
        read()
    except Exception as error:  # whatever a client raises
        tell(job=job, error=f"{type(error).__name__}: {error}"[:200])


def until_told():
    """Wait until the one who listens has heard enough and closes our input."""
    sys.stdin.read()
    os._exit(0)

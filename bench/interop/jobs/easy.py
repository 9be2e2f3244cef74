"""easy-binance: one facade over the official SDKs; it hands events out when it has listened."""

import threading

from easy_binance import EasyBinance
from telling import (
    IS_COINM,
    KEY,
    REST,
    SECRET,
    STREAM,
    attempt,
    balances,
    event,
    income,
    positions,
    tell,
    until_told,
)  # fmt: skip

PRODUCT, VERSION = ("coinm", "") if IS_COINM else ("usdm", "_v3")
LISTENS_S, CONNECTS_S = 9, 3

client = EasyBinance(
    api_key=KEY, api_secret=SECRET, rest_url=REST, ws_stream_url=STREAM, pool_size=1
)


def asked(method, **params):
    return client.call(PRODUCT, "rest", method, params)["data"]


attempt("balances", lambda: balances(asked(f"account_information{VERSION}")["assets"], "walletBalance"))
attempt("positions", lambda: positions(asked(f"position_information{VERSION}")))
attempt("income", lambda: income(asked("get_income_history", limit=1000)))

threading.Thread(target=until_told, daemon=True).start()
threading.Timer(CONNECTS_S, lambda: tell(ready=True)).start()
key = asked("start_user_data_stream")["listenKey"]
for message in client.listen(PRODUCT, "user_data", {"listenKey": key}, duration=LISTENS_S):
    event(message)

"""unicorn-binance-rest-api and unicorn-binance-websocket-api."""

import threading

import unicorn_binance_websocket_api.restclient as own_reader
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
from unicorn_binance_rest_api import BinanceRestApiManager
from unicorn_binance_websocket_api import BinanceWebSocketApiManager

BinanceRestApiManager.API_URL = f"{REST}/api"
BinanceRestApiManager.FUTURES_URL = f"{REST}/fapi"
BinanceRestApiManager.FUTURES_COIN_URL = f"{REST}/dapi"
EXCHANGE = "binance.com-coin_futures" if IS_COINM else "binance.com-futures"


def pointed(**_):
    """A reader of the addresses above; given an exchange's name it takes its own."""
    return BinanceRestApiManager(KEY, SECRET, tld="com", warn_on_update=False)


own_reader.BinanceRestApiManager = pointed
client = pointed()
account = client.futures_coin_account if IS_COINM else client.futures_account
held = client.futures_coin_position_information if IS_COINM else client.futures_position_information
flows = client.futures_coin_income_history if IS_COINM else client.futures_income_history
attempt("balances", lambda: balances(account()["assets"], "walletBalance"))
attempt("positions", lambda: positions(held()))
attempt("income", lambda: income(flows(limit=1000)))

threading.Thread(target=until_told, daemon=True).start()
manager = BinanceWebSocketApiManager(
    exchange=EXCHANGE,
    websocket_base_uri=f"{STREAM}/",
    restful_base_uri=f"{REST}/{'dapi' if IS_COINM else 'fapi'}",
    warn_on_update=False,
)
stream = manager.create_stream(
    "arr", "!userData", api_key=KEY, api_secret=SECRET, process_stream_data=event
)
manager.wait_till_stream_has_started(stream)
tell(ready=True)
threading.Event().wait()

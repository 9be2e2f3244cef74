"""unicorn: the stream's text as its websocket manager hands it on."""

import threading

import unicorn_binance_websocket_api.restclient as own_reader
from here import KEY, REST, SECRET, STREAM, WHAT, show
from unicorn_binance_rest_api import BinanceRestApiManager
from unicorn_binance_websocket_api import BinanceWebSocketApiManager

BinanceRestApiManager.API_URL = f"{REST}/api"
BinanceRestApiManager.FUTURES_URL = f"{REST}/fapi"


def pointed(**_):
    """A reader of the addresses above; given an exchange's name it takes its own."""
    return BinanceRestApiManager(KEY, SECRET, tld="com", warn_on_update=False)


own_reader.BinanceRestApiManager = pointed
assert WHAT == "watch"
manager = BinanceWebSocketApiManager(
    exchange="binance.com-futures",
    websocket_base_uri=f"{STREAM}/",
    restful_base_uri=f"{REST}/fapi",
    warn_on_update=False,
    high_performance=True,
)
manager.create_stream("arr", "!userData", api_key=KEY, api_secret=SECRET, process_stream_data=show)
threading.Event().wait()

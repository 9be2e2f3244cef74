"""binance-futures-connector: the stream's text as it hands it on; one reading over REST."""

import json
import threading

from binance.um_futures import UMFutures
from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient
from here import KEY, REST, SECRET, STREAM, WHAT, show

client = UMFutures(key=KEY, secret=SECRET, base_url=REST)


def heard(_, message):
    if '"e"' in message:  # and not the answer to our subscription
        show(message)


if WHAT == "watch":
    key = client.new_listen_key()["listenKey"]
    stream = UMFuturesWebsocketClient(stream_url=f"{STREAM}/private", on_message=heard)
    stream.user_data(listen_key=key, id=1)
    threading.Event().wait()
show(json.dumps(client.account()))

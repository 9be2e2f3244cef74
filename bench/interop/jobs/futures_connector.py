"""binance-futures-connector, the exchange's former own client."""

from binance.cm_futures import CMFutures
from binance.um_futures import UMFutures
from binance.websocket.cm_futures.websocket_client import CMFuturesWebsocketClient
from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient
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

client = (CMFutures if IS_COINM else UMFutures)(key=KEY, secret=SECRET, base_url=REST)
attempt("balances", lambda: balances(client.account()["assets"], "walletBalance"))
attempt("positions", lambda: positions(client.get_position_risk()))
attempt("income", lambda: income(client.get_income_history(limit=1000)))

key = client.new_listen_key()["listenKey"]
listener, base = (
    (CMFuturesWebsocketClient, STREAM)
    if IS_COINM
    else (UMFuturesWebsocketClient, f"{STREAM}/private")
)


def heard(_, message):
    """An event, or the answer to our subscription."""
    if '"id":1' in message:
        tell(ready=True)
    event(message)


stream = listener(stream_url=base, on_message=heard)
stream.user_data(listen_key=key, id=1)
until_told()

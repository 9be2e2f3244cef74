"""easy-binance: one facade over the official SDKs; it hands events out when it has listened."""

import importlib
import re
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
SDK = f"binance_sdk_derivatives_trading_{'coin' if IS_COINM else 'usds'}_futures"
EVENTS = importlib.import_module(f"{SDK}.websocket_streams.models").UserDataStreamEventsResponse
LISTENS_S, CONNECTS_S = 9, 3

client = EasyBinance(
    api_key=KEY, api_secret=SECRET, rest_url=REST, ws_stream_url=STREAM, pool_size=1
)


def camel(name):
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)


def asked(method, **params):
    """The data of an answer, by the exchange's names: the facade has those of its models."""
    data = client.call(PRODUCT, "rest", method, params)["data"]
    rows = data if isinstance(data, list) else data.get("assets", [data])
    return [{camel(name): value for name, value in row.items()} for row in rows]


def heard(dumped):
    """An event by the model that it fitted; what none fits comes as it was sent."""
    fitted = [name for name, value in dumped.items() if name.startswith("oneof_") and value]
    if not fitted:
        event(dumped.get("actual_instance") or dumped)
        return
    kind = re.search(r"\w+(?=\]|'>|$)", str(EVENTS.model_fields[fitted[0]].annotation))[0]
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).upper()
    tell(event="listenKeyExpired" if name == "LISTEN_KEY_EXPIRED" else name)


attempt("balances", lambda: balances(asked(f"account_information{VERSION}"), "walletBalance"))
attempt("positions", lambda: positions(asked(f"position_information{VERSION}")))
attempt("income", lambda: income(asked("get_income_history", limit=1000)))

threading.Thread(target=until_told, daemon=True).start()
threading.Timer(CONNECTS_S, lambda: tell(ready=True)).start()
key = asked("start_user_data_stream")[0]["listenKey"]
for message in client.listen(PRODUCT, "user_data", {"listenKey": key}, duration=LISTENS_S):
    heard(message)

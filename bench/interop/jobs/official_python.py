"""The exchange's own SDKs for Python."""

import asyncio
import re
import threading

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_coin_futures import DerivativesTradingCoinFutures
from binance_sdk_derivatives_trading_usds_futures import DerivativesTradingUsdsFutures
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

KIND = DerivativesTradingCoinFutures if IS_COINM else DerivativesTradingUsdsFutures
reader = KIND(
    config_rest_api=ConfigurationRestAPI(api_key=KEY, api_secret=SECRET, base_path=REST)
).rest_api


def told(answer):
    """What a model holds, by the exchange's own names."""
    data = answer.data()
    data = getattr(data, "actual_instance", None) or data
    return [each.to_dict() for each in data] if isinstance(data, list) else data.to_dict()


def account():
    return told(reader.account_information() if IS_COINM else reader.account_information_v3())


def held():
    return told(reader.position_information() if IS_COINM else reader.position_information_v3())


attempt("balances", lambda: balances(account()["assets"], "walletBalance"))
attempt("positions", lambda: positions(held()))
attempt("income", lambda: income(told(reader.get_income_history(limit=1000))))


def heard(model):
    """An event by its model's name; what none fits comes as it was sent."""
    found = getattr(model, "actual_instance", model)
    if isinstance(found, dict):
        event(found)
        return
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(found).__name__).upper()
    tell(event="listenKeyExpired" if name == "LISTEN_KEY_EXPIRED" else name)


async def listen():
    key = told(reader.start_user_data_stream())["listenKey"]
    client = KIND(config_ws_streams=ConfigurationWebSocketStreams(stream_url=STREAM))
    connected = await client.websocket_streams.create_connection()
    (await connected.user_data(key)).on("message", heard)
    for each in connected.connections:
        asked = {"method": "LIST_SUBSCRIPTIONS", "id": "settled"}
        await asyncio.wait_for(await connected.send_message(asked, each), 5)
    tell(ready=True)
    while True:
        await asyncio.sleep(1)


threading.Thread(target=until_told, daemon=True).start()
asyncio.run(listen())

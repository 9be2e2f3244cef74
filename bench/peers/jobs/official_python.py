"""The exchange's own SDK: each event's model as JSON; one reading over the WS-API."""

import asyncio

from binance_common.configuration import ConfigurationWebSocketAPI, ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from here import KEY, SECRET, STREAM, WHAT, WS_API, show


async def watch():
    config = ConfigurationWebSocketStreams(stream_url=STREAM)
    client = DerivativesTradingUsdsFutures(config_ws_streams=config)
    connected = await client.websocket_streams.create_connection()
    stream = await connected.user_data("k" * 64)
    stream.on("message", lambda model: show(model.model_dump_json()))
    await asyncio.Event().wait()


async def status():
    config = ConfigurationWebSocketAPI(api_key=KEY, api_secret=SECRET, stream_url=WS_API)
    api = await DerivativesTradingUsdsFutures(
        config_ws_api=config
    ).websocket_api.create_connection()
    answer = await api.account_information_v2()
    show(answer.data().result.model_dump_json())


asyncio.run(watch() if WHAT == "watch" else status())

"""The peer: the user data stream by the official SDK, each event printed as a line of JSON.

Run as a program by `python -m bench`, where the SDK is installed:
`python -m bench.official_watch STREAM_URL COUNT`.
"""

import asyncio
import sys
from typing import Any


async def main() -> None:
    from binance_common.configuration import ConfigurationWebSocketStreams
    from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
        DerivativesTradingUsdsFutures,
    )

    url, count = sys.argv[1], int(sys.argv[2])
    config = ConfigurationWebSocketStreams(stream_url=url)
    client = DerivativesTradingUsdsFutures(config_ws_streams=config)
    connected = await client.websocket_streams.create_connection()
    done, seen = asyncio.Event(), 0

    def show(model: Any) -> None:
        nonlocal seen
        sys.stdout.write(model.model_dump_json() + "\n")
        sys.stdout.flush()
        seen += 1
        if seen >= count:
            done.set()

    (await connected.user_data("k" * 64)).on("message", show)
    await done.wait()


asyncio.run(main())

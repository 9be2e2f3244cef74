"""The peer: one account reading over the WS-API by the official SDK, printed as JSON.

Run as a program by `python -m bench`, where the SDK is installed:
`python -m bench.official_status URL KEY SECRET`.
"""

import asyncio
import sys


async def main() -> None:
    from binance_common.configuration import ConfigurationWebSocketAPI
    from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
        DerivativesTradingUsdsFutures,
    )

    url, key, secret = sys.argv[1:]
    config = ConfigurationWebSocketAPI(api_key=key, api_secret=secret, stream_url=url)
    api = await DerivativesTradingUsdsFutures(
        config_ws_api=config
    ).websocket_api.create_connection()
    answer = await api.account_information_v2()
    print(answer.data().result.model_dump_json())
    await api.close_connection(close_session=True)


asyncio.run(main())

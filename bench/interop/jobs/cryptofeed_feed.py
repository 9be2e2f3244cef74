"""cryptofeed: what it makes of the account's stream, told by the message that it came from."""

import asyncio
import threading

from cryptofeed import FeedHandler
from cryptofeed.defines import BALANCES, ORDER_INFO, POSITIONS
from cryptofeed.exchanges import BinanceDelivery, BinanceFutures
from telling import (
    IS_COINM,
    KEY,
    REST,
    SECRET,
    STREAM,
    balances,
    event,
    positions,
    tell,
    until_told,
)  # fmt: skip

KIND = BinanceDelivery if IS_COINM else BinanceFutures
KIND.rest_endpoints[0].address = REST
KIND.websocket_endpoints[0].address = STREAM if IS_COINM else f"{STREAM}/private"
KIND.api = f"{REST}/dapi/v1/"  # usdm's reads have their address in the code
SYMBOL = "BTC-USD-PERP" if IS_COINM else "BTC-USDT-PERP"
CHANNELS = (BALANCES, POSITIONS, ORDER_INFO)
last = None


async def heard(found, _):
    """One message makes several balances and positions; it is told once."""
    global last
    if found.raw is not last:
        last = found.raw
        event(found.raw)


quiet = {"uvloop": False, "log": {"disabled": True}}
config = {KIND.id.lower(): {"key_id": KEY, "key_secret": SECRET}, **quiet}
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
feed = KIND(
    config=config,
    subscription={channel: [SYMBOL] for channel in CHANNELS},  # one is enough to be connected
    callbacks=dict.fromkeys(CHANNELS, heard),
)
if IS_COINM:
    balances(loop.run_until_complete(feed.balances()), "walletBalance")
    positions(loop.run_until_complete(feed.positions()))
handler = FeedHandler(config=quiet)
handler.add_feed(feed)
threading.Thread(target=until_told, daemon=True).start()
tell(ready=True)
handler.run()

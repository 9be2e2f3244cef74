"""python-binance: what its socket manager gives, as JSON; one reading by its blocking client."""

import asyncio
import json

from binance import AsyncClient, BinanceSocketManager, Client
from here import KEY, REST, SECRET, STREAM, WHAT, show

for each in (Client, AsyncClient):
    each.API_URL, each.FUTURES_URL = f"{REST}/api", f"{REST}/fapi"
BinanceSocketManager.FSTREAM_URL = f"{STREAM}/"


async def watch():
    client = await AsyncClient.create(KEY, SECRET)
    manager = BinanceSocketManager(client, max_queue_size=1_000_000)
    async with manager.futures_user_socket() as stream:
        while True:
            show(json.dumps(await stream.recv()))


if WHAT == "watch":
    asyncio.run(watch())
show(json.dumps(Client(KEY, SECRET).futures_account()))

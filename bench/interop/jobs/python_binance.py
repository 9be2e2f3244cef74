"""python-binance: its blocking client reads, its socket manager listens."""

import asyncio
import threading

from binance import AsyncClient, BinanceSocketManager, Client
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

for each in (Client, AsyncClient):
    each.API_URL = f"{REST}/api"
    each.FUTURES_URL, each.FUTURES_COIN_URL = f"{REST}/fapi", f"{REST}/dapi"
BinanceSocketManager.FSTREAM_URL = BinanceSocketManager.DSTREAM_URL = f"{STREAM}/"


def reads():
    client = Client(KEY, SECRET)
    account = client.futures_coin_account if IS_COINM else client.futures_account
    held = (
        client.futures_coin_position_information
        if IS_COINM
        else client.futures_position_information
    )
    flows = client.futures_coin_income_history if IS_COINM else client.futures_income_history
    attempt("balances", lambda: balances(account()["assets"], "walletBalance"))
    attempt("positions", lambda: positions(held()))
    attempt("income", lambda: income(flows(limit=1000)))


async def listen():
    client = await AsyncClient.create(KEY, SECRET)
    manager = BinanceSocketManager(client)
    socket = manager.coin_futures_user_socket() if IS_COINM else manager.futures_user_socket()
    async with socket as stream:
        tell(ready=True)
        while True:
            event(await stream.recv())


reads()
threading.Thread(target=until_told, daemon=True).start()
asyncio.run(listen())

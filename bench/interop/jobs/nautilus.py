"""nautilus_trader: the account reads of its adapter; they are decoded into strict structures."""

import asyncio

from nautilus_trader.adapters.binance.common.enums import BinanceAccountType
from nautilus_trader.adapters.binance.futures.http.account import BinanceFuturesAccountHttpAPI
from nautilus_trader.adapters.binance.http.client import BinanceHttpClient
from nautilus_trader.common.component import LiveClock
from telling import IS_COINM, KEY, REST, SECRET, balances, positions, tell

KIND = BinanceAccountType.COIN_FUTURES if IS_COINM else BinanceAccountType.USDT_FUTURES


def fields(structure):
    return {name: getattr(structure, name) for name in structure.__struct_fields__}


def row(position):
    found = fields(position)
    return {**found, "positionSide": found["positionSide"].value}


async def reads():
    clock = LiveClock()
    client = BinanceHttpClient(clock, KEY, SECRET, REST)
    account = BinanceFuturesAccountHttpAPI(client, clock, KIND)
    held = (await account.query_futures_account_info()).assets
    balances(list(map(fields, held)), "walletBalance")
    positions(list(map(row, await account.query_futures_position_risk())))
    tell(done=True)


asyncio.run(reads())

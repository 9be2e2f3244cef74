"""ccxt.pro for Python: unified reads, and the stream by the three things it watches."""

import asyncio
import threading

import ccxt
import ccxt.pro
from telling import IS_COINM, KEY, REST, SECRET, STREAM, attempt, tell, until_told

KIND = ccxt.pro.binancecoinm if IS_COINM else ccxt.pro.binanceusdm
READ = ccxt.binancecoinm if IS_COINM else ccxt.binanceusdm


def pointed(exchange):
    """The same with every address on the sandbox: only hosts are changed."""
    for name, url in exchange.urls["api"].items():
        if isinstance(url, str):
            path = "/" + url.split("/", 3)[3] if url.count("/") > 2 else ""
            exchange.urls["api"][name] = (STREAM if url.startswith("ws") else REST) + path
    ways = exchange.urls["api"].get("ws", {})
    for name, url in ways.items():
        if isinstance(url, str):
            path = "/" + url.split("/", 3)[3] if url.count("/") > 2 else ""
            ways[name] = STREAM + path
    return exchange


def reads():
    exchange = pointed(READ({"apiKey": KEY, "secret": SECRET}))

    def wallet():
        rows = exchange.fetch_balance()["info"]["assets"]
        tell(job="balances", rows={row["asset"]: row["walletBalance"] for row in rows})

    def held():
        rows = {}
        for each in exchange.fetch_positions():
            info = each["info"]
            signed = each["contracts"] * (-1 if each["side"] == "short" else 1)
            figures = signed, each["entryPrice"], each["unrealizedPnl"]
            rows[f"{info['symbol']} {info.get('positionSide', 'BOTH')}"] = list(map(str, figures))
        tell(job="positions", rows=rows)

    def flows():
        ask = exchange.dapiPrivateGetIncome if IS_COINM else exchange.fapiPrivateGetIncome
        rows = ask({"limit": 1000})
        names = {
            f"{row['tranId']} {row['incomeType']} {row['asset']}": row["income"] for row in rows
        }
        tell(job="income", rows=names)

    for job, read in (("balances", wallet), ("positions", held), ("income", flows)):
        attempt(job, read)


async def listen():
    exchange = pointed(KIND({"apiKey": KEY, "secret": SECRET}))
    await exchange.load_markets()
    heard = exchange.handle_message

    def handle(client, message):
        """What comes to its handlers, by name: it tells nobody else which event it was."""
        if isinstance(message, dict):
            body = message.get("data", message)
            if isinstance(body, dict) and "e" in body:
                tell(event=body["e"])
        return heard(client, message)

    exchange.handle_message = handle
    watching = [exchange.watch_balance(), exchange.watch_positions(), exchange.watch_orders()]
    tasks = [asyncio.ensure_future(each) for each in watching]
    await asyncio.sleep(0)
    while not any(client.connected.done() for client in exchange.clients.values()):
        await asyncio.sleep(0.05)
    tell(ready=True)
    await asyncio.gather(*tasks, return_exceptions=True)
    while True:
        await asyncio.sleep(1)


reads()
threading.Thread(target=until_told, daemon=True).start()
asyncio.run(listen())

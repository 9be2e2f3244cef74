"""ccxt.pro: each message that its handlers were given, as JSON; one reading by ccxt."""

import asyncio
import json

from here import KEY, REST, SECRET, STREAM, WHAT, show


def pointed(exchange):
    """The same with every address on this machine: only hosts are changed."""
    urls = exchange.urls["api"]
    for place in (urls, urls.get("ws", {})):
        for name, url in place.items():
            if isinstance(url, str):
                path = "/" + url.split("/", 3)[3] if url.count("/") > 2 else ""
                place[name] = (STREAM if url.startswith("ws") else REST) + path
    return exchange


async def watch():
    import ccxt.pro

    exchange = pointed(ccxt.pro.binanceusdm({"apiKey": KEY, "secret": SECRET}))
    await exchange.load_markets()
    handle = exchange.handle_message

    def told(client, message):
        handle(client, message)
        if isinstance(message, dict) and "e" in message:
            show(json.dumps(message))

    exchange.handle_message = told
    while True:
        await asyncio.gather(exchange.watch_balance(), exchange.watch_positions())


def status():
    import ccxt

    exchange = pointed(ccxt.binanceusdm({"apiKey": KEY, "secret": SECRET}))
    show(json.dumps(exchange.fapiPrivateV3GetAccount()))


if WHAT == "watch":
    asyncio.run(watch())
status()

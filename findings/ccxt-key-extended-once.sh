#!/usr/bin/env bash
# ccxt.pro for Python extends a futures listenKey once and never again, and is silent once the key ends.
#
# The exchange ends a key 60 minutes after it was last extended. ccxt extends it 20 minutes after it was
# made, and then looks among its connections for one that still needs it: it looks for dictionaries, which
# connections are not in Python, and plans no further extension. A program that asks again after an event
# gets the key extended by that; on an account where nothing happens the stream ends after 80 minutes.
# listenKeyExpired, by which the exchange tells so, has no handler: the program waits for ever.
# Seen with ccxt 4.5.90, its 20 minutes set to half a second: "extended 1 time in 10 periods",
# "after listenKeyExpired: waits, streams opened 1".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ccxt==4.5.90
cat > "$folder/look.py" <<'PY'
import asyncio

import ccxt.pro
from aiohttp import web

PERIOD = 0.5  # seconds, in place of 20 minutes


class Exchange:
    """As much of the exchange as a quiet account's user stream asks for."""

    def __init__(self) -> None:
        self.extended = 0
        self.streams: list[web.WebSocketResponse] = []

    async def key(self, request: web.Request) -> web.Response:
        self.extended += request.method == "PUT"
        return web.json_response({"listenKey": "key"})

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.streams.append(socket)
        async for _ in socket:
            pass
        return socket

    async def end_key(self) -> None:
        """What the exchange tells when a key was not extended for 60 minutes: the stream stays open."""
        for socket in self.streams:
            await socket.send_json({"e": "listenKeyExpired", "E": 1791669961689, "listenKey": "key"})


def client_of(address: str) -> ccxt.pro.binanceusdm:
    options = {
        "listenKeyRefreshRate": int(PERIOD * 1000),
        "watchPositions": {"fetchPositionsSnapshot": False},
    }
    client = ccxt.pro.binanceusdm({"apiKey": "key", "secret": "secret", "options": options})
    client.markets = {}  # a balance needs none
    client.urls["api"]["fapiPrivate"] = f"http://{address}/fapi/v1"
    client.urls["api"]["ws"]["linear"] = f"ws://{address}/ws"
    return client


async def looked(exchange: Exchange, client: ccxt.pro.binanceusdm) -> list[str]:
    watching = asyncio.ensure_future(client.watch_balance())
    while not exchange.streams and not watching.done():
        await asyncio.sleep(0.05)
    await asyncio.sleep(10 * PERIOD)
    seen = [f"extended {exchange.extended} time in 10 periods"]
    await exchange.end_key()
    await asyncio.sleep(10 * PERIOD)
    state = "is told" if watching.done() else "waits"
    seen.append(f"after listenKeyExpired: {state}, streams opened {len(exchange.streams)}")
    watching.cancel()
    return seen


async def main() -> list[str]:
    exchange = Exchange()
    app = web.Application()
    app.router.add_route("*", "/fapi/v1/listenKey", exchange.key)
    app.router.add_get("/{path:.*}", exchange.stream)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = client_of(f"127.0.0.1:{runner.addresses[0][1]}")
    seen = await looked(exchange, client)
    await client.close()
    await runner.cleanup()
    return seen


seen = asyncio.run(main())
print("\n".join(seen))
assert seen == ["extended 1 time in 10 periods", "after listenKeyExpired: waits, streams opened 1"]
PY
"$folder/env/bin/python" "$folder/look.py"

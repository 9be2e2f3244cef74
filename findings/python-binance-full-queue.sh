#!/usr/bin/env bash
# python-binance loses what it has already received when its queue of 100 events is full.
#
# Event 101 of a burst that the program has not taken yet ends the reading. But `recv` looks at that
# before it looks into the queue: the hundred events that arrived before, and the message about the
# error that its exception refers to, wait there and are never handed over.
# Seen with python-binance 1.0.37: "waiting 101, handed over 0, then ReadLoopClosed".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet python-binance==1.0.37
cat > "$folder/look.py" <<'PY'
import asyncio
import logging

from aiohttp import web
from binance import AsyncClient, BinanceSocketManager

logging.disable(logging.CRITICAL)
BURST = 150


async def listen_key(_: web.Request) -> web.Response:
    return web.json_response({"listenKey": "key"})


async def stream(request: web.Request) -> web.WebSocketResponse:
    """A stream that tells a burst of balances, and nothing more."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for number in range(BURST):
        balance = {"a": "USDT", "wb": str(number), "cw": str(number), "bc": "0"}
        change = {"B": [balance], "P": [], "m": "FUNDING_FEE"}
        await socket.send_json({"e": "ACCOUNT_UPDATE", "E": number, "T": number, "a": change})
    await socket.receive()
    return socket


async def taken(manager: BinanceSocketManager) -> str:
    socket, events = manager.futures_user_socket(), 0
    async with socket:
        while socket._handle_read_loop:  # the program does something else meanwhile
            await asyncio.sleep(0.01)
        waiting = socket._queue.qsize()
        try:
            while await socket.recv():
                events += 1
        except Exception as error:
            return f"waiting {waiting}, handed over {events}, then {type(error).__name__}"
    return "no error"


async def main() -> str:
    app = web.Application()
    app.router.add_route("*", "/fapi/v1/listenKey", listen_key)
    app.router.add_get("/{path:.*}", stream)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"127.0.0.1:{runner.addresses[0][1]}"
    client = AsyncClient("key", "secret")
    client.FUTURES_URL, BinanceSocketManager.FSTREAM_URL = f"http://{address}/fapi", f"ws://{address}/"
    said = await taken(BinanceSocketManager(client))
    await client.close_connection()
    await runner.cleanup()
    return said


seen = asyncio.run(main())
print(seen)
assert seen == "waiting 101, handed over 0, then ReadLoopClosed", seen
PY
"$folder/env/bin/python" "$folder/look.py"

#!/usr/bin/env bash
# The official SDK's user data events have no event type once they are JSON.
#
# What its stream hands to a listener is a model of the event. As JSON, and by `to_dict`, it has neither
# the event's `e` nor a field that the model does not name, such as a position's margin asset `ma`: in a
# file of such lines nothing says whether a line was an ACCOUNT_UPDATE or a MARGIN_CALL.
# Seen with binance-sdk-derivatives-trading-usds-futures 18.1.0: "AccountUpdate, as JSON: the event has
# no e, its position no ma", and the same by to_dict.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet binance-sdk-derivatives-trading-usds-futures==18.1.0
cat > "$folder/look.py" <<'PY'
import asyncio
import json

from aiohttp import web
from binance_common.configuration import ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures import DerivativesTradingUsdsFutures

POSITION = {
    "s": "BTCUSDT", "pa": "0.001", "ep": "83008.1", "bep": "83041.3", "cr": "0", "up": "0",
    "mt": "cross", "iw": "0", "ps": "BOTH", "ma": "USDT",
}
BALANCE = {"a": "USDT", "wb": "4999.8", "cw": "4999.8", "bc": "0"}
EVENT = {
    "e": "ACCOUNT_UPDATE", "E": 1791669961689, "T": 1791669961688,
    "a": {"B": [BALANCE], "P": [POSITION], "m": "ORDER"},
}


async def stream(request: web.Request) -> web.WebSocketResponse:
    """A stream that confirms a subscription, and tells one event of it."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        asked = json.loads(message.data)
        await socket.send_json({"result": None, "id": asked["id"]})
        if asked["method"] == "SUBSCRIBE":
            await socket.send_json({"stream": asked["params"][0], "data": EVENT})
    return socket


async def heard(port: int):
    settings = ConfigurationWebSocketStreams(stream_url=f"ws://127.0.0.1:{port}")
    streams = DerivativesTradingUsdsFutures(config_ws_streams=settings).websocket_streams
    connection = await streams.create_connection()
    events: asyncio.Queue = asyncio.Queue()
    (await connection.user_data("key")).on("message", events.put_nowait)
    try:
        return (await asyncio.wait_for(events.get(), 20)).actual_instance
    finally:
        await connection.close_connection(close_session=True)


def missing(told: dict) -> str:
    event, position = set(EVENT) - set(told), set(POSITION) - set(told["a"]["P"][0])
    return f"the event has no {' '.join(event)}, its position no {' '.join(position)}"


async def main() -> list[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", stream)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    event = await heard(runner.addresses[0][1])
    await runner.cleanup()
    written = json.loads(event.model_dump_json(by_alias=True, exclude_none=True))
    return [type(event).__name__, missing(written), missing(event.to_dict())]


name, as_json, as_dict = asyncio.run(main())
print(f"{name}, as JSON: {as_json}")
print(f"{name}, to_dict: {as_dict}")
assert name == "AccountUpdate"
assert as_json == as_dict == "the event has no e, its position no ma"
PY
"$folder/env/bin/python" "$folder/look.py" 2>/dev/null

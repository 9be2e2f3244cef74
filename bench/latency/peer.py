"""python-binance, as its examples have it: each message of a stream printed as JSON.

python -m bench.latency.peer URL COUNT
"""

import asyncio
import json
import sys

from binance.ws.reconnecting_websocket import ReconnectingWebsocket


async def main(url: str, count: int) -> None:
    """Print so many messages."""
    path = f"private?listenKey={'k' * 64}"
    stream = ReconnectingWebsocket(f"{url}/", path, prefix="", max_queue_size=1_000_000)
    async with stream as messages:
        for _ in range(count):
            print(json.dumps(await messages.recv()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

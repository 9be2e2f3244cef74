"""A stream server that sends prepared ACCOUNT_UPDATE frames as fast as they are taken."""

import base64
import contextlib
import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence

from bench.answering import answer

OTHERS = (b"GET /ws-fapi", b"GET /market")
"""Paths on which nothing is told; all others are of private streams, as clients spell them."""
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


DIGITS = b"@" * 8
"""Where an update's number stands in what all updates have in common."""
FIRST = 1_791_700_000_000
"""The time of update 0, in ms."""
BLOCK = 1000
ROUND = DIGITS[:5]
"""Where the number of a block stands in what all blocks have in common."""


def _common(assets: Sequence[str], symbols: Sequence[str]) -> bytes:
    number = DIGITS.decode()
    balance = {"wb": f"12480.{number}", "cw": f"11716.{number}", "bc": "0.00000001"}
    position = {
        "pa": "1.500",
        "ep": "81250.40000",
        "bep": "81282.90016",
        "cr": "-23.20024001",
        "up": f"26.{number}",
        "mt": "cross",
        "iw": "0",
        "ps": "BOTH",
        "ma": "USDT",
    }
    told = {
        "B": [{"a": asset, **balance} for asset in assets],
        "P": [{"s": symbol, **position} for symbol in symbols],
        "m": "ADJUSTMENT",
    }
    event = {"e": "ACCOUNT_UPDATE", "E": FIRST, "T": FIRST, "a": told}
    text = json.dumps(event, separators=(",", ":")).encode()
    return text.replace(b"%d" % FIRST, b"%d" % (FIRST // 10 ** len(DIGITS)) + DIGITS)


SMALL = _common(["USDT", "BNB"], ["BTCUSDT", "ETHUSDT"])
"""What updates of two balances and two positions have in common; about 600 bytes."""
LARGE = _common(["USDT"], [f"SYM{number}USDT" for number in range(100)])
"""The same of a hundred positions, which all differ a little each time."""


def update(number: int, common: bytes = SMALL) -> bytes:
    """One ACCOUNT_UPDATE.

    Each is a millisecond and some hundred-millionths after the one before, up to 10^8 of them.
    """
    return common.replace(DIGITS, b"%08d" % number)


def frames(count: int, stream: str | None) -> bytes:
    """The first `count` updates as unmasked text frames (RFC 6455, section 5.2)."""
    return b"".join(_frame(update(number), stream) for number in range(count))


def _frame(payload: bytes, stream: str | None) -> bytes:
    if stream is not None:
        payload = b'{"stream":"%b","data":%b}' % (stream.encode(), payload)
    return b"\x81\x7e" + len(payload).to_bytes(2) + payload


def blocks(stream: str | None, common: bytes = SMALL) -> Callable[[int], bytes]:
    """What makes the frames of the updates of a block, of which a sender has little to do."""
    whole = b"".join(
        _frame(common.replace(DIGITS, ROUND + b"%03d" % number), stream) for number in range(BLOCK)
    )
    return lambda number: whole.replace(ROUND, b"%05d" % number)


def _unpace(client: socket.socket) -> None:
    """Send as fast as is taken: some systems pace what they send, also to themselves."""
    if hasattr(socket, "TCP_CONGESTION"):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")


class Blast:
    """Serves any number of clients: the handshake, then, on a private path, `count` frames.

    `taken` is set once there is one, and what is sent waits for `begin`.

    `stream` puts them into the combined wrapper under that name, as the official SDK expects. With
    a `pace` so many a second are sent, each alone.
    """

    def __init__(
        self, count: int, stream: str | None = None, common: bytes = SMALL, pace: int | None = None
    ) -> None:
        self._block, self._common, self._pace = blocks(stream, common), common, pace
        self._rounds = count // BLOCK
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        self.begin, self.taken = threading.Event(), threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # a client that has enough just leaves
            _unpace(client)
            key, sending = self._shake_hands(client), threading.Lock()
            if key is None:
                while client.recv(65536):
                    pass
                return
            threading.Thread(target=self._send, args=(client, sending), daemon=True).start()
            answer(client, key, sending)

    def _send(self, client: socket.socket, sending: threading.Lock) -> None:
        self.begin.wait()
        with contextlib.suppress(OSError):
            if self._pace is not None:
                self._send_singly(client, sending, self._pace)
                return
            for number in range(self._rounds):
                block = self._block(number)
                with sending:
                    client.sendall(block)

    def _send_singly(self, client: socket.socket, sending: threading.Lock, pace: int) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for number in range(self._rounds * BLOCK):
            frame = _frame(update(number, self._common), None)
            time.sleep(max(began + number / pace - time.perf_counter(), 0))
            with sending:
                client.sendall(frame)

    def _shake_hands(self, client: socket.socket) -> str | None:
        """Accept the upgrade; the listenKey of a private stream's path."""
        request = b""
        while b"\r\n\r\n" not in request:
            request += client.recv(65536)
        (key,) = (
            line.split(b":")[1].strip()
            for line in request.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key")
        )
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        client.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        if request.startswith(OTHERS):
            return None
        self.taken.set()
        found = re.search(rb"listenKey=([A-Za-z0-9]+)", request)
        return found[1].decode() if found else ""

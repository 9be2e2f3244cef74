"""A client of bare sockets: it asks one thing on a layer and tells every byte that came of it."""

import json
import socket as sockets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from binfut_cli.sandbox import Sandbox
from tests.support.exchange_client import WAIT_S, Rest, now_ms, signature, signed_request

QUIET_S = 0.05
MASK = b"\x01\x02\x03\x04"
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MARKER = {"rest": b"nowhere77", "accept": b"nowhere77"}
MARKER_REQUEST = b"GET /fapi/v1/nowhere77 HTTP/1.1\r\nHost: localhost\r\n\r\n"
MARKER_MESSAGES = {
    "wsApi": {"id": 77, "method": "time"},
    "": {"id": 77, "method": "GET_PROPERTY", "params": ["combined"]},
}


def marker(layer: str) -> bytes:
    """What an answer to the last question holds, which nothing else does."""
    return MARKER.get(layer, b'"id":77')


def frame(opcode: int, data: bytes) -> bytes:
    """A client's frame."""
    hidden = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(data))
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2)
    return bytes([0x80 | opcode]) + size + MASK + hidden


def text(message: Any) -> bytes:
    return frame(1, json.dumps(message).encode())


@dataclass(slots=True)
class Met:
    """What came: the bytes, in how many reads, how the connection stands, how long it took."""

    layer: str
    data: bytes = b""
    reads: int = 0
    end: str = "open"
    seconds: float = 0.0

    def frames(self) -> list[tuple[int, bytes]]:
        """First byte and payload of each whole frame."""
        found, place = [], 0
        while len(self.data) >= place + 2:
            size, start = self.data[place + 1] & 0x7F, place + 2
            if size > 125:
                wide = 2 if size == 126 else 8
                size = int.from_bytes(self.data[start : start + wide])
                start += wide
            if len(self.data) < start + size:
                break
            found.append((self.data[place], self.data[start : start + size]))
            place = start + size
        return found

    def opcodes(self) -> list[int]:
        return [first for first, _ in self.frames()]

    def said(self) -> str:
        """The first text: of a message, or an HTTP answer's body."""
        if self.layer != "rest":
            return next(payload for first, payload in self.frames() if first == 0x81).decode()
        head, _, body = self.data.partition(b"\r\n\r\n")
        return body[: length(head)].decode()

    def core(self) -> Any:
        """What the first text carries: an event, a result, an answer."""
        value = json.loads(self.said())
        return value["result"] if self.layer == "wsApi" else value


def length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])


class Client:
    """One bare connection to a sandbox."""

    def __init__(self, sandbox: Sandbox, layer: str, market: str = "usdm") -> None:
        self.met = Met(layer)
        self._asked = time.monotonic()
        port = urlsplit(sandbox.stream[market]).port
        self.socket = sockets.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        self.socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        if self.met.layer != "accept":
            self._asked = time.monotonic()
        self.socket.sendall(data)

    def upgrade(self, path: str) -> None:
        """Open a WebSocket, and forget the answer."""
        self.send(UPGRADE.format(path=path).encode())
        self.read(lambda data: b"\r\n\r\n" in data)
        self.met = Met(self.met.layer, self.met.data.partition(b"\r\n\r\n")[2])

    def read(self, done: Callable[[bytes], bool]) -> None:
        """Read until enough came, or the connection ended."""
        met = self.met
        while not done(met.data):
            try:
                more = self.socket.recv(1 << 20)
            except ConnectionResetError:
                met.end = "reset"
                break
            if not more:
                met.end = "end"
                break
            met.data += more
            met.reads += 1
        met.seconds = time.monotonic() - self._asked

    def listen(self) -> None:
        """Read what comes in a moment, and note that then nothing does."""
        self.socket.settimeout(QUIET_S)
        try:
            self.read(lambda data: False)
        except TimeoutError:
            self.met.end = "quiet"


@contextmanager
def client(sandbox: Sandbox, layer: str) -> Iterator[Client]:
    opened = Client(sandbox, layer)
    try:
        yield opened
    finally:
        opened.socket.close()


def prepared(sandbox: Sandbox, client: Client) -> None:
    """Come to where the layer's next output is the one to be struck."""
    match client.met.layer:
        case "wsApi":
            client.upgrade("/ws-fapi/v1")
        case "stream" | "control" | "pong" | "ping" | "closing":
            client.upgrade(f"/private/ws/{Rest(sandbox).listen_key()}")


def ask(sandbox: Sandbox, client: Client, question: str) -> None:
    """Cause one output of the layer."""
    match client.met.layer:
        case "rest":
            client.send(_request(sandbox, question))
        case "accept":
            client.send(_request(sandbox, "GET /fapi/v1/time"))
        case "handshake":
            client.send(UPGRADE.format(path="/private/ws").encode())
        case "wsApi":
            method = question or "v2/account.status"
            client.send(text(signed_request(sandbox.accounts[0], method)))
        case "control":
            client.send(text({"id": 5, "method": "LIST_SUBSCRIPTIONS"}))
        case "pong":
            client.send(frame(0x9, b"mine"))
        case "closing":
            client.send(frame(0x8, (1000).to_bytes(2)))
        case "stream":
            client.send(b"")
            sandbox.act({"action": "deposit", "asset": "BNB", "amount": "1"})


def ask_last(client: Client) -> None:
    """Ask for the marker."""
    layer = client.met.layer
    if layer in MARKER:
        client.socket.sendall(MARKER_REQUEST)
    else:
        client.socket.sendall(text(MARKER_MESSAGES.get(layer, MARKER_MESSAGES[""])))


def _request(sandbox: Sandbox, question: str) -> bytes:
    method, path = (question or "GET /fapi/v3/account").split(" ")
    account = sandbox.accounts[0]
    if method == "GET":
        query = urlencode({"timestamp": now_ms()})
        path += f"?{query}&signature={signature(account.secret, query)}"
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-MBX-APIKEY: {account.api_key}\r\n\r\n"
    return head.encode()

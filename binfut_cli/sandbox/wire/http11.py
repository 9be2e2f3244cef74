"""HTTP/1.1 on a connection: heads and bodies in, responses out. Only what the exchange needs."""

from collections.abc import Iterable
from http import HTTPStatus

import msgspec

from binfut_cli.sandbox.wire.connection import Connection

HEAD_LIMIT = 65_536
BODY_LIMIT = 1 << 20


class BadRequest(Exception):
    """The bytes are no HTTP request."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A request's first line and headers; `raw` is all of it as it came."""

    method: str
    target: str
    headers: dict[str, str]
    raw: bytes

    def __repr__(self) -> str:
        return f"Head({self.method} {self.target})"

    @property
    def upgrade(self) -> bool:
        """Whether the client asks for a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def last(self) -> bool:
        """Whether the client wants the connection closed after the answer."""
        return self.headers.get("connection", "").lower() == "close"


class Reader:
    """Read requests from a connection, keeping what came too early for the next."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.rest = b""

    def head(self) -> Head | None:
        """Read the next request head; None when the client has gone."""
        while b"\r\n\r\n" not in self.rest:
            if len(self.rest) > HEAD_LIMIT:
                raise BadRequest("the request head is too long")
            if not (more := self._connection.receive()):
                return None
            self.rest += more
        raw, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return _parse(raw + b"\r\n\r\n")

    def body(self, head: Head) -> bytes:
        """Read the body that a head announces."""
        text = head.headers.get("content-length", "0")
        if not text.isascii() or not text.isdigit() or int(text) > BODY_LIMIT:
            raise BadRequest("the content length is bad")
        size = int(text)
        while len(self.rest) < size:
            if not (more := self._connection.receive()):
                raise BadRequest("the body is cut off")
            self.rest += more
        body, self.rest = self.rest[:size], self.rest[size:]
        return body


def _parse(raw: bytes) -> Head:
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    params = first.split(" ")
    if len(params) != 3 or not params[2].startswith("HTTP/1.") or not params[1].startswith("/"):
        raise BadRequest("the request line is bad")
    headers = {}
    for connection in lines:
        name, colon, value = connection.partition(":")
        if not colon:
            raise BadRequest("a header line is bad")
        if (name := name.strip().lower()) == "host" and "host" in headers:
            raise BadRequest("two Host headers")  # RFC 9112, 3.2
        headers[name] = value.strip()
    return Head(method=params[0], target=params[1], headers=headers, raw=raw)


def response(
    status: int, body: bytes, headers: Iterable[tuple[str, str]] = (), *, length: int | None = None
) -> bytes:
    """Write a response; `length` may lie about the body's size."""
    known = {s.value: s.phrase for s in HTTPStatus}
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} {known.get(status, 'Unknown')}"]
    given = dict(headers)
    if not any(name.lower() == "content-type" for name in given):
        lines.append("Content-Type: application/json;charset=UTF-8")
    lines += [f"{name}: {value}" for name, value in given.items()]
    lines.append(f"Content-Length: {size}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

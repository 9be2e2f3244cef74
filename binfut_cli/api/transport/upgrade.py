"""A socket on which a WebSocket may speak, or why there is none (RFC 6455, section 4.1).

The answer's head is read here: not more than MAX_HEAD, not beyond the deadline, and no byte
further, so that the frames behind it are still there. A refusal keeps its status, whatever becomes
of its body. Nothing is asked for that may be chosen, and nobody may choose it.
"""

import base64
import hashlib
import os
import socket
from collections.abc import Mapping
from urllib.parse import SplitResult

from binfut_cli import __version__
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.dialling import UNREACHABLE, authority, head, sent, status
from binfut_cli.api.transport.waiting import here
from binfut_cli.errors import NetworkError

INTERIMS = 8  # answers like 103 that may come before the one that counts
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_UNASKED = {"sec-websocket-extensions": "an extension", "sec-websocket-protocol": "a subprotocol"}


class HandshakeRefused(Exception):
    """The server answered the upgrade with an HTTP status other than 101.

    The names of `headers` are lower-case; `body` is what of it came.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.body = body


def upgraded(sock: socket.socket, parts: SplitResult, deadline: Deadline) -> socket.socket:
    """The socket, once the host of an address has agreed; no redirect is followed.

    Raise HandshakeRefused for another status, NetworkError or OSError for what is no agreement.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    sent(sock, request(parts, key), deadline)
    check(_agreed(sock, deadline), key, parts.netloc)
    return sock


def request(parts: SplitResult, key: str) -> bytes:
    """What asks for the upgrade."""
    query = f"?{parts.query}" if parts.query else ""
    lines = (
        f"GET {parts.path or '/'}{query} HTTP/1.1",
        "Upgrade: websocket",
        f"Host: {authority(parts)}",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Connection: Upgrade",
        f"User-Agent: binfut/{__version__}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def check(agreement: bytes, key: str, host: str) -> None:
    """Raise unless the head of a 101 agrees to what was asked with a key, and to nothing else."""
    fields = _fields(agreement)
    proof = base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest())
    if not (
        "websocket" in _words(fields.get("upgrade", ""))
        and "upgrade" in _words(fields.get("connection", ""))
        and fields.get("sec-websocket-accept", "") == proof.decode()
    ):
        raise ConnectionError("its answer is no WebSocket's")
    for field, what in _UNASKED.items():
        if fields.get(field):
            raise NetworkError(
                f"{host} broke the protocol: it chose {what} that nobody asked for.",
                hint=UNREACHABLE,
            )


def _fields(found: bytes) -> dict[str, str]:
    """The fields of a head by their lower-case names; those of one name are one list.

    Raise ConnectionError for a line that is none (RFC 9112, section 5).
    """
    fields: dict[str, str] = {}
    for line in found.decode("latin-1").rstrip("\r\n").split("\n")[1:]:
        name, colon, text = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ConnectionError("its answer is not HTTP")
        before = f"{fields[name.lower()]}, " if name.lower() in fields else ""
        fields[name.lower()] = before + text.strip()
    return fields


def _words(listed: str) -> list[str]:
    return [each.strip().lower() for each in listed.split(",")]


def _agreed(sock: socket.socket, deadline: Deadline) -> bytes:
    """The head of a 101; raise HandshakeRefused for another status."""
    for _ in range(INTERIMS):
        found = head(sock, deadline)
        answered = status(found)
        if answered == 101:
            return found
        if answered >= 200:
            raise _refused(answered, found, sock, deadline)
    raise ConnectionError("it answers without end")


def _refused(
    answered: int, found: bytes, sock: socket.socket, deadline: Deadline
) -> HandshakeRefused:
    from binfut_cli.api.transport.answers import refusal  # rare, and it costs 10 ms

    return HandshakeRefused(answered, *here.aside(deadline, lambda: refusal(found, sock, deadline)))

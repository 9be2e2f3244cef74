"""A socket on which a WebSocket may speak, or why there is none (RFC 6455, section 4.1).

Of the answer its head is read: not more than MAX_HEAD, not beyond the deadline, and no byte
further, so that the frames behind it are still there. A refusal keeps its status, whatever becomes
of its body. Nothing is asked for that may be chosen, and nobody may choose it.
"""

import base64
import hashlib
import os
import re
import socket
from collections.abc import Mapping
from urllib.parse import SplitResult

from binfut_cli import __version__
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.dialling import (
    UNREACHABLE,
    HandshakeRefused,
    authority,
    head,
    sent,
    status,
)
from binfut_cli.api.transport.waiting import here
from binfut_cli.errors import NetworkError

INTERIMS = 8  # answers like 103 that may come before the one that counts
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_SPACE = " \t"  # RFC 7230, section 3.2.3
_FOLD = re.compile(rb"\r?\n[ \t]+")
_UNASKED = {"sec-websocket-extensions": "an extension", "sec-websocket-protocol": "a subprotocol"}


def upgraded(sock: socket.socket, parts: SplitResult, deadline: Deadline) -> socket.socket:
    """The socket, once the host of an address has agreed; no redirect is followed.

    Raise HandshakeRefused for another status, NetworkError or OSError for what is no agreement.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    sent(sock, _request(parts, key), deadline)
    check(_agreed(sock, deadline), key, parts.netloc)
    return sock


def _request(parts: SplitResult, key: str) -> bytes:
    """The upgrade that is asked for."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {authority(parts)}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"User-Agent: binfut/{__version__}",
    )
    return "\r\n".join([*lines, "", ""]).encode()


def accepted(key: str) -> str:
    """What a server answers to a key, to show that it understood (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()


def check(found: bytes, key: str, host: str) -> None:
    """Raise ConnectionError if the head of a 101 is no agreement, NetworkError if it is to more."""
    answered = _fields(found)
    if not _do_agree(answered, key):
        raise ConnectionError("it does not agree to the upgrade")
    for field, what in _UNASKED.items():
        if answered.get(field):
            raise NetworkError(
                f"{host} broke the protocol: it chose {what} that nobody asked for.",
                hint=UNREACHABLE,
            )


def _do_agree(answered: Mapping[str, str], key: str) -> bool:
    """Whether the fields of an answer are those of a server that speaks WebSocket from here on."""
    return (
        _words(answered.get("upgrade", "")) == {"websocket"}
        and "upgrade" in _words(answered.get("connection", ""))
        and answered.get("sec-websocket-accept") == accepted(key)
    )


def _words(field: str) -> set[str]:
    return {each.strip(_SPACE).lower() for each in field.split(",")}


def _fields(found: bytes) -> dict[str, str]:
    """The fields of a head by their names in lower case, each once; raise ConnectionError for odd
    lines.

    One that comes again goes on behind a comma, and one that is folded behind a space (RFC 7230,
    sections 3.2.2 and 3.2.4).
    """
    fields: dict[str, str] = {}
    for line in _FOLD.sub(b" ", found).split(b"\n")[1:-2]:
        name, colon, value = line.removesuffix(b"\r").decode("latin-1").partition(":")
        if not colon or "\r" in value:
            raise ConnectionError("its answer is not HTTP")
        before = fields.get(name := name.lower())
        value = value.strip(_SPACE)
        fields[name] = value if before is None else f"{before}, {value}"
    return fields


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

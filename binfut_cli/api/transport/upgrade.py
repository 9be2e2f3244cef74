"""A socket on which a WebSocket may speak, or why there is none (RFC 6455, section 4.1).

websocket-client asks for the upgrade and checks what was agreed to. It is given a socket that hands
out the answer's head, which is read here: not more than MAX_HEAD, not beyond the deadline, and no
byte further, so that the frames behind it are still there. A refusal keeps its status, whatever
becomes of its body. Nothing is asked for that may be chosen, and nobody may choose it.
"""

import io
import socket
from collections.abc import Mapping
from urllib.parse import SplitResult

import websocket

from binfut_cli import __version__
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.dialling import (
    UNREACHABLE,
    HandshakeRefused,
    authority,
    head,
    patiently,
    status,
)
from binfut_cli.api.transport.waiting import here
from binfut_cli.errors import NetworkError

INTERIMS = 8  # answers like 103 that may come before the one that counts
_COOKIE = b"set-cookie:"
"""The library would keep it for the whole process, and raise errors of its own for an odd one."""
_UNASKED = {"sec-websocket-extensions": "an extension", "sec-websocket-protocol": "a subprotocol"}


def upgraded(sock: socket.socket, parts: SplitResult, deadline: Deadline) -> socket.socket:
    """The socket, once the host of an address has agreed; no redirect is followed.

    Raise HandshakeRefused for another status, NetworkError or OSError for what is no agreement.
    """
    try:
        agreed = _asked(_Answered(sock, deadline), parts)
    except websocket.WebSocketTimeoutException as exc:
        raise deadline.passed() from exc
    except websocket.WebSocketException as exc:
        raise ConnectionError(str(exc)) from exc
    for field, what in _UNASKED.items():
        if agreed.get(field):
            raise NetworkError(
                f"{parts.netloc} broke the protocol: it chose {what} that nobody asked for.",
                hint=UNREACHABLE,
            )
    return sock


def _asked(sock: "_Answered", parts: SplitResult) -> Mapping[str, str]:
    """The fields of the agreement."""
    raw = websocket.WebSocket(enable_multithread=False)
    try:
        raw.connect(  # type: ignore[no-untyped-call]
            parts.geturl(),
            socket=sock,
            host=authority(parts),
            redirect_limit=0,
            suppress_origin=True,
            header=[f"User-Agent: binfut/{__version__}"],
        )
        return raw.handshake_response.headers if raw.handshake_response else {}
    finally:
        vars(raw).clear()  # it holds itself, and hundreds would wait for the collector


class _Answered:
    """The socket as websocket-client sees it: all that can be read is the head of a 101."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._head: io.BytesIO | None = None

    def send(self, data: bytes) -> int:
        """Send at least some of it."""
        return patiently(lambda: self._sock.send(data), self._sock, self._deadline)

    def recv(self, size: int) -> bytes:
        """The next bytes of the head; raise HandshakeRefused for any other answer."""
        if self._head is None:
            self._head = io.BytesIO(_agreed(self._sock, self._deadline))
        return self._head.read(size)

    def gettimeout(self) -> float | None:
        """As of the socket."""
        return self._sock.gettimeout()

    def close(self) -> None:
        """Leave that to the owner of the socket."""


def _agreed(sock: socket.socket, deadline: Deadline) -> bytes:
    """The head of a 101, without cookies; raise HandshakeRefused for another status."""
    for _ in range(INTERIMS):
        found = head(sock, deadline)
        answered = status(found)
        if answered == 101:
            lines = found.splitlines(keepends=True)
            return b"".join(each for each in lines if not each.lower().startswith(_COOKIE))
        if answered >= 200:
            raise _refused(answered, found, sock, deadline)
    raise ConnectionError("it answers without end")


def _refused(
    answered: int, found: bytes, sock: socket.socket, deadline: Deadline
) -> HandshakeRefused:
    from binfut_cli.api.transport.answers import refusal  # rare, and it costs 10 ms

    return HandshakeRefused(answered, *here.aside(deadline, lambda: refusal(found, sock, deadline)))

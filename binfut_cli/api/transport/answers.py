"""HTTP answers read within bounds: http.client bounds neither all bytes nor time."""

import http.client
import io
import socket
from typing import Any

from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.errors import NetworkError

MAX_BODY = 8 * 1024 * 1024
MAX_WIRE = MAX_BODY + 1024 * 1024  # with head, lengths of chunks and all else, as it comes
MAX_REFUSAL = 64 * 1024
REFUSAL_S = 2.0
"""How long the body of a refused upgrade is waited for: what matters most is in its head."""
OTHER = "Something other than the exchange answered; check the address."


class Bounded(io.RawIOBase):
    """What comes over a socket: so many bytes, until the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline, most: int) -> None:
        self._raw = sock.makefile("rb", buffering=0)
        self._sock, self._deadline = sock, deadline
        self._left = most

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """The next bytes; raise NetworkError beyond the bounds."""
        self._sock.settimeout(self._deadline.left())
        count = self._raw.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise too_long()
        return count

    def close(self) -> None:
        """Let go of the socket, too."""
        self._raw.close()
        super().close()


class Answer(http.client.HTTPResponse):
    """An answer whose every byte is counted, those of its head and its chunks' lengths too."""

    def __init__(self, deadline: Deadline, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(Bounded(sock, deadline, MAX_WIRE))


class _Remainder(Bounded):
    """An answer whose head was read already, as a socket for http.client; what breaks off ends."""

    def __init__(self, head: bytes, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__(sock, deadline, MAX_REFUSAL)
        self._head = io.BytesIO(head)

    def readinto(self, buffer: Any) -> int | None:
        """The head, then what comes behind it."""
        try:
            return self._head.readinto(buffer) or super().readinto(buffer)
        except (OSError, NetworkError):
            return 0

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads."""
        return io.BufferedReader(self)


def refusal(head: bytes, sock: socket.socket, deadline: Deadline) -> tuple[dict[str, str], bytes]:
    """Fields by their lower-case names, and as much of the body as comes, whatever its length."""
    soon = Deadline(min(REFUSAL_S, deadline.left()), "The refusal")
    body = b""
    with http.client.HTTPResponse(_Remainder(head, sock, soon)) as answer:  # type: ignore[arg-type]
        try:
            answer.begin()
            body = answer.read(MAX_REFUSAL)
        except http.client.IncompleteRead as exc:
            body = exc.partial
        except http.client.HTTPException:
            pass  # the status still stands
        fields = answer.headers.items() if answer.headers else ()
        return {name.lower(): text for name, text in fields}, body


def too_long() -> NetworkError:
    """The error for an answer beyond the bound."""
    return NetworkError(f"An answer over {MAX_BODY // 2**20} MiB was cut off.", hint=OTHER)

"""A server that answers as it likes: bytes that never end, break off, or come too late."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket], None]
BIG = b"x" * 65_536


@contextmanager
def serving(answer: Answer) -> Iterator[int]:
    """The port of a server that hands every connection to `answer`, and closes it then."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, answer), daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, answer: Answer) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, answer), daemon=True).start()


def _answer(connection: socket.socket, answer: Answer) -> None:
    with connection, suppress(OSError):
        answer(connection)


def head_of(connection: socket.socket) -> bytes:
    """Read the head of a request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536) or b"\r\n\r\n"
    return data


def saying(*parts: bytes) -> Answer:
    """What answers any request with these bytes, and ends."""
    return _saying(parts)


def repeating(head: bytes, part: bytes) -> Answer:
    """What answers any request with a head and then the same without end."""
    return _saying(itertools.chain([head], itertools.repeat(part)))


def _saying(parts: Iterable[bytes]) -> Answer:
    def answer(connection: socket.socket) -> None:
        head_of(connection)
        for part in parts:
            connection.sendall(part)

    return answer

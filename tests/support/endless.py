"""A server that answers as it likes: bytes that never end, break off, or come too late."""

import base64
import hashlib
import itertools
import json
import re
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


GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def upgraded(connection: socket.socket) -> bytes:
    """Accept an upgrade; the head of the request."""
    head = head_of(connection)
    found = re.search(rb"Sec-WebSocket-Key: (\S+)", head)
    assert found
    accept = base64.b64encode(hashlib.sha1(found[1] + GUID).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    return head


def framed(payload: bytes, first: int = 0x81) -> bytes:
    """A server's frame."""
    size = len(payload)
    if size < 126:
        return bytes([first, size]) + payload
    length = b"\x7e" + size.to_bytes(2) if size < 65_536 else b"\x7f" + size.to_bytes(8)
    return bytes([first]) + length + payload


def framing(parts: Iterable[bytes]) -> Answer:
    """What upgrades, and then sends these bytes whatever it is asked."""

    def answer(connection: socket.socket) -> None:
        upgraded(connection)
        threading.Thread(target=_swallow, args=(connection,), daemon=True).start()
        for part in parts:
            connection.sendall(part)

    return answer


def _swallow(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(65_536):
            pass


def replying(result: bytes) -> Answer:
    """A WS-API that answers every request with the same result."""

    def answer(connection: socket.socket) -> None:
        upgraded(connection)
        for _, payload in _requests(connection):
            id_ = str(json.loads(payload)["id"]).encode()
            connection.sendall(framed(b'{"id":%b,"status":200,"result":%b}' % (id_, result)))

    return answer


def streaming(frames: Callable[[], Iterable[bytes]]) -> Answer:
    """A stream that lists its key, answers pings, and sends these frames as fast as it may."""

    def answer(connection: socket.socket) -> None:
        head, lock = upgraded(connection), threading.Lock()
        found = re.search(rb"listenKey=([A-Za-z0-9]+)", head)
        key = found[1] if found else b""

        def flood() -> None:
            with suppress(OSError):
                for frame in frames():
                    with lock:
                        connection.sendall(frame)

        threading.Thread(target=flood, daemon=True).start()
        for opcode, payload in _requests(connection):
            if opcode == 9:
                reply = framed(payload, 0x8A)
            else:
                id_ = str(json.loads(payload)["id"]).encode()
                reply = framed(b'{"id":%b,"result":["%b"]}' % (id_, key))
            with lock:
                connection.sendall(reply)

    return answer


def _requests(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """The texts and pings that a client sends, until it closes."""
    with connection.makefile("rb") as file:
        while len(head := file.read(2)) == 2 and (opcode := head[0] & 15) != 8:
            size = head[1] & 127
            if size == 126:
                size = int.from_bytes(file.read(2))
            mask, data = file.read(4), file.read(size)
            yield opcode, bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))

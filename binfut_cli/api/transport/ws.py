"""One WebSocket connection, once it is upgraded: our splitter reads it.

Frames are split here because that is ten times cheaper than what the libraries do, bounds a
message's size before its bytes arrive, and lets one thread read while another writes.

Two choices that RFC 6455 leaves or demands: a text that is not UTF-8 fails the connection (section
8.1, close code 1007), and so does a message beyond MAX_MESSAGE (1009). Neither is given out; what
came before it is. The watch tells of the gap.
"""

import contextlib
import os
import select
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from binfut_cli.api import allowed
from binfut_cli.api.allowed import Way
from binfut_cli.api.transport import frames
from binfut_cli.api.transport.deadline import Deadline, within
from binfut_cli.api.transport.dialling import UNREACHABLE, Dialling, why
from binfut_cli.api.transport.upgrade import upgraded
from binfut_cli.api.transport.waiting.here import here
from binfut_cli.codec import dumps
from binfut_cli.errors import NetworkError

MAX_MESSAGE = 8 * 1024 * 1024  # a COIN-M account in hedge mode is about 1 MB
CHUNK = 64 * 1024  # larger reads are slower
TLS_CHUNK = 16 * 1024
"""The same of TLS, which gives out a record at a time: after each a reader has to wait for the
thread that prints, if that is busy, and with him all whose turn comes next."""
LONELY_S = 0.0005
"""After so long a record of TLS mostly comes alone: to look in vain for another costs as much as
reading one, and if there is, its turn comes next."""
SEND_S = 2.0
"""How long a peer may take nothing: all that we ever send fits into the buffers of a connection."""
UNACKNOWLEDGED_MS = 20_000
"""How long the kernel may wait for the other side to acknowledge what was sent; without this limit
a network that swallows packets is noticed after many minutes, and own pings make it later."""
GOODBYE_S = 0.2
WAKE_S = 0.3  # each, for who sends and who receives; with the goodbye, a close takes no second
NORMAL = 1000

Params = Mapping[str, Any] | Sequence[str]


class ConnectionClosed(NetworkError):
    """The peer closed the connection, or it broke; `code` is the close code, if one came."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message, hint=UNREACHABLE)
        self.code = code


class _Duplex:
    """A socket that one thread at a time reads while others write."""

    __slots__ = ("_is_tls", "_lock", "_read_s", "_receiving", "_sending", "_sock", "_unsent")

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        _limit_silence(sock)
        self._sock = sock
        # OpenSSL forbids reading and writing one TLS connection at the same moment.
        self._lock = threading.Lock()
        self._sending = threading.Lock()  # held until all has gone out
        self._unsent: list[bytes] = []
        # Held by who waits for bytes, a task too: who closes does so from another thread.
        self._receiving = threading.Lock()
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        self._read_s = 0.0  # when something was last read of TLS

    def read(self, timeout_s: float) -> bytes | None:
        """The bytes of one read; None when none came in time; b"" at the end."""
        with self._receiving:
            if timeout_s and not self.has_more() and not self._awaited(timeout_s):
                return None
            with self._lock:
                try:
                    return self._received()
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    return None

    def has_more(self) -> bool:
        """Whether TLS has unpacked more than was read: the socket itself does not tell of that."""
        return self._is_tls and isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def fileno(self) -> int:
        """The socket's descriptor; -1 once it is closed."""
        return self._sock.fileno()

    def _awaited(self, timeout_s: float) -> object:
        waits = here()
        if waits is None:
            return _wait_for_bytes(self._sock, timeout_s)
        return waits.readable(self._sock.fileno(), timeout_s)

    def _received(self) -> bytes:
        """What is there, up to a chunk: of TLS several records, for each may be short."""
        data = self._sock.recv(CHUNK)
        if not self._is_tls or not data:
            return data
        read_s, self._read_s = self._read_s, time.monotonic()
        if self._read_s - read_s > LONELY_S:
            return data
        records, size = [data], len(data)
        with contextlib.suppress(OSError):  # no more for now, or an end that the next read tells
            while data and size < TLS_CHUNK:
                records.append(data := self._sock.recv(CHUNK - size))
                size += len(data)
        return b"".join(records)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send it whole; whoever is sending already sends it too, so that nobody waits for him.

        He may have to wait for the processor himself, and others go on with who would wait here.
        """
        self._unsent.append(data)
        while self._unsent and self._sending.acquire(blocking=False):
            try:
                while self._unsent:
                    self._send_whole(self._unsent.pop(0), deadline)
            except BaseException:
                self._unsent.clear()  # nothing may follow half a frame
                raise
            finally:
                self._sending.release()

    def _send_whole(self, data: bytes, deadline: Deadline) -> None:
        view = memoryview(data)
        while view := view[self._written(view) :]:
            _wait_writable(self._sock, deadline.left())

    def _written(self, view: memoryview) -> int:
        """How many bytes of it could be sent just now."""
        with self._lock:
            try:
                return self._sock.send(view)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return 0

    def close(self) -> None:
        """Close, and end what other threads wait for."""
        with contextlib.suppress(OSError):  # the peer was gone before
            # Not SSLSocket's, which forgets TLS first: who sends just then would send plain text.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        # That wakes whoever waits; a descriptor closed before they woke would let them sleep.
        busy = self._sending, self._receiving
        woken = [lock for lock in busy if lock.acquire(timeout=WAKE_S)]
        self._sock.close()
        for lock in woken:
            lock.release()


class Connection:
    """Requests out, messages in. One thread may receive while others send."""

    __slots__ = ("_duplex", "_end", "_has_said_goodbye", "_host", "_splitter", "_way")

    def __init__(self, sock: socket.socket, host: str, way: Way) -> None:
        self._duplex = _Duplex(sock)
        self._host = host
        self._way = way
        self._splitter = frames.Splitter(MAX_MESSAGE)
        self._end: ConnectionClosed | None = None  # why nothing more will come
        self._has_said_goodbye = False

    def send(self, id_: int, method: str, params: Params = ()) -> None:
        """Send one request; raise ConnectionClosed if it cannot be sent.

        Raise PermissionError for a method that is not allowed: no other text leaves here.
        """
        allowed.check(self._way, method)
        request = {"id": id_, "method": method}
        self._send(frames.TEXT, dumps({**request, "params": params} if params else request))

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping; the pong comes back in `receive`."""
        self._send(frames.PING, payload)

    def say_goodbye(self) -> None:
        """Send a close frame and go on receiving: what the peer had on its way still comes."""
        self._say_goodbye(NORMAL)

    def receive(self, timeout_s: float) -> list[frames.Message]:
        """Wait for what one read brings: data messages and pongs, or [] when nothing came.

        Pings are answered here. Raise ConnectionClosed at the end; the messages that came with the
        end are given out first.
        """
        if self._end is not None:
            raise self._end
        try:
            data = self._duplex.read(timeout_s)
        except (OSError, ValueError) as exc:  # ValueError: closed meanwhile by another thread
            raise self._ended(f"The connection to {self._host} broke: {why(exc)}.") from exc
        return self._split(data) if data is not None else []

    def fileno(self) -> int:
        """The socket's descriptor; -1 once it is closed."""
        return self._duplex.fileno()

    def has_more(self) -> bool:
        """Whether `receive` would bring something of which the socket does not tell."""
        return self._duplex.has_more()

    def close(self) -> None:
        """Close within a second; what sends or receives on another thread ends."""
        self._ended(f"The connection to {self._host} is closed.")
        self._say_goodbye(NORMAL)
        self._duplex.close()

    def _split(self, data: bytes) -> list[frames.Message]:
        if not data:
            raise self._ended(f"{self._host} ended the connection without a close frame.")
        fault = None
        try:
            messages = self._splitter.feed(data)
        except frames.FrameError as exc:
            messages, fault = exc.messages, exc
        for opcode, _ in messages:
            if opcode != frames.TEXT:
                messages = self._without_control(messages)
                break
        if fault is not None:
            self._ended(f"{self._host} broke the protocol: {fault}.", fault.code)
            self._say_goodbye(fault.code)
        if self._end is not None and not messages:
            raise self._end
        return messages

    def _without_control(self, messages: list[frames.Message]) -> list[frames.Message]:
        if pings := [payload for opcode, payload in messages if opcode == frames.PING]:
            self._answer(pings)
        opcode, payload = messages[-1]
        if opcode == frames.CLOSE:  # nothing comes after it
            code, reason = frames.close_status(payload)
            said = f"{code} {reason}".strip()
            self._ended(f"{self._host} closed the connection ({said}).", code)
            self._say_goodbye(NORMAL)
        return [each for each in messages if each[0] not in (frames.PING, frames.CLOSE)]

    def _answer(self, pings: list[bytes]) -> None:
        """Send the pongs at once; if that fails, what came with the pings is given out first."""
        with contextlib.suppress(NetworkError):
            self._send(frames.PONG, *pings)

    def _ended(self, message: str, code: int | None = None) -> ConnectionClosed:
        """Remember the first reason why nothing more will come."""
        if self._end is None:
            self._end = ConnectionClosed(message, code)
        return self._end

    def _say_goodbye(self, code: int) -> None:
        """Send one close frame if the peer still listens (RFC 6455 section 7.1)."""
        if self._has_said_goodbye:
            return
        self._has_said_goodbye = True
        frame = frames.encode(frames.CLOSE, code.to_bytes(2), os.urandom(4))
        with contextlib.suppress(OSError, ValueError, NetworkError):
            self._duplex.write(frame, Deadline(GOODBYE_S, "The close frame"))

    def _send(self, opcode: int, *payloads: bytes) -> None:
        """Send so many frames; if that fails, the connection has ended: one may be half sent."""
        data = b"".join([frames.encode(opcode, each, os.urandom(4)) for each in payloads])
        try:
            self._duplex.write(data, Deadline(SEND_S, f"Sending to {self._host}"))
        except (OSError, ValueError, NetworkError) as exc:
            self._has_said_goodbye = True
            raise self._ended(f"The connection to {self._host} broke: {why(exc)}.") from exc


def connect(way: Way, url: str, deadline: Deadline) -> Connection:
    """Open a connection within the deadline; no redirect is followed.

    A task waits for each step itself, so that many connections are opened at once. Raise
    HandshakeRefused for an HTTP answer that is not an upgrade, NetworkError for all else.
    """
    dialling = Dialling(url, deadline)

    def opened() -> socket.socket:
        return dialling.run(lambda sock: upgraded(sock, dialling.parts, deadline))

    is_alone = here() is None
    sock = within(deadline, opened, dialling.abandon) if is_alone else opened()
    return Connection(sock, dialling.host, way)


def _wait_for_bytes(sock: socket.socket, timeout_s: float) -> object:
    """Wait some seconds for bytes to read; poll(2) costs the least where there is one."""
    if not hasattr(select, "poll"):
        return select.select([sock], [], [], timeout_s)[0]
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return poll.poll(timeout_s * 1000)


def _wait_writable(sock: socket.socket, timeout_s: float) -> None:
    if (waits := here()) is not None:
        waits.writable(sock.fileno(), timeout_s)
        return
    with selectors.DefaultSelector() as writable:
        writable.register(sock, selectors.EVENT_WRITE)
        writable.select(timeout_s)


def _limit_silence(sock: socket.socket) -> None:
    """Bound the wait for an acknowledgement, where the system can (RFC 5482)."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with contextlib.suppress(OSError):  # not a TCP socket, or a system that refuses it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)

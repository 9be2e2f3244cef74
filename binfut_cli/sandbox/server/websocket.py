"""A WebSocket connection: one thread that reads, keeps time, and plays what others push."""

import heapq
import itertools
import queue
import selectors
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.faults.armed import Layer
from binfut_cli.sandbox.server.listener import Wake
from binfut_cli.sandbox.wire.connection import Connection
from binfut_cli.sandbox.wire.frames import CLOSE, FIN, PONG, ping_frame
from binfut_cli.sandbox.wire.http11 import response
from binfut_cli.sandbox.wire.steps import Close, Fin, Later, Steps

MAX_MESSAGE = 1 << 20
CLOSE_S = 2.0  # how long the client may take to answer our close


class WebSocket:
    """Answer the client through `heard`; anyone may `push` more to say.

    `bent` gives what really happens in place of a pong, a ping or the answer to a close frame.
    A connection is what it was opened with, what waits, and how it ends: that is why it has many
    attributes.
    """

    def __init__(
        self,
        connection: Connection,
        rules: Callable[[], Rules],
        bent: Callable[[Layer, bytes], Steps],
        *,
        busy: bool,
    ) -> None:
        self._connection, self._rules, self._bent = connection, rules, bent
        self._protocol = ServerProtocol(max_size=MAX_MESSAGE)
        self._limit_incoming = busy
        self._pushed: queue.SimpleQueue[Steps] = queue.SimpleQueue()
        self._later: list[tuple[float, int, Steps]] = []
        self._order = itertools.count()
        self._recent: deque[float] = deque()
        self._wake = Wake()
        self._born = self._pinged = time.monotonic()
        self._unanswered: float | None = None
        self._closing: float | None = None
        self._parts: list[bytes] = []

    def push(self, steps: Steps) -> None:
        """Have steps played by the connection's own thread."""
        self._pushed.put(steps)
        self._wake.set()

    def accept(self, request: bytes) -> tuple[bool, bytes]:
        """Judge an upgrade request; give the verdict and the bytes that tell it."""
        self._protocol.receive_data(request)
        events = self._protocol.events_received()
        if not events or not isinstance(events[0], Request):
            return False, response(400, b"{}")
        verdict = self._protocol.accept(events[0])
        self._protocol.send_response(verdict)
        return verdict.status_code == 101, b"".join(self._protocol.data_to_send())

    def run(self, early: bytes, heard: Callable[[str], Steps]) -> None:
        """Serve until either side ends the connection; `early` came with the handshake."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection.sock, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            self._incoming(early, heard)
            while not self._connection.over.is_set():
                ready = selector.select(self._patience())
                self._say()  # first: what was pushed is older than what is read
                if any(key.fileobj is self._connection.sock for key, _ in ready):
                    self._read(heard)

    def close(self) -> None:
        """Give the descriptors back."""
        self._wake.close()

    def _patience(self) -> float:
        rules, now = self._rules(), time.monotonic()
        due = [self._pinged + rules.ping_interval_s, self._born + rules.connection_age_s]
        if self._unanswered is not None:
            due.append(self._unanswered + rules.pong_timeout_s)
        if self._later:
            due.append(self._later[0][0])
        if self._closing is not None:
            due.append(self._closing)
        return max(0.0, min(due) - now)

    def _read(self, heard: Callable[[str], Steps]) -> None:
        try:
            data = self._connection.sock.recv(65_536)
            while (left := _undecrypted(self._connection.sock)) > 0:
                data += self._connection.sock.recv(left)
        except TimeoutError:
            return  # a TLS record may be readable without being whole; it stays buffered
        except (OSError, ValueError):
            self._connection.end()
            return
        if not data:
            self._protocol.receive_eof()
            self._connection.end()
            return
        self._incoming(data, heard)

    def _incoming(self, data: bytes, heard: Callable[[str], Steps]) -> None:
        if data:
            self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            assert isinstance(event, Frame)
            self._frame(event, heard)
        for out in self._protocol.data_to_send():
            self._play(self._answer(out))
        if self._protocol.close_rcvd is not None or self._protocol.parser_exc is not None:
            self._connection.play((Fin(),))

    def _answer(self, out: bytes) -> Steps:
        """What is said by the protocol itself: pongs, close frames, the end."""
        if not out:
            return (Fin(),)
        if out[0] == FIN | PONG:
            return self._bent("pong", out)
        asked = out[0] == FIN | CLOSE and self._protocol.close_rcvd_then_sent
        return self._bent("closing", out) if asked else (out,)

    def _frame(self, frame: Frame, heard: Callable[[str], Steps]) -> None:
        if self._too_many():
            self.leave(1008, "Too many requests")
            return
        match frame.opcode:
            case Opcode.PONG:
                self._unanswered = None
            case Opcode.TEXT | Opcode.CONT:
                self._parts.append(bytes(frame.data))
                if frame.fin:
                    text, self._parts = b"".join(self._parts).decode(errors="replace"), []
                    self._play(heard(text))

    def _too_many(self) -> bool:
        """Whether this message is one too many in a second; pings and pongs count too."""
        now = time.monotonic()
        self._recent.append(now)
        while self._recent[0] < now - 1:
            self._recent.popleft()
        return self._limit_incoming and len(self._recent) > self._rules().incoming_limit

    def _say(self) -> None:
        self._wake.clear()
        while not self._pushed.empty():
            self._play(self._pushed.get())
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self._play(heapq.heappop(self._later)[2])
        self._keep_time(now)

    def _play(self, steps: Steps) -> None:
        for step in steps:
            if isinstance(step, Later):
                due = time.monotonic() + step.seconds
                heapq.heappush(self._later, (due, next(self._order), step.steps))
            elif isinstance(step, Close):
                self.leave(step.code, step.reason)
            else:
                self._connection.play((step,))

    def _keep_time(self, now: float) -> None:
        rules = self._rules()
        if self._closing is not None:
            if now >= self._closing:
                self._connection.end()
        elif now >= self._born + rules.connection_age_s:
            self.leave(1001, "24 hours are over")
        elif self._unanswered is not None and now >= self._unanswered + rules.pong_timeout_s:
            self._connection.end()
        elif now >= self._pinged + rules.ping_interval_s:
            self._pinged = now
            self._unanswered = self._unanswered or now
            self._play(self._bent("ping", ping_frame(b"%d" % (time.time_ns() // 1_000_000))))

    def leave(self, code: int, reason: str) -> None:
        """Close with a code, from the connection's own thread, and wait a little for the answer."""
        try:
            self._protocol.send_close(code, reason)
        except InvalidState:  # the close is on its way already
            return
        for out in self._protocol.data_to_send():
            self._connection.play((out,) if out else ())
        self._closing = time.monotonic() + CLOSE_S


def _undecrypted(sock: Any) -> int:
    """Bytes that TLS has read ahead, which no selector will announce."""
    return sock.pending() if hasattr(sock, "pending") else 0

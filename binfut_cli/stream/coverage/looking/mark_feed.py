"""One market's mark prices and rates, followed on a public stream while somebody looks.

No key goes there. If it cannot be reached, the marks grow old, and nothing else is disturbed.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.frames import TEXT
from binfut_cli.api.transport.transport import Wire
from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.errors import BinfutError, RateLimitedError
from binfut_cli.stream.coverage.backoff import HandshakeBudget, delays
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.live.marks import Price, price_of

MOST = 1000
"""Streams of a connection; the exchange takes 1024 (change log of 2025-07)."""
AT_ONCE = 200  # of them in one request
HANDSHAKES, HANDSHAKES_AT_ONCE = 12, 6
"""In five minutes, and of them at once: a part of the whole program's."""
TURN_S, IDLE_S = 1.0, 60.0
LOOKING_S = 15.0
"""How long somebody who has looked is taken to look on."""
SILENT_S = 15.0
"""A stream that tells something every second and is silent for so long is opened anew."""


class MarkFeed:
    """Follows the streams that are `want`ed; the last price of each is there to be `taken`.

    `turn` is the whole life of its task; all else may be called by others.
    """

    def __init__(self, url: str, context: LaneContext, handshakes: HandshakeBudget) -> None:
        """`context` is of any lane whose marks are told there; all `handshakes` are one budget.

        Lanes may come and go meanwhile, that one too.
        """
        self._url, self._context = url, replace(context, stopped=threading.Event())
        self._handshakes = HandshakeBudget(HANDSHAKES, HANDSHAKES_AT_ONCE, whole=handshakes)
        self._line: _Line | None = None
        self._retries = delays(context.runtime.chance)
        self._due_s = 0.0
        self._is_running = False
        self._until_s = 0.0  # somebody looks
        self._wanted: Mapping[str, str] = {}  # streams, by what they tell of
        self._found: dict[str, Price] = {}
        self._lock = threading.Lock()
        self._attention = Bell()

    def want(self, streams: Mapping[str, str]) -> None:
        """Somebody looks: follow these, by their symbols, and no others; or be not connected."""
        was_wanted = self._is_wanted
        self._wanted = dict(sorted(streams.items())[:MOST])
        self._until_s = self._context.runtime.seconds() + LOOKING_S
        if not self._is_running and streams:
            self._is_running = True
            self._context.runtime.spawn(self.turn)
        elif self._is_wanted and not was_wanted:
            self._attention.set()

    def taken(self) -> dict[str, Price]:
        """The prices that came since this was last asked."""
        with self._lock:
            found, self._found = self._found, {}
        return found

    def stop(self) -> None:
        """End; whoever waits for the stream is woken."""
        self._context.stopped.set()
        self._attention.set()
        if (line := self._line) is not None:
            line.wire.close()

    def turn(self) -> bool:
        """Wait for what comes next and take it in; False at the end."""
        if self._context.completes(self._tend) and not self._context.stopped.is_set():
            return True
        self._hang_up()  # what was being opened when all was to end
        return False

    def _tend(self) -> None:
        if not self._is_wanted:
            self._hang_up()
        if self._line is None:
            self._connect()
        else:
            self._listen(self._line)

    @property
    def _is_wanted(self) -> bool:
        is_looked_at = self._context.runtime.seconds() < self._until_s
        return bool(self._wanted) and is_looked_at and not self._context.stopped.is_set()

    def _connect(self) -> None:
        """Connect if that is wanted, due and fair, or wait a little."""
        now_s = self._context.runtime.seconds()
        is_fair = now_s >= self._due_s and not self._context.gate.wait_ms()
        if not self._is_wanted or not is_fair or self._handshakes.take(now_s):
            self._context.runtime.wait(self._attention, TURN_S if self._is_wanted else IDLE_S)
            self._attention.clear()
            return
        try:
            deadline = self._context.account.deadline(Way.MARKET)
            wire = self._context.account.transport.open_ws(Way.MARKET, self._url, deadline)
        except BinfutError as exc:
            if isinstance(exc, RateLimitedError):
                self._context.gate.close(exc)
            self._failed()
        else:
            self._line = _Line(wire, now_s)

    def _listen(self, line: "_Line") -> None:
        try:
            line.subscribe(frozenset(self._wanted.values()))
            found = dict(line.receive(self._context.runtime.seconds))
        except BinfutError:
            self._failed()
            return
        if found:
            self._retries = delays(self._context.runtime.chance)
            with self._lock:
                self._found |= {
                    symbol: price for symbol, price in found.items() if symbol in self._wanted
                }
        elif self._context.runtime.seconds() - line.heard_s > SILENT_S:
            self._failed()

    def _failed(self) -> None:
        self._hang_up()
        self._due_s = self._context.runtime.seconds() + next(self._retries)

    def _hang_up(self) -> None:
        if (line := self._line) is not None:
            self._line = None
            line.wire.close()


class _Line:
    """An open connection, what it is subscribed to, and when it was last heard."""

    def __init__(self, wire: Wire, now_s: float) -> None:
        self.wire, self.heard_s = wire, now_s
        self._subscribed: frozenset[str] = frozenset()
        self._requests = 0

    def subscribe(self, wanted: frozenset[str]) -> None:
        """Ask for what is wanted, and for no more: two requests at most, for a second takes ten."""
        for method, streams in (
            ("UNSUBSCRIBE", self._subscribed - wanted),
            ("SUBSCRIBE", wanted - self._subscribed),
        ):
            if some := frozenset(sorted(streams)[:AT_ONCE]):
                self._requests += 1
                self.wire.send(self._requests, method, sorted(some))
                self._subscribed ^= some

    def receive(self, seconds: Callable[[], float]) -> Iterator[tuple[str, Price]]:
        """The prices that one receive brings."""
        for opcode, payload in self.wire.receive(TURN_S):
            told = price_of(payload) if opcode == TEXT else None
            if told is not None:
                self.heard_s = seconds()
                yield told

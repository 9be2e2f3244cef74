"""A stream's pings, each with its number, and what their pongs prove.

A pong proves more than life: a connection keeps its order, so all that the exchange had queued
before it has come (a barrier).
"""

import threading
from dataclasses import dataclass

from binfut_cli.api.transport.frames import PONG, Message
from binfut_cli.stream.coverage.errors import Silent
from binfut_cli.stream.runtime import Runtime

PING_S = 15.0
PONG_S = 10.0
HEED_S = 2.0
"""A reader who looks less often comes late, for who waits for a pong is to look every second: the
machine is slow, or we were stopped. What he has not read yet may hold the pong, so that time counts
for nobody."""


@dataclass(frozen=True, slots=True)
class _Ping:
    """A ping under way; `at_s` leaves out the time in which nobody looked."""

    number: int
    at_s: float
    at_ms: int


class Pings:
    """Those under way, and when the last that was answered was sent: `proven_ms`.

    The keeper and the reader ping; the reader takes the pongs.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._last = 0
        self._waiting: list[_Ping] = []  # never many
        self._answered = 0  # the highest ping whose pong came
        self._awaited = 0  # the last that somebody waits for
        self._due_s = self._heeded_s = runtime.monotonic()
        self._late_s = 0.0  # for which nobody looked though somebody should have
        self.proven_ms = 0

    @property
    def overdue_s(self) -> float:
        """For how long a pong has been waited for, by who looked; 0 if none is."""
        if not self._waiting:
            return 0.0
        try:
            ping = self._waiting[0]
        except IndexError:  # the other thread has just taken it out
            return 0.0
        return max(0.0, self._runtime.monotonic() - self._late_s - ping.at_s)

    def next(self, *, is_awaited: bool = False) -> int:
        """The number of a ping that is now to be sent; its pong may be awaited."""
        with self._lock:
            now_s = self._runtime.monotonic()
            if not self._waiting:
                self._heeded_s = now_s  # nobody had to look before
            self._last += 1
            at_s = now_s - self._late_s
            ping = _Ping(self._last, at_s, self._runtime.now_ms())
            self._waiting.append(ping)
            self._awaited = self._last if is_awaited else self._awaited
        return ping.number

    def passed(self, number: int) -> bool:
        """Whether the pong of a ping, or of a later one, came."""
        return self._answered >= number

    def wants_look(self, now_s: float) -> bool:
        """Whether somebody is to look: a pong is waited for, or the next ping is due."""
        return bool(self._waiting) or now_s >= self._due_s

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for the next; raise Silent if a pong is overdue."""
        if self._waiting and (late_s := now_s - self._heeded_s - HEED_S) > 0:
            self._late_s += late_s
        self._heeded_s = now_s
        if self._waiting and self.overdue_s > PONG_S:
            raise Silent(f"The stream gave no sign of life for {self.overdue_s:.0f} s.")
        if now_s < self._due_s:
            return False
        self._due_s = now_s + PING_S
        return True

    def take(self, messages: list[Message]) -> bool:
        """Take the pongs among some messages; whether one is there that was awaited."""
        before = self._answered
        for opcode, payload in messages:
            number = int(payload) if opcode == PONG and payload.isdigit() else 0
            while number and self._waiting and self._waiting[0].number <= number:
                ping = self._waiting.pop(0)
                self.proven_ms = ping.at_ms
                self._answered = ping.number
        return before < self._awaited <= self._answered

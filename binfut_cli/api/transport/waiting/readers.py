"""Many sockets read on one thread, each in its turn.

Whoever is ready is read once, then all others who are: one who has more than all others does not
keep them waiting for longer than one read takes. Nobody waits on this thread, not for room to
answer a ping either.
"""

import contextlib
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import NoReturn, Protocol, TypeVar

from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.bell import Alarm, Bell
from binfut_cli.api.transport.waiting.here import Budget, Running

T = TypeVar("T")

VISIT_S = 1.0
FEW = 4
"""Who are visited at a time, before it is looked again who is ready: of hundreds many are due at
once, because they were opened at once."""


class Reader(Protocol):
    """A socket that is read in turns."""

    rest_s: float
    """For how many seconds it is not to be read, after its last turn."""

    def fileno(self) -> int:
        """The socket's descriptor."""

    def turn(self) -> bool:
        """Read what is there, at most once, without waiting; False at the end."""

    def has_more(self) -> bool:
        """Whether something is there of which the socket does not tell: TLS has unpacked it."""

    def is_due(self) -> bool:
        """Whether it is to have a turn though nothing may have come."""


class Readers:
    """All who are read; their thread is there while there are some.

    When nothing comes, each is asked every `visit_s` seconds whether a turn is due all the same.
    """

    def __init__(self, visit_s: float = VISIT_S) -> None:
        self._visit_s = visit_s
        self._lock = threading.Lock()
        self._round: _Round | None = None

    def add(self, reader: Reader) -> Running:
        """Give one turns from now on, until that says that it has ended."""
        seat = Seat(reader, self)
        self.call(lambda rounds: rounds.sit(seat))
        return seat

    def call(self, change: "Callable[[_Round], None]") -> None:
        """Have something done between two turns."""
        with self._lock:
            if self._round is None:
                self._round = _Round(self._visit_s)
                threading.Thread(target=self._run, name="readers", daemon=True).start()
            self._round.changes.append(change)
            self._round.alarm.ring()

    def _run(self) -> None:
        found = self._round
        assert found is not None
        here.wait_as(_Never(), found.later)
        while found.seats or not self._is_over(found):
            found.go()

    def _is_over(self, found: "_Round") -> bool:
        with self._lock:
            if found.seats or found.changes:
                return False
            self._round = None
        found.close()
        return True


class Seat:
    """A reader's place among the others."""

    def __init__(self, reader: Reader, readers: Readers) -> None:
        self.reader, self._readers = reader, readers
        self.descriptor = reader.fileno()
        self.over = Bell()

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end; a socket that was closed has its last turn at once."""
        if self.is_alive():
            self._readers.call(lambda rounds: rounds.turn(self))
            here.wait(self.over, threading.TIMEOUT_MAX if timeout is None else timeout)

    def is_alive(self) -> bool:
        """Whether it is still read."""
        return not self.over.is_set()


class _Round:
    """Who sits there, and whose turn it is."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self.seats: set[Seat] = set()
        self.changes: deque[Callable[[_Round], None]] = deque()
        self.alarm = Alarm()
        self.later: list[Callable[[], object]] = []  # to be done before it waits
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.alarm.heard, selectors.EVENT_READ)
        self._more: list[Seat] = []
        self._resting: deque[tuple[float, Seat]] = deque()  # all rest alike: the first ends first
        self._visit_s = time.monotonic() + every_s
        self._due: deque[Seat] = deque()  # those whose turn is due though nothing may have come

    def go(self) -> None:
        """Wait for somebody, and give all their turns who are ready."""
        ready = self._ready()
        more, self._more = self._more, []
        for seat in (*more, *ready):
            if seat is None:
                self._change()
            else:
                self.turn(seat)
        self._visit([self._due.popleft() for _ in range(min(FEW, len(self._due)))])
        if self._resting or time.monotonic() >= self._visit_s:
            self._tend(time.monotonic())

    def _ready(self) -> "list[Seat | None]":
        wait_s = self._wait_s()
        self._do_later()
        try:
            return [key.data for key, _ in self._selector.select(wait_s)]
        except OSError:  # select(2) does not bear sockets that were closed
            self._visit(tuple(self.seats))
            return [None]

    def _wait_s(self) -> float:
        if self._more or self._due:
            return 0.0
        due_s = min(self._visit_s, self._resting[0][0]) if self._resting else self._visit_s
        return max(0.0, due_s - time.monotonic())

    def _do_later(self) -> None:
        while self.later:
            self.later.pop()()

    def _change(self) -> None:
        self.alarm.quiet()
        while self.changes:
            self.changes.popleft()(self)

    def sit(self, seat: Seat) -> None:
        """Let somebody sit down, and begin."""
        self.seats.add(seat)
        self._listen(seat)
        self.turn(seat)

    def turn(self, seat: Seat) -> None:
        """Give one who sits there a turn."""
        if seat not in self.seats:
            return
        if not seat.reader.turn():
            self._leave(seat)
        elif seat.reader.rest_s:
            self._rest(seat)
        elif seat.reader.has_more():
            self._more.append(seat)

    def _tend(self, now_s: float) -> None:
        """Wake who has rested; visit all when that is due."""
        while self._resting and self._resting[0][0] <= now_s:
            _, seat = self._resting.popleft()
            if seat in self.seats:
                self._listen(seat)
                self.turn(seat)
        if now_s >= self._visit_s:
            self._visit_s = now_s + self._every_s
            self._due = deque(each for each in self.seats if each.reader.is_due())

    def _visit(self, seats: Iterable[Seat]) -> None:
        resting = {seat for _, seat in self._resting}
        for seat in seats:
            if seat not in resting:
                self.turn(seat)

    def _rest(self, seat: Seat) -> None:
        self._ignore(seat)
        self._resting.append((time.monotonic() + seat.reader.rest_s, seat))

    def _leave(self, seat: Seat) -> None:
        self.seats.discard(seat)
        self._ignore(seat)
        seat.over.set()

    def _listen(self, seat: Seat) -> None:
        """Listen to a socket; another's that was closed may have had the same number."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(seat.descriptor)
        try:
            self._selector.register(seat.descriptor, selectors.EVENT_READ, seat)
        except (OSError, ValueError):  # it was closed: its next turn is the last
            self._more.append(seat)

    def _ignore(self, seat: Seat) -> None:
        if seat.descriptor < 0:  # it was closed before
            return
        key = self._selector.get_map().get(seat.descriptor)
        if key is not None and key.data is seat:
            self._selector.unregister(seat.descriptor)

    def close(self) -> None:
        """Give back what it waits with."""
        self._do_later()
        self._selector.close()
        self.alarm.close()


class _Never:
    """How the thread of readers waits: not at all."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.is_set()

    def readable(self, descriptor: int, seconds: float) -> bool:
        return True

    def writable(self, descriptor: int, seconds: float) -> bool:
        raise TimeoutError("there is no room for an answer")

    def within(
        self, budget: Budget, work: Callable[[], T], abandon: Callable[[], None]
    ) -> NoReturn:
        raise RuntimeError("A reader must not wait.")

    def apart(self, work: Callable[[], T]) -> T:
        return work()

    def start(self, run: Callable[[], None]) -> NoReturn:
        raise RuntimeError("A reader must not start anything.")

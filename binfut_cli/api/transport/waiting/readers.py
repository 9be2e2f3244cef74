"""Many sockets read on one thread, each in its turn; on another while that has nothing else to do.

Whoever is ready is read once, then all others who are: one who has more than all others does not
keep them waiting for longer than one read takes. Nobody waits in a turn, not for room to answer a
ping either.

What comes alone costs least on the thread that has to work with it. So one may attend to the
sockets while it would only wait, before the thread of readers does. Whatever it does then, and
however long it is held up, nothing waits for it:

- Both wait for all sockets, each by an epoll of its own, and the attendant's was there first. What
  comes wakes one of those who wait, in this order (EPOLLEXCLUSIVE). So it wakes the attendant if he
  waits; else `readers`, or that finds it as soon as it waits.
- What came while he waited and was not read, or not all of it, or ended, no other was told of. So
  before he goes he looks once more, without waiting, and has `readers` told of it.
- A stream's messages stay in order: a lock is held from before they are received until they are
  handed on.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import NoReturn, Protocol, TypeVar

from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.api.transport.waiting.here import Budget, Running
from binfut_cli.api.transport.waiting.posts import Post

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
            self._round.post.alarm.ring()

    def attend(self) -> "Attendant | None":
        """Let a thread read while it waits; None where that wakes two, or another does."""
        attendant = Attendant(self)
        self.call(attendant.begin)
        attendant.begun.wait()
        return attendant if attendant.attends else None

    def _run(self) -> None:
        found = self._round
        assert found is not None
        here.wait_as(NEVER, found.later)
        while found.seats or not self._is_over(found):
            found.go()

    def _is_over(self, found: "_Round") -> bool:
        with self._lock:
            if found.seats or found.changes or len(found.posts) > 1:
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


class Attendant:
    """A thread that reads whoever is ready while it waits for what that brings."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._round: _Round | None = None
        self.post: Post[Seat] = Post()
        self.begun = Bell()

    @property
    def attends(self) -> bool:
        """Whether it was allowed to."""
        return self._round is not None

    def begin(self, rounds: "_Round") -> None:
        """Attend, unless another does; between two turns."""
        if self.post.wakes_one and len(rounds.posts) == 1:
            self._round, rounds.posts = rounds, [self.post, rounds.post]
            for seat in rounds.seats:
                rounds.listen(seat)
        else:
            self.post.close()
        self.begun.set()

    def wait(self, seconds: float) -> None:
        """Wait until it rings or somebody had a turn, no longer than that."""
        ready: list[Seat] = []
        try:
            ready = self.post.ready(seconds)
        finally:
            here.wait_as(NEVER)  # who may not wait is not interrupted by a signal either
            try:
                self._read(ready)
            finally:
                here.wait_as(None)

    def _read(self, ready: "list[Seat]") -> None:
        """Give these their turns, and leave to the other thread what is then still unread."""
        rounds = self._round
        assert rounds is not None
        with rounds.giving:
            for seat in ready:
                rounds.turn(seat)
            for seat in rounds.seats.intersection(self.post.ready(0.0)):
                rounds.listen(seat)  # who listens anew is told what is there already
        if rounds.more or rounds.resting:
            rounds.post.alarm.ring()

    def ring(self) -> None:
        """End the wait."""
        self.post.alarm.ring()

    def close(self) -> None:
        """Attend no longer."""
        self._readers.call(self._end)

    def _end(self, rounds: "_Round") -> None:
        rounds.posts = [rounds.post]
        self.post.close()


class _Round:
    """Who sits there, and whose turn it is."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self.seats: set[Seat] = set()
        self.changes: deque[Callable[[_Round], None]] = deque()
        self.post: Post[Seat] = Post()
        self.later: list[Callable[[], object]] = []  # to be done before it waits
        self.posts = [self.post]  # an attendant's is the first
        self.giving = threading.Lock()  # held while turns are given
        self.more: list[Seat] = []
        self.resting: deque[tuple[float, Seat]] = deque()  # all rest alike: the first ends first
        self._visit_s = time.monotonic() + every_s
        self._due: deque[Seat] = deque()  # those whose turn is due though nothing may have come

    def go(self) -> None:
        """Wait for somebody, and give all their turns who are ready."""
        ready = self._ready()
        with self.giving:
            self._change()
            more, self.more = self.more, []
            for seat in (*more, *ready):
                self.turn(seat)
            self._visit([self._due.popleft() for _ in range(min(FEW, len(self._due)))])
            if self.resting or time.monotonic() >= self._visit_s:
                self._tend(time.monotonic())

    def _ready(self) -> "list[Seat]":
        wait_s = self._wait_s()
        self._do_later()
        try:
            return self.post.ready(wait_s)
        except OSError:  # select(2) does not bear sockets that were closed
            with self.giving:
                self._visit(tuple(self.seats))
            return []

    def _wait_s(self) -> float:
        if self.more or self._due:
            return 0.0
        due_s = min(self._visit_s, self.resting[0][0]) if self.resting else self._visit_s
        return max(0.0, due_s - time.monotonic())

    def _do_later(self) -> None:
        while self.later:
            self.later.pop()()

    def _change(self) -> None:
        while self.changes:
            self.changes.popleft()(self)

    def sit(self, seat: Seat) -> None:
        """Let somebody sit down, and begin."""
        self.seats.add(seat)
        self.listen(seat)
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
            self.more.append(seat)

    def _tend(self, now_s: float) -> None:
        """Wake who has rested; visit all when that is due."""
        while self.resting and self.resting[0][0] <= now_s:
            _, seat = self.resting.popleft()
            if seat in self.seats:
                self.listen(seat)
                self.turn(seat)
        if now_s >= self._visit_s:
            self._visit_s = now_s + self._every_s
            self._due = deque(each for each in self.seats if each.reader.is_due())

    def _visit(self, seats: Iterable[Seat]) -> None:
        resting = {seat for _, seat in self.resting}
        for seat in seats:
            if seat not in resting:
                self.turn(seat)

    def _rest(self, seat: Seat) -> None:
        self._ignore(seat)
        self.resting.append((time.monotonic() + seat.reader.rest_s, seat))

    def _leave(self, seat: Seat) -> None:
        self.seats.discard(seat)
        self._ignore(seat)
        seat.over.set()

    def listen(self, seat: Seat) -> None:
        """Listen to a socket, the attendant first."""
        self._ignore(seat)
        try:
            for post in self.posts:
                post.listen(seat.descriptor, seat)
        except (OSError, ValueError):  # it was closed: its next turn is the last
            self.more.append(seat)

    def _ignore(self, seat: Seat) -> None:
        for post in self.posts:
            post.ignore(seat.descriptor, seat)

    def close(self) -> None:
        """Give back what it waits with."""
        self._do_later()
        self.post.close()


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


NEVER = _Never()

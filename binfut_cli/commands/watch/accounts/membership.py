"""A watch as a member of a share: it renews its leases, and takes over what becomes its own.

Both on threads of their own, for an engine may be slow, and nobody who prints may wait for it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from binfut_cli.commands.watch.recording.published import Taken
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, OutputError
from binfut_cli.recording.broker.failures import Away
from binfut_cli.recording.broker.lease import EVERY_S, TTL_S, Leases
from binfut_cli.recording.broker.names import stream_of

SOON_S = 0.5
"""How long is waited before another attempt to renew."""
END_S = 4.0
"""How long the end waits for the engine."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The lanes that are ours, and until when, by the monotonic clock."""

    lanes: frozenset[Lane] = frozenset()
    until_s: float = 0.0


class Membership:
    """Knows which lanes are ours now; a lane is in hand from when it is until it is let go.

    `troubles` has why leases ran out, once each time, or why a stream could not be taken over; and
    what ended a thread of ours, which is a bug.
    """

    def __init__(self, leases: Leases, take: Callable[[Lane], Taken]) -> None:
        """`take` takes a lane's stream over, and is called on a thread of ours."""
        self._leases, self._take = leases, take
        self._lanes: dict[str, Lane] = {}  # by their streams: those that we can watch
        self._in_hand: set[Lane] = set()
        self._held = _Held()
        self._to_take: SimpleQueue[Lane | None] = SimpleQueue()
        self._taken: SimpleQueue[Taken] = SimpleQueue()
        self._lock, self._wake = threading.Lock(), threading.Event()
        self._ending = threading.Event()
        self.troubles: deque[Exception] = deque()
        self._threads = [
            threading.Thread(target=self._guard, args=(run,), name=name, daemon=True)
            for run, name in ((self._run, "leases"), (self._take_over, "takeovers"))
        ]

    def join(self, lanes: Iterable[Lane]) -> None:
        """Join the share; raise what is wrong with its engine."""
        self.offer(lanes)
        self._renew()
        self._wake.clear()  # who has just come lets the others come, too
        for thread in self._threads:
            thread.start()

    @property
    def ours(self) -> frozenset[Lane]:
        """The lanes whose leases we have, as far as we know: none if they were not renewed."""
        held = self._held
        return held.lanes if time.monotonic() < held.until_s else frozenset()

    def offer(self, lanes: Iterable[Lane]) -> None:
        """Be ready to watch these, and no others."""
        with self._lock:
            self._lanes = {stream_of(lane): lane for lane in lanes}
        self._wake.set()

    def taken(self) -> Taken | None:
        """A lane whose stream was taken over, each once."""
        with suppress(Empty):
            return self._taken.get_nowait()
        return None

    def let_go(self, lane: Lane) -> None:
        """Let another have a lane: nothing more will be told of it here."""
        with self._lock:
            self._in_hand.discard(lane)
        self._wake.set()

    def close(self) -> None:
        """Leave the share: others get all at once, if the engine can be told."""
        self._ending.set()
        self._wake.set()
        self._to_take.put(None)
        for thread in self._threads:
            thread.join(END_S)
        if not any(thread.is_alive() for thread in self._threads):
            with suppress(BinfutError):
                self._leases.leave()

    def _guard(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as exc:
            self.troubles.append(exc)

    def _run(self) -> None:
        wait_s, is_told = self._leases.next_s, False
        while not self._ending.is_set():
            self._wake.wait(wait_s)
            self._wake.clear()
            try:
                self._renew()
                wait_s, is_told = self._leases.next_s, False
            except BinfutError as exc:
                wait_s = SOON_S
                if isinstance(exc, Away | OutputError):
                    self._outlast()
                if not is_told and time.monotonic() >= self._held.until_s:
                    is_told = True
                    self.troubles.append(exc)

    def _renew(self) -> None:
        began_s = time.monotonic()
        with self._lock:
            lanes, in_hand = self._lanes, {stream_of(lane) for lane in self._in_hand}
        names = self._leases.renew(lanes.keys(), in_hand)
        with self._lock:
            self._held = _Held(frozenset(lanes[name] for name in names), began_s + TTL_S)
            new = self._held.lanes - self._in_hand
            self._in_hand |= new
        for lane in sorted(new, key=stream_of):
            self._to_take.put(lane)

    def _outlast(self) -> None:
        """Keep what is still ours: while the engine is away, or full, nobody else can get it."""
        now_s = time.monotonic()
        if now_s < self._held.until_s:
            self._held = replace(self._held, until_s=now_s + TTL_S)

    def _take_over(self) -> None:
        while (lane := self._to_take.get()) is not None:
            try:
                if lane in self.ours and not self._ending.is_set():
                    self._taken.put(self._take(lane))
                    continue
            except BinfutError as exc:
                self.troubles.append(exc)
                self._ending.wait(EVERY_S)
            self.let_go(lane)

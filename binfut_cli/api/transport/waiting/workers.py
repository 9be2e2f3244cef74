"""A few threads for work that blocks and cannot be waited for otherwise, such as a name's lookup.

Work that is given up goes on until it ends by itself; while it does, a few others may be started
in its place, but not one for each.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from binfut_cli.api.transport.waiting.bell import Bell

T = TypeVar("T")

MOST, MOST_STUCK = 4, 4
"""Threads that work, and that may work on something that was given up."""
IDLE_S = 10.0


class Job(Generic[T]):
    """Some work; `begun` once a thread has begun it, `over` when that has it behind itself."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._faults: list[BaseException] = []
        self.is_done = self.is_given_up = False  # the second: while it was being done
        self.begun, self.over = Bell(), Bell()

    def run(self) -> None:
        """Do it."""
        self.begun.set()
        try:
            self._results.append(self._work())
        except BaseException as exc:  # handed over whole to who waits
            self._faults.append(exc)

    def result(self) -> T:
        """What came of it; raise what it raised."""
        if self._faults:
            raise self._faults[0]
        return self._results[0]


class Workers:
    """Threads that are started when they are needed, and end when they are not."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jobs: deque[Job[object]] = deque()
        self._threads = self._idle = self._stuck = 0

    def put(self, job: Job[T]) -> None:
        """Have it done as soon as a thread is free."""
        with self._changed:
            self._jobs.append(job)  # type: ignore[arg-type]
            self._have_enough()
            self._changed.notify()

    def give_up(self, job: Job[T]) -> None:
        """Nobody waits for it any more."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)  # type: ignore[arg-type]
            elif not job.is_done:
                job.is_given_up = True
                self._stuck += 1
                self._have_enough()

    def _have_enough(self) -> None:
        if len(self._jobs) > self._idle and self._threads < self._most:
            self._threads += 1
            threading.Thread(target=self._work, name="worker", daemon=True).start()

    @property
    def _most(self) -> int:
        return MOST + min(self._stuck, MOST_STUCK)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job.run()
            with self._changed:
                job.is_done = True
                self._stuck -= job.is_given_up
            job.over.set()

    def _next(self) -> Job[object] | None:
        """The next job; None if this thread is one too many."""
        with self._changed:
            self._idle += 1
            found = self._changed.wait_for(lambda: self._jobs, IDLE_S)
            self._idle -= 1
            if found and self._threads <= self._most:
                return self._jobs.popleft()
            self._threads -= 1
            self._changed.notify()  # who was not meant to end has the turn
            return None

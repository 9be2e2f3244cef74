"""What would be threads, as tasks on one thread: each runs until it waits, then another goes on.

A task is ordinary code that blocks; what it waits for, it waits for as `here` says. It never gives
way elsewhere. No lock may be held while a task waits: another task of the thread that asks for it
would wait for ever.
"""

import contextlib
import selectors
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.api.transport.waiting.here import Budget, Running
from binfut_cli.api.transport.waiting.turns import LONGEST_S, Turns
from binfut_cli.api.transport.waiting.workers import Job, Workers

T = TypeVar("T")

LOOK_S = 0.25
"""How often an event is looked at that cannot wake a task."""


class Tasks:
    """All tasks; their thread is there while there are some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: Turns | None = None
        self._workers = Workers()

    def spawn(self, turn: Callable[[], bool]) -> Running:
        """Call `turn` as a task until it says that it is done."""
        task = Task(turn)
        with self._lock:
            if self._turns is None:
                self._turns = Turns()
                threading.Thread(
                    target=self._run, args=(self._turns,), name="tasks", daemon=True
                ).start()
            self._turns.begin(task.run)
        return task

    def _run(self, turns: Turns) -> None:
        here.wait_as(_GivingWay(turns, self._workers))
        while not self._is_over(turns):
            turns.go()
        turns.close()

    def _is_over(self, turns: Turns) -> bool:
        with self._lock:
            if turns.is_over:
                self._turns = None
            return self._turns is not turns


class Task:
    """Something that runs beside others until it ends."""

    def __init__(self, turn: Callable[[], bool]) -> None:
        self._turn = turn
        self.over = Bell()

    def run(self) -> None:
        """All its turns; a fault that nobody took is told as that of a thread."""
        try:
            while self._turn():
                pass
        except BaseException:
            with contextlib.suppress(OSError):  # nobody reads standard error any more
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), None)))
        self.over.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        here.wait(self.over, threading.TIMEOUT_MAX if timeout is None else timeout)

    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return not self.over.is_set()


class _GivingWay:
    """How a task waits: others have their turns meanwhile."""

    def __init__(self, turns: Turns, workers: Workers) -> None:
        self._turns, self._workers = turns, workers

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not isinstance(event, Bell):
            return self._looked_at(event, seconds)
        sleep = self._turns.falls_asleep()
        with event.waking(sleep.wake):
            if not event.is_set():
                self._turns.sleep(sleep, seconds)
        sleep.is_over = True  # set before we slept: what that woke must not be the next sleep
        return event.is_set()

    def _looked_at(self, event: threading.Event, seconds: float) -> bool:
        end_s = time.monotonic() + seconds
        while not event.is_set() and (left_s := end_s - time.monotonic()) > 0:
            self._turns.sleep(self._turns.falls_asleep(), min(left_s, LOOK_S))
        return event.is_set()

    def readable(self, descriptor: int, seconds: float) -> bool:
        return self._turns.sleep_until_ready(descriptor, selectors.EVENT_READ, seconds)

    def writable(self, descriptor: int, seconds: float) -> bool:
        return self._turns.sleep_until_ready(descriptor, selectors.EVENT_WRITE, seconds)

    def within(self, budget: Budget, work: Callable[[], T], abandon: Callable[[], None]) -> T:
        """Do it on another thread; the time begins when one is free."""
        job, asked_s = Job(work), time.monotonic()
        self._workers.put(job)
        try:
            while not job.begun.is_set():
                self.wait(job.begun, LONGEST_S)
            budget.put_off(time.monotonic() - asked_s)
            while not job.over.is_set():
                self.wait(job.over, budget.left())
        except BaseException:
            self._workers.give_up(job)
            abandon()
            raise
        return job.result()

    def apart(self, work: Callable[[], T]) -> T:
        return self._turns.apart(work)

    def start(self, run: Callable[[], None]) -> Running:
        def turn() -> bool:
            run()
            return False

        task = Task(turn)
        self._turns.begin(task.run)
        return task

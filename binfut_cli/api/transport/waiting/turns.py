"""Whose turn it is on a thread of many tasks, and who sleeps until when, or until what comes."""

import contextlib
import heapq
import itertools
import math
import selectors
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from binfut_cli.api.transport.waiting.bell import Alarm

if TYPE_CHECKING:
    from greenlet import greenlet

T = TypeVar("T")

LONGEST_S = 60.0
LONG_S, GRAIN_S = 1.0, 0.05
"""Who sleeps so long may sleep until the next of these moments, when others wake too: for hundreds
of tasks, waiting for each alone costs more than what it then does."""


class Sleep:
    """A task's, until it is woken for the first time."""

    __slots__ = ("_turns", "is_over", "task")

    def __init__(self, turns: "Turns", task: "greenlet | None") -> None:
        self._turns, self.task, self.is_over = turns, task, False

    def wake(self) -> None:
        """Let the task go on."""
        self._turns.wake(self)


class Turns:
    """All tasks of one thread, which calls `go` until it is over.

    Others may `begin` tasks and `wake` them; to `sleep` is for tasks alone. It has a side for each
    of these three: that is why it is so large.
    """

    def __init__(self) -> None:
        import greenlet  # which a watch needs alone

        self._greenlet = greenlet
        self._main: greenlet.greenlet | None = None
        self._living = 0
        self._ready: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Sleep]] = []
        self._numbers = itertools.count()
        self._selector = selectors.DefaultSelector()
        self._alarm = Alarm()
        self._selector.register(self._alarm.heard, selectors.EVENT_READ)
        self._is_asleep = False

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return not self._living and not self._ready

    def close(self) -> None:
        """Give back what it waits with."""
        self._selector.close()
        self._alarm.close()

    # -- the thread's side --------------------------------------------------------------------

    def go(self) -> None:
        """Let all go on who can, then see who else can."""
        self._main = self._main or self._greenlet.getcurrent()
        for _ in range(len(self._ready)):
            self._ready.popleft()()
        self._is_asleep = True  # from here on, who wakes has to ring
        found = self._selector.select(0.0 if self._ready else self._wait_s())
        self._is_asleep = False
        for key, _ in found:
            if key.data is None:
                self._alarm.quiet()
            else:
                self.wake(key.data)
        self._wake_in_time(time.monotonic())

    def _wait_s(self) -> float:
        if not self._living:
            return 0.0
        left_s = self._timers[0][0] - time.monotonic() if self._timers else LONGEST_S
        return min(max(0.0, left_s), LONGEST_S)

    def _wake_in_time(self, now_s: float) -> None:
        while self._timers and self._timers[0][0] <= now_s:
            sleep = heapq.heappop(self._timers)[2]
            if not sleep.is_over:  # as nearly all are that something else has woken
                self.wake(sleep, outcome=False)

    # -- anybody's side -----------------------------------------------------------------------

    def begin(self, run: Callable[[], None]) -> None:
        """Let a task begin; it must raise nothing."""
        self._call(partial(self._start, run))

    def wake(self, sleep: Sleep, *, outcome: bool = True) -> None:
        """Let a task go on, if nobody else has woken it."""
        self._call(partial(self._resume, sleep, outcome))

    def _call(self, step: Callable[[], None]) -> None:
        self._ready.append(step)
        if self._is_asleep:
            self._alarm.ring()

    def _start(self, run: Callable[[], None]) -> None:
        self._living += 1
        self._greenlet.greenlet(self._live).switch(run)

    def _live(self, run: Callable[[], None]) -> None:
        run()
        self._living -= 1

    def _resume(self, sleep: Sleep, outcome: bool) -> None:
        if not sleep.is_over and (task := sleep.task) is not None:
            sleep.is_over, sleep.task = True, None  # its time may be over long after the task is
            task.switch(outcome)

    # -- a task's side ------------------------------------------------------------------------

    def falls_asleep(self) -> Sleep:
        """The present task's next sleep."""
        return Sleep(self, self._greenlet.getcurrent())

    def apart(self, work: Callable[[], T]) -> T:
        """Do a part of the present task, which may sleep, on a stack of its own."""
        found: T = self._greenlet.greenlet(work).switch()
        return found

    def sleep(self, sleep: Sleep, seconds: float) -> bool:
        """Give way until woken: with True, or False once the time is over."""
        heapq.heappush(self._timers, (_end_s(seconds), next(self._numbers), sleep))
        assert self._main is not None
        outcome: bool = self._main.switch()
        return outcome

    def sleep_until_ready(self, descriptor: int, events: int, seconds: float) -> bool:
        """Give way until a socket is ready; False once the time is over."""
        sleep = self.falls_asleep()
        with contextlib.suppress(KeyError):  # one that was closed had the same number
            self._selector.unregister(descriptor)
        self._selector.register(descriptor, events, sleep)
        try:
            return self.sleep(sleep, seconds)
        finally:
            key = self._selector.get_map().get(descriptor)
            if key is not None and key.data is sleep:
                self._selector.unregister(descriptor)


def _end_s(seconds: float) -> float:
    """When a sleep that begins now ends."""
    end_s = time.monotonic() + seconds
    return end_s if seconds < LONG_S else math.ceil(end_s / GRAIN_S) * GRAIN_S

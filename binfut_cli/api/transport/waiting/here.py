"""How the present thread waits: by itself, or for many at once.

What blocks asks `here` before it does. Most threads wait by themselves; the one of `Tasks` goes on
with another task meanwhile, and the one of `Readers` must not wait at all.
"""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Running(Protocol):
    """Something that was started and ends by itself."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, no longer than `timeout` seconds."""

    def is_alive(self) -> bool:
        """Whether it has not ended yet."""


class Budget(Protocol):
    """The time for something; `api.transport.deadline.Deadline` is one."""

    def left(self) -> float:
        """The seconds left; raise when there are none."""

    def put_off(self, seconds: float) -> None:
        """Allow more time, because some passed before it was our turn."""


class Waits(Protocol):
    """How a thread waits that has more to do."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event; whether it is set."""

    def readable(self, descriptor: int, seconds: float) -> bool:
        """Wait for bytes on a socket; whether there may be some."""

    def writable(self, descriptor: int, seconds: float) -> bool:
        """Wait for room on a socket; whether there may be some.

        Raise TimeoutError at once where nobody may wait.
        """

    def within(self, budget: Budget, work: Callable[[], T], abandon: Callable[[], None]) -> T:
        """Do what blocks elsewhere, within the time; or else abandon it and raise."""

    def apart(self, work: Callable[[], T]) -> T:
        """Do it on a stack of its own, which is given back."""

    def start(self, run: Callable[[], None]) -> Running:
        """Start something beside."""


class _Own(threading.local):
    waits: Waits | None = None
    later: list[Callable[[], object]] | None = None


_own = _Own()


def here() -> Waits | None:
    """How this thread waits; None for one that waits by itself."""
    return _own.waits


def wait_as(waits: Waits | None, later: list[Callable[[], object]] | None = None) -> None:
    """Let the present thread wait like this from now on.

    If it has a list of what is to be done `later`, it does that each time before it waits.
    """
    _own.waits, _own.later = waits, later


def before_waiting(wake: Callable[[], object]) -> None:
    """Wake another thread: at once, or when this one has done what it is at.

    Only one can run at a time (the GIL): woken in the middle of that, the other would have to go to
    sleep again, and be woken a second time.
    """
    if _own.later is None:
        wake()
    else:
        _own.later.append(wake)


def wait(event: threading.Event, seconds: float) -> bool:
    """Wait for an event as this thread does; whether it is set."""
    waits = here()
    return event.wait(seconds) if waits is None else waits.wait(event, seconds)


def apart(work: Callable[[], T]) -> T:
    """Do it where the memory that it needs for its calls is not kept.

    A task keeps what it once needed of that for as long as it lives, and there may be hundreds.
    """
    waits = here()
    return work() if waits is None else waits.apart(work)


def aside(budget: Budget, work: Callable[[], T]) -> T:
    """Do what blocks where that keeps nobody from going on; it must end by itself some time."""
    waits = here()
    return work() if waits is None else waits.within(budget, work, lambda: None)

"""One budget of time for everything a question needs, from the name's address to the reply."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from binfut_cli.api.transport.waiting.here import here
from binfut_cli.errors import NetworkError

T = TypeVar("T")

_ENOUGH_S = 3.0  # a first packet that is lost is sent again after one second, and after two more
_WAKE_S = 0.2  # Windows delivers Ctrl-C to the main thread only between waits


class Deadline:
    """A moment after which `what` has taken too long; `clock` counts seconds."""

    def __init__(
        self, seconds: float, what: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._what = what
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """The seconds left, always above zero; raise NetworkError when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise self.passed()
        return left

    def put_off(self, seconds: float) -> None:
        """Allow more time, because some passed before it was our turn."""
        self._end += seconds

    def share(self, parts: int) -> "Deadline":
        """An earlier deadline for one of several things that may be tried one after the other.

        However many they are, it is time enough for a slow network, as long as as much is left.
        """
        share, left = Deadline(self._seconds, self._what, self._clock), self.left()
        share._end = self._clock() + max(left / parts, min(left / 2, _ENOUGH_S))
        return share

    def passed(self) -> NetworkError:
        """The error for a deadline that passed."""
        return NetworkError(
            f"{self._what} gave no answer within {self._seconds:g} s.",
            hint="Check the network and the proxy, or allow more time with --timeout.",
        )


def within(deadline: Deadline, work: Callable[[], T], abandon: Callable[[], None]) -> T:
    """Run `work` on another thread until the deadline, then abandon it.

    Looking up a name cannot be given a time limit, nor interrupted by Ctrl-C, and a peer that
    sends one byte a second defeats every time limit on single reads: only another thread bounds
    them. `abandon` closes what the work is waiting on.
    """
    if (waits := here()) is not None:
        return waits.within(deadline, work, abandon)
    results: list[T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as exc:  # handed over whole to the thread that waits
            faults.append(exc)

    worker = threading.Thread(target=run, name="connect", daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(min(deadline.left(), _WAKE_S))
    except BaseException:
        abandon()
        raise
    if faults:
        raise faults[0]
    return results[0]

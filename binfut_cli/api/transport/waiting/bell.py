"""Events that wake tasks as well as threads, and what wakes a thread that waits for sockets."""

import contextlib
import io
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Protocol


class Bell(threading.Event):
    """An event for which threads and tasks may wait: small, for each account has some.

    Whoever waits adds what is to be called to `wakes`, and looks afterwards whether it was set.
    """

    def __init__(self) -> None:  # of what an Event has, nothing is needed
        self._is_set = False
        self.wakes: tuple[Callable[[], object], ...] = ()

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Set it, and wake all who wait."""
        self._is_set = True
        for wake in self.wakes:
            wake()

    def clear(self) -> None:
        """Let others wait for it anew."""
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait on a thread; whether it is set."""
        rung = threading.Lock()
        rung.acquire()
        with self.waking(partial(_release, rung)):
            if not self._is_set:
                rung.acquire(timeout=-1 if timeout is None else max(timeout, 0.0))
        return self._is_set

    def waking(self, wake: Callable[[], object]) -> contextlib.AbstractContextManager[None]:
        """Call this meanwhile when it is set."""
        return _Waking(self, wake)


class _Waking:
    """While this lasts, a bell wakes one more: a class, because it is what waiting costs most."""

    __slots__ = ("_bell", "_wake")

    def __init__(self, bell: Bell, wake: Callable[[], object]) -> None:
        self._bell, self._wake = bell, wake

    def __enter__(self) -> None:
        with _CHANGING:
            self._bell.wakes += (self._wake,)

    def __exit__(self, *_: object) -> None:
        with _CHANGING:
            wakes = self._bell.wakes
            is_alone = len(wakes) == 1  # as nearly always
            left = () if is_alone else tuple(each for each in wakes if each is not self._wake)
            self._bell.wakes = left


_CHANGING = threading.Lock()
"""Of who waits for any bell: held for no longer than that takes."""


def _release(lock: threading.Lock) -> None:
    with contextlib.suppress(RuntimeError):  # it was set twice
        lock.release()


class Alarm:
    """A pipe of its own: `ring` ends the wait for the end that is `heard`."""

    def __init__(self) -> None:
        ends = os.pipe()
        for end in ends:
            os.set_blocking(end, False)
        self.heard, self._rung = (
            io.FileIO(end, mode) for end, mode in zip(ends, "rw", strict=True)
        )

    def ring(self) -> None:
        """Wake who waits; one ring is enough, and one after the end does no harm."""
        with contextlib.suppress(ValueError):  # closed
            self._rung.write(b"!")

    def quiet(self) -> None:
        """Take note of all rings so far."""
        self.heard.read(4096)

    def close(self) -> None:
        """Give it back."""
        self.heard.close()
        self._rung.close()


class Sleep(Protocol):
    """How one thread waits for what others, or it itself meanwhile, bring."""

    def wait(self, seconds: float) -> None:
        """Wait until it rings, no longer than that; it may end sooner."""

    def ring(self) -> None:
        """End the wait, or the next."""

    def close(self) -> None:
        """Give back what it needs."""


class Chime:
    """A lock, which costs less than a Condition."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def wait(self, seconds: float) -> None:
        """Wait until it rings, no longer than that."""
        self._lock.acquire(timeout=seconds)

    def ring(self) -> None:
        """End the wait, or the next."""
        _release(self._lock)

    def close(self) -> None:
        """Nothing to give back."""

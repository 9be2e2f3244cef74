"""The exchange's clock: the source's milliseconds, shifted, hurried or held at will."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def system_ms() -> int:
    """Unix time in ms."""
    return time.time_ns() // 1_000_000


class Clock:
    """Tell the exchange's time; a shift moves it for everything it does."""

    def __init__(self, source: Callable[[], int] = system_ms, speed: float = 1.0) -> None:
        self._source, self.speed = source, speed
        self._start_ms = source()
        self._held_ms: int | None = None
        self.shift_ms = 0

    def now_ms(self) -> int:
        """The exchange's time, in ms since the Unix epoch."""
        held = self._held_ms
        if held is not None:
            return held
        return self._source() + self.gained_ms() + self.shift_ms

    def gained_ms(self) -> int:
        """How far it has run ahead of its source by its speed."""
        if self.speed == 1:
            return 0
        return round((self._source() - self._start_ms) * (self.speed - 1))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let all that happens meanwhile happen at one moment."""
        before, self._held_ms = self._held_ms, self.now_ms()
        try:
            yield
        finally:
            self._held_ms = before

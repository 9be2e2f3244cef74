"""The exchange's clock: the source's milliseconds, shifted at will."""

import time
from collections.abc import Callable


def system_ms() -> int:
    """Unix time in ms."""
    return time.time_ns() // 1_000_000


class Clock:
    """Tell the exchange's time; a shift moves it for everything it does."""

    def __init__(self, source: Callable[[], int] = system_ms) -> None:
        self._source = source
        self.shift_ms = 0

    def now_ms(self) -> int:
        """The exchange's time, in ms since the Unix epoch."""
        return self._source() + self.shift_ms

"""How far the exchange's clock is ahead of the watch's own, which is never set.

What is proven is proven by the watch's clock; what happened, happened by the exchange's. A gap is
told by the exchange's, so wide that a wrong clock of this computer hides nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from binfut_cli.api.clock import Sample

ROUNDED_MS = 1  # both clocks are read in whole milliseconds


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """Between `low_ms` and `high_ms`; behind, if negative."""

    low_ms: int = 0
    high_ms: int = 0

    @classmethod
    def measured(cls, server_ms: Callable[[], int], now_ms: Callable[[], int]) -> Self:
        """Ask the exchange for its time, which it told somewhere between question and answer."""
        seen = Sample.taken(server_ms, now_ms)
        return cls(
            seen.server_ms - seen.received_ms - ROUNDED_MS,
            seen.server_ms - seen.sent_ms + ROUNDED_MS,
        )

    @property
    def likely_ms(self) -> int:
        """The best guess: none, if the clocks may agree."""
        agree = self.low_ms <= 0 <= self.high_ms
        return 0 if agree else (self.low_ms + self.high_ms) // 2

    def or_else(self, other: "ClockOffset") -> "ClockOffset":
        """Either this or the other."""
        return ClockOffset(min(self.low_ms, other.low_ms), max(self.high_ms, other.high_ms))


AGREED = ClockOffset()
"""Of clocks that were never compared."""

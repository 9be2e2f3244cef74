"""When things happened by the exchange's clock, as far as that is known: what a gap's times mean.

Pure. What is proven is proven by the watch's clock, which is handed in with every moment.
"""

from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.messages import CoverageLost, MessagesDropped
from binfut_cli.stream.records import Cause, Gap

SLOW = "The reader of this output was too slow, and there was no room left."
UNPRINTED = "The watch ended before it could be printed."
REACH_MS = 3_600_000  # how long before the last proof a gap may begin: a listenKey's life


class GapClock:
    """The offset of the exchange's clock, the last proof, and up to when gaps have been told."""

    def __init__(self, proven_ms: int | None = None) -> None:
        """`proven_ms` is the last proof of the watch before, if this one goes on from it."""
        self._offset = self._recent = AGREED  # as last measured, and what it has been since a proof
        self._ahead_ms = AGREED.likely_ms
        self._around = AGREED  # what it may have been since coverage ended
        self._opened_ms = 0
        self.proven_ms = 0  # by the watch's clock, when all last agreed
        self._goes_on = proven_ms is not None
        self._told_ms = proven_ms or 0  # up to when all was told, by the exchange's clock
        self.began_ms = self._told_ms  # of the watch, by that clock: what was before is no gap

    def at(self, time_ms: int) -> int:
        """A moment of the watch's clock by the exchange's, as far as that is known."""
        return time_ms + self._ahead_ms

    @property
    def read_ms(self) -> int:
        """When what last agreed was asked for, by the exchange's clock."""
        return self.at(self.proven_ms + LATENCY_MS)

    @property
    def opened_ms(self) -> int:
        """When a stream was last opened, by the watch's clock; 0 if none ever was."""
        return self._opened_ms

    @property
    def subscribed_ms(self) -> int:
        """The earliest moment by the exchange's clock at which the stream was subscribed."""
        return self._opened_ms + self._offset.low_ms

    def opened(self, time_ms: int, offset: ClockOffset, *, first: bool) -> None:
        """A stream was opened; what was before the `first` is no gap of the watch."""
        self._opened_ms = time_ms
        self.measured(offset)
        self._around = self._around.or_else(offset)
        if first and self._goes_on:
            self._recent = self._around = offset
        elif first:
            self._told_ms, self._recent = time_ms + offset.low_ms, offset
            self.began_ms = self._told_ms

    def measured(self, offset: ClockOffset) -> None:
        """Take a new measurement in; between all since the last proof lies what was meanwhile."""
        self._offset, self._recent = offset, self._recent.or_else(offset)
        self._ahead_ms = offset.likely_ms

    def agreed(self, asked_ms: int) -> int:
        """All agreed when that was asked; since when the next gap may begin."""
        self.proven_ms = asked_ms - LATENCY_MS
        reach_ms = self.proven_ms + self._recent.low_ms - REACH_MS
        self._recent = self._offset
        return reach_ms

    def lost(self) -> None:
        """Coverage ended; what is recent holds, while a loss is open, all that was since."""
        self._around = self._recent

    def ended_ms(self, covered_ms: int) -> int:
        """The earliest moment by the exchange's clock at which coverage ended."""
        return covered_ms + self._around.low_ms

    def gap(self, number: int, lost: CoverageLost, ended_ms: int | None = None) -> Gap:
        """A loss up to the last opening, but for what was told; from now on it is told.

        One that is open when the watch ends, lasts up to that.
        """
        to_ms = self._opened_ms if ended_ms is None else ended_ms
        from_ms, told_ms = max(self.ended_ms(lost.covered_ms), self._told_ms), self._told_ms
        self._told_ms = max(to_ms + self._around.high_ms, from_ms)
        possible_ms = from_ms if lost.possible_ms is None else self.ended_ms(lost.possible_ms)
        possible_ms = max(possible_ms, told_ms)
        return Gap(
            number,
            from_ms,
            self._told_ms,
            lost.error.message,
            "certain" if lost.certain else "possible",
            lost.cause,
            possible_from_ms=possible_ms if possible_ms < from_ms else None,
            is_open=None if ended_ms is None else True,
        )

    def dropped(self, number: int, lost: MessagesDropped, ended_ms: int | None = None) -> Gap:
        """A time in which messages came and were not kept, or none would be printed any more."""
        to_ms = lost.to_ms if ended_ms is None else ended_ms
        return Gap(
            number,
            lost.from_ms + self._recent.low_ms,
            to_ms + self._recent.high_ms,
            SLOW if ended_ms is None else UNPRINTED,
            "certain",
            Cause.CONSUMER,
            messages=lost.count or None,
            is_open=None if ended_ms is None else True,
        )

    def unwritten(self, number: int, since_ms: int, now_ms: int, reason: str) -> Gap:
        """A time in which records were made and not written; `since_ms` is of the first of them."""
        came_ms = since_ms - self._ahead_ms
        from_ms, to_ms = came_ms - LATENCY_MS + self._recent.low_ms, now_ms + self._recent.high_ms
        return Gap(number, from_ms, to_ms, reason, "certain", Cause.RECORDING)

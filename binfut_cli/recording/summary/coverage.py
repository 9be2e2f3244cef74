"""How much of the time was covered, and what was not. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from binfut_cli.stream.records import COVERED, Cause, Gap

UNWATCHED = "unwatched"


@dataclass(frozen=True, slots=True)
class Hole:
    """A span of which changes may be missing; `certainty` is that of a gap, or "unwatched"."""

    from_ms: int
    to_ms: int
    certainty: str
    reason: str


@dataclass(slots=True)
class Coverage:
    """The coverage of a lane, from its first snapshot on. Times are ms."""

    from_ms: int | None = None
    to_ms: int = 0
    holes: list[Hole] = field(default_factory=list)
    _lost: Hole | None = None  # what the watch says itself that it does not cover, not yet over

    def read(self, time_ms: int) -> None:
        """The account was read."""
        if self.from_ms is None:
            self.from_ms = self.to_ms = time_ms

    def at(self, time_ms: int) -> None:
        """A record of that time is there."""
        if self.from_ms is not None:
            self.to_ms = max(self.to_ms, time_ms)

    def status(self, verdict: str, reason: str, time_ms: int) -> None:
        """The watch gives a verdict on itself."""
        if verdict in COVERED:
            self._found(time_ms)
        elif self._lost is None and verdict != "CONNECTED" and self.from_ms is not None:
            self._lost = Hole(time_ms, time_ms, "possible", reason)

    def gap(self, gap: Gap) -> None:
        """A gap was told; it says more exactly what had been lost, or that nobody had looked.

        One that a later watch tells again is the same.
        """
        hole = Hole(gap.possible_ms, gap.to_ms, gap.certainty, gap.reason)
        self.holes += [hole] * (hole not in self.holes)
        is_of_another_run = self._lost is not None and self._lost.certainty == UNWATCHED
        if gap.cause in (Cause.RESTART, Cause.HANDOVER) or not is_of_another_run:
            self._lost = None

    def restarted(self) -> None:
        """Another watch begins: nobody looked since the last record of the one before."""
        if self.from_ms is not None:
            self._lost = Hole(self.to_ms, self.to_ms, UNWATCHED, "between two watches")

    def end(self) -> None:
        """The recording ends: what is not covered by then is a hole without a gap of its own."""
        self._found(self.to_ms)

    def _found(self, time_ms: int) -> None:
        if self._lost is not None and self._lost.from_ms < time_ms:
            self.holes.append(replace(self._lost, to_ms=time_ms))
        self._lost = None

    @property
    def lasted_ms(self) -> int:
        """How long it was recorded."""
        return 0 if self.from_ms is None else self.to_ms - self.from_ms

    @property
    def uncovered_ms(self) -> int:
        """How much of that lies in holes, each moment once."""
        start = self.from_ms or 0
        return sum(end - begin for begin, end in self._spans(start))

    def _spans(self, start: int) -> Iterator[tuple[int, int]]:
        reached = start
        for hole in sorted(self.holes, key=lambda each: each.from_ms):
            begin, end = max(hole.from_ms, reached), min(hole.to_ms, self.to_ms)
            if begin < end:
                yield begin, end
                reached = end

    @property
    def share(self) -> Decimal | None:
        """What of the time was covered; None of no time."""
        if not self.lasted_ms:
            return None
        return 1 - Decimal(self.uncovered_ms) / self.lasted_ms

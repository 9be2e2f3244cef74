"""Points of a curve, as many as a chart has room for, however long the recording is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

MOST = 2000


@dataclass(slots=True)
class Series:
    """A value over time that holds until the next; of each span only the last one is kept.

    Spans double whenever there are too many.
    """

    points: dict[int, tuple[int, Decimal]] = field(default_factory=dict)  # by span
    span_ms: int = 1

    def add(self, time_ms: int, value: Decimal) -> None:
        """Add a point, in the order of time."""
        self.points[time_ms // self.span_ms] = time_ms, value
        while len(self.points) > MOST:
            self.span_ms *= 2
            self.points = {time // self.span_ms: (time, each) for time, each in self.values}

    @property
    def values(self) -> Iterable[tuple[int, Decimal]]:
        """The points, (ms, value)."""
        return self.points.values()

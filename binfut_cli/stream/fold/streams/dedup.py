"""The same messages from several streams, each shown once. Pure.

Occurrences are counted for each stream; a message is new when a stream has brought more of its kind
than were shown. A set would lose one of two equal events, a time the later of two in the same
millisecond: both have happened on the exchange.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

WINDOW_MS = 60_000
"""For how long a copy may come after the first: a stream further behind has been given up."""

MOST = 50_000
"""How many are remembered; a copy that comes later than so many others is printed again."""


@dataclass(slots=True)
class _Seen:
    first_ms: int
    shown: int = 0
    by_stream: dict[int, int] = field(default_factory=dict)


class Deduplicator:
    """What several streams have brought lately."""

    def __init__(self) -> None:
        # A plain dict would look for its first behind the places of all that went before it.
        self._seen: OrderedDict[Hashable, _Seen] = OrderedDict()
        self.removed = 0  # copies that were not shown

    def join(self, stream: int) -> None:
        """Begin to count a stream that is not subscribed yet: what was shown it will not bring."""
        for seen in self._seen.values():
            seen.by_stream[stream] = seen.shown

    def is_new(self, stream: int, message: Hashable, now_ms: int) -> bool:
        """Count a message of a stream; whether it is to be shown."""
        self._forget(now_ms - WINDOW_MS)
        seen = self._seen.get(message)
        if seen is None:
            seen = self._seen[message] = _Seen(now_ms)
        count = seen.by_stream[stream] = seen.by_stream.get(stream, 0) + 1
        if count > seen.shown:
            seen.shown = count
            return True
        self.removed += 1
        return False

    def _forget(self, before_ms: int) -> None:
        """Forget what is older, and what is too much; entries are in the order of their coming."""
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest].first_ms >= before_ms and len(self._seen) < MOST:
                return
            del self._seen[oldest]

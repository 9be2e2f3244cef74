"""What the streams of accounts tell of the watches that wrote them before."""

from collections.abc import Mapping, Sequence

from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Lane
from binfut_cli.recording.broker.names import NONE
from binfut_cli.recording.broker.store import StreamStore
from binfut_cli.recording.reader import Line
from binfut_cli.recording.recorded import recorded
from binfut_cli.recording.writing.previous import Reading
from binfut_cli.stream.fold.folded_account import KnownAccount


class ToldBefore:
    """Folds what streams tell, each on its own; `unread` counts entries that say nothing."""

    def __init__(self, store: StreamStore, lanes: Sequence[Lane]) -> None:
        self._store, self._lanes = store, lanes
        self._readings = [Reading() for _ in lanes]
        self._last = [NONE for _ in lanes]
        self.unread = 0

    def read(self) -> None:
        """Take in what was written since the last time; raise what is wrong with the engine."""
        for place in range(len(self._lanes)):
            for entry in self._store.told(place, self._last[place]):
                self._last[place] = entry.id
                try:
                    line = Line(entry.stream, entry.id.seq, recorded(entry.record), entry.record)
                    self._readings[place].take(line)
                except Unreadable:
                    self.unread += 1

    def run(self, place: int) -> str | None:
        """The run that the next goes on from; None if nothing is known of its account."""
        is_known = self._lanes[place] in self._readings[place].known()
        return self._readings[place].accounts.run if is_known else None

    def known(self) -> Mapping[Lane, KnownAccount]:
        """What is known of each account."""
        found: dict[Lane, KnownAccount] = {}
        for lane, reading in zip(self._lanes, self._readings, strict=True):
            found |= {each: known for each, known in reading.known().items() if each == lane}
        return found

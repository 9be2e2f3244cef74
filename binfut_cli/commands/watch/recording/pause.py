"""While nothing can be written: since when of each lane something is lacking."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from binfut_cli.endpoints import Lane
from binfut_cli.stream.records import Gap, Record


@dataclass(slots=True)
class Pause:
    """Why nothing is written, since when of each lane something is lacking, when to try again.

    `why` is "" while nothing has failed: another file is to be begun.
    """

    why: str = ""
    retry_s: float = 0.0
    since_ms: dict[Lane, int] = field(default_factory=dict)
    numbers: dict[Lane, int] = field(default_factory=dict)  # of the gaps that will tell of it

    def miss(self, records: Iterable[Record]) -> None:
        """Take note of what is not written; of a gap, of all that lies in it."""
        for record in records:
            if record.market is not None:
                since_ms = record.time_ms
                if isinstance(record.body, Gap):
                    since_ms = min(since_ms, record.body.possible_ms)
                self.lack(Lane(record.market, record.scope), since_ms)

    def lack(self, lane: Lane, since_ms: int) -> None:
        """Take note that a lane's records are lacking since a moment."""
        self.since_ms[lane] = min(since_ms, self.since_ms.get(lane, since_ms))

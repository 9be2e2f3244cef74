"""Are all records of a run there, in their order? `seq` counts them from 1 without a hole. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from binfut_cli.recording.recorded import Recorded


@dataclass(slots=True)
class Continuity:
    """Follows `run` and `seq` from record to record.

    `inside` says that reading begins somewhere in the middle: then what was before is no hole.
    """

    inside: bool = False
    _run: str | None = None
    _seq: int = 0
    _ended: set[str] = field(default_factory=set)  # runs that others followed

    def is_next(self, record: Recorded, places: int = 1) -> bool:
        """Go on to a record if it is of the same run, and so many places behind the last one."""
        if record.seq != self._seq + places or record.run != self._run:
            return False
        self._seq = record.seq
        return True

    def are_next(self, records: Sequence[Recorded], places: Sequence[int]) -> bool:
        """The same of some records at once, of which each is at a place, counted from 0."""
        first, run = self._seq + 1, self._run
        if run is None or [record.seq for record in records] != [first + place for place in places]:
            return False
        if [record.run for record in records].count(run) != len(records):
            return False
        self._seq = records[-1].seq
        return True

    def see(self, record: Recorded) -> str | None:
        """What is wrong between the record before and this one, in words; None if nothing is."""
        if record.run != self._run:
            return self._begun(record)
        return None if self.is_next(record) else self._jumped(record)

    def _begun(self, record: Recorded) -> str | None:
        """Another run begins, or one goes on that had been followed by another."""
        if self._run is not None:
            self._ended.add(self._run)
        first = self._run is None and self.inside
        self._run, self._seq = record.run, record.seq
        if record.run in self._ended:
            return f"run {record.run} goes on after another had begun: two runs are mixed"
        if record.seq == 1 or first or record.type == "segment":
            return None
        return f"run {record.run} begins with seq {record.seq}: {_missing(1, record.seq)}"

    def _jumped(self, record: Recorded) -> str:
        before, self._seq = self._seq, max(self._seq, record.seq)
        if record.seq > before:
            return f"seq {record.seq} follows {before}: {_missing(before + 1, record.seq)}"
        return f"seq {record.seq} follows {before}: records are twice there, or out of order"


def _missing(first: int, until: int) -> str:
    number = until - first
    return f"{number} record{'s are' if number > 1 else ' is'} missing"

"""The accounts of a recording at a moment, and what was found out about that moment later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Lane, Market
from binfut_cli.recording.accounts import Accounts, RecordedLane, lane_of, others
from binfut_cli.recording.moments.index import SLACK_MS, Index
from binfut_cli.recording.proof import Proof
from binfut_cli.recording.reader import Batch, Findings, Line, Recording
from binfut_cli.recording.recorded import Recorded, record
from binfut_cli.stream.records import Gap

AFTER_MS = 3_600_000
"""How long after a moment it may turn out that changes had been missed by then."""


@dataclass(frozen=True, slots=True)
class AccountAt:
    """One account on one market at a moment; `document` is None if it had not been read by then.

    `time_ms` is that of its last record by then, which was of a `run`.
    """

    lane: Lane
    time_ms: int
    run: str
    document: Row | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Moment:
    """All accounts of the run that was going on; `findings` tells what is wrong with the files."""

    time_ms: int
    accounts: tuple[AccountAt, ...]
    findings: Findings


def at(names: Sequence[str], time_ms: int, index: Index | None = None) -> Moment:
    """The accounts as they were at a moment.

    For each that is after its last record by then which is followed by a later one. A long
    recording is not read from its start.
    """
    begin = (index or Index()).beginning(names, time_ms)
    recording = Recording(names[begin.file :], skim=True, offset=begin.offset)
    reading = _Reading(time_ms)
    for batch in recording.read():
        if not reading.takes(batch, recording.findings):
            break
    return Moment(time_ms, reading.accounts(), recording.findings)


@dataclass(slots=True)
class _Later:
    """What a lane's records after a moment say of it."""

    gap: Gap | None = None
    confirmed_ms: int | None = None

    @property
    def is_known(self) -> bool:
        return self.gap is not None or self.confirmed_ms is not None

    def take(self, line: Line, time_ms: int) -> None:
        found = line.record
        if found.type == "gap":
            gap = record(line.record, line.data).body
            if isinstance(gap, Gap) and gap.has(time_ms):
                self.gap = gap
        elif found.proven_at is not None and found.proven_at >= time_ms:
            self.confirmed_ms = found.time


class _Reading:
    """Folds what was until a moment, and looks at what comes after it."""

    def __init__(self, time_ms: int) -> None:
        self._time_ms = time_ms
        self._known = Accounts()
        self._later: dict[Lane, _Later] = {}  # of lanes that have gone beyond the moment
        self._next_run = ""  # of the first record beyond it

    def _goes_on(self, time: int) -> bool:
        """Whether a line behind one of that time can still say anything of the moment."""
        if time <= self._time_ms + SLACK_MS:
            return True
        return not self._is_decided() and time <= self._time_ms + AFTER_MS

    def _is_decided(self) -> bool:
        return all(lane in self._later and self._later[lane].is_known for lane in self._known.lanes)

    def takes(self, batch: Batch, findings: Findings) -> bool:
        """Take records in, for what was or for what came later; whether more are wanted.

        Updates that follow each other are taken together, all else one by one.
        """
        records, begin = batch.records, 0
        between = others(records, self._time_ms)
        if self._later or any(records[other].time > self._time_ms for other in between):
            return self._takes_each(batch.listed(), findings)
        for other in between:
            self._known.update(records[begin:other])
            self._takes_each([batch.line(other)], findings)
            begin = other + 1
        self._known.update(records[begin:])
        return True

    def _takes_each(self, lines: Iterable[Line], findings: Findings) -> bool:
        time_ms, take = self._time_ms, self._known.take
        for line in lines:
            found = line.record
            try:
                if found.event != "ACCOUNT_UPDATE" and _tells_nothing(found):
                    pass
                elif found.time <= time_ms and not self._later:  # as all are until the moment
                    take(found, line.data)
                else:
                    self._take_late(line)
            except Unreadable as exc:
                findings.add(line.file, line.number, f"not a record that can be read ({exc})")
            if found.time > time_ms and not self._goes_on(found.time):
                return False
        return True

    def _take_late(self, line: Line) -> None:
        """Take a record in when some are of a later time: lanes may be mixed."""
        found = line.record
        if found.time > self._time_ms:
            self._next_run = self._next_run or found.run
        lane = lane_of(found)
        if lane in self._later or found.time > self._time_ms:
            if lane is not None:
                self._later.setdefault(lane, _Later()).take(line, self._time_ms)
        else:
            self._known.take(found, line.data)

    def accounts(self) -> tuple[AccountAt, ...]:
        """What was read, account by account."""
        lanes = sorted(self._known.lanes.items(), key=lambda pair: _place(pair[0]))
        return tuple(self._at(lane, each) for lane, each in lanes)

    def _at(self, lane: Lane, found: RecordedLane) -> AccountAt:
        later = self._later.get(lane, _Later())
        ended_ms = found.time_ms if self._is_over(found) else None
        proof = found.proof(later.gap, later.confirmed_ms, ended_ms)
        return AccountAt(lane, found.time_ms, found.run, found.account.document(), proof)

    def _is_over(self, found: RecordedLane) -> bool:
        """Whether the watch had ended by then, though no `stop` says so."""
        if self._next_run:
            return self._next_run != found.run
        return self._time_ms - found.time_ms > SLACK_MS  # sooner there would be a heartbeat


def _tells_nothing(found: Recorded) -> bool:
    """Whether a record is an event that no account's state changes with."""
    return found.type == "event" and not (found.event or "").startswith("ACCOUNT_")


def _place(lane: Lane) -> tuple[str, int]:
    return str(lane.scope), [*Market].index(lane.market)

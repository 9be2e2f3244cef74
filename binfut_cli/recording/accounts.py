"""All accounts of a recording as they were after some of its records. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Lane, Scope
from binfut_cli.recording.account import RecordedAccount
from binfut_cli.recording.proof import LaneProof, Proof
from binfut_cli.recording.recorded import Odd, Recorded, body
from binfut_cli.stream.records import Gap, Segment


def lane_of(record: Recorded) -> Lane | None:
    """Whose account on which market a record is about; None if it is about several markets."""
    scope = Scope(record.env, record.profile)
    return None if record.market is None else Lane(record.market, scope)


def others(records: Sequence[Recorded], until_ms: int) -> list[int]:
    """The places of those that are no updates, or are of a later time.

    An update is an ACCOUNT_UPDATE as the exchange nearly always writes it, of one market: several
    are folded in at once, which costs a third.
    """
    return [
        place
        for place, record in enumerate(records)
        if record.event != "ACCOUNT_UPDATE"
        or record.time > until_ms
        or record.type != "event"
        or record.market is None
        or type(record) is Odd
    ]


ODD = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What comes of a record that has something otherwise than a watch writes it."""


class RecordedLane:
    """One account on one market: what it holds, and how surely that is known."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.run = ""  # the last one that it was of
        self.account = RecordedAccount(lane.market)
        self.coverage = LaneProof(lane.market)
        self.time_ms = 0  # of its last record

    def take(self, record: Recorded, line: bytes) -> None:
        """Fold a record of this lane in; `line` are its bytes.

        Raises Unreadable if it does not say what it should.
        """
        self.time_ms = record.time
        try:
            if record.type == "event":
                self.account.apply(record)
            elif record.type == "snapshot":
                self.account.read(body(line), record.time)
            else:
                self.coverage.take(record)
        except Unreadable:
            raise
        except ODD as exc:
            raise Unreadable(f"no {record.type}: a row does not say what it is of") from exc

    def update(self, told: Sequence[Recorded]) -> None:
        """Fold updates of this lane in."""
        self.run, self.time_ms = told[-1].run, told[-1].time
        self.account.update(told)

    def proof(
        self, gap: Gap | None = None, confirmed_ms: int | None = None, ended_ms: int | None = None
    ) -> Proof:
        """What is proven by now; and, if more was read, what was found out about it later.

        `ended_ms` is when the watch ended if it had by then, and no `stop` says so.
        """
        found = self.coverage
        ended_ms = ended_ms if found.ended_ms is None else found.ended_ms
        is_live = found.is_live and ended_ms is None
        return Proof(
            verdict=found.verdict,
            reason=found.reason,
            is_live=is_live,
            live_since=found.live_since if is_live else None,
            read_ms=self.account.read_ms,
            proven_ms=found.proven_ms,
            confirmed_ms=confirmed_ms,
            ended_ms=ended_ms,
            gap=gap,
        )


class Accounts:
    """The lanes of the run that the last record was of, in the order in which they appeared.

    Take a recording's records in their order:

        accounts = Accounts()
        for line in Recording(names):
            accounts.take(line.record, line.data)
        for lane, found in accounts.lanes.items():
            found.account.document()  # as `account status` prints it
            found.account.state()     # as a watch's own fold has it
            found.proof()             # LIVE since, last proof

    What an earlier run told of a lane stands until the lane is read again.
    """

    def __init__(self) -> None:
        self.run: str | None = None
        self._known: dict[tuple[object, ...], RecordedLane] = {}

    @property
    def lanes(self) -> dict[Lane, RecordedLane]:
        """The lanes of the run."""
        return {each.lane: each for each in self._known.values() if each.run == self.run}

    @property
    def every(self) -> dict[Lane, RecordedLane]:
        """The lanes of all runs, each as it was last told of."""
        return {each.lane: each for each in self._known.values()}

    def take(self, record: Recorded, line: bytes) -> RecordedLane | None:
        """Fold a record in; `line` are its bytes. Raises Unreadable if a row of it is none.

        Returns the lane that it told something of, None if that is not one. A run that has only
        begun has told nothing yet: what was known before stands.
        """
        if record.type == Segment.type:
            return None
        self.run = run = record.run
        lane = self._known.get((record.market, record.env, record.profile)) or self._new(record)
        if lane is None:
            self._take_of_all(record, line)
            return None
        lane.run = run
        lane.take(record, line)
        return lane

    def update(self, told: Sequence[Recorded]) -> None:
        """Fold records in that are all updates (see `others`), or none."""
        by_lane = defaultdict[tuple[object, ...], list[Recorded]](list)
        for record in told:
            by_lane[record.market, record.env, record.profile].append(record)
        for key, updates in by_lane.items():
            lane = self._known.get(key) or self._new(updates[0])
            if lane is not None:
                lane.update(updates)
        self.run = told[-1].run if told else self.run

    def _take_of_all(self, record: Recorded, line: bytes) -> None:
        scope = Scope(record.env, record.profile)
        for lane, each in self.lanes.items():
            if lane.scope == scope:
                each.take(record, line)

    def _new(self, record: Recorded) -> RecordedLane | None:
        """The lane of which a record is the first; None if it is about several markets."""
        if record.market is None:
            return None
        lane = Lane(record.market, Scope(record.env, record.profile))
        found = self._known[record.market, record.env, record.profile] = RecordedLane(lane)
        return found

"""One lane's messages to records: buffer, snapshot, fold, and what changed meanwhile. Pure.

The order is subscribe, then snapshot, then everything buffered since the subscription, in the
order it came. Values are absolute, so an event that the snapshot already contains does no harm,
while one that it does not contain is not lost.
"""

from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane
from binfut_cli.resources.result.lenient import Read
from binfut_cli.stream import messages
from binfut_cli.stream.events import Rows
from binfut_cli.stream.fold.audit import Finding, Stamps, all_changed_by, stamps
from binfut_cli.stream.fold.awaited_history import AwaitedHistory
from binfut_cli.stream.fold.folded_account import FoldedAccount, KnownAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.incoming import Incoming
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.fold.open_loss import OpenLoss
from binfut_cli.stream.fold.outcome import Judged, LaneState, Outcome
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.messages import LaneMessage, MessagesDropped
from binfut_cli.stream.records import Drift, LaneEnd, Record, Status, Verdict
from binfut_cli.stream.state import State

DRIFTED = "The account is not as the stream told it."


class Reducer:
    """One account on one market as a fold; all that came of a message is its outcome.

    It goes on from what was `known` before, if anything.
    A method for each kind of message: that is why there are many.
    """

    def __init__(
        self,
        lane: Lane,
        *,
        keep_raw: bool = False,
        rows: Rows = Rows.MAPPED,
        known: KnownAccount | None = None,
    ) -> None:
        self._records, self._clock = LaneRecords(lane), GapClock(known.proven_ms if known else None)
        self._account, self.counts = FoldedAccount(known), self._records.counts
        self.counts.proven_ms = known.proven_ms if known else 0
        parts = self._records, self._clock, self._account
        self._incoming = Incoming(*parts, keep_raw=keep_raw, rows=rows)
        self.doubts = self._incoming.doubts
        self._history = AwaitedHistory(*parts, owed=known.owed if known else ())
        self._loss = OpenLoss(lane, self._clock, self._account, known.left if known else None)

    def take(self, message: LaneMessage) -> Outcome:
        """All that comes of a message; its records in the order in which they are printed."""
        if type(message) is messages.Batch:
            return self._incoming.batch(message)
        return _FOLDS[type(message)](self, message)

    def at(self, time_ms: int) -> int:
        """A moment of the watch's clock by the exchange's, as far as that is known."""
        return self._clock.at(time_ms)

    @property
    def state(self) -> State:
        """The account as the stream tells it; whoever looks at it changes nothing of it."""
        return self._account.state

    @property
    def stamps(self) -> Stamps:
        """When each row of it last changed, as far as that was told."""
        return self._account.stamps

    def standing(self, now_ms: int, wait_ms: int = 0) -> Standing:
        """How the lane stands; for `wait_ms` the exchange lets nothing be asked."""
        said, time_ms = self._records.said, self.at(now_ms)
        banned_ms = time_ms + wait_ms if wait_ms else None
        return Standing.of(
            self._records.lane, time_ms, self.counts, said, banned_ms, self._loss.since_ms
        )

    def known(self) -> KnownAccount | None:
        """The account as it is known by now; None before it was read."""
        return self._account.known(self.counts.proven_ms)

    def next_gap(self) -> int:
        """The number of a gap that others tell of."""
        self.counts.gaps += 1
        return self.counts.gaps

    def unwritten(self, number: int, since_ms: int, now_ms: int, reason: str) -> Record:
        """The gap of a recording in which records since a moment are lacking; no other has it."""
        gap = self._clock.unwritten(number, since_ms, now_ms, reason)
        return self._records.record(self.at(now_ms), gap)

    def lane_end(self) -> LaneEnd:
        """What is left to doubt, if this is the end: also what does not add up by then."""
        proven_ms, unsure_ms = self.counts.proven_ms, self.doubts.unsure_ms
        proven_ms = proven_ms if unsure_ms is None else min(proven_ms, unsure_ms)
        return LaneEnd(self._records.lane.market, proven_ms or None, self._history.unreported)

    def ended(self, time_ms: int, unprinted: MessagesDropped | None = None) -> list[Record]:
        """The watch ends: what was held back, and the gaps that nothing closes any more.

        `unprinted` is what was received and will not be printed.
        """
        records = self._incoming.ended().records
        if unprinted is not None:
            self.counts.gaps += 1
            dropped = self._clock.dropped(self.counts.gaps, unprinted, time_ms)
            records += [self._records.record(self.at(time_ms), dropped)]
        if (lost := self._loss.left(time_ms)) is None:
            return records
        self.counts.gaps += 1
        gap = self._clock.gap(self.counts.gaps, lost, time_ms)
        self._history.give_up(gap)
        return [*records, self._records.record(self.at(time_ms), gap)]

    # -- coverage ---------------------------------------------------------------------------

    def _opened(self, message: messages.StreamOpened) -> Outcome:
        first = not self._account.is_read
        self._clock.opened(message.time_ms, message.offset, first=first)
        if message.unproven_ms is not None:
            self._loss.widen(message.unproven_ms)
        said = Status(Verdict.CONNECTED, "reading the account")
        return Outcome([self._records.record(self.at(message.time_ms), said)])

    def _measured(self, message: messages.ClockMeasured) -> Outcome:
        self._clock.measured(message.offset)
        return Outcome([])

    def _health(self, message: messages.Health) -> Outcome:
        time_ms = self.at(message.time_ms)
        said = self._records.status(time_ms, message.verdict, message.reason, message.retry_s)
        return Outcome([said])

    def _lost(self, message: messages.CoverageLost) -> Outcome:
        self._loss.add(message)
        self.doubts.restart(self._clock.ended_ms(message.covered_ms))
        gap_change = self._history.change()
        waited = self._incoming.ended()
        status = self._records.lost(message, self.at(message.time_ms))
        return Outcome(
            [*waited.records, status],
            waited.uncertain,
            gap_change=gap_change,
            lane=LaneState.UNREAD if message.unread else None,
            fatal=message.error if message.fatal else None,
        )

    def _dropped(self, message: messages.MessagesDropped) -> Outcome:
        self.counts.gaps += 1
        gap = self._clock.dropped(self.counts.gaps, message)
        self.doubts.told(gap)
        self.doubts.restart(gap.from_ms)
        return Outcome([self._records.record(self.at(message.to_ms), gap)], uncertain=True)

    # -- the account as it is read ----------------------------------------------------------

    def _snapshot(self, message: messages.SnapshotTaken) -> Outcome:
        time_ms, document = self.at(message.time_ms), message.snapshot.document
        gaps = [*self._history.retold(time_ms), *self._gap(document, time_ms)]
        self._account.covered()
        self.doubts.restart(time_ms)
        self._agree(message.asked_ms)
        told = self._records.read(time_ms, document, self._account.read(document, time_ms))
        reason = f"connected and {_how(message.snapshot.read)}"
        live = self._records.status(time_ms, Verdict.LIVE, reason)
        waited = self._incoming.read()
        records = [*gaps, *told, live, *waited.records]
        return Outcome(records, waited.uncertain, lane=LaneState.READ)

    def _gap(self, document: Row, time_ms: int) -> list[Record]:
        """What tells of the loss that ends here, if there was one."""
        lost = self._loss.close(document)
        if lost is None:
            return []
        self.counts.gaps += 1
        gap = self._clock.gap(self.counts.gaps, lost)
        self.doubts.told(gap)
        self._history.expect(gap)
        return [self._records.record(time_ms, gap)]

    def _agree(self, asked_ms: int) -> None:
        self._history.forget(self._clock.agreed(asked_ms))
        self.counts.proven_ms = self.at(self._clock.proven_ms)

    def _checked(self, message: messages.AuditRead) -> Outcome:
        """Compare what was read again; what the first check finds was missed at the start."""
        if self._incoming.is_unread:
            return Outcome([], judged=Judged(message.number, "clean"))
        time_ms, document = self.at(message.time_ms), message.snapshot.document
        read, changed = State(document), stamps(document)
        finding = self._account.judge(read, changed)
        is_drift = finding.verdict == "drift"
        is_older = (  # than the stream: all that differs changed before it was subscribed
            is_drift
            and message.confirms
            and all_changed_by(self._clock.subscribed_ms, finding.differences, changed)
        )
        if finding.verdict == "clean" or is_older:
            return self._agreed(message, read, time_ms, is_new=is_older)
        records = self._drifted(finding, time_ms) if is_drift else []
        return Outcome(records, judged=Judged(message.number, finding.verdict))

    def _agreed(
        self, message: messages.AuditRead, read: State, time_ms: int, *, is_new: bool
    ) -> Outcome:
        """Take in a check that speaks for the stream: it proves what it read, if it read it all.

        What could not be read before, or `is_new`, is taken from it.
        """
        document, records = message.snapshot.document, list[Record]()
        is_part = self._account.is_part(read)
        if is_new or (not is_part and self._account.has_more(read)):
            found = self._account.reread(document, time_ms)
            records = self._records.read(time_ms, document, found)
        if is_part:
            return Outcome(records, judged=Judged(message.number, "part"))
        self._agree(message.asked_ms)
        self._account.chains.agreed(self._account.state, self._clock.read_ms)
        judged = Judged(message.number, "clean")
        return Outcome(records, judged=judged, gap_change=self._history.change())

    def _drifted(self, finding: Finding, time_ms: int) -> list[Record]:
        self._account.has_drifted = True
        return [
            self._records.status(time_ms, Verdict.DRIFT, DRIFTED),
            *self._records.differences(Drift, finding.differences, time_ms),
        ]


def _crashed(_: Reducer, message: messages.ThreadCrashed) -> Outcome:
    raise message.error


_FOLDS: Mapping[type[LaneMessage], Callable[[Reducer, Any], Outcome]] = {
    messages.StreamOpened: Reducer._opened,
    messages.SnapshotTaken: Reducer._snapshot,
    messages.AuditRead: Reducer._checked,
    messages.AccountReread: lambda *_: Outcome([]),
    messages.BracketsRead: lambda *_: Outcome([]),
    messages.StreamJoining: lambda fold, message: fold._incoming.joining(message),
    messages.StreamJoined: lambda fold, message: fold._incoming.joined(message),
    messages.StreamLeft: lambda fold, message: fold._incoming.left(message),
    messages.StreamRotated: lambda fold, message: fold._incoming.rotated(message),
    messages.ClockMeasured: Reducer._measured,
    messages.Health: Reducer._health,
    messages.CoverageLost: Reducer._lost,
    messages.MessagesDropped: Reducer._dropped,
    messages.GapBackfilled: lambda fold, message: fold._history.backfilled(message),
    messages.MomentsLookedUp: lambda fold, message: fold.doubts.looked_up(message),
    messages.LaneEnded: lambda *_: Outcome([], lane=LaneState.ENDED),
    messages.ThreadCrashed: _crashed,
}
"""What is done with each kind of message but a batch: once for all accounts."""


def _how(read: Read) -> str:
    """How well the account was read: whole, or what was lacking, and which fields are odd."""
    lacking = ", ".join(f"{lack.what} ({lack.error.message})" for lack in read.lacking)
    found = f"read without {lacking}" if lacking else "read whole"
    return f"{found}; not as documented: {', '.join(read.odd)}" if read.odd else found

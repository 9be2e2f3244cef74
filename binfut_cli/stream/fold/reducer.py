"""One lane's messages to records: buffer, snapshot, fold, and what changed meanwhile. Pure.

The order is subscribe, then snapshot, then everything buffered since the subscription, in the
order it came. Values are absolute, so an event that the snapshot already contains does no harm,
while one that it does not contain is not lost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from binfut_cli.auth.redaction import Redactor
from binfut_cli.codec import Row, Unreadable, beside
from binfut_cli.endpoints import Lane
from binfut_cli.resources.result.lenient import Read
from binfut_cli.stream import messages
from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.events import Control, Event, decode
from binfut_cli.stream.fold.audit import (
    Auditor,
    Finding,
    Stamps,
    differing,
    kept,
    row_key,
    stamps,
)
from binfut_cli.stream.fold.joined_streams import JoinedStreams
from binfut_cli.stream.fold.reported_orders import ReportedOrders
from binfut_cli.stream.gap_report import GapChange, GapContext, report
from binfut_cli.stream.messages import Batch, CoverageLost, LaneMessage
from binfut_cli.stream.records import (
    Backfill,
    Body,
    Cause,
    Counts,
    Drift,
    Fault,
    Gap,
    Raw,
    Record,
    Resync,
    Rotate,
    Status,
    Verdict,
)
from binfut_cli.stream.state import Difference, State

REACH_MS = 3_600_000  # how long before the last proof a gap may begin: a listenKey's life


class Reducer:
    """One account on one market as a fold; every message gives the records to print for it.

    After a check, `finding` is what came of it; `uncertain` asks for one, and `missed` for what the
    exchange's history says of a gap.
    """

    def __init__(self, lane: Lane, redactor: Redactor, *, keep_raw: bool = False) -> None:
        self._lane, self._market = lane, lane.market
        self._redactor = redactor
        self._keep_raw = keep_raw
        self._state: State | None = None
        self._stamps: Stamps = {}
        self._orders = ReportedOrders()
        self._buffer: list[Batch] | None = []  # None once the snapshot is in
        self._joined_streams = JoinedStreams(self._market)
        self._auditor = Auditor()
        self._lost: CoverageLost | None = None
        self._drifted = False  # a check found that the stream is deaf; it is about to be given up
        self._opened_ms = self._proven_ms = 0
        self._told_ms = 0  # up to when gaps have been told, by the exchange's clock
        self._offset = self._recent = AGREED  # as last measured, and what it has been since
        self._around = AGREED  # what it may have been since coverage ended
        self._before_gap: GapContext | None = (
            None  # that is to be looked up once what was read stands
        )
        self._awaited: dict[int, int] = {}  # gaps without a report, and since when each is
        self.counts = Counts()
        self.finding: Finding | None = None
        self.uncertain = False
        self.gap_change: GapChange | None = None

    def take(self, message: LaneMessage) -> list[Record]:
        """The records for one message, in the order in which they are to be printed."""
        if isinstance(message, Batch):
            return self._batch(message)
        return list(self._other(message))

    def _other(self, message: LaneMessage) -> Iterable[Record]:
        match message:
            case messages.StreamOpened():
                return self._opened(message)
            case messages.SnapshotTaken():
                return self._snapshot(message)
            case messages.AuditRead():
                return self._checked(message)
            case messages.ClockMeasured():
                self._measured(message.offset)
            case messages.Health():
                return [self._status(self.at(message.time_ms), message.verdict, message.reason)]
            case messages.CoverageLost():
                return self._down(message)
            case messages.MessagesDropped():
                return self._dropped(message)
            case messages.GapBackfilled():
                return self._backfilled(message)
            case (
                messages.StreamJoining()
                | messages.StreamJoined()
                | messages.StreamLeft()
                | messages.StreamRotated()
            ):
                return self._copied(message)
            case messages.ThreadCrashed():
                raise message.error
        return []

    def at(self, time_ms: int) -> int:
        """A moment of the watch's clock by the exchange's, as far as that is known."""
        return time_ms + self._offset.likely_ms

    # -- coverage ---------------------------------------------------------------------------

    def _opened(self, message: messages.StreamOpened) -> list[Record]:
        self._opened_ms = message.time_ms
        self._measured(message.offset)
        self._around = self._around.or_else(message.offset)
        if self._state is None:  # what was before the watch is no gap of it
            self._told_ms, self._recent = message.time_ms + message.offset.low_ms, message.offset
        if message.unproven_ms is not None:
            self._widen(message.unproven_ms)
        said = Status(Verdict.CONNECTED, "reading the account")
        return [self._record(self.at(message.time_ms), said)]

    def _measured(self, offset: ClockOffset) -> None:
        """Take a new measurement in; between all since the last proof lies what was meanwhile."""
        self._offset, self._recent = offset, self._recent.or_else(offset)

    def _widen(self, since_ms: int, *, certain: bool = False) -> None:
        """Let the gap under way begin earlier: what seemed to be covered was not."""
        if self._lost is not None:
            since_ms = min(self._lost.covered_ms, since_ms)
            certain = self._lost.certain or certain
            self._lost = replace(self._lost, covered_ms=since_ms, certain=certain)

    def _check_loss(self, document: Row) -> None:
        """If a row changed before coverage seemed to end, it had ended when all last agreed."""
        if self._lost is None or self._state is None:
            return
        read, end_ms = stamps(document), self._lost.covered_ms + self._around.low_ms
        for found in differing(self._state, State(document)):
            key = row_key(found)
            if self._stamps.get(key, 0) < read.get(key, 0) <= end_ms:
                self._widen(self._proven_ms, certain=True)

    def _snapshot(self, message: messages.SnapshotTaken) -> Iterator[Record]:
        time_ms = self.at(message.time_ms)
        self._check_loss(message.snapshot.document)
        if self._lost is not None and self._state is not None:
            gap = self._gap(self._lost)
            yield self._record(time_ms, gap)
            self._before_gap = GapContext(gap, self._state.copy(), dict(self._stamps))
            self._awaited[gap.number] = gap.possible_ms
        self._auditor, self._drifted = Auditor(), False
        yield from self._read(message.snapshot.document, time_ms, message.asked_ms)
        yield self._status(time_ms, Verdict.LIVE, f"connected and {_how(message.snapshot.read)}")
        buffered, self._buffer, self._lost = self._buffer or [], None, None
        for batch in buffered:
            yield from self._events(batch)

    def _read(self, document: Row, time_ms: int, asked_ms: int) -> Iterator[Record]:
        """Take the account as just read for the truth, but for what the stream told later."""
        before, after, read = self._state, State(document), stamps(document)
        scope = self._lane.scope
        yield Record("snapshot", self._market, time_ms, "snapshot", document, scope=scope)
        self._prove(asked_ms)
        if before is not None:
            after.keep_unread(before)
            kept(before, self._stamps, after, read)
            yield from self._told(Resync, differing(before, after), time_ms)
        self._state = after
        self._stamps |= {k: t for k, t in read.items() if t > self._stamps.get(k, 0)}

    def _prove(self, asked_ms: int) -> None:
        self._proven_ms = asked_ms - LATENCY_MS
        self.counts.proven_ms = self.at(self._proven_ms)
        reach_ms = self._proven_ms + self._recent.low_ms - REACH_MS
        self._orders.forget(min([reach_ms, *self._awaited.values()]))
        self._recent = self._offset

    def _miss(self) -> None:
        """Let the gap be looked up, now that what was read after it stands, or is all there is."""
        if self._before_gap is not None and self._state is not None:
            read_ms = self.at(self._proven_ms + LATENCY_MS)
            before_gap, self._before_gap = self._before_gap, None
            self.gap_change = GapChange.between(
                before_gap, self._state, self._stamps, self._orders, read_ms
            )

    def _told(
        self, how: type[Resync | Drift], found: Iterable[Difference], time_ms: int
    ) -> Iterator[Record]:
        for each in found:
            before, after = _text(each.before), _text(each.after)
            yield self._record(time_ms, how(each.kind, each.key, each.field, before, after))

    def _checked(self, message: messages.AuditRead) -> Iterator[Record]:
        """Compare what was read again; what the first check finds was missed at the start."""
        if self._state is None or self._buffer is not None:
            self.finding = Finding("clean")
            return
        time_ms, document = self.at(message.time_ms), message.snapshot.document
        self.finding = self._auditor.judge(self._state, self._stamps, document)
        if self.finding.verdict == "clean":
            self._prove(message.asked_ms)
            self._miss()
        elif self.finding.verdict == "drift" and message.confirms and self._is_older(document):
            self.finding = Finding("clean")
            yield from self._read(document, time_ms, message.asked_ms)
            self._miss()
        elif self.finding.verdict == "drift":
            self._drifted = True
            yield self._status(time_ms, Verdict.DRIFT, "The account is not as the stream told it.")
            yield from self._told(Drift, self.finding.differences, time_ms)

    def _is_older(self, document: Row) -> bool:
        """Whether all that differs changed before the stream was subscribed."""
        assert self.finding is not None
        read = stamps(document)
        times = [read.get(row_key(found)) for found in self.finding.differences]
        opened_ms = self._opened_ms + self._offset.low_ms
        return all(time is not None and time <= opened_ms for time in times)

    def _gap(self, lost: CoverageLost) -> Gap:
        self.counts.gaps += 1
        low_ms, told_ms = self._around.low_ms, self._told_ms
        from_ms = max(lost.covered_ms + low_ms, told_ms)
        self._told_ms = max(self._opened_ms + self._around.high_ms, from_ms)
        possible_ms = from_ms if lost.possible_ms is None else lost.possible_ms + low_ms
        possible_ms = max(possible_ms, told_ms)
        return Gap(
            self.counts.gaps,
            from_ms,
            self._told_ms,
            lost.error.message,
            "certain" if lost.certain else "possible",
            lost.cause,
            possible_from_ms=possible_ms if possible_ms < from_ms else None,
        )

    def _dropped(self, message: messages.MessagesDropped) -> list[Record]:
        self.counts.gaps += 1
        self.uncertain = True
        gap = Gap(
            self.counts.gaps,
            message.from_ms + self._recent.low_ms,
            message.to_ms + self._recent.high_ms,
            "The reader of this output was too slow, and there was no room left.",
            "certain",
            Cause.CONSUMER,
            messages=message.count,
        )
        return [self._record(self.at(message.to_ms), gap)]

    def _down(self, message: CoverageLost) -> list[Record]:
        self._around = self._recent  # which while a loss is open holds all that it was since
        self._miss()
        if self._state is not None:
            first = self._lost or message
            self._lost = replace(
                first,
                covered_ms=min(first.covered_ms, message.covered_ms),
                certain=first.certain or message.certain,
            )
            if self._drifted:  # whatever else ended it first
                self._widen(self._proven_ms, certain=True)
        received, self._buffer = self._buffer or [], []
        received += self._joined_streams.waiting
        records = [record for batch in received for record in self._events(batch)]
        self._joined_streams = JoinedStreams(self._market)
        said = Status(
            Verdict.FAILED if message.unread else Verdict.GAP,
            message.error.message,
            None if message.fatal else round(message.retry_s * 1000),
            Fault.of(message.error) if message.unread else None,
        )
        self.counts.verdict = said.verdict
        return [*records, self._record(self.at(message.time_ms), said)]

    def _status(self, time_ms: int, verdict: Verdict, reason: str) -> Record:
        self.counts.verdict = verdict
        return self._record(time_ms, Status(verdict, reason))

    def _backfilled(self, message: messages.GapBackfilled) -> Iterator[Record]:
        time_ms = self.at(message.time_ms)
        gap, orders = message.gap_change.gap, self._orders
        found = message.found.untold(orders, gap)
        for kind, row in found.rows():
            yield self._record(time_ms, Backfill(gap.number, kind, row))
        for key, happened_ms in found.known_by():
            orders.remember(key, happened_ms)
        orders.drop(message.found.over)
        self._awaited.pop(gap.number, None)
        said = report(self._market, message.gap_change, message.found, found)
        yield self._record(time_ms, said)

    # -- several streams --------------------------------------------------------------------

    def _copied(self, message: LaneMessage) -> Iterator[Record]:
        match message:
            case messages.StreamJoining():
                self._joined_streams.joining(message.stream)
            case messages.StreamJoined():
                yield from self._released(self._joined_streams.joined(message.stream))
            case messages.StreamLeft():
                yield from self._released(
                    self._joined_streams.left(message.stream, message.time_ms)
                )
            case messages.StreamRotated():
                yield self._rotated(message)

    def _released(self, batches: Iterable[Batch]) -> Iterator[Record]:
        for batch in batches:
            yield from self._batch(batch)

    def _rotated(self, message: messages.StreamRotated) -> Record:
        said = Rotate(message.reason, message.overlap_ms, self._joined_streams.removed)
        return self._record(self.at(message.time_ms), said)

    # -- events -----------------------------------------------------------------------------

    def _batch(self, batch: Batch) -> list[Record]:
        if self._joined_streams.holds(batch):
            return []
        if self._buffer is not None:
            self._buffer.append(batch)
            return []
        return self._events(batch)

    def _events(self, batch: Batch) -> list[Record]:
        payloads = self._redactor.clean_all([payload for _, payload in batch.messages])
        payloads = self._joined_streams.new(batch.stream, payloads, batch.time_ms)
        self.counts.events += len(payloads)
        time_ms = self.at(batch.time_ms)
        return [self._event(payload, time_ms) for payload in payloads]

    def _event(self, payload: bytes, time_ms: int) -> Record:
        try:
            event = decode(payload, self._market)
        except Unreadable as exc:
            return self._raw(payload, str(exc), time_ms)
        if isinstance(event, Control):
            return self._raw(payload, "an answer nobody waits for", time_ms)
        return self._folded(event, payload, time_ms)

    def _folded(self, event: Event, payload: bytes, time_ms: int) -> Record:
        if self._state is not None:
            keys, time = self._state.apply(event), event.transaction_time
            if keys and time is not None:
                self._stamps.update(dict.fromkeys(keys, time))
            elif event.name == "ORDER_TRADE_UPDATE":
                self._orders.apply(event)
        head: Row = {
            "event": event.name,
            "eventTime": event.event_time,
            "transactionTime": event.transaction_time,
        }
        body = beside(head, event.body)
        raw = payload if self._keep_raw else None
        return Record("event", self._market, time_ms, "stream", body, raw, self._lane.scope)

    def _record(self, time_ms: int, body: Body, raw: bytes | None = None) -> Record:
        return Record.of(body, time_ms, *self._lane, raw=raw)

    def _raw(self, payload: bytes, reason: str, time_ms: int) -> Record:
        self.uncertain = True
        text = payload.decode("utf-8", "backslashreplace")
        return self._record(time_ms, Raw(reason, text), payload)


def _text(value: Any) -> str | None:
    """A value of any field as text, so that `before` and `after` are of one kind in all records."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _how(read: Read) -> str:
    """How well the account was read: whole, or what was lacking, and which fields are odd."""
    lacking = ", ".join(f"{lack.what} ({lack.error.message})" for lack in read.lacking)
    found = f"read without {lacking}" if lacking else "read whole"
    return f"{found}; not as documented: {', '.join(read.odd)}" if read.odd else found

"""What a lane's streams bring, to records: held, told once, read, and folded in. Pure."""

from operator import attrgetter, itemgetter

from binfut_cli.codec import Row, Unreadable, Why, beside
from binfut_cli.stream.events import (
    AccountUpdate,
    Control,
    Rows,
    account_updates,
    as_mapping,
    as_record,
    decode_other,
)
from binfut_cli.stream.fold.continuity.doubts import Doubts
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.fold.outcome import Outcome
from binfut_cli.stream.fold.streams.joined_streams import JoinedStreams
from binfut_cli.stream.messages import (
    Batch,
    StreamJoined,
    StreamJoining,
    StreamLeft,
    StreamRotated,
)
from binfut_cli.stream.records import Raw, Record, Rotate

_PAYLOAD, _TYPE = itemgetter(1), attrgetter("type")


class Incoming:
    """The messages of the streams that cover an account, in the order in which they are told.

    Streams come and go, and of their messages some are typed: that is why it has so many methods.
    """

    def __init__(
        self,
        records: LaneRecords,
        clock: GapClock,
        account: FoldedAccount,
        *,
        keep_raw: bool,
        rows: Rows = Rows.MAPPED,
    ) -> None:
        self._records, self._clock, self._account = records, clock, account
        self._market, self._scope = records.lane.market, records.lane.scope
        self.doubts = Doubts(records, clock, account)
        self._keep_raw, self._rows = keep_raw, rows
        self._said = as_mapping if rows is Rows.MAPPED else as_record
        self._streams = JoinedStreams(self._market)

    @property
    def is_unread(self) -> bool:
        """Whether what the streams bring waits for the account to be read."""
        return self._streams.is_unread

    def batch(self, batch: Batch) -> Outcome:
        """What one read of a stream brought, unless it is held back."""
        if self._streams.holds(batch):
            return Outcome([], flooded=batch.stream if self._streams.is_flooded else None)
        return self.doubts.after(self._told(batch), batch.time_ms)

    def joining(self, message: StreamJoining) -> Outcome:
        """A second stream is to be opened."""
        self._streams.joining(message.stream)
        return Outcome([])

    def joined(self, message: StreamJoined) -> Outcome:
        """A stream has joined: what of it was held."""
        return self._released(self._streams.joined(message.stream))

    def left(self, message: StreamLeft) -> Outcome:
        """A stream is gone, and others cover: what of it was held."""
        return self._released(self._streams.left(message.stream, message.time_ms))

    def rotated(self, message: StreamRotated) -> Outcome:
        """A stream took another's place without a hole."""
        said = Rotate(message.reason, message.overlap_ms, self._streams.removed)
        return Outcome([self._records.record(self._clock.at(message.time_ms), said)])

    def read(self) -> Outcome:
        """The account was read: what waited for that."""
        return self._all(self._streams.read())

    def ended(self) -> Outcome:
        """Coverage ended: all that waited. The next streams begin anew."""
        told = self._all(self._streams.waiting)
        self._streams = JoinedStreams(self._market)
        return told

    def _released(self, batches: list[Batch]) -> Outcome:
        return self._all([batch for batch in batches if not self._streams.holds(batch)])

    def _all(self, batches: list[Batch]) -> Outcome:
        told = [self._told(batch) for batch in batches]
        records = [record for each in told for record in each.records]
        return Outcome(records, any(each.uncertain for each in told))

    def _told(self, batch: Batch) -> Outcome:
        """A batch's records; one that could not be read may have been a change."""
        payloads = [*map(_PAYLOAD, batch.messages)]
        payloads = self._streams.new(batch.stream, payloads, batch.time_ms)
        self._records.counts.events += len(payloads)
        time_ms = self._clock.at(batch.time_ms)
        records = self._read(payloads, time_ms)
        self._account.weigh(sum(map(len, payloads)))
        is_unsure = "raw" in map(_TYPE, records)
        return Outcome(records, is_unsure, flooded=batch.stream if self._account.is_full else None)

    def _read(self, payloads: list[bytes], time_ms: int) -> list[Record]:
        """What a read brought: all at once if it can be, else one by one."""
        updates = account_updates(payloads)
        if updates is not None:
            return self._updated(updates, payloads, time_ms)
        if len(payloads) == 1:
            return [self._other(payloads[0], time_ms)]
        return [record for payload in payloads for record in self._read([payload], time_ms)]

    def _updated(
        self, updates: list[AccountUpdate], payloads: list[bytes], time_ms: int
    ) -> list[Record]:
        """The hot path: some ACCOUNT_UPDATEs that are typed."""
        told = self._account.update(updates, time_ms, self._rows)
        said, market, scope, keeps = self._said, self._market, self._scope, self._keep_raw
        found = [
            Record(
                "event", market, time_ms, "stream", said(update, *rows, market),
                payload if keeps else None, scope,
            )
            for update, payload, rows in zip(updates, payloads, told)  # noqa: B905
        ]  # fmt: skip
        if len(told) < len(updates):
            found += [self._other(payload, time_ms) for payload in payloads[len(told) :]]
        return found

    def _other(self, payload: bytes, time_ms: int) -> Record:
        try:
            event = decode_other(payload, self._market)
            if isinstance(event, Control):
                return self._raw(payload, Why.UNASKED, time_ms)
            self._account.apply(event, time_ms)
        except Unreadable as exc:
            return self._raw(payload, str(exc), time_ms)
        except RecursionError:
            return self._raw(payload, Why.TOO_DEEP, time_ms)
        head: Row = {
            "event": event.name,
            "eventTime": event.event_time,
            "transactionTime": event.transaction_time,
        }
        body = beside(head, event.body)
        raw = payload if self._keep_raw else None
        return Record("event", self._market, time_ms, "stream", body, raw, self._scope)

    def _raw(self, payload: bytes, reason: str, time_ms: int) -> Record:
        text = payload.decode("utf-8", "backslashreplace")
        return self._records.record(time_ms, Raw(reason, text), payload)

"""One market's items to records: buffer, snapshot, fold, and what changed meanwhile. Pure.

The order is subscribe, then snapshot, then everything buffered since the subscription, in the
order it came. Values are absolute, so an event that the snapshot already contains does no harm,
while one that it does not contain is not lost.
"""

from collections.abc import Iterator
from dataclasses import replace

from binfut_cli.events import Control, Event, decode
from binfut_cli.markets import Market
from binfut_cli.redaction import Redactor
from binfut_cli.state import State, differences
from binfut_cli.transport.frames import Message
from binfut_cli.watch.items import Batch, Crashed, Item, Lost, Opened, Taken
from binfut_cli.watch.records import Record, status
from binfut_cli.wire import Row, Unreadable, beside


class Merger:
    """The account of one market as a fold; every item gives the records to print for it."""

    def __init__(self, market: Market, redactor: Redactor, *, keep_raw: bool = False) -> None:
        self._market = market
        self._redactor = redactor
        self._keep_raw = keep_raw
        self._state: State | None = None
        self._buffer: list[Batch] | None = []  # None once the snapshot is in
        self._lost: Lost | None = None
        self._opened_ms = 0

    def take(self, item: Item) -> list[Record]:
        """The records for one item, in the order in which they are to be printed."""
        match item:
            case Batch():
                if self._buffer is None:
                    return self._events(item)
                self._buffer.append(item)
                return []
            case Opened():
                received = self._received()
                self._opened_ms = item.time_ms
                connected = status(self._market, item.time_ms, "CONNECTED", "reading the account")
                return [*received, connected]
            case Taken():
                return list(self._snapshot(item))
            case Lost():
                return self._down(item)
            case Crashed():
                raise item.error

    def _snapshot(self, item: Taken) -> Iterator[Record]:
        before, self._state = self._state, State(item.snapshot.document)
        time_ms = item.snapshot.time_ms
        if self._lost is not None:
            yield self._gap(self._lost, time_ms)
        yield Record("snapshot", self._market, time_ms, "snapshot", item.snapshot.document)
        if before is not None:
            yield from self._resyncs(before, self._state, time_ms)
        yield status(self._market, time_ms, "LIVE", "connected and read whole")
        buffered, self._buffer, self._lost = self._buffer or [], None, None
        for batch in buffered:
            yield from self._events(batch)

    def _resyncs(self, before: State, after: State, time_ms: int) -> Iterator[Record]:
        for found in differences(before, after):
            body: Row = {
                "kind": found.kind,
                "key": found.key,
                "field": found.field,
                "before": found.before,
                "after": found.after,
            }
            yield Record("resync", self._market, time_ms, "snapshot", body)

    def _gap(self, lost: Lost, time_ms: int) -> Record:
        body: Row = {
            "from": lost.covered_ms,
            "to": self._opened_ms,
            "reason": lost.error.message,
            "certainty": "certain" if lost.certain else "possible",
        }
        return Record("gap", self._market, time_ms, "watch", body)

    def _down(self, item: Lost) -> list[Record]:
        if self._state is not None:
            first = self._lost or item
            self._lost = replace(first, certain=first.certain or item.certain)
        records = self._received()
        more = {} if item.fatal else {"retryInMs": round(item.retry_s * 1000)}
        return [*records, status(self._market, item.time_ms, "GAP", item.error.message, **more)]

    def _received(self) -> list[Record]:
        """Everything buffered, when no snapshot will come for it; buffer from here on."""
        received, self._buffer = self._buffer or [], []
        return [record for batch in received for record in self._events(batch)]

    def _events(self, batch: Batch) -> list[Record]:
        return [self._event(message, batch.time_ms) for message in batch.messages]

    def _event(self, message: Message, time_ms: int) -> Record:
        payload = self._redactor.clean(message[1])
        try:
            event = decode(payload, self._market)
        except Unreadable as exc:
            return self._raw(payload, str(exc), time_ms)
        if isinstance(event, Control):
            return self._raw(payload, "an answer nobody waits for", time_ms)
        return self._folded(event, payload, time_ms)

    def _folded(self, event: Event, payload: bytes, time_ms: int) -> Record:
        if self._state is not None:
            self._state.apply(event)
        head: Row = {
            "event": event.name,
            "eventTime": event.event_time,
            "transactionTime": event.transaction_time,
        }
        body = beside(head, event.body)
        raw = payload if self._keep_raw else None
        return Record("event", self._market, time_ms, "stream", body, raw)

    def _raw(self, payload: bytes, reason: str, time_ms: int) -> Record:
        body: Row = {"reason": reason, "text": payload.decode("utf-8", "backslashreplace")}
        return Record("raw", self._market, time_ms, "stream", body, payload)

"""The watch before, from what it recorded: what it knew of each account, and since when to doubt.

Everything that happened before a moment was told by then, if a check said so later (`provenAt`), or
if the stream was subscribed then and the account read after it. A gap that was open when the watch
ended begins the doubt earlier.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import msgspec

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Lane
from binfut_cli.errors import RecordingError
from binfut_cli.recording.accounts import Accounts, RecordedLane, lane_of
from binfut_cli.recording.files import is_read_once, opened
from binfut_cli.recording.moments.index import Beginning, Index
from binfut_cli.recording.reader import Findings, Line, Recording
from binfut_cli.recording.recorded import Recorded, whole
from binfut_cli.recording.writing.owed import Owed
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.fold.reported_orders import ReportedOrders
from binfut_cli.stream.records import Verdict

WHOLE_BYTES = 256 << 20
"""How long a recording is read from its start; of a longer one, from the last snapshots on."""
UNSURE_MS = 1000
"""How much later than it really was a check may have been told: clocks agree only so far."""
_EVER = 1 << 62
_UNDOUBTED = frozenset(("event", "segment"))
"""What says nothing of what was told: of a stream, a segment may be all that there is."""


@dataclass(frozen=True, slots=True)
class Previous:
    """What a run left: its name, what it knew, and when the first record of its file was made.

    `findings` are what is wrong with the file.
    """

    run: str
    known: Mapping[Lane, KnownAccount]
    began_ms: int
    findings: Findings


def previous(name: str) -> Previous | None:
    """Read the recording of the watch before; None of an empty file.

    Raises RecordingError if nothing in it can be read.
    """
    begin = _beginning(name)
    recording, reading = Recording([name], offset=begin.offset), Reading()
    for line in recording:
        try:
            reading.take(line)
        except Unreadable as exc:
            recording.findings.add(line.file, line.number, f"not a record that can be read ({exc})")
    run = reading.accounts.run
    if run is None and (is_read_once(name) or not _is_empty(name)):
        raise RecordingError(
            f"{recording.findings.said[0].removesuffix('.')}; no watch can go on from that.",
            hint="Name a recording, or a file that does not exist yet; this one was left as it is.",
        )
    if run is None:
        return None
    return Previous(run, reading.known(), reading.began_ms, recording.findings)


def _is_empty(name: str) -> bool:
    with closing(opened(name)) as file:
        return next(file.blocks(), b"") == b""


def _beginning(name: str) -> Beginning:
    if is_read_once(name):
        return Beginning()
    with closing(opened(name)) as file:
        is_long = file.size is not None and file.size > WHOLE_BYTES
    return Index().beginning([name], _EVER) if is_long else Beginning()


@dataclass(slots=True)
class _Doubt:
    """Since when it is in doubt whether a lane's changes were told."""

    _read_since_ms: int | None = None  # since when the stream brings what is later than a snapshot
    _subscribed_ms: int | None = None  # and not yet read
    _open_ms: int = _EVER  # since when a gap is open

    def since_ms(self, proven_ms: int | None) -> int | None:
        """That, if a check proved it up to a moment; None if the account was never read."""
        told = [each for each in (self._read_since_ms, proven_ms) if each is not None]
        return min(max(told) - UNSURE_MS, self._open_ms) if told else None

    def take(self, record: Recorded, row: Row) -> None:
        """Take a record in; `row` is all of a gap."""
        match record.type:
            case "status" if record.status == Verdict.CONNECTED:
                self._subscribed_ms = record.time
            case "snapshot" if self._subscribed_ms is not None:
                self._read_since_ms, self._subscribed_ms = self._subscribed_ms, None
                self._open_ms = _EVER
            case "gap" if row.get("open") is True:
                begins = [each for each in (record.possible_from, record.from_ms) if each]
                self._open_ms = min([self._open_ms, *begins])


class _Order(msgspec.Struct, rename="camel", gc=False):
    """What is asked of an order; the order of its fields is that of `ReportedOrders.take`."""

    symbol: Any = None
    order_id: Any = None
    status: Any = None
    execution_type: Any = None
    trade_id: Any = None


class _Told(msgspec.Struct, rename="camel", gc=False):
    """What an ORDER_TRADE_UPDATE tells."""

    transaction_time: int | None
    order: _Order


class _Conditional(msgspec.Struct, rename="camel", gc=False):
    """The same of a conditional one, as `ReportedOrders.take_conditional` takes it."""

    symbol: Any = None
    algo_id: Any = None
    algo_status: Any = None


class _ToldConditional(msgspec.Struct, rename="camel", gc=False):
    """What an ALGO_UPDATE tells."""

    transaction_time: int | None
    algo_order: _Conditional


_decode_told = msgspec.json.Decoder(_Told).decode
_decode_conditional = msgspec.json.Decoder(_ToldConditional).decode


@dataclass(slots=True)
class Reading:
    """Folds every record of a recording in; `known` is then what is known of its accounts."""

    accounts: Accounts = field(default_factory=Accounts)
    began_ms: int = 0
    _doubts: dict[Lane, _Doubt] = field(default_factory=dict)
    _orders: dict[Lane, ReportedOrders] = field(default_factory=dict)
    _owed: dict[Lane, Owed] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """Take a record in; raise Unreadable if a row of it is none."""
        record = line.record
        self.began_ms = self.began_ms or record.time
        self.accounts.take(record, line.data)
        if record.event in ("ORDER_TRADE_UPDATE", "ALGO_UPDATE"):
            self._order(record, line.data)
        elif record.type not in _UNDOUBTED and (lane := lane_of(record)) is not None:
            row = whole(line.data) if record.type == "gap" else {}
            self._doubts.setdefault(lane, _Doubt()).take(record, row)
            account, orders = self.accounts.every[lane].account, self._orders.get(lane)
            owed = self._owed.setdefault(lane, Owed())
            owed.take(record, line.data, account, orders or ReportedOrders())

    def _order(self, record: Recorded, line: bytes) -> None:
        lane = lane_of(record)
        if lane is None:
            return
        if (orders := self._orders.get(lane)) is None:
            orders = self._orders[lane] = ReportedOrders()
        try:
            _take(record, line, orders)
        except msgspec.ValidationError as exc:
            raise Unreadable(str(exc)) from exc

    def known(self) -> dict[Lane, KnownAccount]:
        """What is known of each account that was ever read."""
        found = ((lane, self._known(lane, each)) for lane, each in self.accounts.every.items())
        return {lane: known for lane, known in found if known is not None}

    def _known(self, lane: Lane, found: RecordedLane) -> KnownAccount | None:
        account, doubt = found.account, self._doubts.get(lane, _Doubt())
        document, since_ms = account.document(), doubt.since_ms(found.coverage.proven_ms)
        if document is None or account.read_ms is None or since_ms is None:
            return None
        state, stamps = account.state(), account.stamps()
        orders, owed = self._orders.get(lane, ReportedOrders()), self._owed.get(lane, Owed())
        read = document, account.read_ms
        return KnownAccount(*read, state, stamps, since_ms, orders, owed.changes)


def _take(record: Recorded, line: bytes, orders: ReportedOrders) -> None:
    """Let what was told of an order be remembered, as the watch before remembered it."""
    astuple = msgspec.structs.astuple
    if record.event == "ALGO_UPDATE":
        waiting = _decode_conditional(line)
        orders.take_conditional(waiting.transaction_time, *astuple(waiting.algo_order))
    else:
        told = _decode_told(line)
        orders.take(told.transaction_time, *astuple(told.order))

"""The watch before, from what it recorded: what it knew of each account, and since when to doubt.

Everything that happened before a moment was told by then, if a check said so later (`provenAt`), or
if the stream was subscribed then and the account read after it. A gap that was open when the watch
ended begins the doubt earlier.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Lane
from binfut_cli.errors import RecordingError
from binfut_cli.recording.account import RecordedAccount
from binfut_cli.recording.accounts import Accounts, RecordedLane
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


@dataclass(slots=True)
class _Told:
    """What a lane's records tell besides the account itself."""

    doubt: _Doubt = field(default_factory=_Doubt)
    orders: ReportedOrders = field(default_factory=ReportedOrders)
    owed: Owed = field(default_factory=Owed)

    def take_event(self, event: Recorded) -> None:
        """Remember what was told of an order, as the watch before remembered it."""
        time_ms = event.transaction_time
        if event.event == "ORDER_TRADE_UPDATE":
            if (told := event.order) is None:
                raise Unreadable("no order in it")
            order = told.symbol, told.order_id, told.status, told.execution_type, told.trade_id
            self.orders.take(time_ms, *order)
        elif event.event == "ALGO_UPDATE":
            if (waiting := event.algo_order) is None:
                raise Unreadable("no order in it")
            named = waiting.symbol, waiting.algo_id, waiting.algo_status
            self.orders.take_conditional(time_ms, *named)

    def take(self, record: Recorded, line: bytes, account: RecordedAccount) -> None:
        """Take any other record in; it is folded into the account already."""
        self.doubt.take(record, whole(line) if record.type == "gap" else {})
        self.owed.take(record, line, account, self.orders)


@dataclass(slots=True)
class Reading:
    """Folds every record of a recording in; `known` is then what is known of its accounts."""

    accounts: Accounts = field(default_factory=Accounts)
    began_ms: int = 0
    _told: dict[RecordedLane, _Told] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """Take a record in; raise Unreadable if a row of it is none."""
        record = line.record
        self.began_ms = self.began_ms or record.time
        lane = self.accounts.take(record, line.data)
        if lane is None:
            return
        if (told := self._told.get(lane)) is None:
            told = self._told[lane] = _Told()
        if record.type == "event":
            told.take_event(record)
        else:
            told.take(record, line.data, lane.account)

    def known(self) -> dict[Lane, KnownAccount]:
        """What is known of each account that was ever read."""
        found = ((lane, self._known(each)) for lane, each in self.accounts.every.items())
        return {lane: known for lane, known in found if known is not None}

    def _known(self, found: RecordedLane) -> KnownAccount | None:
        account, told = found.account, self._told.get(found, _Told())
        document, since_ms = account.document(), told.doubt.since_ms(found.coverage.proven_ms)
        if document is None or account.read_ms is None or since_ms is None:
            return None
        read, now = (document, account.read_ms), (account.state(), account.stamps())
        return KnownAccount(*read, *now, since_ms, told.orders, told.owed.changes)

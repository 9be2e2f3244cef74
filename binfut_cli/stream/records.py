"""What a watch has to say: one frozen value for each line of its output.

`event` (a message of the stream) and `snapshot` (the account, read whole) keep the exchange's own
rows. All other records have a body of their own here, from which their JSON and its schema come.
"""

from enum import StrEnum
from typing import Any, ClassVar, Literal, Self

import msgspec

from binfut_cli.codec import Amount, Row
from binfut_cli.endpoints import Market, Scope
from binfut_cli.errors import BinfutError
from binfut_cli.stream.events import Written


class Verdict(StrEnum):
    """What a watch thinks of its own coverage."""

    CONNECTED = "CONNECTED"
    LIVE = "LIVE"
    QUIET = "QUIET"
    STALE = "STALE"
    DRIFT = "DRIFT"
    GAP = "GAP"
    FAILED = "FAILED"


COVERED = frozenset((Verdict.LIVE, Verdict.QUIET))


class Cause(StrEnum):
    """Which proof of coverage failed."""

    TRANSPORT = "transport"
    MEMBERSHIP = "membership"
    EXPIRED = "expired"
    KEY = "key"
    SUSPEND = "suspend"
    AUDIT = "audit"
    CONSUMER = "consumer"
    CONTINUITY = "continuity"
    RECORDING = "recording"
    RESTART = "restart"
    HANDOVER = "handover"


class Body(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a record says, each field once; one that is None by default is left out where it is.

    `type` is the record's, and `source` "stream", "snapshot", "history" or "watch": both stand in
    the record's head, before the body.
    """

    type: ClassVar[str]
    source: ClassVar[str] = "watch"


class Raw(Body, frozen=True):
    """A message of the stream that could not be read."""

    type = "raw"
    source = "stream"
    reason: str
    text: str

    @property
    def kind(self) -> str:
        """The reason without what is particular to this message: a `codec.Why`."""
        return self.reason.partition(":")[0]


class Gap(Body, frozen=True):
    """An interval whose changes may not have been seen, by the exchange's clock.

    One that is `open` was so when the watch ended, and `to` is that moment: the account was not
    read again after it, nor will history be asked.
    """

    type = "gap"
    number: int = msgspec.field(name="gap")
    from_ms: int = msgspec.field(name="from")
    to_ms: int = msgspec.field(name="to")
    reason: str
    certainty: Literal["possible", "certain"]
    cause: Cause
    possible_from_ms: int | None = msgspec.field(name="possibleFrom", default=None)
    messages: int | None = None  # that were dropped
    is_open: bool | None = msgspec.field(name="open", default=None)

    @property
    def possible_ms(self) -> int:
        """Since when changes may have been missed."""
        return self.from_ms if self.possible_from_ms is None else self.possible_from_ms

    def has(self, time_ms: int) -> bool:
        """Whether a moment lies in it."""
        return self.possible_ms <= time_ms <= self.to_ms

    def numbered(self, number: int) -> Self:
        """The same, as another watch tells it again."""
        return msgspec.structs.replace(self, number=number)


RowKind = Literal["balance", "position", "symbolConfig", "accountConfig"]
"""What a field is of that the account has otherwise."""


class Changed(Body, frozen=True):
    """A field that the account, read again, has otherwise; `key` is of its row."""

    source = "snapshot"
    kind: RowKind
    key: Row
    field: str
    before: str | None
    after: str | None


class Resync(Changed, frozen=True):
    """A field that changed in a gap."""

    type = "resync"


class Drift(Changed, frozen=True):
    """A field that the stream failed to tell."""

    type = "drift"


class Rotate(Body, frozen=True):
    """A stream took another's place without a hole."""

    type = "rotate"
    reason: str
    overlap_ms: int
    duplicates: int | None = None


PastKind = Literal["flow", "fill", "order", "conditional"]
"""What a row of the exchange's history is."""


class Backfill(Body, frozen=True):
    """A row of the exchange's history that lies in a gap."""

    type = "backfill"
    source = "history"
    gap: int
    kind: PastKind
    row: Row


class AssetSum(msgspec.Struct, frozen=True):
    """By how much an asset moved over a gap, what of it history explains, and what not."""

    asset: str
    change: Amount
    explained: Amount
    unexplained: Amount


class Unread(msgspec.Struct, frozen=True):
    """What could not be read of history, and why."""

    what: str
    reason: str


class GapReport(Body, frozen=True):
    """What the exchange's history says of a gap, and what it cannot say."""

    type = "gap_report"
    source = "history"
    gap: int
    from_ms: int = msgspec.field(name="from")
    to_ms: int = msgspec.field(name="to")
    sums: tuple[AssetSum, ...]
    flow_count: int
    fill_count: int
    order_count: int
    conditional_count: int
    unread: tuple[Unread, ...]
    not_recoverable: tuple[str, ...]


class Heartbeat(Body, frozen=True):
    """Still here, and how far; `backlog_bytes` are received and not yet printed.

    `redacted` is how many secrets all output so far has shown as `***`: not the exchange's word.
    `doubts` counts values that did not follow from those before, though no event was missing. A
    stream that is alive and tells nothing is found within `detection_ms`, by audits: with many
    accounts these are rarer.
    """

    type = "heartbeat"
    verdict: Verdict = msgspec.field(name="status")
    proven_ms: int | None = msgspec.field(name="provenAt")
    events: int
    gaps: int
    backlog_bytes: int
    redacted: int
    doubts: int
    detection_ms: int | None = None


class Fault(msgspec.Struct, frozen=True, rename="camel"):
    """What a program is told of an error."""

    kind: str
    message: str
    hint: str
    retryable: bool
    exchange_code: int | None
    exit: int

    @classmethod
    def of(cls, exc: BinfutError) -> Self:
        """The same of an error that was raised."""
        status = int(exc.exit_status)
        return cls(exc.kind, exc.message, exc.hint, exc.retryable, exc.exchange_code, status)

    def of_lane(self, market: Market | None, profile: str | None) -> "LaneFault":
        """The same, with whose it is."""
        return LaneFault(**msgspec.structs.asdict(self), market=market, profile=profile)


class LaneFault(Fault, frozen=True):
    """The same where several accounts are watched: whose it is."""

    market: Market | None
    profile: str | None


class Error(msgspec.Struct, frozen=True):
    """The one object that a failure leaves on standard error."""

    error: Fault


class Status(Body, frozen=True):
    """The watch's own verdict on itself."""

    type = "status"
    verdict: Verdict = msgspec.field(name="status")
    reason: str
    retry_in_ms: int | None = None
    error: Fault | None = None


class Segment(Body, frozen=True):
    """A file of a recording begins here, or a run that goes on from another's.

    Of a run's second file and every further one the `number` is that, and `previous_file` the name
    of the one before; what each account holds follows. `previous_run` is the run whose account this
    one goes on from: what was missed between them follows as a gap.
    """

    type = "segment"
    number: int
    previous_run: str | None = None
    previous_file: str | None = None


class Alert(Body, frozen=True):
    """What became of a condition that somebody wants to be told of (`--alert`, `--until`).

    It has `fired` when it began to hold for a row, and was told so before if `again` is given, as
    often as that; it is `cleared` when the figures are a tenth of the bound away from it. Where
    they are lacking or too old, it is `unknown` whether it holds, until that is `known`; one
    `number` is of both. `figures` are those that the expression names, and the prices that matter,
    as the row has them; `crossed_ms` is when it fired first, or since when it is not known.
    """

    type = "alert"
    number: int = msgspec.field(name="alert")
    state: Literal["fired", "cleared", "unknown", "known"]
    expression: str
    kind: str  # of rows: positions, assets or totals
    key: Row  # of the row; empty if it is the account's, or about several
    figures: Row
    crossed_ms: int = msgspec.field(name="crossedAt")
    reason: str | None = None  # why it is not known
    again: int | None = None


class LaneEnd(msgspec.Struct, frozen=True, rename="camel"):
    """What the end of a watch leaves to doubt on a market.

    `proven_ms` is when the last check that agreed had been asked for, by the exchange's clock, None
    if there was none. `unreported` are the gaps that history has not told of.
    """

    market: Market
    proven_ms: int | None = msgspec.field(name="provenAt")
    unreported: tuple[int, ...]


class Stop(Body, frozen=True):
    """The end of a watch, with counts of what was shown; `redacted` as in a heartbeat.

    Whoever goes on doubts what happened since `proven_ms`, the earliest of its `lanes`, None if one
    of them was never proven.
    """

    type = "stop"
    reason: str
    events: int
    gaps: int
    by_reason: dict[str, int]
    redacted: int
    proven_ms: int | None = msgspec.field(name="provenAt")
    lanes: tuple[LaneEnd, ...]

    @classmethod
    def of(
        cls,
        reason: str,
        events: int,
        gaps: int,
        by_reason: dict[str, int],
        redacted: int,
        lanes: list[LaneEnd],
    ) -> Self:
        """The same, with the earliest moment at which a lane was proven."""
        proven = [lane.proven_ms for lane in lanes if lane.proven_ms is not None]
        proven_ms = min(proven) if proven and len(proven) == len(lanes) else None
        return cls(reason, events, gaps, by_reason, redacted, proven_ms, tuple(lanes))


BODIES: tuple[type[Body], ...] = (
    Raw, Gap, Resync, Drift, Rotate, Backfill, GapReport, Heartbeat, Status, Segment,
    Alert, Stop,
)  # fmt: skip


class Record(msgspec.Struct, frozen=True, gc=False):
    """One thing to say; `time_ms` is when it was received or noticed.

    That is by this computer's clock, or by the exchange's where this one is surely wrong. `market`
    is None where it is about several, `scope` where nobody said whose account it is. A struct,
    because one is made for every event.
    """

    type: str
    market: Market | None
    time_ms: int
    source: str
    body: Row | Body | Written
    raw: bytes | None = None  # the message's own bytes, where asked for
    scope: Scope | None = None

    @classmethod
    def of(
        cls,
        body: Body,
        time_ms: int,
        market: Market | None,
        scope: Scope | None = None,
        raw: bytes | None = None,
    ) -> Self:
        """A record of what is no row of the exchange's."""
        return cls(body.type, market, time_ms, body.source, body, raw, scope)

    def dated(self, time_ms: int) -> Self:
        """The same of another moment."""
        return msgspec.structs.replace(self, time_ms=time_ms)

    @property
    def row(self) -> Row:
        """The body of an event or a snapshot."""
        if isinstance(self.body, Written):
            return self.body.row
        assert isinstance(self.body, dict)
        return self.body

    @property
    def event_reason(self) -> Any:
        """The reason of an event, if it tells one."""
        body = self.body
        return body.reason if isinstance(body, Written) else self.row.get("reason")


class Counts(msgspec.Struct):
    """What was seen of a lane so far; `proven_ms` is the last check that agreed in all."""

    events: int = 0
    gaps: int = 0
    verdict: Verdict = Verdict.GAP
    proven_ms: int = 0
    doubts: int = 0

    def heartbeat(self, waiting: int, redacted: int, detection_s: float | None = None) -> Heartbeat:
        """That the watch goes on; `waiting` bytes are received and not yet printed."""
        proven_ms, detection_ms = self.proven_ms or None, None
        if detection_s is not None:
            detection_ms = round(detection_s * 1000)
        return Heartbeat(
            self.verdict, proven_ms, self.events, self.gaps, waiting, redacted, self.doubts,
            detection_ms,
        )  # fmt: skip

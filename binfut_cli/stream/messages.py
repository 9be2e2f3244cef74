"""What a lane's threads hand to the one thread that merges and prints."""

from dataclasses import dataclass

from binfut_cli.api.transport.frames import Message
from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.gap_report import GapChange, HistoryFindings
from binfut_cli.stream.records import Cause, Verdict

_BATCH, _MESSAGE = 280, 96
"""Bytes that a batch and each of its messages cost in memory, beside the payloads."""


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """A stream is connected and subscribed; what it brings is buffered until the snapshot.

    `unproven_ms` tells since when the key of the stream before may not have been the account's;
    `offset` is of the exchange's clock. All times of messages are by the watch's.
    """

    lane: Lane
    time_ms: int
    unproven_ms: int | None = None
    offset: ClockOffset = AGREED


@dataclass(slots=True)
class Batch:
    """The messages that one read of a stream brought. Not frozen: one is made for every read."""

    lane: Lane
    time_ms: int
    messages: list[Message]
    stream: int = 0

    @property
    def size(self) -> int:
        """The bytes that it takes in memory."""
        size = _BATCH
        for _, payload in self.messages:
            size += _MESSAGE + len(payload)
        return size


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The account was read whole, after the stream was connected; `asked_ms` is since when."""

    lane: Lane
    time_ms: int
    snapshot: Result
    asked_ms: int


@dataclass(frozen=True, slots=True)
class AuditRead:
    """The account was read again, and all that the stream had on its way has come before this.

    `asked_ms` is when it was asked for; `number` names the check, and no other of the watch. What
    `confirms` finds was missed before the stream was covering, and is a resync; any other check
    finds what the stream failed to deliver.
    """

    lane: Lane
    time_ms: int
    snapshot: Result
    asked_ms: int
    number: int
    confirms: bool = False


@dataclass(frozen=True, slots=True)
class AccountReread:
    """The account was read once more for somebody who looks at it: no proof hangs on it."""

    lane: Lane
    time_ms: int
    snapshot: Result


@dataclass(frozen=True, slots=True)
class BracketsRead:
    """The rows of the account's leverage brackets."""

    lane: Lane
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class StreamJoining:
    """A second stream is to be opened; its messages are held until the first one's earlier came."""

    lane: Lane
    stream: int


@dataclass(frozen=True, slots=True)
class StreamJoined:
    """All that was on its way to the other streams when this one joined has come."""

    lane: Lane
    stream: int


@dataclass(frozen=True, slots=True)
class StreamLeft:
    """A stream is gone, and others cover, or (`held` back still) it never came to cover."""

    lane: Lane
    stream: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class StreamRotated:
    """A stream took another's place without a hole."""

    lane: Lane
    time_ms: int
    reason: str
    overlap_ms: int


@dataclass(frozen=True, slots=True)
class ClockMeasured:
    """How far the exchange's clock is ahead of the watch's, as it is now."""

    lane: Lane
    offset: ClockOffset


@dataclass(frozen=True, slots=True)
class Health:
    """What the keeper thinks of its coverage, when that changes: LIVE, QUIET or STALE, and why.

    Before it has connected, when it will, if that is to wait.
    """

    lane: Lane
    time_ms: int
    verdict: Verdict
    reason: str
    retry_s: float | None = None


@dataclass(frozen=True, slots=True)
class CoverageLost:
    """Coverage ended: the last moment it was proven, why, and when the next attempt follows.

    `retry_s` is None if none does: a fault that is `fatal`, or the end of the watch. `unread` says
    that the account was never read; `certain` that changes were surely not delivered; `possible_ms`
    since when the stream, alive though it was, was not yet checked.
    """

    lane: Lane
    time_ms: int
    covered_ms: int
    error: BinfutError
    retry_s: float | None
    fatal: bool = False
    unread: bool = False
    certain: bool = False
    cause: Cause = Cause.TRANSPORT
    possible_ms: int | None = None


@dataclass(frozen=True, slots=True)
class MessagesDropped:
    """So many messages came while nobody took them, and there was no room left, or no time.

    0 of a number that nobody counted.
    """

    lane: Lane
    count: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class GapBackfilled:
    """What the exchange's history tells of a gap."""

    lane: Lane
    time_ms: int
    gap_change: GapChange
    found: HistoryFindings


@dataclass(frozen=True, slots=True)
class MomentQuestion:
    """What history is to be asked of moments (ms) at which the stream's values did not add up.

    The fills of `symbols`, and the flows if that is said, from `from_ms` to `to_ms`, after
    `wait_s`.
    """

    moments: tuple[int, ...]
    from_ms: int
    to_ms: int
    symbols: tuple[str, ...]
    flows: bool
    wait_s: float


@dataclass(frozen=True, slots=True)
class MomentsLookedUp:
    """What history has of moments; `is_whole` says that all that was asked could be read.

    `flows` is None if they were not asked for.
    """

    lane: Lane
    time_ms: int
    question: MomentQuestion
    fills: list[Row]
    flows: list[Row] | None
    is_whole: bool


@dataclass(frozen=True, slots=True)
class LaneEnded:
    """A keeper was asked to end, and nothing more comes."""

    lane: Lane


@dataclass(frozen=True, slots=True)
class ThreadCrashed:
    """A thread met a fault of our own; the watch must end loudly, not fall silent."""

    lane: Lane
    error: BaseException


LaneMessage = (
    StreamOpened
    | Batch
    | SnapshotTaken
    | AuditRead
    | AccountReread
    | BracketsRead
    | StreamJoining
    | StreamJoined
    | StreamLeft
    | StreamRotated
    | ClockMeasured
    | Health
    | CoverageLost
    | MessagesDropped
    | GapBackfilled
    | MomentsLookedUp
    | LaneEnded
    | ThreadCrashed
)

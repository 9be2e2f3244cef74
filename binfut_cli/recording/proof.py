"""What a recording proves of a lane: since when it was covered, what may be missing."""

import msgspec

from binfut_cli.endpoints import Market
from binfut_cli.recording.recorded import Recorded
from binfut_cli.stream.records import COVERED, Gap


class Proof(msgspec.Struct, frozen=True, rename="camel"):
    """What was known of an account at a moment, and how surely. Times are ms.

    `verdict` is the watch's word for itself; None before its first. `live_since` is when the stream
    began to cover the account and has since without a break; None if it does not, and, with
    `is_live`, if that was before where reading began. `proven_ms` is the last check that agreed in
    all, `read_ms` the last snapshot. `gap` is the interval of unseen changes that the moment lies
    in, as it was told later; `confirmed_ms` a later check that agreed, so that there is none.
    `ended_ms` is when the watch had ended by then, as its `stop` says or the lack of any record.
    """

    verdict: str | None = msgspec.field(name="status")
    reason: str | None
    is_live: bool
    live_since: int | None
    read_ms: int | None = msgspec.field(name="readAt")
    proven_ms: int | None = msgspec.field(name="provenAt")
    confirmed_ms: int | None = msgspec.field(name="confirmedAt")
    ended_ms: int | None = msgspec.field(name="endedAt")
    gap: Gap | None = msgspec.field(name="inGap")


class LaneProof:
    """Follows the records of a lane that tell of its coverage."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self.verdict: str | None = None
        self.reason: str | None = None
        self.live_since: int | None = None
        self.proven_ms: int | None = None
        self.ended_ms: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether the stream covers the account, as far as the watch knows."""
        return self.verdict in COVERED and self.ended_ms is None

    def take(self, record: Recorded) -> None:
        """Take a `status`, `heartbeat` or `stop` in; any other says nothing of coverage."""
        if record.type == "stop":
            self.ended_ms, self.live_since = record.time, None
        elif record.type in ("status", "heartbeat") and record.status is not None:
            self._judge(record)
        own = [end.proven_ms for end in record.lanes or () if end.market is self._market]
        self.proven_ms = max(
            (t for t in (self.proven_ms, record.proven_at, *own) if t), default=None
        )

    def _judge(self, record: Recorded) -> None:
        was_live, is_known = self.is_live, self.verdict is not None
        self.verdict, self.ended_ms = record.status, None
        if record.type == "status":
            self.reason = record.reason
        if not self.is_live:
            self.live_since = None
        elif is_known and not was_live:
            self.live_since = record.time

"""What a watch has to say: one frozen value for each line of its output.

Types: `snapshot` (the account, read whole), `event` (a message of the stream), `raw` (one that
could not be read), `gap` (an interval whose changes may not have been seen), `resync` (a field
that a new snapshot has otherwise), `drift` (a field that the stream failed to tell), `rotate` (a
stream took another's place without a hole), `backfill` and `gap_report` (what the exchange's
history says of a gap), `status` (LIVE, QUIET, STALE, DRIFT, GAP, FAILED and why), `heartbeat`
(still here, and how far), `stop` (the end, with counts).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane, Market, Scope


class Record(NamedTuple):
    """One thing to say; `time_ms` is when it was received or noticed.

    That is by this computer's clock, or by the exchange's where this one is surely wrong. `market`
    is None where it is about several, `scope` where nobody said whose account it is. A tuple,
    because one is made for every event.
    """

    type: str
    market: Market | None
    time_ms: int
    source: str  # "stream", "snapshot", "history" or "watch"
    body: Row
    raw: bytes | None = None  # the message's own bytes, listenKeys replaced, where asked for
    scope: Scope | None = None


@dataclass(slots=True)
class Counts:
    """What was seen of a lane so far; `proven_ms` is the last check that agreed in all."""

    events: int = 0
    gaps: int = 0
    verdict: str = "GAP"
    proven_ms: int = 0


def status(lane: Lane, time_ms: int, verdict: str, reason: str, **more: Any) -> Record:
    """The watch's own verdict on itself."""
    body: Row = {"status": verdict, "reason": reason, **more}
    return Record("status", lane.market, time_ms, "watch", body, scope=lane.scope)


def heartbeat(lane: Lane, time_ms: int, counts: Counts, waiting: int) -> Record:
    """That the watch goes on; `waiting` bytes are received and not yet printed."""
    body: Row = {
        "status": counts.verdict,
        "provenAt": counts.proven_ms or None,
        "events": counts.events,
        "gaps": counts.gaps,
        "backlogBytes": waiting,
    }
    return Record("heartbeat", lane.market, time_ms, "watch", body, scope=lane.scope)

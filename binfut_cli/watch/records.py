"""What a watch has to say: one frozen value for each line of its output.

Types: `snapshot` (the account, read whole), `event` (a message of the stream), `raw` (one that
could not be read), `gap` (an interval whose changes may not have been seen), `resync` (a field
that a new snapshot has otherwise), `status` (LIVE, GAP … and why), `stop` (the end, with counts).
"""

from typing import Any, NamedTuple

from binfut_cli.markets import Market
from binfut_cli.wire import Row


class Record(NamedTuple):
    """One thing to say; `time_ms` is when it was received or noticed, by this computer's clock.

    `market` is None where it is about several. A tuple, because one is made for every event.
    """

    type: str
    market: Market | None
    time_ms: int
    source: str  # "stream", "snapshot" or "watch"
    body: Row
    raw: bytes | None = None  # the message's own bytes, listenKeys replaced, where asked for


def status(market: Market, time_ms: int, verdict: str, reason: str, **more: Any) -> Record:
    """The watch's own verdict on itself."""
    return Record("status", market, time_ms, "watch", {"status": verdict, "reason": reason, **more})

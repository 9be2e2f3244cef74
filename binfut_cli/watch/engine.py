"""Several markets' sessions, merged on one thread into one sequence of records."""

import contextlib
import queue
from collections.abc import Generator, Sequence

from binfut_cli.account import Account
from binfut_cli.markets import Endpoints
from binfut_cli.redaction import Redactor
from binfut_cli.watch.items import Item, Lost
from binfut_cli.watch.merge import Merger
from binfut_cli.watch.records import Record
from binfut_cli.watch.session import Session, Timing

QUEUE_ITEMS = 64  # of at most 64 KiB each
TICK_S = 0.25
JOIN_S = 0.3


def follow(
    lanes: Sequence[tuple[Account, Endpoints]],
    *,
    timeout_s: float = 10.0,
    keep_raw: bool = False,
    timing: Timing | None = None,
    redactor: Redactor | None = None,
) -> Generator[list[Record]]:
    """Watch every lane's market for ever; yield the records of each item, and [] when idle.

    With `keep_raw`, event records carry the message's bytes. The idle yields let the caller notice
    a deadline or a reader that has gone. A fault before a market was ever read is raised; later
    ones are records, and are tried again without end.
    """
    items: queue.Queue[Item] = queue.Queue(QUEUE_ITEMS)
    timing = timing or Timing()
    redactor = Redactor(also=redactor)
    sessions = {
        account.market: Session(
            account.market, account, endpoints, items, redactor, timeout_s=timeout_s, timing=timing
        )
        for account, endpoints in lanes
    }
    mergers = {market: Merger(market, redactor, keep_raw=keep_raw) for market in sessions}
    for session in sessions.values():
        session.start()
    try:
        while True:
            item = _next(items)
            if isinstance(item, Lost) and item.fatal:
                raise item.error
            yield [] if item is None else mergers[item.market].take(item)
    finally:
        for session in sessions.values():
            session.stop()
        for session in sessions.values():
            session.join(JOIN_S)


def _next(items: "queue.Queue[Item]") -> Item | None:
    with contextlib.suppress(queue.Empty):
        return items.get(timeout=TICK_S)
    return None

"""What a new file of a recording begins with, so that it can be read alone."""

from collections.abc import Iterable, Iterator, Mapping

from binfut_cli.endpoints import Lane
from binfut_cli.recording.account import current
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.records import Record


def carried_over(known: Mapping[Lane, KnownAccount], beats: Iterable[Record]) -> Iterator[Record]:
    """Of each heartbeat's lane what is known of its account, and then the heartbeat.

    Such a snapshot is the watch's own: what was read at its `readAt`, and what was told since.
    """
    for beat in beats:
        assert beat.market is not None
        lane = Lane(beat.market, beat.scope)
        if (found := known.get(lane)) is not None:
            document = current(lane.market, found.document, found.state, found.stamps)
            body = {"readAt": found.read_ms, **document}
            yield Record("snapshot", lane.market, beat.time_ms, "watch", body, scope=lane.scope)
        yield beat

"""Lines as the records that a watch prints: with all they say, and of every age."""

import pytest

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Market
from binfut_cli.recording.recorded import record, recorded
from binfut_cli.render.documents import Lines
from binfut_cli.stream.records import Heartbeat, Record, Stop
from tests.support.recordings import SCOPE, line, simulated


def read(data: bytes) -> Record:
    return record(recorded(data), data)


@pytest.mark.parametrize("market", Market)
def test_every_record_leaves_as_it_came(market: Market) -> None:
    lines = Lines(SCOPE, "a1")
    assert tuple(lines.line(read(each)) for each in simulated(market)) == simulated(market)


def test_what_was_added_later_is_not_missed_in_older_files() -> None:
    beat: Row = {"status": "LIVE", "provenAt": None, "events": 3, "gaps": 0, "backlogBytes": 0}
    heartbeat = read(line(1, **beat)).body
    assert isinstance(heartbeat, Heartbeat)
    assert (heartbeat.events, heartbeat.redacted) == (3, 0)
    stop = read(line(2, "stop", reason="limit", events=3, gaps=0, byReason={})).body
    assert isinstance(stop, Stop)
    assert stop.redacted == 0


@pytest.mark.parametrize(
    ("data", "why"),
    [(line(1, "telling"), "knows no record"), (line(1, "gap", gap="x"), "no gap: ")],
)
def test_what_nobody_knows_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(data)

"""What streams and entries are called, and what is missing among them."""

import pytest

from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.recording.broker.names import EntryId, Sequence, lane_of, stream_of, time_of
from tests.support.recordings import line


@pytest.mark.parametrize(
    ("profile", "name"),
    [("main-2", "binfut:{prod/main-2}:usdm"), (None, "binfut:{prod}:usdm")],
)
def test_a_stream_is_called_after_its_account(profile: str | None, name: str) -> None:
    lane = Lane(Market.USDM, Scope(Env.PROD, profile))
    assert stream_of(lane) == name
    assert lane_of(name) == lane


@pytest.mark.parametrize(
    "name", ["", "binfut:{prod}:spot", "binfut:{moon/x}:usdm", "binfut:prod:usdm", "x:{prod}:usdm"]
)
def test_other_names_are_no_watchs(name: str) -> None:
    assert lane_of(name) is None


def test_ids_are_in_the_engines_order() -> None:
    ids = [b"1-1", b"1-2", b"1-10", b"2-1", b"10-1"]
    assert [str(EntryId.of(each)).encode() for each in ids] == ids
    assert sorted(map(EntryId.of, reversed(ids))) == [*map(EntryId.of, ids)]


def test_what_is_missing_is_counted() -> None:
    sequence = Sequence()
    told = [sequence.see(EntryId(*each)) for each in ((3, 7), (3, 8), (3, 10), (5, 1), (6, 3))]
    assert [text and text.split()[0] for text in told] == [None, None, "1", None, "2"]
    assert Sequence(EntryId(3, 7)).see(EntryId(3, 9)) == "1 record is missing before it"
    assert sequence.see(EntryId(6, 3)) is None  # read again


def test_a_records_time() -> None:
    assert time_of(line(5)) == 1_791_000_005_000
    assert (
        time_of(b'{"v":1,"type":"x","market":null,"env":"prod","profile":null,"time":17,"run"')
        == 17
    )
    assert time_of(b"") == 0

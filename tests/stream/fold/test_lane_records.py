"""What a lane says: of whom, when, and what is counted of it."""

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.records import Drift, Raw, Record, Resync, Status, Verdict
from binfut_cli.stream.state import Difference
from tests.stream.fold.test_reducer import lost

SCOPE = Scope(Env.PROD, "main")
KEY = {"symbol": "BTCUSDT"}


def lane() -> LaneRecords:
    return LaneRecords(Lane(Market.USDM, SCOPE))


def said(records: list[Record]) -> list[object]:
    """The bodies, each at its time and of its account."""
    assert {(record.market, record.scope, record.time_ms) for record in records} == {
        (Market.USDM, SCOPE, 7)
    }
    return [record.body for record in records]


def test_a_reading_is_told_whole_and_then_what_of_it_is_otherwise_than_known() -> None:
    document: Row = {"assets": []}
    changed = Difference("symbolConfig", KEY, "leverage", 5, 20)
    told = lane().read(7, document, [changed])
    assert [record.source for record in told] == ["snapshot", "snapshot"]
    assert said(told) == [document, Resync("symbolConfig", KEY, "leverage", "5", "20")]


def test_a_verdict_is_told_and_holds() -> None:
    records = lane()
    assert records.said is None
    told = records.status(7, Verdict.STALE, "No answer.")
    assert said([told]) == [Status(Verdict.STALE, "No answer.")]
    assert records.counts.verdict is Verdict.STALE
    assert records.said is told
    assert said([records.status(7, Verdict.STALE, "No answer.", 0.25)]) == [
        Status(Verdict.STALE, "No answer.", 250)
    ]


def test_a_loss_is_a_gap_unless_the_account_could_not_be_read() -> None:
    records = lane()
    for unread, verdict in ((False, Verdict.GAP), (True, Verdict.FAILED)):
        (told,) = said([records.lost(lost(unread=unread), 7)])
        assert isinstance(told, Status)
        assert (told.verdict, told.retry_in_ms) == (verdict, 1250)
        assert (told.error is not None) is unread
        assert records.counts.verdict is verdict


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (3, "3"), ("", "")])
def test_what_a_field_was_and_is_is_told_as_text(value: object, text: str) -> None:
    found = Difference("accountConfig", {}, "multiAssetsMargin", None, value)
    told = said(lane().differences(Drift, [found], 7))
    assert told == [Drift("accountConfig", {}, "multiAssetsMargin", None, text)]


def test_the_bytes_that_were_handed_in_are_kept() -> None:
    assert lane().record(7, Raw("odd", "{"), b"{").raw == b"{"

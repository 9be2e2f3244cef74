"""What streams bring: held until it may be told, told once, and unreadable never in silence."""

from dataclasses import replace as with_fields

import pytest
from msgspec.structs import replace

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.codec import dumps
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.stream import events, state
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.events import Rows, Written, decode
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.incoming import Incoming
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.fold.outcome import Outcome
from binfut_cli.stream.fold.streams.joined_streams import HELD_BYTES
from binfut_cli.stream.messages import (
    Batch,
    StreamJoined,
    StreamJoining,
    StreamLeft,
    StreamRotated,
)
from binfut_cli.stream.records import Record, Rotate

LANE = Lane(Market.USDM)


def incoming(records: LaneRecords | None = None) -> Incoming:
    clock = GapClock()
    clock.measured(ClockOffset(1000, 1000))
    return Incoming(records or LaneRecords(LANE), clock, FoldedAccount(), keep_raw=False)


def live(records: LaneRecords | None = None) -> Incoming:
    found = incoming(records)
    found.read()
    return found


def batch(*texts: bytes, stream: int = 1) -> Batch:
    return Batch(LANE, 30, [(TEXT, text) for text in texts], stream)


def named(name: str, stream: int = 1) -> Batch:
    return batch(b'{"e":"%s","E":1,"T":1}' % name.encode(), stream=stream)


def told(outcome: Outcome) -> list[str]:
    return [record.row["event"] for record in outcome.records]


def test_all_waits_until_the_account_is_read_and_nothing_after() -> None:
    found = incoming()
    assert found.is_unread
    assert told(found.batch(named("A"))) == told(found.batch(named("B"))) == []
    assert told(found.read()) == ["A", "B"]
    assert not found.is_unread
    assert told(found.batch(named("C"))) == ["C"]


def test_a_stream_that_joins_waits_for_the_others_and_brings_no_copies() -> None:
    found = live()
    found.joining(StreamJoining(LANE, 2))
    assert told(found.batch(named("A", 2))) == []
    assert told(found.batch(named("A"))) == ["A"]
    assert told(found.batch(named("B", 2))) == []
    assert told(found.joined(StreamJoined(LANE, 2))) == ["B"]
    assert told(found.batch(named("B"))) == []
    (rotated,) = found.rotated(StreamRotated(LANE, 50, "age", 20)).records
    assert rotated.body == Rotate("age", 20, 2)
    assert rotated.time_ms == 1050  # by the exchange's clock


def test_copies_are_no_more_looked_for_a_minute_after_a_stream_is_alone() -> None:
    found = live()
    found.joining(StreamJoining(LANE, 2))
    found.left(StreamLeft(LANE, 2, 40))
    found.batch(with_fields(named("A"), time_ms=60_041))
    (rotated,) = found.rotated(StreamRotated(LANE, 60_050, "age", 20)).records
    assert rotated.body == Rotate("age", 20, None)


def test_an_event_is_counted_and_told_in_the_words_of_its_market_and_of_its_account() -> None:
    records = LaneRecords(Lane(Market.COINM, Scope(Env.PROD, "main")))
    found = live(records)
    order = batch(b'{"e":"ORDER_TRADE_UPDATE","E":1,"T":1,"o":{"s":"BTCUSD_PERP","b":"3"}}')
    for number in (1, 2):
        (record,) = found.batch(order).records
        assert (record.market, record.scope) == records.lane
        assert record.time_ms == 1030
        assert record.row["order"]["bidsQty"] == "3"
        assert records.counts.events == number


def test_what_a_stream_that_left_had_brought_is_told() -> None:
    found = live()
    found.joining(StreamJoining(LANE, 2))
    found.batch(named("A", 2))
    assert told(found.left(StreamLeft(LANE, 2, 40))) == ["A"]


def test_a_stream_that_joined_before_the_account_was_read_waits_for_that() -> None:
    found = incoming()
    found.joining(StreamJoining(LANE, 2))
    found.batch(named("A", 2))
    assert told(found.joined(StreamJoined(LANE, 2))) == []
    assert told(found.read()) == ["A"]


def test_all_that_waits_is_told_when_coverage_ends_and_the_next_streams_wait_again() -> None:
    found = incoming()
    found.batch(named("A"))
    found.joining(StreamJoining(LANE, 2))
    found.batch(named("B", 2))
    assert told(found.ended()) == ["A", "B"]
    assert found.is_unread
    assert told(found.batch(named("B"))) == []  # of a new first stream, and no copy
    assert told(found.read()) == ["B"]


def test_what_cannot_be_read_makes_the_account_uncertain_whenever_it_is_told() -> None:
    early, now = incoming(), live()
    assert not early.batch(batch(b"{")).uncertain
    assert early.read() == now.batch(batch(b"{"))
    assert now.batch(batch(b"{")).uncertain
    assert now.batch(batch(b'{"result":null,"id":1}')).uncertain
    assert not now.batch(named("A")).uncertain


def paid(wallet: int, time_ms: int) -> bytes:
    told = {"B": [{"a": "ETH", "wb": str(wallet), "bc": "0"}], "P": [], "m": "DEPOSIT"}
    return dumps({"e": "ACCOUNT_UPDATE", "E": time_ms, "T": time_ms, "i": "SgsR", "a": told})


def records_of(
    keep_raw: bool, rows: Rows, is_known: bool, layouts: dict[object, object]
) -> list[Record]:
    """What is told of updates that come in one read and in several, if these can be typed."""
    account, lane = FoldedAccount(), Lane(Market.COINM, Scope(Env.PROD, "main"))
    if is_known:
        account.read({"assets": [], "positions": []})
    found = Incoming(LaneRecords(lane), GapClock(), account, keep_raw=keep_raw, rows=rows)
    found.read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_layouts", layouts)
        patch.setattr(events, "_forms", {})
        patch.setattr(events, "_MOST_LAYOUTS", len(layouts))
        reads = [batch(paid(1, 1)), batch(paid(2, 2), paid(3, 3))]
        told = [record for each in reads for record in found.batch(each).records]
    assert account.stamps == ({"ETH": 3} if is_known else {})
    return told


@pytest.fixture(scope="module")
def learned() -> dict[object, object]:
    """The order in which their keys are written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_layouts", layouts := dict[object, object]())
        decode(paid(1, 1), Market.COINM)
    assert layouts
    return layouts


@pytest.mark.parametrize("rows", [Rows.MAPPED, Rows.WRITTEN])
@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("keep_raw", [True, False])
def test_of_a_typed_update_the_same_is_told_as_of_any_other(
    keep_raw: bool, is_known: bool, rows: Rows, learned: dict[object, object]
) -> None:
    one = records_of(keep_raw, rows, is_known, {})
    other = records_of(keep_raw, rows, is_known, learned)
    bodies = [dumps(record.body) for record in one]
    assert [dumps(record.body) for record in other] == bodies
    assert [replace(each, body={}) for each in other] == [replace(each, body={}) for each in one]
    is_written = is_known and rows is Rows.WRITTEN
    assert [isinstance(record.body, Written) for record in other] == [is_written] * 3
    assert [isinstance(record.body, Written) for record in one] == [False] * 3


def test_an_account_that_is_full_amid_a_read_keeps_no_event_of_it_to_itself(
    learned: dict[object, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_ROWS", 0)
    monkeypatch.setattr(events, "_layouts", learned)
    monkeypatch.setattr(events, "_forms", {})
    account = FoldedAccount()
    account.read({"assets": [], "positions": []})
    found = Incoming(LaneRecords(Lane(Market.COINM)), GapClock(), account, keep_raw=False)
    found.read()
    told = found.batch(batch(paid(1, 1), paid(2, 2), paid(3, 3)))
    assert [record.row["transactionTime"] for record in told.records] == [1, 2, 3]
    assert account.is_full


def test_no_rows_are_told_where_nobody_wants_them(learned: dict[object, object]) -> None:
    found = records_of(keep_raw=False, rows=Rows.NONE, is_known=True, layouts=learned)
    assert [record.row["balances"] for record in found] == [[]] * 3


@pytest.mark.parametrize("rows", [b'"B":[{"wb":"1"}],"P":[]', b'"B":[],"P":[{"pa":"1"}]'])
def test_a_row_that_names_nothing_cannot_be_read_however_often_it_comes(rows: bytes) -> None:
    account = FoldedAccount()
    account.read({"assets": [], "positions": []})
    found = Incoming(LaneRecords(LANE), GapClock(), account, keep_raw=False)
    found.read()
    for time in (b"1", b"2", b"3"):
        message = b'{"e":"ACCOUNT_UPDATE","E":%s,"T":%s,"a":{%s,"m":"ORDER"}}' % (time, time, rows)
        outcome = found.batch(batch(message))
        assert [record.type for record in outcome.records] == ["raw"]
        assert outcome.uncertain
    assert not account.state.balances
    assert not account.state.positions


def test_a_stream_that_brings_more_than_may_wait_is_named() -> None:
    found, half = incoming(), Batch(LANE, 30, [(TEXT, bytes(HELD_BYTES // 2))], 4)
    assert [found.batch(half).flooded for _ in range(2)] == [None, 4]


def test_a_stream_that_tells_of_more_than_an_account_may_have_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("binfut_cli.stream.state.MOST_ROWS", 2)
    account = FoldedAccount()
    account.read({"assets": [], "positions": []})
    found = Incoming(LaneRecords(LANE), GapClock(), account, keep_raw=False)
    found.read()
    told = [
        found.batch(batch(b'{"e":"ACCOUNT_UPDATE","a":{"B":[{"a":"%d","wb":"1"}]}}' % n, stream=4))
        for n in range(3)
    ]
    assert [each.flooded for each in told] == [None, None, 4]

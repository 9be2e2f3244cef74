"""What streams bring: held until it may be told, told once, and unreadable never in silence."""

from dataclasses import replace

import pytest

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.stream.clock_offset import ClockOffset
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
from binfut_cli.stream.records import Rotate

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
    found.batch(replace(named("A"), time_ms=60_041))
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

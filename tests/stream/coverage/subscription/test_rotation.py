"""When another stream joins, which one goes for it and when, and what is told of it."""

import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.coverage.errors import NotSubscribed, Uncovered
from binfut_cli.stream.messages import StreamJoined, StreamJoining, StreamLeft, StreamRotated
from tests.support.subscribed import Opened

LANE = Lane(Market.USDM)
SHUTDOWN, OLD = "The exchange announced a shutdown.", "The connection has grown old."


def test_a_young_stream_is_left_alone() -> None:
    opened = Opened()
    first = opened.only
    opened.pass_time(100)
    opened.rotation.tend()
    assert opened.only is first
    assert opened.streams.leaving is None
    assert not opened.told


def test_one_that_is_to_be_shut_down_stays_beside_its_successor_for_10_seconds() -> None:
    opened = Opened()
    first = opened.only
    first.stream.shutting_down = True
    opened.rotation.tend()
    assert opened.told == [StreamJoining(LANE, 2), StreamJoined(LANE, 2)]
    assert opened.only.stream.number == 2
    leaving, joined_s = opened.streams.leaving, opened.sim.now_s
    assert leaving is not None
    assert (leaving.opened, leaving.why) == (first, SHUTDOWN)
    assert opened.only.old_s == opened.only.born_s + 23 * 3600  # need not keep away from that one
    assert leaving.until_s == joined_s + 10
    opened.pass_time(9)
    opened.rotation.tend()
    assert opened.streams.leaving is leaving
    opened.pass_time(1)
    opened.rotation.tend()
    assert opened.streams.leaving is None
    now_ms, overlap_ms = opened.sim.now_ms(), round((opened.sim.now_s - joined_s) * 1000)
    assert overlap_ms >= 10_000
    assert opened.told[2:] == [
        StreamLeft(LANE, 1, now_ms), StreamRotated(LANE, now_ms, SHUTDOWN, overlap_ms)
    ]  # fmt: skip
    assert opened.sim.wires[0]._leaving
    assert opened.joined == [3.0, 2.0]  # seconds for what is on its way, and for the reader
    assert [wire.is_over for wire in opened.sim.wires] == [True, False]


def test_one_whose_last_words_are_still_on_their_way_stays_until_they_came() -> None:
    """The machine is slow: its reader does not read, its successor's has not begun to."""
    opened = Opened()
    first = opened.only
    first.stream.shutting_down = True
    opened.rotation.tend()
    opened.pass_time(10)
    opened.sim.is_slow = True
    opened.rotation.tend()
    opened.rotation.tend()
    assert opened.streams.leaving is not None
    assert opened.streams.leaving.opened is first
    assert not opened.left()
    opened.sim.is_slow = False
    opened.rotation.tend()
    assert opened.left() == [1]
    assert isinstance(opened.told[-1], StreamRotated)


@pytest.mark.parametrize("redundant", [False, True])
def test_one_that_was_deaf_before_its_successor_was_there_has_left_a_hole(redundant: bool) -> None:
    """It answers pings all the same."""
    opened = Opened(redundant=redundant)
    first = opened.only
    first.stream.shutting_down = True
    opened.pass_time(30)
    account = opened.sim.exchange.accounts[opened.sim.name]
    opened.sim.exchange.forget_subscriptions(account, "usdm")
    opened.rotation.tend()
    with pytest.raises(NotSubscribed) as raised:
        opened.streams.drop_broken()
    assert raised.value.since_ms == first.stream.listing.listed_ms
    assert first.stream.pings.proven_ms >= opened.only.ready_ms


def test_one_that_does_not_say_whether_it_was_deaf_does_not_leave_in_order() -> None:
    opened = Opened()
    first = opened.only
    first.stream.shutting_down = True
    opened.sim.wires[0].send = lambda *_: None  # type: ignore[method-assign]
    opened.rotation.tend()
    opened.pass_time(12)
    opened.rotation.tend()
    assert not opened.left()
    opened.pass_time(10)
    with pytest.raises(Uncovered, match="does not answer"):
        opened.streams.drop_broken()


def test_one_that_has_grown_old_is_replaced() -> None:
    opened = Opened()
    first = opened.only
    opened.sim.now_s = first.old_s - 0.5
    opened.rotation.tend()
    assert opened.only is first
    opened.sim.now_s = first.old_s
    opened.rotation.tend()
    assert opened.streams.leaving is not None
    assert opened.streams.leaving.opened is first
    assert opened.streams.leaving.why == OLD


def test_while_one_is_leaving_no_other_begins_to() -> None:
    opened = Opened()
    opened.only.stream.shutting_down = True
    opened.rotation.tend()
    leaving = opened.streams.leaving
    opened.only.stream.shutting_down = True
    opened.pass_time(5)
    opened.rotation.tend()
    assert opened.streams.leaving is leaving
    assert len(opened.sim.wires) == 2


def test_a_second_stream_joins_for_good_where_two_are_wanted_and_no_third_does() -> None:
    opened = Opened(redundant=True)
    first = opened.only
    opened.rotation.tend()
    assert opened.told == [StreamJoining(LANE, 2), StreamJoined(LANE, 2)]
    assert [each.stream.number for each in opened.streams.covering] == [1, 2]
    assert opened.streams.covering[0] is first
    assert opened.streams.leaving is None
    opened.pass_time(100)
    opened.rotation.tend()
    assert len(opened.sim.wires) == 2


def test_of_two_the_one_that_is_to_be_shut_down_is_replaced() -> None:
    opened = Opened(redundant=True)
    opened.rotation.tend()
    first, second = opened.streams.covering
    second.stream.shutting_down = True
    opened.pass_time(100)
    opened.rotation.tend()
    assert opened.streams.leaving is not None
    assert opened.streams.leaving.opened is second
    assert opened.streams.covering[0] is first
    assert len(opened.streams.covering) == 2


def test_one_that_cannot_join_is_tried_again_later() -> None:
    opened = Opened()
    first = opened.only
    first.stream.shutting_down = True
    opened.sim.is_unreachable = True
    opened.rotation.tend()
    opened.sim.is_unreachable = False
    now_ms = opened.sim.now_ms()
    assert opened.told == [StreamJoining(LANE, 2), StreamLeft(LANE, 2, now_ms)]
    assert opened.only is first
    opened.rotation.tend()
    assert len(opened.sim.wires) == 1
    opened.pass_time(2)
    opened.rotation.tend()
    assert opened.only.stream.number == 3


def test_one_that_joins_covers_when_the_others_have_brought_what_was_on_its_way() -> None:
    opened = Opened()
    opened.only.stream.shutting_down = True
    opened.sim.wires[0].is_mute = True
    began_s = opened.sim.now_s
    opened.rotation.tend()
    assert opened.sim.now_s >= began_s + 10  # for which a pong is waited for
    assert opened.only.stream.number == 2


def test_it_is_busy_while_one_is_leaving_or_lacking() -> None:
    opened = Opened()
    assert not opened.rotation.is_busy
    opened.only.stream.shutting_down = True
    opened.rotation.tend()
    assert opened.rotation.is_busy
    opened.pass_time(10)
    opened.rotation.tend()
    assert not opened.rotation.is_busy
    assert Opened(redundant=True).rotation.is_busy

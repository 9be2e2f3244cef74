"""Streams that cover together: what they prove, how old they grow, and what is left of them."""

import pytest

from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.coverage.errors import KeyExpired, Uncovered
from binfut_cli.stream.coverage.subscription.stream_set import Leaving
from tests.support.simulation import EPOCH_MS
from tests.support.subscribed import Opened

HOUR_S, MINUTE_S = 3600, 60


@pytest.mark.parametrize(("chance", "early_s"), [(0.0, 1200), (0.5, 0), (1.0, -1200)])
def test_a_stream_is_old_after_23_hours_within_20_minutes(chance: float, early_s: float) -> None:
    opened = Opened(chance)
    assert opened.only.old_s == opened.only.born_s + 23 * HOUR_S - early_s


def test_one_of_the_same_age_is_old_20_minutes_before_the_other() -> None:
    opened = Opened()
    first = opened.only
    second = opened.another()
    assert second.old_s == first.old_s - 20 * MINUTE_S
    assert opened.another().old_s == second.old_s - 20 * MINUTE_S


def test_one_that_takes_the_place_of_another_need_not_keep_away_from_it() -> None:
    opened = Opened()
    first = opened.only
    opened.pass_time(60)
    assert opened.another(instead_of=first).old_s >= first.old_s + 60


def test_one_that_is_20_minutes_younger_keeps_its_own_time() -> None:
    opened = Opened()
    first = opened.only
    opened.pass_time(20 * MINUTE_S)
    assert opened.another().old_s >= first.old_s + 20 * MINUTE_S


def test_a_message_is_as_old_as_the_last_of_any_stream() -> None:
    opened = Opened()
    streams, first = opened.streams, opened.only
    assert streams.event_ms == streams.opened_ms >= EPOCH_MS
    second = opened.another()
    first.stream.event_ms = streams.opened_ms + 5000
    assert streams.event_ms == streams.opened_ms + 5000
    streams.let_go(first)
    assert streams.event_ms == streams.opened_ms + 5000
    second.stream.event_ms = streams.opened_ms + 7000
    assert streams.event_ms == streams.opened_ms + 7000


def test_what_is_proven_of_streams_that_are_gone_reaches_to_their_last_proof() -> None:
    opened = Opened()
    streams, first = opened.streams, opened.only
    assert streams.proven_ms == streams.opened_ms
    opened.another()
    opened.pass_time(40)
    streams.let_go(first)
    assert streams.proven_ms == first.stream.proven_ms > streams.opened_ms


def test_pongs_are_overdue_only_if_every_stream_owes_one() -> None:
    opened = Opened()
    opened.another()
    opened.pass_time(20)
    for wire in opened.sim.wires:
        wire.is_mute = True
    opened.pass_time(14)
    each_s = [each.stream.pings.overdue_s for each in opened.streams.covering]
    assert max(each_s) > 0
    assert opened.streams.pong_overdue_s == min(each_s)


def test_the_key_was_listed_when_any_stream_said_so_last() -> None:
    opened = Opened()
    first = opened.only
    opened.pass_time(10)
    second = opened.another()
    listed = [first.stream.listing.listed_ms, second.stream.listing.listed_ms]
    assert listed[0] < listed[1]  # type: ignore[operator]
    assert opened.streams.listed_ms == listed[1]
    second.stream.listing.lists = False
    assert opened.streams.listed_ms == listed[0]
    first.stream.listing.listed_ms = None
    assert opened.streams.listed_ms is None


def test_every_stream_knows_how_far_the_clock_was_ahead_while_it_was_there() -> None:
    opened = Opened()
    first = opened.only
    opened.another()
    opened.streams.retire(Leaving(first, 1e9, "x"))
    for each in opened.streams.each():
        each.stream.offset = AGREED
    opened.streams.measured(ClockOffset(5, 9))
    offsets = [each.stream.offset for each in opened.streams.each()]
    assert offsets == [ClockOffset(0, 9)] * 2


def test_one_that_retires_stays_open_but_covers_no_more() -> None:
    opened = Opened()
    first, second = opened.only, opened.another()
    leaving = Leaving(first, 1e9, "x")
    opened.streams.retire(leaving)
    assert opened.streams.leaving is leaving
    assert opened.streams.covering == [second]
    assert list(opened.streams.each()) == [second, first]


def test_one_that_left_is_closed_and_told() -> None:
    opened = Opened()
    first, second = opened.only, opened.another()
    opened.streams.retire(Leaving(first, 1e9, "x"))
    opened.streams.let_go(first)
    assert opened.streams.leaving is None
    assert opened.streams.covering == [second]
    assert [wire.is_over for wire in opened.sim.wires] == [True, False]
    assert opened.left() == [first.stream.number]


def test_one_that_was_to_leave_stays_if_the_others_break() -> None:
    opened = Opened()
    first, second = opened.only, opened.another()
    opened.streams.retire(Leaving(first, 1e9, "x"))
    second.stream.broken = ConnectionClosed("x")
    opened.streams.drop_broken()
    assert opened.streams.covering == [first]
    assert opened.streams.leaving is None


def test_where_another_covers_a_broken_one_is_let_go() -> None:
    opened = Opened()
    first, second = opened.only, opened.another()
    opened.pass_time(40)
    first.stream.broken = ConnectionClosed("x")
    opened.streams.drop_broken()
    assert opened.streams.covering == [second]
    opened.streams.drop_broken()
    assert opened.left() == [first.stream.number]


def test_where_none_is_left_why_it_broke_is_why_coverage_ends() -> None:
    opened = Opened()
    broken = opened.only.stream.broken = ConnectionClosed("x")
    with pytest.raises(ConnectionClosed) as raised:
        opened.streams.drop_broken()
    assert raised.value is broken
    assert not opened.streams.covering


def test_a_hole_before_the_one_that_is_left_ends_coverage_where_it_begins() -> None:
    opened = Opened()
    first = opened.only
    opened.sim.wires[0].is_mute = True
    opened.pass_time(8)
    opened.another()
    first.stream.broken = ConnectionClosed("It was cut.")
    with pytest.raises(Uncovered, match=r"It was cut\.") as raised:
        opened.streams.drop_broken()
    assert raised.value.since_ms == first.stream.proven_ms


def test_one_that_breaks_may_have_been_deaf_since_it_last_listed_our_key() -> None:
    opened = Opened()
    first = opened.only
    opened.pass_time(8)
    opened.another()
    opened.pass_time(20)
    assert first.stream.proven_ms > opened.streams.covering[1].ready_ms
    first.stream.broken = ConnectionClosed("It was cut.")
    with pytest.raises(Uncovered, match=r"It was cut\.") as raised:
        opened.streams.drop_broken()
    assert raised.value.since_ms == first.stream.listing.listed_ms


def test_one_that_breaks_leaves_no_hole_if_its_exchange_never_lists() -> None:
    opened = Opened()
    first = opened.only
    opened.pass_time(8)
    opened.another()
    first.stream.listing.lists = False
    opened.pass_time(20)
    first.stream.broken = ConnectionClosed("It was cut.")
    opened.streams.drop_broken()
    assert opened.only is not first


def test_what_is_certain_of_one_stream_ends_all_of_them() -> None:
    opened = Opened()
    first = opened.only
    opened.another()
    expired = first.stream.broken = KeyExpired(EPOCH_MS, EPOCH_MS)
    with pytest.raises(KeyExpired) as raised:
        opened.streams.drop_broken()
    assert raised.value is expired
    assert len(opened.streams.covering) == 2


@pytest.mark.parametrize(("lived_s", "due"), [(59, False), (60.5, True)])
def test_only_one_that_lived_for_a_minute_makes_others_be_tried_soon(
    lived_s: float, due: bool
) -> None:
    opened = Opened(1.0)
    opener = opened.streams._opener
    for _ in range(6):  # each later than the one before
        next(opener._retries)
    opened.pass_time(100)
    second = opened.another()
    opened.pass_time(lived_s)
    opened.streams.let_go(second)
    assert (next(opener._retries) == 1.0) is due


def test_a_barrier_is_passed_when_the_stream_has_answered() -> None:
    opened = Opened()
    assert opened.streams.barrier(opened.only)
    opened.sim.wires[0].is_mute = True
    began_s = opened.sim.now_s
    assert not opened.streams.barrier(opened.only)
    assert opened.sim.now_s == began_s + 10


def test_no_pong_of_a_dead_stream_is_waited_for() -> None:
    opened = Opened()
    opened.sim.wires[0].is_mute = True
    opened.only.stream.broken = ConnectionClosed("x")
    began_s = opened.sim.now_s
    assert not opened.streams.barrier(opened.only)
    assert opened.sim.now_s == began_s


def test_at_the_end_every_stream_says_goodbye_and_is_closed() -> None:
    opened = Opened()
    first = opened.only
    opened.another()
    opened.pass_time(40)
    opened.streams.retire(Leaving(first, 1e9, "x"))
    spans = [each.span for each in opened.streams.each()]
    opened.streams.finish()
    assert opened.joined == [1.0, 1.0]  # a part of the whole program's time to end
    assert all(wire._leaving and not wire.is_over for wire in opened.sim.wires)
    opened.streams.close()
    assert opened.joined[2:] == [2.0, 2.0]
    assert all(wire.is_over for wire in opened.sim.wires)
    assert not list(opened.streams.each())
    assert opened.streams.proven_ms == max(until for _, until in spans)


def test_what_one_has_proven_that_went_before_the_end_stays_proven() -> None:
    opened = Opened()
    first = opened.only
    opened.another()
    opened.sim.wires[1].is_mute = True
    opened.pass_time(9)
    opened.streams.barrier(first)
    opened.streams.let_go(first)
    opened.streams.close()
    assert opened.streams.proven_ms == first.stream.proven_ms > EPOCH_MS + 9000


def test_those_that_cover_are_proven_as_soon_as_each_has_listed_our_key_since() -> None:
    opened = Opened()
    opened.pass_time(8)
    since_ms, begun_s = opened.sim.now_ms(), opened.sim.now_s
    assert opened.streams.prove(since_ms)
    assert opened.sim.now_s - begun_s < 2
    assert (opened.only.stream.listing.listed_ms or 0) >= since_ms
    assert opened.streams.prove(since_ms)

"""The exchange's clock against the watch's: what is measured, and what a gap is made of it."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.api.transport.frames import TEXT, Message
from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import NetworkError
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.coverage.errors import KeyExpired
from binfut_cli.stream.coverage.subscription.connection import Stream
from binfut_cli.stream.messages import (
    AuditRead,
    ClockMeasured,
    CoverageLost,
    LaneMessage,
    MessagesDropped,
    SnapshotTaken,
    StreamOpened,
    ThreadCrashed,
)
from binfut_cli.stream.records import Gap
from binfut_cli.stream.runtime import Runtime
from tests.stream.fold.test_reducer import (
    LANE,
    batch,
    live,
    records,
    reducer,
    taken,
    wallet,
)
from tests.support.bodies import bodies
from tests.support.simulation import NoSocket

DELAYS = st.floats(0, 5000)


@given(st.floats(0, 10**6), st.floats(-(10**6), 10**6), DELAYS, DELAYS)
def test_what_is_measured_contains_the_truth_however_slow_the_answer(
    now: float, ahead: float, there: float, back: float
) -> None:
    clock = [now]

    def server_ms() -> int:
        clock[0] += there
        told = int(clock[0] + ahead + 10**7)
        clock[0] += back
        return told

    found = ClockOffset.measured(server_ms, lambda: int(clock[0]))
    assert found.low_ms <= 10**7 + ahead <= found.high_ms
    assert found.high_ms - found.low_ms <= there + back + 4


@pytest.mark.parametrize(
    ("low", "high", "likely"), [(-5, 9, 0), (0, 0, 0), (1, 5, 3), (-30, -10, -20), (-3, 0, 0)]
)
def test_clocks_that_may_agree_are_taken_to(low: int, high: int, likely: int) -> None:
    assert ClockOffset(low, high).likely_ms == likely


def test_either_of_two_is_between_the_least_and_the_greatest() -> None:
    assert ClockOffset(1, 5).or_else(ClockOffset(-7, 3)) == ClockOffset(-7, 5)


def test_the_clock_of_a_watch_is_never_set(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Runtime()
    assert abs(runtime.now_ms() - time.time_ns() // 1_000_000) < 1000
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert runtime.now_ms() > 1_700_000_000_000


# -- gaps -----------------------------------------------------------------------------------


def opened(time_ms: int, low: int, high: int) -> StreamOpened:
    return StreamOpened(LANE, time_ms, offset=ClockOffset(low, high))


def lost(covered_ms: int, **more: int) -> CoverageLost:
    error = NetworkError("It ended.", hint="")
    return CoverageLost(
        LANE, covered_ms + 5, covered_ms, error, 1.0, possible_ms=more.get("possible_ms")
    )


def gaps(*items: LaneMessage) -> list[Gap]:
    """The gaps of a watch whose account was read at 20."""
    found = reducer()
    return bodies(records(found, *items), Gap)


def times(gap: Gap) -> tuple[int, int]:
    return gap.from_ms, gap.to_ms


def test_a_gap_is_told_by_the_exchanges_clock_as_wide_as_that_is_unsure() -> None:
    (gap,) = gaps(
        opened(10, 1000, 1010), taken(), lost(40), opened(60, 1003, 1020), taken(time_ms=70)
    )
    assert times(gap) == (1040, 1080)


def test_it_is_as_wide_as_the_clocks_have_drifted_since_the_last_look() -> None:
    start: list[LaneMessage] = [
        opened(10, 1000, 1010),
        taken(),
        ClockMeasured(LANE, ClockOffset(1100, 1110)),
    ]
    end: list[LaneMessage] = [lost(5000), opened(5100, 1300, 1310), taken(time_ms=5200)]
    (gap,) = gaps(*start, *end)
    assert times(gap) == (6000, 6410)
    agreed = AuditRead(LANE, 4000, taken().snapshot, 4000, 1)
    proven: list[LaneMessage] = [*start, agreed, ClockMeasured(LANE, ClockOffset(1200, 1210)), *end]
    assert times(gaps(*proven)[0]) == (6100, 6410)  # what was before the proof is of no use by now


def test_no_look_since_coverage_ended_is_forgotten() -> None:
    (gap,) = gaps(
        opened(10, 0, 0), taken(), lost(40), opened(60, 500, 500), lost(65),
        opened(90, -300, -300), taken(time_ms=99),
    )  # fmt: skip
    assert times(gap) == (10, 590)  # not before the watch began, though it may have been −260


def test_nothing_is_told_of_the_time_before_the_watch() -> None:
    (gap,) = gaps(opened(10, -20, 30), taken(), lost(0), opened(60, -20, 30), taken(time_ms=70))
    assert times(gap) == (-10, 90)


def test_what_is_only_possible_is_told_by_the_same_clock() -> None:
    lost_at = lost(4000, possible_ms=3000)
    (gap,) = gaps(opened(10, 700, 710), taken(), lost_at, opened(4100, 700, 710), taken())
    assert (gap.possible_from_ms, *times(gap)) == (3700, 4700, 4810)


def test_what_was_dropped_lies_in_its_gap() -> None:
    dropped = MessagesDropped(LANE, 3, 2000, 2100)
    (gap,) = gaps(opened(10, 50, 60), taken(), ClockMeasured(LANE, ClockOffset(80, 90)), dropped)
    assert times(gap) == (2050, 2190)


def test_gaps_do_not_reach_into_each_other() -> None:
    one, two = gaps(
        opened(10, 0, 0), taken(), lost(40), opened(60, 0, 400), taken(time_ms=70),
        lost(75), opened(90, 0, 0), taken(time_ms=95),
    )  # fmt: skip
    assert times(one) == (40, 460)
    assert times(two) == (460, 490)


def test_a_row_that_changed_while_all_seemed_covered_widens_the_gap() -> None:
    """By the exchange's clock: what seems later by ours happened before."""
    found = reducer()
    records(found, opened(5000, -1000, -1000), taken(time_ms=5010))  # all agreed at 4010
    items: list[LaneMessage] = [lost(9000), opened(9500, -1000, -1000)]
    for changed_ms, since in ((7999, 3010), (8001, 8000)):
        again = reducer()
        records(again, opened(5000, -1000, -1000), taken(time_ms=5010))
        assets = [{"asset": "USDT", "walletBalance": "11", "updateTime": changed_ms}]
        told = records(again, *items, taken(time_ms=9600, assets=assets))
        (gap,) = bodies(told, Gap)
        assert gap.from_ms == max(since, 4000)


@pytest.mark.parametrize(("changed_ms", "is_missed"), [(1004, True), (1006, False)])
def test_only_what_surely_changed_before_the_subscription_needs_no_gap(
    changed_ms: int, is_missed: bool
) -> None:
    """The first look finds a change that the reading before did not have."""
    found = reducer()
    records(found, opened(10, 995, 1005), taken())
    assets = [{"asset": "USDT", "walletBalance": "11", "updateTime": changed_ms}]
    other = taken(time_ms=40, assets=assets).snapshot
    for number in (1, 2):
        told = records(found, AuditRead(LANE, 40 * number, other, 40, number, confirms=True))
    assert [record.type for record in told if record.type in ("resync", "drift")] == [
        "resync" if is_missed else "drift"
    ]


def test_records_have_the_time_of_this_computer_unless_it_is_surely_wrong() -> None:
    right, wrong = reducer(), reducer()
    records(right, opened(10, -40, 40), taken())
    records(wrong, opened(10, 1000, 1100), taken())
    assert [r.time_ms for r in records(right, batch(wallet("2"), time_ms=30))] == [30]
    assert [r.time_ms for r in records(wrong, batch(wallet("2"), time_ms=30))] == [1080]
    assert live().counts.proven_ms == 20 - 1000


class Line(NoSocket):
    """A connection that brings one message."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    def send(self, id_: int, method: str, params: object = ()) -> None:
        """Nobody answers."""

    def ping(self, payload: bytes = b"") -> None:
        """Nobody answers."""

    def receive(self, timeout_s: float) -> list[Message]:
        return [(TEXT, self._message)]

    def say_goodbye(self) -> None:
        """Nobody hears."""

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.parametrize(
    ("offset", "since"),
    [(ClockOffset(), 9_000), (ClockOffset(2000, 2010), 6_990), (ClockOffset(-5000, -4990), 10_000)],
)
def test_a_key_expired_when_the_exchange_says_by_the_watchs_clock(
    offset: ClockOffset, since: int
) -> None:
    put: list[LaneMessage] = []
    runtime = Runtime(now_ms=lambda: 10_000)
    wire = Line(b'{"e":"listenKeyExpired","E":9000,"listenKey":"k"}')
    stream = Stream(1, Lane(Market.USDM), "k", wire, runtime, put.append, threading.Event(), offset)
    stream.turn()
    assert not [message for message in put if isinstance(message, ThreadCrashed)]
    assert isinstance(stream.broken, KeyExpired)
    assert stream.broken.since_ms == since
    assert "00:00:09 UTC" in stream.broken.message


def test_taken_before_anything_was_measured_needs_no_skew() -> None:
    assert not gaps(StreamOpened(LANE, 10), SnapshotTaken(LANE, 20, taken().snapshot, 20))

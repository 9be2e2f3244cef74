"""What waits for a slow printer: nothing is reordered, and what finds no room is counted."""

import os
import stat
import threading
import time
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.readers import NEVER
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.stream.backlog import BEHIND_BYTES, THROTTLE_BYTES, Backlog, Outlet, RingFile
from binfut_cli.stream.messages import (
    Batch,
    LaneEnded,
    LaneMessage,
    MessagesDropped,
    StreamOpened,
    ThreadCrashed,
)
from tests.support.program import no_room

LANE = Lane(Market.USDM)


def batch(number: int, size: int = 100, stream: int = 1) -> Batch:
    payload = f"{number:08d}".encode().ljust(size, b".")
    return Batch(LANE, number, [(TEXT, payload), (TEXT, b"")], stream)


def drained(backlog: Backlog) -> list[LaneMessage]:
    found = []
    while (message := backlog.take(0)) is not None:
        found.append(message)
    return found


def test_what_fits_in_memory_touches_no_disk() -> None:
    backlog = Backlog(memory=20_000)
    items = [batch(number) for number in range(10)]
    for message in items:
        backlog.put(message)
    assert backlog._queues[LANE].spool.file._file is None
    assert drained(backlog) == items
    assert backlog.size == 0


@settings(max_examples=settings.default.max_examples * 4)  # type: ignore[union-attr]
@given(st.lists(st.one_of(st.integers(0, 900), st.none()), max_size=40), st.integers(0, 3000))
def test_order_and_bytes_survive_memory_and_disk(sizes: list[int | None], memory: int) -> None:
    backlog = Backlog(memory=memory)
    put: list[LaneMessage] = []
    for number, size in enumerate(sizes):
        put.append(StreamOpened(LANE, number) if size is None else batch(number, size, number))
        backlog.put(put[-1])
        if number % 7 == 3:
            assert backlog.take(0) == put.pop(0)
    assert drained(backlog) == put
    backlog.close()


def test_the_file_is_nobody_elses_and_is_emptied() -> None:
    backlog = Backlog(memory=0)
    backlog.put(batch(1))
    file = backlog._queues[LANE].spool.file._file
    assert file is not None
    found = os.fstat(file.fileno())
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_nlink == 0  # no name to open it by
    drained(backlog)
    assert os.fstat(file.fileno()).st_size == 0
    backlog.close()


@settings(max_examples=settings.default.max_examples * 4)  # type: ignore[union-attr]
@given(st.lists(st.one_of(st.integers(0, 900), st.just("take")), max_size=60))
def test_the_file_goes_round_and_every_message_is_kept_or_counted(course: list[int | str]) -> None:
    backlog = Backlog(memory=1500, disk=4000)
    put, found = 0, list[LaneMessage]()
    for number, size in enumerate(course):
        if isinstance(size, int):
            backlog.put(batch(number, size))
            put += 2
        elif (message := backlog.take(0)) is not None:
            found.append(message)
    found += drained(backlog)
    kept = [message for message in found if isinstance(message, Batch)]
    assert all(message == batch(message.time_ms, int(course[message.time_ms])) for message in kept)
    assert sum(_messages(message) for message in found) == put
    assert [_until_ms(message) for message in found] == sorted(
        {_until_ms(message) for message in found}
    )
    assert backlog.size == 0
    backlog.close()


def _messages(message: LaneMessage) -> int:
    return message.count if isinstance(message, MessagesDropped) else len(message.messages)  # type: ignore[union-attr]


def _until_ms(message: LaneMessage) -> int:
    return message.to_ms if isinstance(message, MessagesDropped) else message.time_ms  # type: ignore[union-attr]


def test_what_is_on_disk_costs_next_to_no_memory() -> None:
    backlog = Backlog(memory=0)
    tracemalloc.start()
    for number in range(5000):
        backlog.put(batch(number))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 5000 * 20
    assert backlog.size > 5000 * 100
    backlog.close()


def test_what_waits_in_memory_costs_what_was_counted() -> None:
    backlog = Backlog()
    tracemalloc.start()
    for number in range(5000):
        backlog.put(batch(number, 300))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.7 < held / backlog.size < 1.1


def test_what_finds_no_room_is_counted_in_its_place() -> None:
    backlog = Backlog(memory=600, disk=1200)
    for number in range(20):
        backlog.put(batch(number))
    found = drained(backlog)
    (dropped,) = [message for message in found if isinstance(message, MessagesDropped)]
    kept = [message for message in found if isinstance(message, Batch)]
    assert sum(len(message.messages) for message in kept) + dropped.count == 40
    assert dropped.from_ms <= kept[-1].time_ms + 1
    assert dropped.to_ms == 19
    assert found.index(dropped) == len(found) - 1
    backlog.put(batch(20))
    assert drained(backlog) == [batch(20)]
    backlog.close()


def test_the_count_comes_before_what_found_room_again() -> None:
    backlog = Backlog(memory=0, disk=600)
    for number in range(6):
        backlog.put(batch(number))
    backlog.put(LaneEnded(LANE))
    backlog.put(batch(6))
    kinds = [type(message).__name__ for message in drained(backlog)]
    assert kinds == ["Batch", "MessagesDropped", "LaneEnded", "MessagesDropped"]
    assert backlog.size == 0
    backlog.close()


def test_the_count_comes_before_what_finds_room_in_memory() -> None:
    backlog = Backlog(memory=600, disk=600)
    for number in range(3):  # in memory, on disk, dropped
        backlog.put(batch(number))
    assert [backlog.take(0), backlog.take(0)] == [batch(0), batch(1)]
    backlog.put(batch(3))
    backlog.put(batch(4))
    first, *others = drained(backlog)
    assert isinstance(first, MessagesDropped)
    assert others == [batch(3), batch(4)]
    assert backlog.size == 0
    backlog.close()


def test_lanes_are_taken_from_in_turns_and_none_is_reordered() -> None:
    """Who has told much is behind by himself."""
    backlog = Backlog()
    quiet = Lane(Market.USDM, Scope(Env.TESTNET, "quiet"))
    for number in range(1000):
        backlog.put(batch(number))
    backlog.put(LaneEnded(quiet))
    assert backlog.take(0) == batch(0)
    assert backlog.take(0) == LaneEnded(quiet)
    assert drained(backlog) == [batch(number) for number in range(1, 1000)]


def test_who_is_on_disk_keeps_nobody_else_from_memory() -> None:
    backlog = Backlog(memory=600, disk=3000)
    quiet = Lane(Market.USDM, Scope(Env.TESTNET, "quiet"))
    for number in range(12):
        backlog.put(batch(number))
    assert backlog.take(0) == batch(0)
    other = replace(batch(99), lane=quiet)
    backlog.put(other)
    assert backlog._queues[LANE].spool.size
    assert not backlog._queues[quiet].spool.size
    assert {backlog.take(0).lane for _ in range(2)} == {LANE, quiet}  # type: ignore[union-attr]
    backlog.close()


def test_the_disk_is_shared_by_all_lanes() -> None:
    backlog = Backlog(memory=0, disk=2000)
    lanes = [Lane(Market.USDM, Scope(Env.TESTNET, name)) for name in "abc"]
    for number in range(300):
        backlog.put(replace(batch(number), lane=lanes[number % 3]))
        backlog.take(0)
        backlog.put(replace(batch(number), lane=lanes[number % 3]))
    files = [queue.spool.file._file for queue in backlog._queues.values()]
    assert sum(os.fstat(file.fileno()).st_size for file in files if file is not None) < 2000 + 600
    found = drained(backlog)
    assert [each for each in found if isinstance(each, MessagesDropped)]
    for lane in lanes:
        times = [_until_ms(each) for each in found if each.lane == lane]
        assert times == sorted(times)
    backlog.close()


def test_only_who_brought_much_is_to_rest() -> None:
    backlog = Backlog()
    quiet = Lane(Market.USDM, Scope(Env.TESTNET, "quiet"))
    rests = {LANE: 0, quiet: 0}
    for number in range(40_000):
        rests[LANE] += bool(backlog.put(batch(number, 600)))
        if number % 1000 == 0:
            rests[quiet] += bool(backlog.put(replace(batch(number), lane=quiet)))
    assert rests[LANE] > 100
    assert not rests[quiet]


@pytest.mark.parametrize("messages", [1, 50])
def test_breaths_are_counted_by_bytes_not_by_reads(messages: int) -> None:
    """Over TLS a read brings one message: a breath for each would let pongs come late."""
    breaths: list[float] = []
    backlog = Backlog()
    each = Batch(LANE, 1, [(TEXT, b"." * 600)] * messages)
    while backlog.size <= BEHIND_BYTES:
        breaths.append(backlog.put(each))
    assert not any(breaths)
    before = backlog.size
    breaths = [rest_s for _ in range(20_000 // messages) if (rest_s := backlog.put(each))]
    assert max(breaths) < 0.1
    assert len(breaths) == pytest.approx((backlog.size - before) / THROTTLE_BYTES, rel=0.5)
    assert len(breaths) <= (backlog.size - before) / THROTTLE_BYTES


def test_there_are_breaths_while_the_disk_is_in_use() -> None:
    backlog = Backlog(memory=0)
    assert any(backlog.put(batch(number, 10_000)) for number in range(50))
    backlog.close()


def test_a_writer_is_never_made_to_wait() -> None:
    backlog = Backlog(memory=1000, disk=10_000)
    done = threading.Event()

    def write() -> None:
        for number in range(1000):
            backlog.put(batch(number))
        done.set()

    threading.Thread(target=write).start()
    assert done.wait(5)  # though nobody takes anything
    times = [message.time_ms for message in drained(backlog) if isinstance(message, Batch)]
    assert all(one < other for one, other in pairwise(times))
    backlog.close()


def test_without_any_room_on_disk_the_count_still_comes_before_what_follows() -> None:
    backlog = Backlog(memory=600, disk=0)
    for number in range(4):
        backlog.put(batch(number))
    assert backlog.take(0) == batch(0)
    backlog.put(batch(9))
    found = drained(backlog)
    assert [type(message) for message in found] == [MessagesDropped, Batch]
    assert found[1] == batch(9)


def test_all_that_a_full_disk_refuses_is_one_count() -> None:
    backlog = Backlog(memory=0)
    with no_room():
        for number in range(50):
            backlog.put(batch(number))
    backlog.put(batch(50))
    dropped, kept = drained(backlog)
    assert dropped == MessagesDropped(LANE, 100, -1000, 49)
    assert kept == batch(50)
    backlog.close()


def test_what_is_forgotten_takes_no_room_but_a_bug_is_kept() -> None:
    backlog, bug = Backlog(memory=500, disk=4000), ThreadCrashed(LANE, ZeroDivisionError())
    for message in (batch(1), batch(2), batch(3), bug, batch(4, size=9000)):
        backlog.put(message)
    backlog.forget(LANE)
    backlog.forget(LANE._replace(market=Market.COINM))
    assert backlog.size == 0
    assert drained(backlog) == [bug]
    backlog.put(batch(5))
    assert drained(backlog) == [batch(5)]
    backlog.close()


class Bringing:
    """What a thread waits by that brings messages itself."""

    def __init__(self, backlog: Backlog, *brought: LaneMessage) -> None:
        self._backlog, self._brought = backlog, brought
        self.rings = 0

    def wait(self, seconds: float) -> None:
        assert [self._backlog.put(each) for each in self._brought] == [0.0] * len(self._brought)

    def ring(self) -> None:
        self.rings += 1

    def close(self) -> None:
        """Nothing to give back."""


def test_what_who_takes_brings_himself_comes_in_order_and_rings_nobody() -> None:
    backlog, items = Backlog(), [batch(number) for number in range(3)]
    sleep = Bringing(backlog, *items)
    backlog.attend(lambda: sleep)
    assert backlog.take(1.0) == items[0]
    assert drained(backlog) == items[1:]
    assert sleep.rings == 0


def test_what_another_thread_brings_meanwhile_rings_once_and_comes_after_it() -> None:
    backlog, items = Backlog(), [batch(number) for number in range(3)]

    class Waiting(Bringing):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            other = threading.Thread(target=lambda: [*map(backlog.put, items[1:])])
            other.start()
            other.join()

    sleep = Waiting(backlog, items[0])
    backlog.attend(lambda: sleep)
    assert backlog.take(1.0) == items[0]
    assert drained(backlog) == items[1:]
    assert sleep.rings == 1


def test_what_another_thread_brings_first_comes_first_though_it_has_not_rung_yet() -> None:
    backlog, items = Backlog(), [batch(number) for number in range(2)]

    def put() -> None:
        here.wait_as(NEVER, [])  # it rings before it waits, as those who read and keep do
        backlog.put(items[0])

    class Late(Bringing):
        def wait(self, seconds: float) -> None:
            other = threading.Thread(target=put)
            other.start()
            other.join()
            super().wait(seconds)

    sleep = Late(backlog, items[1])
    backlog.attend(lambda: sleep)
    assert backlog.take(1.0) == items[0]
    assert drained(backlog) == items[1:]


def test_what_was_brought_as_a_signal_ended_the_wait_is_taken_all_the_same() -> None:
    """So that it can be told that nobody has printed it."""
    backlog, item = Backlog(), batch(1)

    class Interrupted(Bringing):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            raise KeyboardInterrupt

    sleep = Interrupted(backlog, item)
    backlog.attend(lambda: sleep)
    with pytest.raises(KeyboardInterrupt):
        backlog.take(1.0)
    assert backlog.take(0) == item


def test_what_comes_while_nobody_waits_rings_nobody() -> None:
    backlog = Backlog()
    sleep = Bringing(backlog)
    backlog.attend(lambda: sleep)
    for number in (1, 2):
        backlog.put(batch(number))
        assert backlog.take(1.0) == batch(number)
    assert sleep.rings == 0


def test_who_wakes_for_nothing_waits_for_the_rest_of_his_time() -> None:
    backlog, asked_s = Backlog(), list[float]()

    class Restless(Bringing):
        def wait(self, seconds: float) -> None:
            assert 0.0 < seconds <= min([0.01, *asked_s])
            asked_s.append(seconds)

    backlog.attend(lambda: Restless(backlog))
    begun_s = time.monotonic()
    assert backlog.take(0.01) is None
    assert time.monotonic() - begun_s >= 0.01
    assert asked_s[0] == 0.01


def test_a_file_goes_round_and_is_as_large_as_it_must_be() -> None:
    ring = RingFile(10)
    assert (ring.size, ring.extent()) == (0, 0)
    ring.put(b"abcdef")
    assert ring.take(4) == b"abcd"
    assert (ring.size, ring.extent(), ring.extent(3), ring.extent(9)) == (2, 6, 9, 10)
    ring.let_go()
    ring.put(b"ghijkl")
    assert (ring.size, ring.extent()) == (8, 10)
    assert ring.take(8) == b"efghijkl"
    ring.let_go()
    assert (ring.size, ring.extent()) == (0, 0)
    ring.put(b"a")
    assert ring.take(1) == b"a"
    ring.let_go()
    assert (ring.size, ring.extent()) == (0, 0)
    ring.close()


def test_what_fits_exactly_has_room() -> None:
    size = batch(1).size
    backlog = Backlog(memory=size, disk=size)
    for number in range(2):
        backlog.put(batch(number))
    assert 0 < backlog._queues[LANE].spool.size == backlog.size - size
    backlog.put(batch(2))
    first, second, dropped = drained(backlog)
    assert [first, second] == [batch(0), batch(1)]
    assert dropped == MessagesDropped(LANE, 2, -998, 2)
    backlog.close()


def test_what_the_file_of_another_lane_takes_up_is_no_room() -> None:
    backlog = Backlog(memory=0, disk=batch(1).size + 100)
    other = replace(batch(2), lane=Lane(Market.USDM, Scope(Env.TESTNET, "quiet")))
    for each in (batch(1), other):
        backlog.put(each)
    assert [type(each) for each in drained(backlog)] == [Batch, MessagesDropped]
    backlog.close()


def test_what_is_forgotten_was_only_what_was_left() -> None:
    backlog = Backlog()
    other = replace(batch(9), lane=Lane(Market.USDM, Scope(Env.TESTNET, "quiet")))
    for each in (batch(1), batch(2), batch(3), other):
        backlog.put(each)
    assert backlog.take(0) == batch(1)
    backlog.forget(LANE)
    assert backlog.size == other.size
    assert drained(backlog) == [other]
    assert backlog.size == 0


def test_a_burst_of_less_than_much_rests_nobody() -> None:
    backlog = Backlog()
    rests = [backlog.put(batch(number, 600)) for number in range(1000)]
    assert 500_000 < backlog.size < 1_500_000
    assert not any(rests)


def test_what_is_no_batch_is_kept_though_there_is_no_room_at_all() -> None:
    backlog = Backlog(memory=0, disk=0)
    for each in (batch(1), LaneEnded(LANE)):
        backlog.put(each)
    assert drained(backlog) == [MessagesDropped(LANE, 2, -999, 1), LaneEnded(LANE)]
    backlog.close()


def test_who_is_shut_hands_nothing_on_but_a_bug() -> None:
    backlog, bug = Backlog(memory=0), ThreadCrashed(LANE, ZeroDivisionError())
    outlet = Outlet(backlog)
    rests = [outlet.put(batch(number, 10_000)) for number in range(50)]
    assert rests[0] == 0.0
    assert any(rests)
    assert len(drained(backlog)) == 50
    outlet.shut()
    assert outlet.put(batch(51, THROTTLE_BYTES)) == 0.0
    outlet.put(bug)
    assert drained(backlog) == [bug]
    backlog.close()

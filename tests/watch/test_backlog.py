"""What waits for a slow printer: nothing is reordered, and what finds no room is counted."""

import os
import stat
import threading
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli.markets import Lane, Market
from binfut_cli.transport.frames import TEXT
from binfut_cli.watch.backlog import Backlog
from binfut_cli.watch.items import Batch, Dropped, Ended, Item, Opened

LANE = Lane(Market.USDM)


def batch(number: int, size: int = 100, stream: int = 1) -> Batch:
    payload = f"{number:08d}".encode().ljust(size, b".")
    return Batch(LANE, number, [(TEXT, payload), (TEXT, b"")], stream)


def drained(backlog: Backlog) -> list[Item]:
    found = []
    while (item := backlog.take(0)) is not None:
        found.append(item)
    return found


def test_what_fits_in_memory_touches_no_disk() -> None:
    backlog = Backlog(memory=10_000)
    items = [batch(number) for number in range(10)]
    for item in items:
        backlog.put(item)
    assert backlog._spool._file is None
    assert drained(backlog) == items
    assert backlog.size == 0


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 900), st.none()), max_size=40), st.integers(0, 3000))
def test_order_and_bytes_survive_memory_and_disk(sizes: list[int | None], memory: int) -> None:
    backlog = Backlog(memory=memory)
    put: list[Item] = []
    for number, size in enumerate(sizes):
        put.append(Opened(LANE, number) if size is None else batch(number, size, number))
        backlog.put(put[-1])
        if number % 7 == 3:
            assert backlog.take(0) == put.pop(0)
    assert drained(backlog) == put
    backlog.close()


def test_the_file_is_nobody_elses_and_is_emptied() -> None:
    backlog = Backlog(memory=0)
    backlog.put(batch(1))
    file = backlog._spool._file
    assert file is not None
    found = os.fstat(file.fileno())
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_nlink == 0  # no name to open it by
    drained(backlog)
    assert os.fstat(file.fileno()).st_size == 0
    backlog.close()


def test_what_finds_no_room_is_counted_in_its_place() -> None:
    backlog = Backlog(memory=300, disk=500)
    for number in range(20):
        backlog.put(batch(number))
    found = drained(backlog)
    (dropped,) = [item for item in found if isinstance(item, Dropped)]
    kept = [item for item in found if isinstance(item, Batch)]
    assert sum(len(item.messages) for item in kept) + dropped.count == 40
    assert dropped.from_ms <= kept[-1].time_ms + 1
    assert dropped.to_ms == 19
    assert found.index(dropped) == len(found) - 1
    backlog.put(batch(20))
    assert drained(backlog) == [batch(20)]
    backlog.close()


def test_the_count_comes_before_what_found_room_again() -> None:
    backlog = Backlog(memory=0, disk=250)
    for number in range(6):
        backlog.put(batch(number))
    backlog.put(Ended(LANE))
    kinds = [type(item).__name__ for item in drained(backlog)]
    assert kinds == ["Batch", "Dropped", "Ended"]
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
    times = [item.time_ms for item in drained(backlog) if isinstance(item, Batch)]
    assert all(one < other for one, other in pairwise(times))
    backlog.close()

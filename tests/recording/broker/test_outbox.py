"""What waits to be written: in order, in memory, then on the disk, and then not at all."""

import os
import threading

from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.recording.broker.outbox import Entry, Outbox
from tests.support.program import no_room


def entry(number: int, size: int = 10) -> Entry:
    return Entry(number % 3, number, b"%d" % number + b"x" * size)


@given(st.lists(st.one_of(st.integers(0, 300), st.just("take")), max_size=60))
def test_order_is_kept_and_what_finds_no_room_is_said(course: list[int | str]) -> None:
    outbox, put, found = Outbox(memory=500, disk=1500), list[Entry](), list[Entry]()
    for number, size in enumerate(course):
        if isinstance(size, int):
            if outbox.put(each := entry(number, size)):
                put.append(each)
            else:
                assert not outbox.is_roomy or size > 200
        else:
            found += outbox.take(2, 0)
    assert len(outbox) == len(put) - len(found)
    found += outbox.take(1000, 0)
    assert found == put
    assert outbox.is_roomy
    outbox.close()


def test_the_disks_room_is_given_back() -> None:
    outbox = Outbox(memory=0)
    assert outbox.put(entry(1))
    file = outbox._file._file
    assert file is not None
    assert os.fstat(file.fileno()).st_size > 0
    assert outbox.take(5, 0) == [entry(1)]
    assert os.fstat(file.fileno()).st_size == 0
    outbox.close()


def test_a_full_disk_is_no_room() -> None:
    outbox = Outbox(memory=0)
    with no_room(100):
        assert outbox.put(entry(1))
        assert not outbox.put(entry(2, 500))
    assert outbox.put(entry(3))
    assert outbox.take(5, 0) == [entry(1), entry(3)]
    outbox.close()


def test_who_waits_is_woken() -> None:
    outbox, found = Outbox(), list[Entry]()
    thread = threading.Thread(target=lambda: found.extend(outbox.take(5, 10)))
    thread.start()
    outbox.put(entry(1))
    thread.join(5)
    assert found == [entry(1)]

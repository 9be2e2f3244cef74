"""A thread that reads while it would only wait: what it leaves or misses is read all the same."""

import random
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.readers import NEVER, Attendant, Readers
from binfut_cli.commands.process.shutdown import Shutdown
from tests.api.transport.waiting.test_readers import (
    NEVER_S,
    SOON_S,
    Listener,
    end,
    listeners,
    note_others,
)

__all__ = ["listeners"]
pytestmark = pytest.mark.skipif(
    not hasattr(select, "EPOLLEXCLUSIVE"), reason="what comes wakes both threads"
)


class Heard(Listener):
    """One who says which thread read what."""

    def __init__(self) -> None:
        super().__init__()
        self.by = list[str]()
        self.heard = lambda: self.by.append(threading.current_thread().name)

    def has_found(self, number: int) -> bool:
        return len(self.found) >= number


class Attended:
    """Readers, one of whom has come to sit there, and this thread attends."""

    def __init__(self, one: Listener) -> None:
        self.readers = Readers(NEVER_S)
        attendant = self.readers.attend()
        assert attendant is not None
        self.attendant: Attendant = attendant
        self.readers.add(one)
        assert one.until(lambda each: each.turns)

    def until(self, met: Callable[[], object]) -> None:
        """Wait like this until a condition is met; it may be the other thread that sees to it."""
        end_s = time.monotonic() + SOON_S
        while not met():
            assert time.monotonic() < end_s
            self.attendant.wait(0.1)


HERE = threading.current_thread().name


@pytest.fixture
def one() -> Iterator[Heard]:
    note_others()
    found = Heard()
    yield found
    found.ours.close()
    found.theirs.close()


@pytest.fixture
def attended(one: Heard) -> Iterator[Attended]:
    found = Attended(one)
    yield found
    found.attendant.close()
    end([one], found.readers)


def soon(call: Callable[[], object]) -> threading.Timer:
    """Do this while the present thread waits."""
    timer = threading.Timer(0.02, call)
    timer.start()
    return timer


def interrupt() -> None:
    """As Ctrl-C does: this thread is waiting."""
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


def test_what_comes_alone_is_read_by_who_waits(one: Heard, attended: Attended) -> None:
    for number in range(20):
        sent = soon(partial(one.theirs.send, b"%3d" % number))
        attended.until(partial(one.has_found, number + 1))
        sent.join()
    assert one.found == [b"%3d" % number for number in range(20)]
    assert set(one.by) == {HERE}


def test_in_a_turn_he_waits_for_nothing_and_behind_it_as_before(
    one: Heard, attended: Attended
) -> None:
    waits = list[object]()
    one.heard = lambda: waits.append(here.here())
    sent = soon(partial(one.theirs.send, b"told"))
    attended.until(lambda: waits)
    sent.join()
    assert waits == [NEVER]
    assert here.here() is None


def test_what_comes_while_he_is_away_is_read(one: Heard, attended: Attended) -> None:
    attended.attendant.wait(0.0)
    for number in range(20):
        one.theirs.send(b"%3d" % number)
        assert one.until(lambda each: each.found[-1:] == [b"%3d" % number])  # noqa: B023
    assert set(one.by) == {"readers"}


def test_what_he_leaves_is_read_though_he_never_comes_back(one: Heard, attended: Attended) -> None:
    sent = soon(lambda: one.theirs.send(b"".join(b"%4d" % number for number in range(100))))
    attended.until(lambda: one.found)
    assert one.until(lambda each: len(each.found) == 100)
    assert one.found == [b"%4d" % number for number in range(100)]
    assert one.by == [HERE] * one.by.count(HERE) + ["readers"] * one.by.count("readers")
    sent.join()


def test_an_end_that_came_with_the_last_bytes_is_noticed(one: Heard, attended: Attended) -> None:
    """Nothing will come any more that would wake anybody."""

    def send() -> None:
        one.theirs.send(b"last")
        one.theirs.shutdown(socket.SHUT_RDWR)

    sent = soon(send)
    attended.until(lambda: one.found)
    assert one.until(lambda each: each.found == [b"last", b""])
    sent.join()


def test_what_tls_has_unpacked_is_read_though_he_never_comes_back(
    one: Heard, attended: Attended
) -> None:
    def unpack(_: object) -> None:
        one.unpacked = [b"a", b"b"]

    attended.readers.call(unpack)
    sent = soon(lambda: one.theirs.send(b"c"))
    attended.until(lambda: one.found)
    assert one.until(lambda each: each.found == [b"a", b"b", b"c"])
    sent.join()


def test_who_rests_after_his_turn_goes_on_though_he_never_comes_back(
    one: Heard, attended: Attended
) -> None:
    one.rest_s = 0.01
    sent = soon(lambda: one.theirs.send(b"." * 40))
    attended.until(lambda: one.found)
    assert one.until(lambda each: len(each.found) == 10)
    sent.join()


def test_a_ring_ends_his_wait_and_is_not_lost(attended: Attended) -> None:
    started = time.monotonic()
    for ring in (attended.attendant.ring, lambda: soon(attended.attendant.ring)):
        ring()
        attended.attendant.wait(SOON_S)
    assert time.monotonic() - started < SOON_S


def test_he_waits_no_longer_than_he_wants(attended: Attended) -> None:
    attended.attendant.wait(0.01)


def test_one_attends_at_a_time(one: Heard, attended: Attended) -> None:
    assert attended.readers.attend() is None
    attended.attendant.close()
    one.theirs.send(b"on")
    assert one.until(lambda each: each.found == [b"on"])
    again = attended.readers.attend()
    assert again is not None
    attended.attendant = again
    sent = soon(lambda: one.theirs.send(b"more"))
    attended.until(lambda: len(one.found) == 2)
    sent.join()


def test_in_whatever_order_both_read_it_stays_in_order(one: Heard, attended: Attended) -> None:
    chance, said = random.Random(7), b"".join(b"%4d" % number for number in range(3000))

    def send() -> None:
        for place in range(0, len(said), 40):
            one.theirs.send(said[place : place + 40])
            time.sleep(chance.choice((0, 0, 0.0005)))

    thread = threading.Thread(target=send)
    thread.start()
    while not one.has_found(3000):
        attended.attendant.wait(0.1)
        time.sleep(chance.choice((0, 0, 0.001)))
    thread.join()
    assert b"".join(one.found) == said
    assert set(one.by) == {HERE, "readers"}, "both have read"


def test_a_signal_interrupts_no_turn_of_his(one: Heard, attended: Attended) -> None:
    """What was received would be lost: it raises as soon as that was handed on."""
    ending = Shutdown()

    def hear() -> None:
        one.heard = lambda: None
        signal.raise_signal(signal.SIGINT)

    one.heard = hear
    sent = soon(lambda: one.theirs.send(b"told"))
    with ending.heard():
        signal.raise_signal(signal.SIGINT)  # the first only asks for the end
        with pytest.raises(KeyboardInterrupt):
            attended.until(lambda: False)
    assert one.found == [b"told"]
    sent.join()


def test_what_woke_him_is_read_though_a_signal_ends_his_wait(
    one: Heard, attended: Attended
) -> None:
    ending = Shutdown()
    with ending.heard():
        signal.raise_signal(signal.SIGINT)
        sent = soon(interrupt)
        with pytest.raises(KeyboardInterrupt):
            attended.attendant.wait(SOON_S)
    sent.join()
    one.theirs.send(b"told")
    assert one.until(lambda each: each.found == [b"told"])


def test_after_a_turn_that_failed_he_waits_as_ever(one: Heard, attended: Attended) -> None:
    """Or no signal would reach him any more."""

    def fail() -> None:
        one.heard = lambda: None
        raise ZeroDivisionError

    one.heard = fail
    sent = soon(lambda: one.theirs.send(b"told"))
    with pytest.raises(ZeroDivisionError):
        attended.until(lambda: False)
    assert here.here() is None
    sent.join()


def test_where_what_comes_would_wake_both_nobody_attends(
    one: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(select, "EPOLLEXCLUSIVE")
    readers = Readers(NEVER_S)
    readers.add(one)
    assert readers.attend() is None
    one.theirs.send(b"on")
    assert one.until(lambda each: each.found == [b"on"])
    assert one.by == ["readers"]
    end([one], readers)

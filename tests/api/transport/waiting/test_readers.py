"""Sockets that are read in turns: nobody waits for another, and nobody is forgotten."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.readers import NEVER, Readers

SOON_S = 5.0
NEVER_S = 3600.0


class Listener:
    """One who reads what a socket brings, and may have unpacked more than it told of."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.rest_s = 0.0
        self.turns = 0
        self.is_wanted = False
        self.asked = 0
        self.unpacked: list[bytes] = []
        self.found: list[bytes] = []
        self.changed = threading.Condition()
        self.heard: Callable[[], object] = lambda: None

    def fileno(self) -> int:
        return self.ours.fileno()

    def has_more(self) -> bool:
        return bool(self.unpacked)

    def is_due(self) -> bool:
        with self.changed:
            self.asked += 1
            self.changed.notify_all()
        return self.is_wanted

    def turn(self) -> bool:
        with self.changed:
            self.turns += 1
            self.changed.notify_all()
            if self.unpacked:
                self.found.append(self.unpacked.pop(0))
                return True
            try:
                data = self.ours.recv(4)
            except BlockingIOError:
                return True
            except OSError:
                return False
            self.heard()
            self.found.append(data)
            return bool(data)

    def until(self, met: Callable[["Listener"], object]) -> bool:
        with self.changed:
            return bool(self.changed.wait_for(lambda: met(self), SOON_S))


OTHERS = set[threading.Thread]()
"""Threads of what was tested before in this process."""


def note_others() -> None:
    """Take note of those that are there before a test begins."""
    OTHERS.update(each for each in threading.enumerate() if each.name == "readers")


@pytest.fixture
def listeners() -> Iterator[list[Listener]]:
    note_others()
    found = [Listener() for _ in range(3)]
    yield found
    for each in found:
        each.ours.close()
        each.theirs.close()


def readers_of(some: list[Listener], visit_s: float = NEVER_S) -> Readers:
    found = Readers(visit_s)
    for each in some:
        found.add(each)
    assert all(each.until(lambda one: one.turns) for each in some)
    return found


def reading() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "readers"} - OTHERS


def end(some: list[Listener], readers: Readers) -> None:
    for each in some:
        with contextlib.suppress(OSError):
            each.theirs.shutdown(socket.SHUT_RDWR)
    for thread in reading():
        thread.join(SOON_S)
    assert not reading()


def test_one_thread_reads_all_and_ends_with_the_last(listeners: list[Listener]) -> None:
    readers = readers_of(listeners)
    assert [thread.daemon for thread in reading()] == [True]  # the program may end before it
    for number, each in enumerate(listeners):
        each.theirs.send(b"%d" % number)
    assert all(each.until(lambda one: one.found) for each in listeners)
    assert [each.found for each in listeners] == [[b"0"], [b"1"], [b"2"]]
    end(listeners, readers)


def test_the_first_turn_comes_at_once_though_nothing_has_come(listeners: list[Listener]) -> None:
    """In it a stream asks whether it is listed."""
    readers = readers_of(listeners[:1])
    assert not listeners[0].found
    end(listeners, readers)


def test_who_has_much_does_not_keep_the_others_waiting(listeners: list[Listener]) -> None:
    flooded, other, _ = listeners
    readers, seen = readers_of([flooded, other]), list[int]()
    other.heard = lambda: seen.append(len(flooded.found))

    def send(_: object) -> None:
        flooded.theirs.send(b"." * 400)
        other.theirs.send(b"here")

    readers.call(send)  # between two turns
    assert flooded.until(lambda one: len(one.found) == 100)
    assert seen[0] <= 1, "a turn reads once"
    end(listeners, readers)


@pytest.mark.parametrize("rest_s", [0.0, 0.001])
def test_what_tls_has_unpacked_is_read_though_the_socket_is_silent(
    rest_s: float, listeners: list[Listener]
) -> None:
    one, unpacked = listeners[0], [b"%d" % number for number in range(8)]
    one.rest_s = rest_s
    one.heard = lambda: one.unpacked.extend(unpacked)
    readers = readers_of([one])
    one.theirs.send(b"a")
    assert one.until(lambda each: each.found == [b"a", *unpacked])
    one.heard = lambda: None
    end(listeners, readers)


def test_who_rests_is_not_read_meanwhile_and_others_are(listeners: list[Listener]) -> None:
    tired, other, _ = listeners
    tired.rest_s = NEVER_S
    readers = Readers(NEVER_S)
    seat = readers.add(tired)
    readers.add(other)
    assert tired.until(lambda one: one.turns)
    tired.theirs.send(b"1")
    other.theirs.send(b"2")
    assert other.until(lambda one: one.found)
    assert not tired.found
    tired.ours.close()
    seat.join(SOON_S)
    assert not seat.is_alive()
    end(listeners, readers)


def test_who_has_rested_goes_on(listeners: list[Listener]) -> None:
    one = listeners[0]
    one.rest_s = 0.01
    readers = readers_of([one])
    one.theirs.send(b"." * 40)
    assert one.until(lambda each: len(each.found) == 10)
    end(listeners, readers)


def test_who_is_due_has_a_turn_now_and_then_though_nothing_comes(
    listeners: list[Listener],
) -> None:
    """Nobody else looks whether a pong is overdue; who waits for nothing costs nothing."""
    one, other, idle = listeners
    one.is_wanted = other.is_wanted = True
    readers = readers_of(listeners, visit_s=0.01)
    assert all(each.until(lambda one: one.turns > 3) for each in (one, other))
    assert idle.turns == 1
    end(listeners, readers)


def test_nobody_is_asked_more_often_than_he_is_to_be(listeners: list[Listener]) -> None:
    one, seldom = listeners[:2]
    readers_of([seldom])
    begun_s = time.monotonic()
    readers = readers_of([one], visit_s=0.02)
    assert one.until(lambda each: each.asked >= 3)
    assert one.asked <= (time.monotonic() - begun_s) / 0.02
    assert not seldom.asked
    end(listeners, readers)


def test_a_socket_that_was_closed_is_noticed_by_who_waits_for_its_end(
    listeners: list[Listener],
) -> None:
    one = listeners[0]
    readers = Readers(NEVER_S)
    seat = readers.add(one)
    assert one.until(lambda each: each.turns)
    one.ours.close()
    seat.join(SOON_S)
    assert not seat.is_alive()
    end(listeners, readers)


def test_a_socket_with_the_number_of_one_that_was_closed_is_read(
    listeners: list[Listener],
) -> None:
    gone, new, _ = listeners
    readers = Readers(NEVER_S)
    seat = readers.add(gone)
    assert gone.until(lambda each: each.turns)
    number = gone.ours.detach()
    os.dup2(new.ours.fileno(), number)
    new.ours.close()
    new.ours = socket.socket(fileno=number)
    readers.add(new)
    new.theirs.send(b"new")
    assert new.until(lambda each: each.found == [b"new"])
    seat.join(SOON_S)
    assert not seat.is_alive()
    new.theirs.send(b"more")
    assert new.until(lambda each: each.found == [b"new", b"more"])
    end(listeners, readers)


def test_nobody_waits_on_the_thread_that_reads(listeners: list[Listener]) -> None:
    one, told = listeners[0], list[BaseException]()

    class Impatient(Listener):
        def turn(self) -> bool:
            waits = here.here()
            assert waits is not None
            try:
                waits.writable(self.fileno(), SOON_S)
            except TimeoutError as exc:
                told.append(exc)
            assert not waits.wait(threading.Event(), NEVER_S)
            return super().turn()

    impatient = Impatient()
    readers = readers_of([one, impatient])
    assert told
    end([one, impatient], readers)
    impatient.ours.close()
    impatient.theirs.close()


def test_one_that_was_closed_before_its_first_turn_ends_alone(listeners: list[Listener]) -> None:
    closed, one, _ = listeners
    readers = readers_of([one])
    closed.ours.close()
    seat = readers.add(closed)
    seat.join(SOON_S)
    assert not seat.is_alive()
    one.theirs.send(b"on")
    assert one.until(lambda each: each.found == [b"on"])


def test_who_is_woken_in_a_turn_wakes_when_all_have_had_theirs(listeners: list[Listener]) -> None:
    """Woken before, he would find the reading thread running, and have to sleep once more."""
    told, woken = list[str](), threading.Event()

    def hear() -> None:
        told.append("turn")
        here.before_waiting(wake)

    def wake() -> None:
        told.append("woken")
        woken.set()

    one, other, _ = listeners
    readers = readers_of([one, other])
    one.heard = other.heard = hear

    def send(_: object) -> None:
        one.theirs.send(b"1")
        other.theirs.send(b"2")

    readers.call(send)  # between two turns
    assert woken.wait(SOON_S)
    assert told[:3] == ["turn", "turn", "woken"]
    end([one, other], readers)


def test_who_is_woken_in_the_very_last_turn_wakes(listeners: list[Listener]) -> None:
    one, woken = listeners[0], threading.Event()
    readers = readers_of([one])
    one.heard = lambda: here.before_waiting(woken.set)
    end([one], readers)
    assert woken.is_set()


def test_any_other_thread_wakes_at_once() -> None:
    woken = threading.Event()
    here.before_waiting(woken.set)
    assert woken.is_set()


def test_who_comes_after_the_last_has_gone_is_read_again(listeners: list[Listener]) -> None:
    first, other, _ = listeners
    readers = readers_of([first])
    end([first], readers)
    readers.add(other)
    assert other.until(lambda one: one.turns)
    end([other], readers)


class Patient:
    """Waits for nothing, and notes for how long it would have."""

    def __init__(self) -> None:
        self.asked_s: list[float] = []

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nothing else is asked: {name}")

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.asked_s.append(seconds)
        return event.is_set()


def test_who_waits_for_an_end_says_how_long_however_he_waits(listeners: list[Listener]) -> None:
    readers, patient = Readers(), Patient()
    seat = readers.add(listeners[0])
    here.wait_as(patient)
    try:
        seat.join(0.25)
        seat.join()
    finally:
        here.wait_as(None)
    assert patient.asked_s == [0.25, threading.TIMEOUT_MAX]
    assert seat.is_alive()
    end(listeners[:1], readers)
    assert not seat.is_alive()


def test_the_thread_that_reads_waits_for_nothing() -> None:
    event = threading.Event()
    assert NEVER.wait(event, 5.0) is False
    event.set()
    assert NEVER.wait(event, 5.0) is True
    assert NEVER.readable(0, 5.0) is True
    assert NEVER.apart(lambda: 7) == 7
    with pytest.raises(TimeoutError, match=r"^there is no room for an answer$"):
        NEVER.writable(0, 5.0)
    with pytest.raises(RuntimeError, match=r"^A reader must not start anything\.$"):
        NEVER.start(event.clear)
    with pytest.raises(RuntimeError, match=r"^A reader must not wait\.$"):
        NEVER.within(Deadline(5.0, "It"), event.clear, event.clear)
    assert event.is_set()

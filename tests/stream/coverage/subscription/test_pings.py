"""A stream's pings: when they are due, and what their pongs prove."""

import pytest

from binfut_cli.api.transport.frames import PING, PONG, TEXT, Message
from binfut_cli.stream.coverage.errors import Silent
from binfut_cli.stream.coverage.subscription.pings import Pings
from binfut_cli.stream.runtime import Runtime

BEGAN_MS = 1_000_000


class Timed:
    """Pings under a clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        runtime = Runtime(monotonic=lambda: self.now_s, now_ms=self.now_ms)
        self.pings = Pings(runtime)

    def now_ms(self) -> int:
        return BEGAN_MS + round(self.now_s * 1000)

    def is_due(self, now_s: float) -> bool:
        self.now_s = now_s
        return self.pings.is_due(now_s)


def test_one_is_due_at_once_and_then_every_15_seconds() -> None:
    timed = Timed()
    asked = [0.0, 14.9, 15.0, 15.1, 29.9, 30.0]
    assert [timed.is_due(each) for each in asked] == [True, False, True, False, False, True]


def test_they_are_numbered_one_after_the_other() -> None:
    assert [Timed().pings.next()] == [1]
    pings = Timed().pings
    assert [pings.next() for _ in range(3)] == [1, 2, 3]


def test_without_a_pong_nothing_is_proven_and_without_a_ping_nothing_overdue() -> None:
    timed = Timed()
    timed.now_s = 5.0
    assert (timed.pings.proven_ms, timed.pings.overdue_s) == (0, 0.0)
    number = timed.pings.next()
    assert not timed.pings.passed(number)
    timed.now_s = 7.5
    assert (timed.pings.proven_ms, timed.pings.overdue_s) == (0, 2.5)


def test_a_pong_passes_its_ping_and_those_before_it_and_proves_when_it_was_sent() -> None:
    timed = Timed()
    for timed.now_s in (1.0, 2.0, 3.0):
        timed.pings.next()
    timed.now_s = 4.0
    timed.pings.take([(PONG, b"2")])
    assert [timed.pings.passed(number) for number in (1, 2, 3)] == [True, True, False]
    assert timed.pings.proven_ms == BEGAN_MS + 2000
    assert timed.pings.overdue_s == 1.0  # the third is waited for
    timed.pings.take([(PONG, b"1")])  # a copy
    assert timed.pings.proven_ms == BEGAN_MS + 2000


@pytest.mark.parametrize(
    "message", [(TEXT, b"1"), (PING, b"1"), (PONG, b""), (PONG, b"x"), (PONG, b"-1"), (PONG, b"0")]
)
def test_nothing_else_passes_a_ping(message: Message) -> None:
    pings = Timed().pings
    number = pings.next()
    pings.take([message])
    assert not pings.passed(number)
    assert pings.proven_ms == 0


def test_a_stream_that_owes_a_pong_for_more_than_10_seconds_is_silent() -> None:
    timed = Timed()
    timed.pings.next()
    assert [timed.is_due(float(each)) for each in range(11)] == [True] + [False] * 10
    with pytest.raises(Silent, match=r"no sign of life for 10 s\."):
        timed.is_due(10.1)


def test_what_passes_while_nobody_looks_is_not_waited_for() -> None:
    """Each is looked at every second: who looks less often than every two comes late."""
    timed = Timed()
    timed.pings.next()
    timed.is_due(2.0)
    assert timed.pings.overdue_s == 2.0
    timed.is_due(14.0)
    assert timed.pings.overdue_s == 4.0
    timed.pings.next()
    timed.is_due(16.0)
    assert timed.pings.overdue_s == 6.0
    timed.pings.take([(PONG, b"1")])
    assert timed.pings.overdue_s == 2.0
    timed.is_due(18.5)
    assert timed.pings.overdue_s == 4.0


def test_a_ping_is_waited_for_from_when_it_is_sent() -> None:
    timed = Timed()
    timed.pings.next()
    assert timed.pings.overdue_s == 0.0


def test_only_a_pong_that_is_awaited_is_told_of() -> None:
    pings = Timed().pings
    pings.next()
    assert not pings.take([(PONG, b"1")])
    for is_awaited in (False, True, False):
        pings.next(is_awaited=is_awaited)
    assert [pings.take([(PONG, b"%d" % number)]) for number in (2, 3, 4)] == [False, True, False]


def test_a_later_pong_stands_for_the_one_that_is_awaited() -> None:
    pings = Timed().pings
    pings.next(is_awaited=True)
    pings.next()
    assert pings.take([(PONG, b"2")])


def test_somebody_is_to_look_while_a_pong_is_waited_for_or_a_ping_is_due() -> None:
    timed = Timed()
    assert timed.pings.wants_look(0.0)
    timed.is_due(0.0)
    assert not timed.pings.wants_look(14.9)
    timed.pings.next()
    assert timed.pings.wants_look(14.9)
    timed.pings.take([(PONG, b"1")])
    assert not timed.pings.wants_look(14.9)
    assert timed.pings.wants_look(15.0)


def test_who_waited_for_nothing_was_not_to_look() -> None:
    """The time before a ping is not taken for one in which nobody looked."""
    timed = Timed()
    timed.is_due(0.0)
    timed.now_s = 14.0
    timed.pings.next()
    timed.is_due(15.0)
    timed.is_due(16.0)
    assert timed.pings.overdue_s == 2.0

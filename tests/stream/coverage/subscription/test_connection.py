"""A stream's proofs: what a pong proves and a frame does not, and what an expiry may say."""

import threading

import pytest

from binfut_cli.api.transport.frames import PONG, TEXT, Message
from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.coverage.errors import KeyExpired
from binfut_cli.stream.coverage.subscription.connection import Stream
from binfut_cli.stream.messages import Batch, LaneMessage
from binfut_cli.stream.runtime import Runtime
from tests.support.simulation import NoSocket

ROUND_TRIP_MS = 200
EVENT = (TEXT, b'{"e":"X","E":1}')


class Line(NoSocket):
    """A connection whose other end is the test."""

    def __init__(self) -> None:
        self.comes: list[Message] = []
        self.pings: list[bytes] = []
        self.asked: list[int] = []

    def send(self, id_: int, method: str, params: object = ()) -> None:
        """Answered as the test says."""
        self.asked.append(id_)

    def ping(self, payload: bytes = b"") -> None:
        self.pings.append(payload)

    def receive(self, timeout_s: float) -> list[Message]:
        found, self.comes = self.comes, []
        return found

    def say_goodbye(self) -> None: ...

    def close(self) -> None: ...


class Streamed:
    """A stream on such a line, and what it has handed over."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        self.line = Line()
        self.passed: list[bool] = []
        self.items: list[LaneMessage] = []
        runtime = Runtime(now_ms=lambda: self.now_ms, monotonic=lambda: self.now_ms / 1000)
        attention = threading.Event()
        self.stream = Stream(1, Lane(Market.USDM), "key", self.line, runtime, self.put, attention)

    def put(self, message: LaneMessage) -> None:
        self.items.append(message)
        self.passed.append(self.stream.passed(1))

    def comes(self, *messages: Message) -> None:
        self.line.comes += messages
        assert self.stream.turn()


def test_a_barrier_is_passed_only_when_all_before_it_was_handed_over() -> None:
    streamed = Streamed()
    number = streamed.stream.barrier()
    streamed.comes(EVENT, (PONG, b"%d" % number))
    assert streamed.stream.passed(number)
    assert streamed.passed == [False]
    assert streamed.items == [Batch(Lane(Market.USDM), 1_000_000, [EVENT], 1)]


def test_a_pong_proves_what_was_before_its_ping() -> None:
    """What happened while the ping was under way may still be on its way itself."""
    streamed = Streamed()
    number = streamed.stream.barrier()
    streamed.now_ms += ROUND_TRIP_MS
    streamed.comes((PONG, b"%d" % number))
    assert streamed.stream.proven_ms == 1_000_000


def test_a_list_proves_what_was_before_its_question() -> None:
    streamed = Streamed()
    streamed.stream.turn()  # asks
    streamed.now_ms += ROUND_TRIP_MS
    streamed.comes((TEXT, b'{"id":%d,"result":["key@X"]}' % streamed.line.asked[-1]))
    assert streamed.stream.listing.listed_ms == streamed.stream.proven_ms
    assert streamed.stream.proven_ms == 1_000_000


def test_a_frame_that_waited_for_a_reader_who_was_stopped_proves_nothing() -> None:
    streamed = Streamed()
    streamed.comes((PONG, b"%d" % streamed.stream.barrier()))
    streamed.line.comes = [EVENT]  # came before the stop
    streamed.now_ms += 9_000
    streamed.stream.turn()
    assert streamed.items
    assert streamed.stream.proven_ms == 1_000_000


@pytest.mark.parametrize(
    ("said", "since"),
    [("999000", 999_000), ('"7"', 7), ("1" + "0" * 18, 1_000_000), ("-5", 1_000_000)],
)
def test_an_expiry_is_believed_but_not_beyond_the_present(said: str, since: int) -> None:
    streamed = Streamed()
    streamed.comes((TEXT, b'{"e":"listenKeyExpired","E":%s}' % said.encode()))
    assert isinstance(streamed.stream.broken, KeyExpired)
    assert streamed.stream.broken.since_ms == since


def test_a_refused_list_is_asked_for_again() -> None:
    """A refusal may be of the moment: the proof must not be gone for the life of the stream."""
    streamed = Streamed()
    answers = [b'"error":{"code":-1000,"msg":"x"}', b'"result":["key@ACCOUNT_UPDATE"]']
    has_list = []
    for answer in answers:
        streamed.stream.turn()  # asks
        number = streamed.line.asked[-1]
        streamed.comes((TEXT, b'{"id":%d,%b}' % (number, answer)))
        has_list.append(streamed.stream.listing.lists)
        streamed.comes(*((PONG, ping) for ping in streamed.line.pings))
        streamed.now_ms += 61_000
    assert has_list == [False, True]
    assert streamed.stream.listing.listed_ms == 1_061_000
    assert streamed.stream.broken is None

"""A stream's proofs: what a pong proves and a frame does not, and what an expiry may say."""

import threading

import pytest

from binfut_cli.api.transport.frames import PONG, TEXT, Message
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.coverage.errors import KeyExpired, NotSubscribed, Silent
from binfut_cli.stream.coverage.subscription.connection import Stream
from binfut_cli.stream.messages import Batch, LaneMessage, ThreadCrashed
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
        self.methods: list[str] = []
        self.ends: list[str] = []
        self.fails: BaseException | None = None

    def send(self, id_: int, method: str, params: object = ()) -> None:
        """Answered as the test says."""
        self.asked.append(id_)
        self.methods.append(method)

    def ping(self, payload: bytes = b"") -> None:
        self._fail()
        self.pings.append(payload)

    def receive(self, timeout_s: float) -> list[Message]:
        assert timeout_s == 0, "the reader of many must not wait for one"
        self._fail()
        found, self.comes = self.comes, []
        return found

    def _fail(self) -> None:
        if self.fails is not None:
            raise self.fails

    def fileno(self) -> int:
        return 7

    def has_more(self) -> bool:
        return bool(self.comes)

    def say_goodbye(self) -> None:
        self.ends.append("goodbye")

    def close(self) -> None:
        self.ends.append("close")


class Streamed:
    """A stream on such a line, and what it has handed over."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        self.line = Line()
        self.passed: list[bool] = []
        self.items: list[LaneMessage] = []
        runtime = Runtime(now_ms=lambda: self.now_ms, monotonic=lambda: self.now_ms / 1000)
        self.attention, self.rest_s = threading.Event(), 0.0
        self.stream = Stream(
            1, Lane(Market.USDM), "key", self.line, runtime, self.put, self.attention
        )

    def put(self, message: LaneMessage) -> float:
        self.items.append(message)
        self.passed.append(self.stream.passed(1))
        return self.rest_s

    def wants_attention(self) -> bool:
        found = self.attention.is_set()
        self.attention.clear()
        return found

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


def test_one_that_is_new_has_told_nothing_and_is_in_order() -> None:
    stream = Streamed().stream
    assert (stream.number, stream.broken, stream.rest_s) == (1, None, 0.0)
    assert (stream.shutting_down, stream.event_ms, stream.proven_ms) == (False, 0, 0)
    assert stream.offset == AGREED


def test_it_stands_for_its_socket() -> None:
    streamed = Streamed()
    assert streamed.stream.fileno() == 7
    assert not streamed.stream.has_more()
    streamed.line.comes = [EVENT]
    assert streamed.stream.has_more()
    streamed.stream.say_goodbye()
    streamed.stream.close()
    assert streamed.line.ends == ["goodbye", "close"]


def test_it_pings_and_asks_at_once_and_again_when_that_is_due() -> None:
    streamed = Streamed()
    streamed.stream.turn()
    streamed.stream.turn()
    assert (streamed.line.pings, streamed.line.asked) == ([b"1"], [1])
    assert streamed.line.methods == ["LIST_SUBSCRIPTIONS"]
    streamed.comes((PONG, b"1"), (TEXT, b'{"id":1,"result":["key@X"]}'))
    streamed.now_ms += 15_000
    streamed.stream.turn()
    assert (streamed.line.pings, streamed.line.asked) == ([b"1", b"2"], [1])


def test_an_event_is_when_it_came_and_wakes_nobody() -> None:
    streamed = Streamed()
    streamed.comes(EVENT)
    assert streamed.stream.event_ms == 1_000_000
    assert streamed.stream.rest_s == 0.0
    assert not streamed.wants_attention()


def test_a_pong_alone_is_no_event_but_somebody_may_wait_for_it() -> None:
    streamed = Streamed()
    streamed.comes((PONG, b"%d" % streamed.stream.barrier()))
    assert not streamed.items
    assert streamed.stream.event_ms == 0
    assert streamed.wants_attention()


def test_a_list_is_not_handed_over_but_somebody_may_wait_for_it() -> None:
    streamed = Streamed()
    streamed.stream.turn()  # asks
    streamed.comes(EVENT)
    assert not streamed.wants_attention()
    streamed.comes((TEXT, b'{"id":1,"result":["key@X"]}'), EVENT)
    assert [each.messages for each in streamed.items if isinstance(each, Batch)] == [[EVENT]] * 2
    assert streamed.wants_attention()
    assert streamed.stream.broken is None


def test_a_list_without_our_key_breaks_it() -> None:
    streamed = Streamed()
    streamed.stream.turn()  # asks
    streamed.comes((TEXT, b'{"id":1,"result":["other@X"]}'))
    assert isinstance(streamed.stream.broken, NotSubscribed)
    assert streamed.wants_attention()


def test_how_long_it_had_better_rest_is_said_by_who_takes_and_for_once() -> None:
    streamed = Streamed()
    streamed.rest_s = 2.5
    streamed.comes(EVENT)
    assert streamed.stream.rest_s == 2.5
    streamed.stream.turn()
    assert streamed.stream.rest_s == 0.0


def test_who_reads_late_has_not_waited_for_the_pong() -> None:
    """It may lie behind more than one read brings."""
    streamed = Streamed()
    assert streamed.stream.turn()
    streamed.now_ms += 60_000
    streamed.comes(EVENT)
    streamed.now_ms += 2_000
    streamed.comes(EVENT)
    streamed.comes((PONG, b"1"))
    assert streamed.stream.broken is None
    assert streamed.stream.proven_ms == 1_000_000


def test_who_reads_in_time_waits_10_seconds_for_a_pong_whatever_else_comes() -> None:
    streamed = Streamed()
    streamed.stream.turn()
    for _ in range(10):
        streamed.now_ms += 1_000
        streamed.comes(EVENT)
    streamed.now_ms += 1_000
    assert streamed.stream.turn() is False
    assert isinstance(streamed.stream.broken, Silent)


def test_a_list_that_comes_late_is_not_handed_over() -> None:
    streamed = Streamed()
    streamed.stream.turn()  # asks
    streamed.comes((PONG, b"1"))
    streamed.now_ms += 6_000
    streamed.stream.turn()  # asks again
    assert streamed.line.asked == [1, 2]
    streamed.comes(*((TEXT, b'{"id":%d,"result":["key@X"]}' % number) for number in (1, 2)))
    assert not streamed.items
    assert streamed.stream.listing.listed_ms == 1_006_000


def test_one_that_fails_has_ended_and_the_first_reason_stands() -> None:
    streamed = Streamed()
    streamed.line.fails = first = ConnectionClosed("x")
    assert streamed.stream.turn() is False
    assert streamed.stream.broken is first
    assert streamed.wants_attention()
    streamed.line.fails = ConnectionClosed("y")
    assert streamed.stream.barrier() > 0
    assert streamed.stream.broken is first
    assert not streamed.items


def test_one_that_cannot_be_pinged_is_broken() -> None:
    streamed = Streamed()
    streamed.line.fails = failed = ConnectionClosed("x")
    streamed.stream.barrier()
    assert streamed.stream.broken is failed
    assert streamed.wants_attention()


def test_a_bug_is_handed_to_the_thread_that_prints() -> None:
    streamed = Streamed()
    streamed.line.fails = bug = RuntimeError("x")
    assert streamed.stream.turn() is False
    assert streamed.items == [ThreadCrashed(Lane(Market.USDM), bug)]


def test_a_shutdown_is_noticed_among_others() -> None:
    streamed = Streamed()
    streamed.comes(EVENT)
    assert not streamed.stream.shutting_down
    streamed.comes(EVENT, (TEXT, b'{"e":"serverShutdown","E":1}'))
    assert streamed.stream.shutting_down is True
    assert streamed.stream.broken is None
    assert streamed.wants_attention()


@pytest.mark.parametrize(
    "payload",
    [
        b'{"e":"X","E":1,"o":"serverShutdown"}',
        b'{"e":"X","E":1,"o":"listenKeyExpired"}',
        b"listenKeyExpired {",
        b'{"result":"serverShutdown","id":9}',
    ],
)
def test_its_name_elsewhere_is_no_such_event(payload: bytes) -> None:
    streamed = Streamed()
    streamed.comes((TEXT, payload))
    assert streamed.stream.broken is None
    assert not streamed.stream.shutting_down
    assert streamed.items


def test_an_expiry_is_told_by_the_exchanges_clock_and_believed_by_ours() -> None:
    streamed = Streamed()
    streamed.stream.offset = ClockOffset(3000, 5000)
    streamed.comes((TEXT, b'{"e":"listenKeyExpired","E":999000}'))
    assert isinstance(streamed.stream.broken, KeyExpired)
    assert streamed.stream.broken.since_ms == streamed.stream.proven_ms == 994_000
    assert "00:16:39" in streamed.stream.broken.message


def test_an_expiry_without_a_time_is_of_now() -> None:
    streamed = Streamed()
    streamed.stream.offset = ClockOffset(3000, 5000)
    streamed.comes((TEXT, b'{"e":"listenKeyExpired"}'))
    assert isinstance(streamed.stream.broken, KeyExpired)
    assert streamed.stream.broken.since_ms == 999_000
    assert "00:16:44" in streamed.stream.broken.message


def answered() -> Streamed:
    """A stream that has asked at once, and has its answers."""
    streamed = Streamed()
    streamed.stream.turn()
    listed = b'{"id":%d,"result":["key@X"]}' % streamed.line.asked[-1]
    streamed.comes((PONG, streamed.line.pings[-1]), (TEXT, listed))
    streamed.wants_attention()
    return streamed


def test_a_stream_that_owes_no_answer_wants_no_turn_until_it_is_to_ping_again() -> None:
    streamed = answered()
    assert not streamed.stream.is_due()
    streamed.now_ms += 15_000
    assert streamed.stream.is_due()
    streamed.stream.turn()
    assert streamed.stream.is_due()  # until the pong is there


def test_the_keeper_is_not_disturbed_by_a_pong_that_nobody_waits_for() -> None:
    streamed = answered()
    streamed.now_ms += 15_000
    streamed.stream.turn()
    streamed.comes((PONG, streamed.line.pings[-1]))
    assert not streamed.wants_attention()
    streamed.comes((PONG, b"%d" % streamed.stream.barrier()))
    assert streamed.wants_attention()


def test_the_keeper_is_told_once_that_a_pong_is_late_and_once_that_it_has_come() -> None:
    streamed = answered()
    streamed.now_ms += 15_000
    streamed.stream.turn()
    told = list[bool]()
    for _ in range(5):
        streamed.now_ms += 1_000
        streamed.stream.turn()
        told.append(streamed.wants_attention())
    assert told == [False, False, False, True, False]
    streamed.comes((PONG, streamed.line.pings[-1]))
    assert streamed.wants_attention()

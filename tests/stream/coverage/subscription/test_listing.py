"""What a stream lists: when it is asked, and what its answers and its silence come to."""

import pytest

from binfut_cli.api.transport.frames import PONG, TEXT, Message
from binfut_cli.endpoints import Market
from binfut_cli.stream.coverage.errors import NotSubscribed
from binfut_cli.stream.coverage.subscription.listing import Listing
from binfut_cli.stream.runtime import Runtime

BEGAN_MS = 1_000_000


class Asked:
    """A listing under a clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        runtime = Runtime(monotonic=lambda: self.now_s, now_ms=self.now_ms)
        self.listing = Listing(Market.USDM, "key", runtime)

    def now_ms(self) -> int:
        return BEGAN_MS + round(self.now_s * 1000)

    def is_due(self, now_s: float) -> bool:
        self.now_s = now_s
        return self.listing.is_due(now_s)

    def ask(self, now_s: float) -> int:
        assert self.is_due(now_s)
        return self.listing.next(now_s)

    def answered(self, number: int, said: bytes = b'"result":["key@ACCOUNT_UPDATE"]') -> bool:
        return self.listing.take((TEXT, b'{"id":%d,%b}' % (number, said)))


def test_it_is_asked_at_once_and_every_minute_after_an_answer() -> None:
    asked = Asked()
    assert not asked.listing.is_asked
    assert asked.ask(0.0) == 1
    assert asked.listing.is_asked
    assert not asked.is_due(0.0)
    assert asked.answered(1)
    assert not asked.listing.is_asked
    assert not asked.is_due(59.9)
    assert asked.ask(60.0) == 2


def test_somebody_is_to_look_while_an_answer_is_waited_for_or_a_question_is_due() -> None:
    asked = Asked()
    assert asked.listing.wants_look(0.0)
    asked.ask(0.0)
    assert asked.listing.wants_look(1.0)
    assert asked.answered(1)
    assert not asked.listing.wants_look(59.9)
    assert asked.listing.wants_look(60.0)


def test_nothing_is_known_before_an_answer() -> None:
    listing = Asked().listing
    assert (listing.listed_ms, listing.lists, listing.fault) == (None, True, None)


def test_our_key_was_on_it_when_it_was_asked() -> None:
    asked = Asked()
    number = asked.ask(2.0)
    asked.now_s = 3.0
    assert asked.answered(number)
    assert (asked.listing.listed_ms, asked.listing.lists) == (BEGAN_MS + 2000, True)
    assert asked.listing.fault is None


def test_a_key_that_is_missing_is_missed_since_it_was_last_listed() -> None:
    asked = Asked()
    asked.answered(asked.ask(2.0))
    assert asked.answered(asked.ask(62.0), b'"result":["other@ACCOUNT_UPDATE"]')
    fault = asked.listing.fault
    assert isinstance(fault, NotSubscribed)
    assert fault.message == "The exchange lists no subscription to our key."
    assert fault.since_ms == BEGAN_MS + 2000
    assert asked.listing.lists


def test_a_refusal_is_no_fault_but_no_proof_either() -> None:
    asked = Asked()
    assert asked.answered(asked.ask(0.0), b'"error":{"code":-1000,"msg":"x"}')
    assert (asked.listing.lists, asked.listing.listed_ms, asked.listing.fault) == (
        False,
        None,
        None,
    )


def test_it_is_asked_again_at_once_after_5_seconds_and_given_up_after_three_questions() -> None:
    asked = Asked()
    asked.ask(0.0)
    assert not asked.is_due(5.0)
    asked.ask(5.1)
    asked.ask(10.2)
    why = "The exchange does not answer what the stream subscribes to."
    with pytest.raises(NotSubscribed, match=why) as raised:
        asked.is_due(15.3)
    assert raised.value.message == why


def test_an_answer_forgives_the_questions_that_had_none() -> None:
    asked = Asked()
    asked.ask(0.0)
    asked.ask(5.1)
    asked.answered(asked.ask(10.2))
    asked.ask(80.0)
    asked.ask(85.1)
    assert asked.is_due(90.2)


@pytest.mark.parametrize(
    "message",
    [
        (PONG, b'{"id":1,"result":["key@X"]}'),
        (TEXT, b'{"id":'),
        (TEXT, b'{"id":2,"result":["key@X"]}'),
        (TEXT, b'{"e":"X","E":1,"id":1}'),
    ],
)
def test_nothing_else_is_the_answer(message: Message) -> None:
    asked = Asked()
    asked.ask(0.0)
    assert asked.listing.take(message) is False
    assert asked.listing.is_asked
    assert asked.listing.listed_ms is None


def test_an_answer_that_comes_late_proves_what_was_when_it_was_asked_for() -> None:
    asked = Asked()
    first, second = asked.ask(2.0), asked.ask(7.1)
    assert asked.answered(first)
    assert asked.listing.listed_ms == BEGAN_MS + 2000
    assert asked.listing.is_asked
    assert not asked.is_due(12.0)
    assert asked.answered(second)
    assert asked.listing.listed_ms == BEGAN_MS + 7100
    assert not asked.listing.is_asked
    assert not asked.answered(first)
    assert not asked.is_due(67.0)
    assert asked.is_due(67.1)


def test_a_refusal_that_names_no_question_is_of_ours() -> None:
    asked = Asked()
    asked.ask(0.0)
    assert asked.listing.take((TEXT, b'{"id":null,"error":{"code":-1000,"msg":"x"}}'))
    assert not asked.listing.lists


def test_without_a_question_there_is_no_answer() -> None:
    asked = Asked()
    assert not asked.answered(1)
    assert asked.listing.listed_ms is None


def test_it_is_asked_before_its_time_if_an_answer_is_wanted_that_is_newer() -> None:
    asked = Asked()
    assert asked.answered(asked.ask(0.0))
    asked.now_s = 7.0
    asked.listing.want(BEGAN_MS)
    assert not asked.listing.wants_look(7.0)  # that is what the answer was about
    asked.listing.want(BEGAN_MS + 7000)
    asked.listing.want(BEGAN_MS + 5000)  # less is had with it
    assert asked.listing.wants_look(7.5)
    number = asked.ask(7.5)
    assert not asked.is_due(8.0)
    assert not asked.listing.is_sure(BEGAN_MS + 7000)
    assert asked.answered(number)
    assert asked.listing.is_sure(BEGAN_MS + 7500)
    assert not asked.listing.is_sure(BEGAN_MS + 7501)
    assert not asked.listing.wants_look(67.4)
    assert asked.is_due(67.5)


def test_one_that_is_wanted_while_another_is_waited_for_is_asked_for_after_that() -> None:
    asked = Asked()
    number = asked.ask(0.0)
    asked.listing.want(BEGAN_MS + 1000)
    assert not asked.is_due(1.0)
    assert asked.answered(number)
    assert asked.is_due(1.0)


def test_where_the_exchange_never_lists_nothing_more_can_be_sure() -> None:
    asked = Asked()
    assert asked.answered(asked.ask(0.0), b'"error":{"code":1}')
    assert asked.listing.is_sure(BEGAN_MS + 10**6)

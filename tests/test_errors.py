"""The tree of failures: one status, one kind and one verdict each."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli import errors
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    BusyError,
    ClockError,
    ConfigError,
    ExchangeError,
    ExitStatus,
    NetworkError,
    OutputError,
    RateLimitedError,
    RecordingError,
    UsageError,
)

TREE = [
    (UsageError, BinfutError, 2, "usage", False),
    (ConfigError, BinfutError, 3, "config", False),
    (OutputError, ConfigError, 3, "output", False),
    (ExchangeError, BinfutError, 4, "exchange", False),
    (ClockError, ExchangeError, 4, "clock", False),
    (BusyError, ExchangeError, 4, "busy", True),
    (AuthError, BinfutError, 5, "auth", False),
    (NetworkError, BinfutError, 6, "network", True),
    (RateLimitedError, BinfutError, 7, "rate_limit", True),
    (AnswerError, BinfutError, 8, "answer", False),
    (RecordingError, AnswerError, 8, "recording", False),
]


@pytest.mark.parametrize(("error", "parent", "status", "kind", "retryable"), TREE)
def test_each_class_has_its_place(
    error: type[BinfutError], parent: type[BinfutError], status: int, kind: str, retryable: bool
) -> None:
    assert error.__bases__ == (parent,)
    assert (int(error.exit_status), error.kind, error.retryable) == (status, kind, retryable)


def test_the_kinds_tell_the_classes_apart() -> None:
    kinds = [error.kind for error, *_ in TREE]
    assert len(set(kinds)) == len(kinds)


def test_the_exit_statuses_are_the_documented_ones() -> None:
    assert {status.name: status.value for status in ExitStatus} == {
        "DONE": 0,
        "BUG": 1,
        "USAGE": 2,
        "CONFIG": 3,
        "EXCHANGE": 4,
        "AUTH": 5,
        "NETWORK": 6,
        "RATE_LIMITED": 7,
        "ANSWER": 8,
        "STRICT_GAP": 9,
        "FAIL_IF": 10,
        "IN_PART": 11,
        "HUNG_UP": 129,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def test_an_error_carries_two_sentences_and_the_exchanges_number() -> None:
    error = AuthError("It was refused.", hint="Copy it again.", exchange_code=-2015)
    assert str(error) == error.message == "It was refused."
    assert (error.hint, error.exchange_code) == ("Copy it again.", -2015)


@pytest.mark.parametrize("text", ["signature=0123456789abcdef", "ab12" * 16, "a\udc80 é \n"])
def test_a_message_keeps_no_secret_that_it_quotes_and_all_else(text: str) -> None:
    found = ExchangeError(f"x was refused: {text} (-1).", hint="y")
    is_secret = text.isascii()
    assert (text in found.message) is (text in str(found)) is not is_secret
    assert ("***" in found.message) is is_secret
    assert found.message.startswith("x was refused: ")
    assert found.message.endswith(" (-1).")


@pytest.mark.parametrize("form", errors._FORMS)
def test_the_quick_look_lets_nothing_through_that_looks_like_a_secret(form: bytes) -> None:
    @settings(max_examples=15)
    @given(text=st.from_regex(re.compile(form)))
    def is_seen(text: bytes) -> None:
        assert re.search(errors._HINT, text)
        assert b"***" in errors.scrubbed(text)

    is_seen()


def test_a_rate_limit_says_when_to_come_back() -> None:
    assert RateLimitedError("Slow.", hint="Wait.", retry_at_ms=1_700_000_000_000).retry_at_ms == (
        1_700_000_000_000
    )
    assert RateLimitedError("Slow.", hint="Wait.").retry_at_ms is None

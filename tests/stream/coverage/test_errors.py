"""Why coverage ended, in words, with since when and how surely."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from binfut_cli.stream.coverage.errors import (
    Deaf,
    Flooded,
    HandedOver,
    KeyExpired,
    KeyLost,
    NotSubscribed,
    Restarted,
    Silent,
    Suspended,
    Uncovered,
    Unproven,
)
from binfut_cli.stream.records import Cause


@pytest.mark.parametrize(
    ("kind", "told", "message", "hint", "cause", "certain", "since_ms"),
    [
        (Silent, ("x", 5), "x", "The stream is opened anew.", Cause.TRANSPORT, False, 5),
        (
            Restarted, (), "No watch was running.", "What changed meanwhile follows.",
            Cause.RESTART, False, None,
        ),
        (
            HandedOver, (), "Another watch had the account.", "What changed meanwhile follows.",
            Cause.HANDOVER, False, None,
        ),
        (
            Flooded, (5,), "The stream told of more than is kept of an account.",
            "The stream is opened anew.", Cause.AUDIT, True, 5,
        ),
        (
            Deaf, (5, 3), "The account changed without a word on the stream.",
            "The stream is opened anew.", Cause.AUDIT, True, 5,
        ),
        (
            KeyExpired, (5, 86_399_999), "The listenKey expired at 1970-01-01 23:59:59 UTC.",
            "A new one is being made.", Cause.EXPIRED, True, 5,
        ),
    ],
)  # fmt: skip
def test_it_says_what_ended_it_and_since_when(
    kind: Callable[..., Uncovered],
    told: tuple[Any, ...],
    message: str,
    hint: str,
    cause: Cause,
    certain: bool,
    since_ms: int | None,
) -> None:
    error = kind(*told)
    assert (error.message, error.hint) == (message, hint)
    assert (error.cause, error.certain, error.since_ms) == (cause, certain, since_ms)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (Uncovered("x", 5), Cause.TRANSPORT),
        (Unproven("x", 5), Cause.AUDIT),
        (NotSubscribed("x", 5), Cause.MEMBERSHIP),
        (KeyLost("x", 5), Cause.KEY),
        (Suspended("x", 5), Cause.SUSPEND),
    ],
)
def test_what_may_have_lost_nothing_is_uncertain(error: Uncovered, cause: Cause) -> None:
    assert (error.cause, error.certain, error.since_ms) == (cause, False, 5)


def test_what_is_done_about_it_is_said() -> None:
    assert Uncovered("It broke.").hint == "The stream is opened anew."
    assert Uncovered("It broke.", hint="Wait.").hint == "Wait."
    assert Uncovered("It broke.").since_ms is None


def test_a_deaf_stream_may_have_been_so_before() -> None:
    assert Deaf(5, 3).possible_ms == 3
    assert Deaf(5).possible_ms is None


def test_when_a_key_expired_is_told_in_utc_wherever_the_watch_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as where:
        where.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = KeyExpired(5, 86_399_999).message
    time.tzset()
    assert "23:59:59 UTC" in found

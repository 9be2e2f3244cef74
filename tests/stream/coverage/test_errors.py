"""Why coverage ends: what is said, of which kind it is, since when and how surely."""

import pytest

from binfut_cli.stream.coverage.errors import (
    Deaf,
    Flooded,
    KeyExpired,
    KeyLost,
    NotSubscribed,
    Silent,
    Suspended,
    Uncovered,
    Unproven,
)
from binfut_cli.stream.records import Cause

TOLD_MS = 1_791_000_000_000  # 2026-10-03 04:00:00 UTC


@pytest.mark.parametrize(
    ("error", "cause", "certain"),
    [
        (Uncovered("x", 5), Cause.TRANSPORT, False),
        (Silent("x", 5), Cause.TRANSPORT, False),
        (Unproven("x", 5), Cause.AUDIT, False),
        (NotSubscribed("x", 5), Cause.MEMBERSHIP, False),
        (KeyExpired(5, TOLD_MS), Cause.EXPIRED, True),
        (KeyLost("x", 5), Cause.KEY, False),
        (Suspended("x", 5), Cause.SUSPEND, False),
        (Flooded(5), Cause.AUDIT, True),
        (Deaf(5), Cause.AUDIT, True),
    ],
)
def test_each_has_its_cause_and_certainty(error: Uncovered, cause: Cause, certain: bool) -> None:
    assert (error.cause, error.certain, error.since_ms) == (cause, certain, 5)


def test_what_is_done_about_it_is_said() -> None:
    assert Uncovered("It broke.").hint == "The stream is opened anew."
    assert Uncovered("It broke.", hint="Wait.").hint == "Wait."
    assert Uncovered("It broke.").message == "It broke."
    assert Uncovered("It broke.").since_ms is None


def test_what_happened_is_said() -> None:
    expired = KeyExpired(5, TOLD_MS + 59_999)
    assert expired.message == "The listenKey expired at 2026-10-03 04:00:59 UTC."
    assert expired.hint == "A new one is being made."
    assert Flooded(5).message == "The stream told of more than is kept of an account."
    assert Deaf(5).message == "The account changed without a word on the stream."


def test_a_deaf_stream_may_have_been_so_since_earlier() -> None:
    assert Deaf(5).possible_ms is None
    assert Deaf(5, 3).possible_ms == 3

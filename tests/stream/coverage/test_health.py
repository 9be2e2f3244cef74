"""What the proofs add up to."""

from dataclasses import replace

import pytest

from binfut_cli.stream.coverage.health import Proofs, covered_until, health

GOOD = Proofs(pong_overdue_s=0, listed_s=0, key_s=0, audit_s=0, event_s=0)


@pytest.mark.parametrize(
    ("changed", "verdict", "word"),
    [
        ({}, "LIVE", "proven"),
        ({"pong_overdue_s": 3.0, "listed_s": 70, "key_s": 900, "audit_s": 65}, "LIVE", "proven"),
        ({"pong_overdue_s": 3.1}, "STALE", "ping"),
        ({"listed_s": 151}, "STALE", "subscribes"),
        ({"key_s": 1201, "trouble": "No."}, "STALE", "extended. No."),
        ({"audit_s": 151, "trouble": "No."}, "STALE", "read again. No."),
        ({"event_s": 601}, "QUIET", "not changed"),
        ({"event_s": 601, "audit_s": 151}, "STALE", "read again"),
    ],
)
def test_the_weakest_proof_decides(changed: dict[str, float], verdict: str, word: str) -> None:
    found, reason = health(replace(GOOD, **changed))  # type: ignore[arg-type]
    assert found == verdict
    assert word in reason


@pytest.mark.parametrize(
    ("spans", "end"),
    [
        ([], 0),
        ([(1, 5)], 5),
        ([(1, 5), (5, 9)], 9),
        ([(1, 5), (6, 9)], 5),  # a hole
        ([(1, 9), (2, 4)], 9),
        ([(1, 2), (1, 7), (6, 8), (9, 11)], 8),  # the third stream came too late for the fourth
        ([(6, 8), (1, 7)], 8),
    ],
)
def test_spans_of_coverage_end_at_the_first_hole(spans: list[tuple[int, int]], end: int) -> None:
    assert covered_until(spans) == end

"""What the proofs add up to."""

from dataclasses import replace

import pytest

from binfut_cli.stream.coverage.health import Proofs, covered_until, health

GOOD = Proofs(pong_overdue_s=0, listed_s=0, key_s=0, audit_s=0, event_s=0)


PONG = "The stream does not answer a ping."
LISTED = "The exchange does not say what the stream subscribes to."
KEY = "The listenKey could not be extended."
AUDIT = "The account could not be read again."
QUIET = "No event for 10 minutes; the account, read again, has not changed."
LIVE = "Everything is proven again."
JUST = {"pong_overdue_s": 3.0, "listed_s": 150, "key_s": 1200, "audit_s": 150, "event_s": 600}


@pytest.mark.parametrize(
    ("changed", "verdict", "reason"),
    [
        ({}, "LIVE", LIVE),
        (JUST, "LIVE", LIVE),
        ({"pong_overdue_s": 3.1}, "STALE", PONG),
        ({"listed_s": 150.1}, "STALE", LISTED),
        ({"key_s": 1200.1}, "STALE", KEY),
        ({"key_s": 1201, "trouble": "No."}, "STALE", f"{KEY} No."),
        ({"audit_s": 150.1}, "STALE", AUDIT),
        ({"audit_s": 151, "trouble": "No."}, "STALE", f"{AUDIT} No."),
        ({"event_s": 600.1}, "QUIET", QUIET),
        ({"event_s": 601, "audit_s": 151}, "STALE", AUDIT),
    ],
)
def test_the_weakest_proof_decides(changed: dict[str, float], verdict: str, reason: str) -> None:
    assert health(replace(GOOD, **changed)) == (verdict, reason)  # type: ignore[arg-type]


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

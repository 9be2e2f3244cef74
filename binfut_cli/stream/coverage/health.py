"""What the proofs of coverage add up to, in one word and its reason. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from binfut_cli.stream.coverage.limits.weight import EVERY_S
from binfut_cli.stream.records import Verdict

PONG_LATE_S = 3.0
AUDIT_LATE_S = 94.0  # beyond the time between two audits
KEY_LATE_S = 20 * 60.0
LIST_LATE_S = 150.0
QUIET_S = 10 * 60.0


@dataclass(frozen=True, slots=True)
class Proofs:
    """How old each proof is, in seconds; the text is why it could not be renewed."""

    pong_overdue_s: float
    listed_s: float
    key_s: float
    audit_s: float
    event_s: float
    trouble: str = ""
    audit_every_s: float = EVERY_S


def health(proofs: Proofs) -> tuple[Verdict, str]:
    """LIVE, QUIET or STALE, and why. GAP and DRIFT are said where coverage ends."""
    if proofs.pong_overdue_s > PONG_LATE_S:
        return Verdict.STALE, "The stream does not answer a ping."
    if proofs.listed_s > LIST_LATE_S:
        return Verdict.STALE, "The exchange does not say what the stream subscribes to."
    if proofs.key_s > KEY_LATE_S:
        return Verdict.STALE, f"The listenKey could not be extended. {proofs.trouble}".strip()
    if proofs.audit_s > proofs.audit_every_s + AUDIT_LATE_S:
        return Verdict.STALE, f"The account could not be read again. {proofs.trouble}".strip()
    if proofs.event_s > QUIET_S:
        return Verdict.QUIET, "No event for 10 minutes; the account, read again, has not changed."
    return Verdict.LIVE, "Everything is proven again."


def covered_until(spans: Iterable[tuple[int, int]]) -> int:
    """Up to when spans of coverage follow each other without a hole; 0 if there are none."""
    end = 0
    for start, until in sorted(spans):
        if end and start > end:
            break
        end = max(end, until)
    return end

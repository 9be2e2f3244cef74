"""What an examination finds: one finding a check, and the exit status of them all. Pure."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError, ExitStatus


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check that could be made says: a verdict, what was seen, and what to do about it."""

    detail: str
    verdict: Verdict = Verdict.OK
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    `market` is None for what concerns the computer; `ms` is how long the check took, None for one
    that asked nobody. `exit_status` is what a failure would end another command with.
    """

    name: str
    market: Market | None
    verdict: Verdict
    detail: str
    hint: str = ""
    ms: int | None = None
    exit_status: ExitStatus = ExitStatus.DONE


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at, once everything in `needs` was found to be good enough."""

    name: str
    look: Callable[[], Judged]
    needs: tuple[str, ...] = ()
    timed: bool = True


def examine(
    checks: Iterable[Check],
    market: Market | None,
    broken: Collection[str] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Finding]:
    """Make the checks in order; one that fails stops those that need it.

    `broken` names checks that failed earlier, elsewhere.
    """
    stopped = set(broken)
    for check in checks:
        missing = [name for name in check.needs if name in stopped]
        found = _skipped(check, market, missing[0]) if missing else _made(check, market, clock)
        if found.verdict in (Verdict.FAIL, Verdict.SKIP):
            stopped.add(check.name)
        yield found


def exit_status(findings: Iterable[Finding]) -> ExitStatus:
    """DONE unless something failed; else the status of the first failure."""
    for found in findings:
        if found.verdict is Verdict.FAIL:
            return found.exit_status
    return ExitStatus.DONE


def worst(findings: Iterable[Finding]) -> Verdict:
    """The gravest verdict of all; what was skipped is as grave as what it was skipped for."""
    verdicts = {found.verdict for found in findings}
    return next((v for v in (Verdict.FAIL, Verdict.WARN) if v in verdicts), Verdict.OK)


def _skipped(check: Check, market: Market | None, needed: str) -> Finding:
    return Finding(check.name, market, Verdict.SKIP, f"skipped: it needs {needed}")


def _made(check: Check, market: Market | None, clock: Callable[[], float]) -> Finding:
    begun = clock()
    try:
        judged, status = check.look(), ExitStatus.DONE
    except BinfutError as exc:
        judged, status = Judged(exc.message, Verdict.FAIL, exc.hint), exc.exit_status
    ms = round((clock() - begun) * 1000) if check.timed else None
    return Finding(check.name, market, judged.verdict, judged.detail, judged.hint, ms, status)

"""The order of an examination: what a failure stops, and the exit status it leaves."""

import pytest

from binfut_cli.doctor.findings import (
    Check,
    Finding,
    Judged,
    Verdict,
    examine,
    exit_status,
    worst,
)
from binfut_cli.endpoints import Market
from binfut_cli.errors import AuthError, BinfutError, ExitStatus, NetworkError


def fine() -> Judged:
    return Judged("seen")


def doubtful() -> Judged:
    return Judged("seen", Verdict.WARN, "Look.")


def failing(error: type[BinfutError] = NetworkError) -> Judged:
    raise error("It broke.", hint="Mend it.")


def verdicts(*checks: Check, broken: tuple[str, ...] = ()) -> dict[str, str]:
    return {found.name: found.verdict for found in examine(checks, Market.USDM, broken)}


def test_a_failure_stops_what_needs_it_and_what_needs_that_and_nothing_else() -> None:
    assert verdicts(
        Check("a", failing),
        Check("b", fine, ("a",)),
        Check("c", fine, ("b",)),
        Check("d", fine),
        Check("e", fine, ("d", "never made")),
    ) == {"a": "fail", "b": "skip", "c": "skip", "d": "ok", "e": "ok"}


def test_a_warning_stops_nothing() -> None:
    assert verdicts(Check("a", doubtful), Check("b", fine, ("a",))) == {"a": "warn", "b": "ok"}


def test_what_failed_elsewhere_stops_too() -> None:
    assert verdicts(Check("b", fine, ("key",)), broken=("key",)) == {"b": "skip"}


def test_a_failure_keeps_the_errors_words_and_status() -> None:
    (found,) = examine([Check("a", lambda: failing(AuthError))], Market.COINM)
    assert (found.detail, found.hint) == ("It broke.", "Mend it.")
    assert (found.market, found.exit_status) == (Market.COINM, ExitStatus.AUTH)


def test_a_skip_names_what_was_missing() -> None:
    *_, found = examine([Check("a", failing), Check("b", fine, ("a",))], None)
    assert found.detail == "skipped: it needs a"
    assert found.ms is None


def test_the_time_is_taken_only_of_what_asks_somebody() -> None:
    ticks = iter([1.0, 1.25, 2.0, 2.5])
    checks = [Check("a", fine), Check("b", fine, timed=False)]
    found = list(examine(checks, None, clock=lambda: next(ticks)))
    assert [each.ms for each in found] == [250, None]


def test_a_bug_is_not_a_finding() -> None:
    with pytest.raises(ZeroDivisionError):
        list(examine([Check("a", lambda: Judged(str(1 // 0)))], None))


def test_the_first_failure_decides_the_status_and_the_gravest_the_verdict() -> None:
    ok = Finding("a", None, Verdict.OK, "")
    warn = Finding("b", None, Verdict.WARN, "")
    network = Finding("c", None, Verdict.FAIL, "", exit_status=ExitStatus.NETWORK)
    auth = Finding("d", None, Verdict.FAIL, "", exit_status=ExitStatus.AUTH)
    assert exit_status([ok, warn]) is ExitStatus.DONE
    assert exit_status([ok, warn, network, auth]) is ExitStatus.NETWORK
    assert [worst([]), worst([ok]), worst([warn, ok]), worst([warn, auth])] == [
        "ok", "ok", "warn", "fail",
    ]  # fmt: skip

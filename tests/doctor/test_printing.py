"""Findings as people and programs read them."""

from binfut_cli.doctor import printing
from binfut_cli.doctor.findings import Finding, Verdict
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.errors import ExitStatus
from binfut_cli.render.palette import palette

SCOPE = Scope(Env.DEMO, "main")
OK = Finding("python", None, Verdict.OK, "a snake")
WARN = Finding("clock", Market.USDM, Verdict.WARN, "late", "Set it.", 7)
FAIL = Finding("account", Market.COINM, Verdict.FAIL, "no", "Ask.", 9, ExitStatus.AUTH)


def test_lines_are_aligned_under_headings_and_advice_stands_below() -> None:
    assert printing.whole([OK, WARN, FAIL], SCOPE) == (
        "This computer\n"
        "  ok    python        a snake\n"
        "USD-M · demo\n"
        "  warn  clock         late (7 ms)\n"
        "                      → Set it.\n"
        "COIN-M · demo\n"
        "  fail  account       no (9 ms)\n"
        "                      → Ask.\n"
    )


def test_a_terminals_lines_end_before_it_does() -> None:
    long = Finding("account", None, Verdict.FAIL, "a word or two " * 12, "and more of them " * 9)
    shown = printing.line(long, width=60).splitlines()
    assert len(shown) > 6
    assert max(map(len, shown)) <= 60
    assert {text[:22].strip() for text in shown[1:]} == {""}


def test_the_time_is_not_torn_apart() -> None:
    found = Finding("rest", None, Verdict.OK, "twenty-eight characters here", ms=123)
    for width in range(42, 70):
        assert "(123 ms)" in printing.line(found, width=width)


def test_a_finding_without_words_is_a_line_all_the_same() -> None:
    empty = Finding("rest", None, Verdict.SKIP, "")
    assert (
        printing.line(empty).rstrip() == printing.line(empty, width=80).rstrip() == "  skip  rest"
    )


def test_verdicts_are_coloured_and_still_words() -> None:
    assert printing.line(OK, palette()).startswith("  \x1b[38;5;30mok  \x1b[0m  python")
    assert printing.line(FAIL, palette()).startswith("  \x1b[38;5;196mfail\x1b[0m  account")


def test_text_from_elsewhere_cannot_steer_the_terminal() -> None:
    evil = Finding("tls.rest", None, Verdict.OK, "signed by \x1b[2J\u202eeno", "\x07\n")
    shown = printing.line(evil)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("\n") == 2


def test_the_summary_counts() -> None:
    assert printing.summary([OK, OK]) == "All 2 checks are ok."
    assert printing.summary([OK, WARN, FAIL]) == "3 checks: 1 ok, 1 failed, 1 to look at."


def test_the_document_has_every_finding_and_the_end() -> None:
    found = printing.document([OK, WARN, FAIL], SCOPE, 17)
    assert {key: found[key] for key in ("v", "type", "env", "profile", "time")} == {
        "v": 1, "type": "doctor", "env": "demo", "profile": "main", "time": 17,
    }  # fmt: skip
    assert (found["verdict"], found["exit"]) == ("fail", 5)
    assert found["checks"][1] == {
        "name": "clock", "market": "usdm", "verdict": "warn", "detail": "late", "hint": "Set it.",
        "ms": 7,
    }  # fmt: skip

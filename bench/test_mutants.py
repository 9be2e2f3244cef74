"""The page of the mutants tells what was found of them, and every survivor has its reason."""

from pathlib import Path

import pytest

from bench.mutants import record
from bench.mutants.page import PAGE, page, unjustified, verdicts
from bench.mutants.record import Judged, Survivor
from bench.mutants.targets import Target, targets

FOUND = {
    "a": Judged("1234abcd", 17, 1, [Survivor(3, "x + 1", "x + 2"), Survivor(4, "y", "z")]),
    "gone": Judged("1234abcd", 1, 0, []),
}
KNOWN = {"a": {"x + 1 → x + 2": "both are the same"}}


def test_the_page_has_every_module_that_there_is_and_says_which_were_not_judged() -> None:
    told = page(["a", "b"], FOUND, KNOWN)
    assert "| `a` | 1234abcd | 20 | 17 | 1 | 2 | 90.0% |" in told
    assert "Not judged yet: `b`." in told
    assert "gone" not in told
    assert "- 3: `x + 1` → `x + 2`: both are the same\n- 4: `y` → `z`: **no verdict**" in told


def test_a_survivor_without_a_verdict_is_told() -> None:
    assert unjustified(FOUND, KNOWN) == ["a: y → z"]


def test_a_version_is_named_as_git_names_it() -> None:
    assert record.version(b"") == "e69de29b"


def test_what_was_judged_as_it_is_now_need_not_be_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, source = tmp_path / "record.json", tmp_path / "m.py"
    monkeypatch.setattr(record, "RECORD", kept)
    kept.write_text("{}")
    source.write_text("x = 1\n")
    target = Target(source, (), source)
    assert not record.is_of_today(target)
    record.keep(target.module, Judged(record.version(b"x = 1\n"), 1, 0, []))
    assert record.is_of_today(target)
    source.write_text("x = 2\n")
    assert not record.is_of_today(target)


def test_every_survivor_has_a_verdict() -> None:
    assert unjustified(record.read(), verdicts()) == []


def test_what_is_known_of_the_modules_that_there_are_stands_on_the_page() -> None:
    found = record.read()
    judged = [each.module for each in targets([]) if each.module in found]
    told = page(judged, found, verdicts()).splitlines()
    assert {*told} <= {*PAGE.read_text("utf-8").splitlines()}


def test_no_verdict_outlives_its_survivor() -> None:
    changes = {
        module: {e.change for e in judged.survivors} for module, judged in record.read().items()
    }
    for module, known in verdicts().items():
        assert known.keys() <= changes.get(module, known.keys())

"""SECURITY.md, sentence by sentence: each promise names the tests that hold it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = PAGE.split("\n## What binfut promises\n")[1].split("\n## ")[0]
ITEMS = [item.strip() for item in re.split(r"^- ", PROMISES, flags=re.MULTILINE)[1:]]
THREATS = PAGE.split("\n## Threats considered\n")[1].split("\n## ")[0]
TEST = re.compile(r"^\[`(test_\w+)`\]\((tests/[\w/]+\.py)\)$")


def holders(item: str) -> list[tuple[str, str]]:
    """The tests under a sentence, as name and file; a line that names none is a mistake."""
    _, *lines = item.partition("\n\n")[0].splitlines()
    found = [TEST.match(line.strip()) for line in lines]
    assert all(found), item
    return [(each[1], each[2]) for each in found if each]


@cache
def functions(file: str) -> set[str]:
    """The names of a file's functions."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.splitlines()[0][:60])
def test_a_promise_is_one_sentence_that_tests_hold(item: str) -> None:
    assert re.fullmatch(r"[A-Z`].+\.", item.splitlines()[0])
    assert holders(item)
    assert not [name for name, file in holders(item) if name not in functions(file)]


def test_nothing_stands_among_the_promises_that_is_none() -> None:
    assert len(ITEMS) > 40
    lines = [line for line in PROMISES.splitlines()[4:] if line]
    assert not [line for line in lines if not line.startswith(("### ", "- ", "  [`test_"))]


def test_against_a_threat_stand_promises_of_that_name() -> None:
    rows = [row.split("|")[2] for row in THREATS.splitlines() if row.startswith("| ")][1:]
    named = {name for row in rows for name in re.findall(r"\*([^*]+)\*", row)}
    promised = set(re.findall(r"^### (.+)$", PROMISES, re.MULTILINE))
    assert len(rows) >= 8
    assert named == promised


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", PAGE))
def test_a_link_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).is_file()

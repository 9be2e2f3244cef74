"""A whole watch as people see it: files that can be read in a review."""

import re

import pytest

from binfut_cli.render.palette import palette
from tests.support.stories import GOLDEN, WIDTHS, golden, shown, story


def test_the_files_are_what_is_shown() -> None:
    """If this fails as it should: `python -m tests.support.stories`, and read what changed."""
    for name, text in golden().items():
        assert (GOLDEN / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("width", [*WIDTHS, 60, 200])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_broken(width: int) -> None:
    records = story()
    text, whole = shown(records, width), shown(records, 10_000)
    assert all(len(line) <= width for line in text.splitlines())
    number = re.compile(r"[-+]?[0-9][0-9,.]*[0-9]")
    days = re.compile(r"──.*──|[0-9:.]{8,12} (?:usdm|coinm|all)")
    assert number.findall(days.sub("", text)) == number.findall(days.sub("", whole))


def test_colour_changes_nothing_else() -> None:
    assert palette().off  # the stories above have none
    assert "\x1b" not in shown(story(), 80)

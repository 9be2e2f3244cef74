import pytest

from binfut_cli.render.output import ascii_only
from binfut_cli.render.watch.live.spans import Span, apart, cut, joined, merged, width


def text(line: tuple[Span, ...]) -> str:
    return "".join(span.text for span in line)


def test_a_line_is_as_wide_as_it_looks() -> None:
    assert width((Span("ab"), Span("中"))) == 4


@pytest.mark.parametrize(
    ("columns", "shown"), [(5, "abcde"), (4, "abc…"), (3, "ab…"), (1, "…"), (0, "")]
)
def test_what_does_not_fit_is_cut_and_marked(columns: int, shown: str) -> None:
    assert text(cut((Span("abc", "bold"), Span("de")), columns)) == shown


def test_a_wide_sign_is_not_cut_in_half() -> None:
    assert text(cut((Span("中中中"),), 4)) == "中 …"


def test_the_left_is_cut_for_the_right() -> None:
    assert text(apart((Span("left"),), (Span("right"),), 12)) == "left   right"
    assert text(apart((Span("a long left"),), (Span("right"),), 12)) == "a lon… right"
    assert text(apart((Span("left"),), (Span("right"),), 4)) == "left"


def test_parts_are_joined_as_far_as_there_is_room() -> None:
    parts = [(Span("one"),), (Span("two"),), (Span("three"),)]
    assert text(joined(parts, "  ", 20)) == "one  two  three"
    assert text(joined(parts, "  ", 14)) == "one  two"
    assert text(joined(parts, "  ", 2)) == "o…"
    assert joined([], "  ", 9) == ()


def test_ascii_is_as_wide_as_what_it_stands_for() -> None:
    shown = "5.1% ▋···· ▁▃█ 1 → 2 – 中 USDⓈ-M"
    assert ascii_only(shown) == "5.1% +---- _-# 1 > 2 - ?? USDS-M"
    assert width((Span(ascii_only(shown)),)) == width((Span(shown),))


def test_neighbours_of_one_style_are_one_span() -> None:
    parts = [Span("a"), Span("b"), Span("", "red"), Span("c", "bold"), Span("d", "bold"), Span("e")]
    assert merged(parts) == (Span("ab"), Span("cd", "bold"), Span("e"))
    assert merged([]) == ()

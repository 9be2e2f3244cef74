from binfut_cli.render.watch.live.frames.frame import Frame
from binfut_cli.render.watch.live.lines import Narration, colours
from binfut_cli.render.watch.live.spans import Span
from tests.support.screens import COINM, USDM


def test_escape_sequences_become_styles() -> None:
    assert colours("a \x1b[32m+1\x1b[0m b") == (Span("a "), Span("+1", "color(2)"), Span(" b"))
    assert colours("\x1b[1;38;5;30mx\x1b[0m") == (Span("x", "bold color(30)"),)
    assert colours("") == ()


def test_brackets_are_no_markup() -> None:
    assert colours("[bold]x[/bold]") == (Span("[bold]x[/bold]"),)


def test_an_account_has_its_own_lines_and_those_of_all() -> None:
    narration = Narration()
    frame = Frame(0, (), ((USDM, "u"), (COINM, "c"), (None, "all")), 3)
    assert narration.lines(frame, USDM) == [(Span("u"),), (Span("all"),)]
    assert narration.lines(frame, COINM) == [(Span("c"),), (Span("all"),)]


def test_the_same_lines_are_the_same_list() -> None:
    narration = Narration()
    first = narration.lines(Frame(0, (), ((None, "a"),), 1), USDM)
    assert narration.lines(Frame(9, (), ((None, "a"),), 1), USDM) is first
    later = narration.lines(Frame(9, (), ((None, "b"),), 2), USDM)
    assert later == [(Span("b"),)]

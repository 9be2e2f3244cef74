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


TOLD = (
    "── Friday 2026-11-20, times in UTC ──",
    "20:38:51.244 BALANCE  USDT            1 → 2 (+1)",
    "20:38:52.244 FILL     BTCUSDT         SELL LIMIT 0.1 @ 83,000",
    "                      fee 0.02 USDT",
    "20:38:53.244 \x1b[31mGAP\x1b[0m      2 s without a stream",
    "20:38:54.244 FILL     ETHUSDT         BUY 1",
    "                      fee 0.03 USDT",
    "20:38:55.244 \x1b[1mLIVE\x1b[0m connected and read whole",
)


def test_of_one_symbol_is_shown_what_is_about_it_and_about_the_watch() -> None:
    narration = Narration()
    frame = Frame(0, (), tuple((USDM, line) for line in TOLD), len(TOLD))
    found = narration.lines(frame, USDM, "btc")
    whole = narration.lines(frame, USDM)
    assert found == [whole[place] for place in (0, 2, 3, 4, 7)]
    assert narration.lines(frame, USDM, "usd") == whole

import pytest

from binfut_cli.commands.watch.live.terminal import check, refusal
from binfut_cli.errors import UsageError


@pytest.mark.parametrize(
    ("are_terminals", "term", "size", "why"),
    [
        (False, "xterm", (80, 24), "--live needs a terminal."),
        (True, "dumb", (80, 24), "--live needs a terminal that can move its cursor."),
        (True, "", (80, 24), "--live needs a terminal that can move its cursor."),
        (True, "xterm", (39, 24), "--live needs 40 columns and 10 lines, and here are 39 and 24."),
        (True, "xterm", (80, 9), "--live needs 40 columns and 10 lines, and here are 80 and 9."),
    ],
)
def test_where_nothing_can_be_shown_it_says_why(
    are_terminals: bool, term: str, size: tuple[int, int], why: str
) -> None:
    refused = refusal(are_terminals, term, size)
    assert refused is not None
    assert (refused.message, "Leave --live out" in refused.hint) == (why, True)


def test_forty_columns_and_ten_lines_are_enough() -> None:
    assert refusal(True, "xterm", (40, 10)) is None


def test_a_screen_is_not_for_programs() -> None:
    with pytest.raises(UsageError, match="for programs"):
        check(for_programs=True)

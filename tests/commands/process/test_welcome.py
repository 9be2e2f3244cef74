"""The first minute: what `binfut` alone says."""

from binfut_cli.commands.process.welcome import WELCOME


def test_five_lines_that_no_terminal_of_eighty_columns_breaks() -> None:
    lines = WELCOME.splitlines()
    assert len(lines) == 5
    assert max(map(len, lines)) < 80

"""What of a live table a terminal has room for. Pure."""

from binfut_cli.commands.account.live_table import cut

TABLE = "USD-M · prod\n\n BTCUSDT  LONG  1.25\n ETHUSDT  LONG  1.5\n"


def test_a_line_is_cut_by_us_with_a_sign_so_that_no_number_looks_whole_that_is_not() -> None:
    assert cut(TABLE, 18, 9) == "USD-M · prod\n\n BTCUSDT  LONG  1…\n ETHUSDT  LONG  1…\n"
    assert cut(TABLE, 80, 9) == TABLE


def test_what_is_below_the_terminals_end_is_counted() -> None:
    assert cut(TABLE, 80, 4) == "USD-M · prod\n\n  2 more\n"

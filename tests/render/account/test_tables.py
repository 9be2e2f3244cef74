"""Tables: what is shown is shown whole, in line, and in no more columns than fit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from binfut_cli.render.account.tables import (
    GAP,
    INDENT,
    Cell,
    Column,
    amount,
    draw,
    fit,
    profit,
    words,
)
from binfut_cli.render.numbers import price, signed
from binfut_cli.render.palette import PLAIN, Role, palette

Row = tuple[str, str, str]
COLUMNS: list[Column[Row]] = [
    Column("Symbol", lambda row: words(row[0]), right=False),
    Column("Size", lambda row: amount(row[1]), 2),
    Column("PnL", lambda row: profit(signed(row[2]))),
    Column("Price", lambda row: Cell(price(row[1])), 1, point=False),
]
ROWS: list[Row] = [("BTCUSDT", "1234.5", "-7"), ("币安人生", "0", "0.25")]
WHOLE = [
    "Symbol       Size    PnL    Price",
    "BTCUSDT   1,234.5  -7     1,234.5",
    "币安人生      0    +0.25        –",
]


def lines(text: str) -> list[str]:
    """The lines of a table without the indent that each has."""
    assert all(line.startswith(" " * INDENT) for line in text.splitlines())
    return [line[INDENT:] for line in text.splitlines()]


def test_a_table_off_a_terminal_is_whole() -> None:
    drawn = draw(COLUMNS, ROWS, None)
    assert lines(drawn.text) == WHOLE
    assert drawn.dropped == ()
    assert drawn.text.endswith("\n")


@pytest.mark.parametrize("colour", [True, False])
def test_nothing_about_the_terminal_is_asked(monkeypatch: pytest.MonkeyPatch, colour: bool) -> None:
    before = draw(COLUMNS * 20, ROWS, None, palette() if colour else PLAIN)
    for name, value in {
        "TERM": "dumb",
        "COLUMNS": "20",
        "FORCE_COLOR": "1",
        "NO_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, value)
        assert draw(COLUMNS * 20, ROWS, None, palette() if colour else PLAIN) == before
    assert all(cell_len(line) > 600 for line in before.text.splitlines())


def test_columns_are_dropped_by_rank_and_never_those_of_rank_nought() -> None:
    width = INDENT + cell_len(WHOLE[0])
    assert draw(COLUMNS, ROWS, width).dropped == ()
    assert draw(COLUMNS, ROWS, width - 1).dropped == ("Size",)
    narrow = draw(COLUMNS, ROWS, 1)
    assert narrow.dropped == ("Size", "Price")
    assert lines(narrow.text) == ["Symbol      PnL", "BTCUSDT   -7", "币安人生  +0.25"]


@pytest.mark.parametrize(
    ("widths", "ranks", "width", "kept"),
    [
        ([5, 5, 5], [0, 1, 2], None, [0, 1, 2]),
        ([5, 5, 5], [0, 1, 2], INDENT + 15 + 2 * GAP, [0, 1, 2]),
        ([5, 5, 5], [0, 1, 2], INDENT + 14 + 2 * GAP, [0, 1]),
        ([5, 5, 5], [0, 2, 1], INDENT + 14 + 2 * GAP, [0, 2]),
        ([5, 5, 5], [1, 1, 1], INDENT + 14 + 2 * GAP, [0, 1]),  # of equals, the last
        ([5, 5, 5], [0, 1, 2], 1, [0]),
        ([5, 5, 5], [0, 0, 0], 1, [0, 1, 2]),
        ([], [], 80, []),
    ],
)
def test_which_columns_fit(
    widths: list[int], ranks: list[int], width: int | None, kept: list[int]
) -> None:
    assert fit(widths, ranks, width) == kept


@given(
    st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6)), max_size=4),
    st.integers(1, 60),
)
def test_every_cell_of_a_kept_column_is_whole_whatever_the_text(
    rows: list[Row], width: int
) -> None:
    drawn = draw(COLUMNS, rows, width)
    assert len(drawn.text.splitlines()) == len(rows) + 1
    for row, line in zip(rows, lines(drawn.text)[1:], strict=True):
        for column in COLUMNS:
            if column.title not in drawn.dropped:
                assert column.cell(row).text.rstrip() in line + " "


def test_colour_is_escape_sequences_around_the_same_text() -> None:
    coloured = draw(COLUMNS, ROWS, None, palette()).text
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in lines(bare)] == WHOLE
    assert "\x1b" not in draw(COLUMNS, ROWS, None).text


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (words("BTC"), Cell("BTC")),
        (words(2), Cell("2")),
        (words(None), Cell("–")),
        (words(""), Cell("–")),
        (words("[/x]\x1b"), Cell("[/x]\\u{1b}")),
        (amount("-1.50"), Cell("-1.5")),
        (profit("+1.50"), Cell("+1.50", Role.GAIN)),
        (profit("-1.50"), Cell("-1.50", Role.LOSS)),
        (profit("0.00"), Cell("0.00")),
        (profit("–"), Cell("–")),
    ],
)
def test_a_cell(cell: Cell, expected: Cell) -> None:
    assert cell == expected


def test_columns_that_may_go_and_say_nothing_are_left_out_unless_all_is_wanted() -> None:
    rows: list[Row] = [("BTCUSDT", "0", "")]
    assert lines(draw(COLUMNS, rows, None).text)[0] == "Symbol   Size  PnL  Price"
    drawn = draw(COLUMNS, rows, None, whole=False)
    assert lines(drawn.text) == ["Symbol   Size  PnL", "BTCUSDT     0    –"]
    assert drawn.dropped == ()


def test_no_column_of_a_table_that_is_drawn_again_comes_and_goes() -> None:
    few, many = [("BTCUSDT", "1", "-7")], [("BTCUSDT", "1234567.5", "-7")]
    seen: dict[str, int] = {}
    tables = [draw(COLUMNS, rows, 30, seen=seen) for rows in (few, many, few)]
    assert [table.dropped for table in tables] == [(), ("Size",), ("Size",)]
    heads = {table.text.split("\n")[0] for table in tables[1:]}
    assert len(heads) == 1
    assert draw(COLUMNS, few, 30).dropped == ()


def test_a_column_that_once_said_something_stays() -> None:
    columns, said, nothing = COLUMNS[:2], [("BTCUSDT", "1", "")], [("BTCUSDT", "", "")]
    seen: dict[str, int] = {}
    titles = [
        draw(columns, rows, 30, whole=False, seen=seen).text.split("\n")[0].split()
        for rows in (nothing, said, nothing)
    ]
    assert titles == [["Symbol"], ["Symbol", "Size"], ["Symbol", "Size"]]


def test_colour_leaves_the_blanks_around_a_text_alone() -> None:
    text = draw(COLUMNS, ROWS, None, palette()).text
    assert f" {palette().loss}-7{palette().off}  " in text

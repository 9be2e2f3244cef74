"""CSV: what a spreadsheet reads back is what the exchange sent."""

import csv
import io
import json

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


@given(st.text(max_size=20))
def test_any_text_comes_back_with_what_steers_a_terminal_escaped(text: str) -> None:
    row = {"asset": text, "balance": "1"}
    data = sheet([balances(row)], (BALANCES,), Choice(fields=("asset", "balance")))
    _, line = read(data)
    escaped = UNSAFE.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
    assert line == ["usdm", escaped, "1"]
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

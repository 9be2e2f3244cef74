"""Every question in every format, the real program: order, headers, hidden rows, what it cost."""

import csv
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from binfut_cli.errors import UsageError
from binfut_cli.resources.result.resource import checked, fields
from binfut_cli.sandbox import Sandbox
from tests.support.declared import COMMANDS
from tests.support.declared import kind as declared
from tests.support.program import Ended, at, binfut, environment

pytestmark = pytest.mark.slow  # many runs of the whole program

KINDS = {name: about[-1].kind for name, about in COMMANDS.items()}
FORMATS = ("table", "wide", "json", "ndjson", "csv")
Runs = dict[tuple[str, str], Ended]


def ask(name: str, *more: str) -> Ended:
    return binfut("account", name, "-e", "sandbox", *more)


@pytest.fixture(scope="module")
def runs() -> Runs:
    """Every question about both markets in every format, off a terminal."""
    cases = [(name, output) for name in KINDS for output in FORMATS if output != "wide"]
    cases.append(("positions", "wide"))
    with Sandbox.start() as sandbox, ThreadPoolExecutor(2) as pool:
        here = (
            "-e",
            "sandbox",
            "--ws-api-url",
            sandbox.stream["usdm"],
            "--rest-url",
            sandbox.rest["usdm"],
        )
        env = environment(sandbox)

        def run(case: tuple[str, str]) -> Ended:
            return binfut("account", case[0], "-m", "all", "-o", case[1], *here, env=env)

        return dict(zip(cases, pool.map(run, cases), strict=True))


def sheet(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_all_of_them_answer_and_talk_to_nobody(runs: Runs) -> None:
    for case, done in runs.items():
        assert (done.status, done.err) == (0, ""), case
        assert done.out.endswith("\n"), case
        assert "\x1b" not in done.out, case


def test_usdm_comes_before_coinm(runs: Runs) -> None:
    for (name, output), done in runs.items():
        first, second = (
            ("USD-M ·", "COIN-M ·") if output in ("table", "wide") else ("usdm", "coinm")
        )
        if not (name == "orders" and output in ("ndjson", "csv")):  # there coinm has no row
            assert 0 <= done.out.index(first) < done.out.index(second), (name, output)


def test_one_json_document_a_market(runs: Runs) -> None:
    for name in KINDS:
        found = records(runs[name, "json"].out)
        assert [one["market"] for one in found] == ["usdm", "coinm"]
        assert all(isinstance(one[KINDS[name]], list) for one in found)


def test_the_formats_have_the_same_rows(runs: Runs) -> None:
    for name, kind in KINDS.items():
        if name == "status":
            continue
        documents = records(runs[name, "json"].out)
        expected = [one["market"] for one in documents for _ in one[kind]]
        assert [one["market"] for one in records(runs[name, "ndjson"].out)] == expected
        assert [row["market"] for row in sheet(runs[name, "csv"].out)] == expected


def test_a_sheet_is_rectangular_and_its_digits_are_the_exchanges(runs: Runs) -> None:
    for name, kind in KINDS.items():
        lines = list(csv.reader(io.StringIO(runs[name, "csv"].out)))
        assert len({len(line) for line in lines}) == 1
        if name != "status":
            assert lines[0] == ["market", *fields(declared(kind))]
    cells = {cell for line in runs["status", "csv"].out.splitlines() for cell in line.split(",")}
    assert {"12480.50318243", "2798.40000000", "0.26224357"} <= cells


def test_no_digit_is_cut_anywhere_but_in_a_table(runs: Runs) -> None:
    for output in FORMATS:
        text = runs["positions", output].out.replace(",", "")
        for figure in ("73734.63508539", "100854.11925991", "1.44543483"):
            assert figure in text or output == "table", output
        assert "…" not in text


def test_zero_rows_are_hidden_and_counted(runs: Runs) -> None:
    usdm, coinm = records(runs["balances", "json"].out)
    assert (usdm["hidden"], coinm["hidden"]) == (3, 11)
    assert (len(usdm["balances"]), len(coinm["balances"])) == (3, 2)
    assert "\n  3 hidden, --all shows them\n" in runs["balances", "table"].out
    assert "\n  11 hidden, --all shows them\n" in runs["balances", "table"].out
    whole = records(ask("balances", "-m", "all", "--all", "--json").out)
    assert [("hidden" in one, len(one["balances"])) for one in whole] == [(False, 6), (False, 13)]


def test_a_status_document_is_whole_and_its_rows_are_not(runs: Runs) -> None:
    coinm = records(runs["status", "json"].out)[1]
    assert len(coinm["assets"]) == 13
    assert "hidden" not in coinm
    rows = records(runs["status", "ndjson"].out)
    assert len([one for one in rows if (one["type"], one["market"]) == ("asset", "coinm")]) == 2


def test_a_field_named_like_one_of_ours_has_a_name_of_its_own_in_a_row(runs: Runs) -> None:
    flow = records(runs["income", "ndjson"].out)[0]
    assert flow["type"] == "flow"
    assert flow["incomeTime"] < flow["time"]
    found = records(runs["orders", "ndjson"].out)
    assert {one["type"] for one in found} == {"order"}
    assert {one["orderType"] for one in found} >= {"LIMIT"}
    assert all(one["createTime"] for one in found)


def test_wide_tells_the_weight_and_leaves_no_column_out(runs: Runs) -> None:
    assert " · weight 20 of 2,400 this minute\n" in ask("positions", "-o", "wide").out
    assert "weight" not in runs["positions", "table"].out
    assert "Break-even" in runs["positions", "wide"].out


def test_fields_come_as_given_in_every_format() -> None:
    wanted = "unrealizedProfit,symbol,marginRatio,symbol"
    given = ("positions", "-m", "all", "--fields", wanted, "-o")
    found = {output: ask(*given, output).out for output in FORMATS}
    names = wanted.split(",")
    assert found["csv"].splitlines()[:2] == [
        f"market,{wanted}",
        "usdm,2643.00000000,BTCUSDT,0.03468713,BTCUSDT",
    ]
    assert list(records(found["json"])[0]["positions"][0]) == names[:3]
    assert list(records(found["ndjson"])[0])[6:] == names[:3]
    for output in ("table", "wide"):
        assert names in [line.split() for line in found[output].splitlines()]


def test_fields_of_totals_rows_and_figures_go_together() -> None:
    done = ask("status", "--fields", "totalWalletBalance,asset,marginRatio", "--json")
    (found,) = records(done.out)
    assert found["totalWalletBalance"] == "12480.50318243"
    assert found["assets"][0] == {"asset": "USDT", "marginRatio": "0.03468713"}
    assert found["positions"][0] == {"marginRatio": "0.03468713"}


def test_a_kind_of_which_no_field_is_chosen_is_in_no_format() -> None:
    given = ("status", "-m", "all", "--fields", "totalMarginBalance", "-o")
    found = {output: ask(*given, output) for output in FORMATS}
    assert {(done.status, done.err) for done in found.values()} == {(0, "")}
    usdm, coinm = records(found["json"].out)
    assert (list(usdm)[6:], list(coinm)[6:]) == (["totalMarginBalance"], [])
    (row,) = records(found["ndjson"].out)
    assert (row["type"], row["totalMarginBalance"]) == ("account", "15278.90318243")
    assert found["csv"].out.splitlines()[1:] == ["usdm,totals,,totalMarginBalance,15278.90318243"]
    for output in ("table", "wide"):
        assert re.findall("^[A-Z].*", found[output].out, re.MULTILINE)[1::2] == [
            "Totals in USDT: other assets are not counted in single-asset mode"
        ]
        assert "none" not in found[output].out


def test_the_settings_are_no_field() -> None:
    table = ask("config", "--symbol", "BTCUSDT", "--fields", "leverage").out
    assert table.splitlines()[1:] == ["", "Symbols", " leverage", "       20"]


@pytest.mark.parametrize("names", ["positionamt", "symbol,nope", "symbol,", "", ",", "derived"])
def test_a_field_that_is_not_there_lists_those_that_are(names: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked(names, (declared("positions"),))
    assert re.fullmatch(
        r"There is no field '\w+'\.( Did you mean 'positionAmt'\?)?|--fields names no field\.",
        caught.value.message,
    )
    assert caught.value.hint == f"Fields: {', '.join(fields(declared('positions')))}."


def test_a_field_that_is_not_there_is_told_before_anything_is_asked() -> None:
    done = binfut("account", "positions", "--fields", "size")  # without a key
    assert (done.status, done.out) == (2, "")
    said = "binfut: There is no field 'size'. Did you mean 'sizeUsd'?\n  hint: Fields: symbol, "
    assert done.err.startswith(said)


def test_a_sheet_without_a_row_has_its_header() -> None:
    done = ask("orders", "-m", "coinm", "-o", "csv", "--fields", "symbol,price")
    assert (done.status, done.out) == (0, "market,symbol,price\n")
    assert ask("orders", "-m", "coinm", "-o", "ndjson").out == ""


def test_debug_tells_time_and_weight_on_standard_error() -> None:
    done = ask("positions", "-m", "all", "--json", "--debug")
    assert len(records(done.out)) == 2
    first, second = done.err.splitlines()
    line = r"binfut: {} positions: [0-9]+ ms, weight {} of 2,400 this minute"
    assert re.fullmatch(line.format("usdm", 20), first)
    assert re.fullmatch(line.format("coinm", 15), second)


def test_debug_tells_of_a_refusal_too(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -1109, "count": None})
    done = binfut("account", "balances", "--debug", *at(sandbox), env=environment(sandbox))
    assert (done.status, done.out) == (4, "")
    assert done.err.startswith("binfut: usdm balances: ")


@pytest.mark.parametrize("output", ["table", "ndjson", "csv"])
def test_answers_that_cannot_be_read_print_nothing(sandbox: Sandbox, output: str) -> None:
    sandbox.fault({"fault": "noResult", "layer": "wsApi", "count": None})
    done = binfut("account", "balances", "-o", output, *at(sandbox), env=environment(sandbox))
    assert (done.status, done.out) == (8, "")
    assert "has no result" in done.err


@pytest.mark.parametrize("output", ["table", "json", "ndjson", "csv"])
def test_an_amount_that_cannot_be_read_is_shown_as_sent(sandbox: Sandbox, output: str) -> None:
    bent = {"fault": "field", "layer": "wsApi", "on": "account.balance"}
    sandbox.fault({**bent, "path": "result.1.balance", "value": "soon"})
    done = binfut("account", "balances", "-o", output, *at(sandbox), env=environment(sandbox))
    assert (done.status, "soon" in done.out) == (0, True)
    assert "not as documented, and shown as sent: balances[" in done.err


@pytest.mark.parametrize("name", ["orders", "income", "config", "commission"])
def test_a_symbol_is_asked_of_its_own_market_only(name: str) -> None:
    done = ask(name, "-m", "all", "--symbol", "BTCUSDT", "--json", "--debug")
    assert [one["market"] for one in records(done.out)] == ["usdm"]
    assert done.err.startswith("binfut: usdm ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "market", "symbol", "home"),
    [
        ("orders", "coinm", "BTCUSDT", "usdm"),
        ("income", "usdm", "BTCUSD_PERP", "coinm"),
        ("config", "coinm", "BTCUSDT", "usdm"),
        ("commission", "usdm", "BTCUSD_PERP", "coinm"),
    ],
)
def test_a_symbol_of_the_other_market_is_sent_there(
    name: str, market: str, symbol: str, home: str
) -> None:
    done = ask(name, "-m", market, "--symbol", symbol)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"binfut: {symbol} is a symbol of {home}, and {market} is asked.\n"
        f"  hint: Add --market {home}, or --market all.\n"
    )


def test_an_unknown_symbol_is_refused_by_name() -> None:
    done = ask("orders", "--symbol", "NOPEUSDT")
    assert (done.status, done.out) == (4, "")
    assert done.err.startswith("binfut: NOPEUSDT is not a symbol of usdm.\n")


def test_several_symbols_are_asked_of_both_markets() -> None:
    done = ask("config", "-m", "all", "--symbol", "ETHUSD_PERP", "--symbol", "BTCUSDT", "-o", "csv")
    assert [line.split(",")[:2] for line in done.out.splitlines()[1:]] == [
        ["usdm", "BTCUSDT"],
        ["coinm", "ETHUSD_PERP"],
    ]


@pytest.mark.parametrize(
    ("typed", "market"), [("btcusd_perp", "coinm"), ("btcUsdt", "usdm"), ("测试usdt", "usdm")]
)
@pytest.mark.parametrize("name", ["orders", "config", "income"])
def test_a_symbol_may_be_typed_in_small_letters(name: str, typed: str, market: str) -> None:
    done = ask(name, "-m", market, "-p", "multi-assets", "--symbol", typed, "--json")
    assert (done.status, done.err) == (0, "")
    kind = {"config": "symbols", "income": "flows"}.get(name, name)
    found = {row["symbol"] for row in json.loads(done.out)[kind]}
    assert found == {typed.upper()} if name == "config" else found <= {typed.upper()}

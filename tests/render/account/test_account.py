"""The account as tables, whole, as a terminal of each width shows it."""

import copy
import re
from collections.abc import Callable, Iterator

import msgspec
import pytest
from rich.cells import cell_len

from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render import zone
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.render.palette import PLAIN, palette
from binfut_cli.resources.result.result import Result
from tests.support.renders import CASES, GOLDEN, RECORDED, answer, coins, multi, rendered, single
from tests.support.samples import body

MAKERS = {"multi": multi, "single": single, "coins": coins}


def drawn(found: Result, width: int | None, *, zeroes: bool = False, colour: bool = False) -> str:
    choice = Choice(width=width, whole=zeroes, palette=palette() if colour else PLAIN)
    return report(found, Scope(Env.PROD, None), choice)


@pytest.fixture(autouse=True)
def in_utc() -> Iterator[None]:
    zone.use("UTC")
    yield
    zone.use("local")


@pytest.mark.parametrize("name", CASES)
def test_every_answer_as_it_is_shown_at_every_width(name: str) -> None:
    """What differs is to be looked at; then `python -m tests.support.renders` writes it anew."""
    assert rendered(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_no_render_is_left_of_what_is_shown_no_more() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == CASES.keys()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [60, 61, 79, 80, 100])
def test_nothing_that_is_shown_of_any_account_is_wider_than_the_terminal(
    name: str, width: int
) -> None:
    assert max(map(cell_len, drawn(CASES[name](), width).splitlines())) <= width


@pytest.mark.parametrize("make", MAKERS.values())
@pytest.mark.parametrize("width", range(67, 200, 7))
def test_no_line_is_wider_than_the_terminal_and_no_cell_is_cut(
    make: Callable[[], Result], width: int
) -> None:
    lines = drawn(make(), width).splitlines()
    tables = [line for line in lines if line.startswith(" ") and not line.startswith("  ")]
    assert max(map(cell_len, tables)) <= width
    cells = set(re.split(r"\s{2,}", " " + " ".join(tables)))
    assert cells <= set(re.split(r"\s{2,}|\n", drawn(make(), None).replace("\n ", "\n  ")))


def test_at_forty_columns_ratio_and_distance_stand_whole_beside_the_symbol() -> None:
    *_, text = drawn(multi(), 40).partition("Positions\n")
    assert re.search(r"^ BTCUSDT +4\.05% +9\.25% ▍····$", text, re.M)
    assert max(map(cell_len, text.splitlines())) <= 40


def test_a_terminal_too_narrow_for_anything_still_shows_whole_cells() -> None:
    text = drawn(multi(), 10)
    assert re.search(r"BTCUSDT +4\.05% +9\.25% ▍····\n", text)
    assert "too narrow for: Side, Size, PnL, Liquidation" in " ".join(text.split())


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("status", "pos"))])
def test_at_80_columns_ratio_and_distance_are_there_and_at_60_one_size_beside_them(
    name: str,
) -> None:
    for width in (60, 80):
        *_, table = drawn(CASES[name](), width).partition("Positions\n")
        if table:
            head = table.split("\n")[0].split()
            assert {"Distance", "Ratio"} <= set(head)
            assert len({"Size", "Contracts", "Coin", "USD"} & set(head)) == 1
            assert ("PnL" in head) or width == 60


def test_totals_of_an_unknown_mode_are_shown_and_their_unit_is_not_guessed() -> None:
    account = body("usdm/rest_v2_account_single_asset")
    del account["multiAssetsMargin"]
    text = drawn(answer(Market.USDM, account, []), 80)
    assert "Totals in USDT, or in USD over all assets: the exchange did not tell the mode" in text
    assert re.search(r"Wallet balance +31\.02\n", text)
    assert "Margin ratio  " not in text.split("Assets")[0]


def test_columns_of_a_chinese_symbol_line_up() -> None:
    lines = drawn(multi(), 160).splitlines()
    head, first, second = lines[lines.index("Positions") + 1 :][:3]
    for title, cells in (("Side", ("LONG", "SHORT")), ("Margin", ("cross", "cross"))):
        starts = [
            cell_len(line[: line.index(cell)])
            for line, cell in zip((first, second), cells, strict=True)
        ]
        assert starts == [cell_len(head[: head.index(title)])] * 2


def test_all_shows_the_zero_rows_too() -> None:
    text = drawn(multi(), None, zeroes=True)
    assert "hidden" not in text
    assert all(f"\n {asset} " in text for asset in ("FDUSD", "BTC", "BNB", "ETH"))
    assert "4 hidden, --all shows them" in drawn(multi(), None)
    assert drawn(coins(), None, zeroes=True).count("BTCUSD_201225") == 3


def test_an_account_with_nothing_says_so() -> None:
    text = drawn(answer(Market.COINM, {"assets": [], "positions": []}, []), 80)
    assert text.splitlines()[1:] == ["", "Assets: none", "", "Positions: none"]


def test_that_there_are_none_is_not_said_of_an_answer_in_part() -> None:
    whole = answer(Market.USDM, {"assets": [], "positions": []}, [])
    for lacking, said in (
        ("v2/account.status", "none in what was answered"),
        ("assets", "not answered"),
    ):
        part = msgspec.structs.replace(whole, document={**whole.document, "incomplete": [lacking]})
        assert f"Assets: {said}\n" in drawn(part, 80)


def test_without_colour_there_is_not_one_escape_sequence() -> None:
    for make in MAKERS.values():
        assert "\x1b" not in drawn(make(), 80)


def test_a_column_that_says_nothing_is_left_out_on_a_terminal() -> None:
    assert "Leverage" not in drawn(multi(), 200)
    assert "Leverage" in drawn(CASES["status-one-way"](), 200)


def test_what_is_nearest_to_liquidation_comes_first_and_is_named() -> None:
    lines = drawn(CASES["status-hedge"](), 80).splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["Margin", "Nearest"]
    assert lines[3].endswith("3.51% ▏····  ETHUSDT SHORT")
    assert lines[4].endswith("10.95%        ETHUSDT SHORT")


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_colour_adds_escape_sequences_and_nothing_else() -> None:
    for width in (80, None):
        coloured = drawn(multi(), width, colour=True)
        assert words(re.sub(r"\x1b\[[0-9;]*m", "", coloured)) == words(drawn(multi(), width))
    colours = palette()
    assert f"{colours.long}LONG{colours.off}" in coloured
    assert f"{colours.short}SHORT{colours.off}" in coloured
    assert f"{colours.gain}+0.54{colours.off}" in coloured
    assert f"{colours.bad}4.05%{colours.off}" in coloured  # near its liquidation


def test_off_a_terminal_and_asked_for_wide_nothing_is_left_out() -> None:
    wide = report(multi(), Scope(Env.PROD, None), Choice(width=40, wide=True))
    for text in (drawn(multi(), None), wide):
        assert "too narrow" not in text
        assert "Leverage  Margin" in text  # though no position tells the first
    assert "+0.54238506" in wide


def chosen(found: Result, *fields: str) -> list[str]:
    """The lines below the title."""
    return report(found, Scope(Env.PROD, None), Choice(fields)).splitlines()[1:]


def test_a_section_of_which_nothing_is_chosen_is_left_out() -> None:
    totals = ["", "Totals in USD, over all assets: multi-assets mode"]
    assert chosen(multi(), "totalMarginBalance") == [*totals, " Margin balance  26.26840422"]
    assert chosen(multi(), "asset", "walletBalance") == [
        "", "Assets", " asset  walletBalance", "  USDT     3.72964781", "  USDC    22",
        "  4 hidden, --all shows them",
    ]  # fmt: skip
    assert chosen(coins(), "symbol") == [
        "", "Positions", "      symbol", " BTCUSD_PERP", "  4 hidden, --all shows them",
    ]  # fmt: skip
    assert chosen(single(), "symbol") == ["", "Positions: none"]
    assert chosen(coins(), "totalMarginBalance") == []


def test_chosen_totals_come_in_the_users_order_and_under_a_name() -> None:
    lines = chosen(multi(), "totalsUnit", "totalCrossWalletBalance", "availableBalance")[2:5]
    assert [line.split() for line in lines] == [
        ["totalsUnit", "USD"],
        ["totalCrossWalletBalance", "25.7261006"],
        ["Available", "18.65949928"],
    ]
    assert chosen(coins(), "feeTier") == ["", "Account", " feeTier  2"]


def test_the_title_names_the_profile() -> None:
    text = report(multi(), Scope(Env.SANDBOX, "my\x1b"), Choice())
    assert text.startswith("USD-M · sandbox · my\\u{1b} · 2024-07-28 10:06:10 UTC\n")


@pytest.mark.parametrize(
    "symbol",
    ["[red]A[/red]", "[/x]", ":smile:", "\x1b[2J\x1b]0;x\x07", "A\u202eB", "A\nB", "\x9b1m"],
)
def test_a_name_from_the_wire_is_text_and_nothing_else(symbol: str) -> None:
    account = copy.deepcopy(body(RECORDED)["result"])
    account["assets"][4]["asset"] = account["positions"][0]["symbol"] = symbol
    for market in Market:
        text = drawn(answer(market, account, []), None)
        assert all(line.isprintable() for line in text.splitlines())
        assert len(text.splitlines()) == len(
            drawn(answer(market, body(RECORDED)["result"], []), None).splitlines()
        )
        if symbol.isprintable():
            assert text.count(symbol) >= 2


def test_an_extreme_beside_which_another_is_not_told_says_so() -> None:
    found = CASES["status-hedge"]()
    found.document["positions"][0]["derived"]["marginRatio"] = None
    lines = drawn(found, 80).splitlines()
    assert lines[3].endswith("3.51% ▏····  ETHUSDT SHORT, others are not told")
    assert lines[4].endswith("ETHUSDT SHORT")

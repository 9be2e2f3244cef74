"""The account as tables, whole, as a terminal of each width shows it."""

import copy
import re
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS, Env, Market, Scope
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.resources.figures.account_document import whole
from binfut_cli.resources.result.lenient import WHOLE
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from tests.support.samples import body

RECORDED = "usdm/wsapi_v2_account_status_recorded"


def answer(market: Market, account: Row, positions: list[Row]) -> Result:
    called = MARKET_APIS[market]
    document, read = whole(
        market, {called.status_method: account, called.position_method: positions}
    )
    assert read == WHOLE
    return Result("accountStatus", market, 1722161170000, document, KINDS)


def multi() -> Result:
    """The recorded multi-assets account, with a second, Chinese, symbol that is short."""
    account = copy.deepcopy(body(RECORDED)["result"])
    chinese = {**account["positions"][0], "symbol": "币安人生USDT", "positionAmt": "-12.5"}
    account["multiAssetsMargin"] = True  # as the old account.status says
    account["positions"].append({**chinese, "unrealizedProfit": "-0.00008144"})
    (risk,) = body("usdm/rest_v3_position_risk")
    other = {**risk, "symbol": "币安人生USDT", "liquidationPrice": "0", "markPrice": "0.3"}
    return answer(Market.USDM, account, [risk, other])


def single() -> Result:
    """The recorded single-asset account, which has no position."""
    return answer(Market.USDM, body("usdm/rest_v2_account_single_asset"), [])


def coins() -> Result:
    """The recorded coin position, in the account of the manual."""
    return answer(Market.COINM, body("coinm/rest_account"), body("coinm/rest_position_risk"))


CASES = {"multi": multi, "single": single, "coins": coins}


def drawn(found: Result, width: int | None, *, zeroes: bool = False, colour: bool = False) -> str:
    choice = Choice(width=width, whole=zeroes, colour=colour)
    return report(found, Scope(Env.PROD, None), choice)


MULTI_80 = """\
USDⓈ-M · prod · 2024-07-28 10:06:10 UTC

Totals in USD, over all assets: multi-assets mode
 Wallet balance      25.7261006
 Unrealized PnL      +0.54230362
 Margin balance      26.26840422
 Initial margin       7.59482199
 Maintenance margin   2.43034303
 Available           18.65949928
 Can be withdrawn    18.65949928
 Margin ratio         9.25% ▍····

Assets
 Asset       Wallet  Unreal. PnL  Margin balance    Available  Maint. margin
 USDT    3.72964781  +0.54238506      4.27203287  18.65856952     2.43022194
 USDC   22            0              22           18.65830123     0
  4 hidden, --all shows them
  too narrow for: Initial margin

Positions
 Symbol        Side     Size     Entry      Liquidation  Distance  Unreal. PnL
 BTCUSDT       LONG    0.009  67,445.9  64,846.78939917     4.05%  +0.54238506
 币安人生USDT  SHORT  12.5    67,445.9    none              –      -0.00008144
  too narrow for: Mark, Notional, ROE, Lev, Margin, Margin ratio, Maint. margin,
    Break-even, ADL
"""
MULTI_120 = """\
USDⓈ-M · prod · 2024-07-28 10:06:10 UTC

Totals in USD, over all assets: multi-assets mode
 Wallet balance      25.7261006
 Unrealized PnL      +0.54230362
 Margin balance      26.26840422
 Initial margin       7.59482199
 Maintenance margin   2.43034303
 Available           18.65949928
 Can be withdrawn    18.65949928
 Margin ratio         9.25% ▍····

Assets
 Asset       Wallet  Unreal. PnL  Margin balance    Available  Initial margin  Maint. margin
 USDT    3.72964781  +0.54238506      4.27203287  18.65856952      7.59444356     2.43022194
 USDC   22            0              22           18.65830123      0              0
  4 hidden, --all shows them

Positions
 Symbol        Side     Size     Entry      Mark      Liquidation  Distance  Unreal. PnL  Lev  Margin  Margin ratio
 BTCUSDT       LONG    0.009  67,445.9  67,582.2  64,846.78939917     4.05%  +0.54238506    –  cross    9.25% ▍····
 币安人生USDT  SHORT  12.5    67,445.9       0.3    none              –      -0.00008144    –  cross    9.25% ▍····
  too narrow for: Notional, ROE, Maint. margin, Break-even, ADL
"""  # noqa: E501
MULTI_WHOLE = """\
USDⓈ-M · prod · 2024-07-28 10:06:10 UTC

Totals in USD, over all assets: multi-assets mode
 Wallet balance      25.7261006
 Unrealized PnL      +0.54230362
 Margin balance      26.26840422
 Initial margin       7.59482199
 Maintenance margin   2.43034303
 Available           18.65949928
 Can be withdrawn    18.65949928
 Margin ratio         9.25% ▍····

Assets
 Asset       Wallet  Unreal. PnL  Margin balance    Available  Initial margin  Maint. margin
 USDT    3.72964781  +0.54238506      4.27203287  18.65856952      7.59444356     2.43022194
 USDC   22            0              22           18.65830123      0              0
  4 hidden, --all shows them

Positions
 Symbol        Side     Size     Entry      Mark      Liquidation  Distance  Unreal. PnL      Notional    ROE  Lev  Margin  Margin ratio  Maint. margin    Break-even  ADL
 BTCUSDT       LONG    0.009  67,445.9  67,582.2  64,846.78939917     4.05%  +0.54238506  607.55548506  7.13%    –  cross    9.25% ▍····     2.43022194  67,479.62295  2
 币安人生USDT  SHORT  12.5    67,445.9       0.3    none              –      -0.00008144  607.55548506  0.00%    –  cross    9.25% ▍····     2.43022194  67,479.62295  2
"""  # noqa: E501
SINGLE_80 = """\
USDⓈ-M · prod · 2024-07-28 10:06:10 UTC

Totals in USDT: other assets are not counted in single-asset mode
 Wallet balance      31.022612
 Unrealized PnL       0
 Margin balance      31.022612
 Initial margin       0
 Maintenance margin   0
 Available           31.022612
 Can be withdrawn    31.022612

Assets
 Asset     Wallet  Unreal. PnL  Margin balance  Available  Margin ratio
 USDT   31.022612            0       31.022612  31.022612             –
  too narrow for: Initial margin, Maint. margin

Positions: none
"""
COINS_80 = """\
COIN-M · prod · 2024-07-28 10:06:10 UTC

Assets
 Asset      Wallet  Unreal. PnL  Margin balance   Available  Margin ratio
 BTC    0.00241969            0      0.00241969  0.00241969             –
  too narrow for: Initial margin, Maint. margin

Positions
 Symbol       Side   Contracts            Coin  USD  Distance  Unreal. PnL
 BTCUSD_PERP  SHORT          3  0.00439662 BTC  300     6.24%  +0.00004318
  4 hidden, --all shows them
  too narrow for: Entry, Mark, Liquidation, ROE, Lev, Margin, Margin ratio,
    Maint. margin, Break-even, ADL
"""
COINS_120 = """\
COIN-M · prod · 2024-07-28 10:06:10 UTC

Assets
 Asset      Wallet  Unreal. PnL  Margin balance   Available  Initial margin  Maint. margin  Margin ratio
 BTC    0.00241969            0      0.00241969  0.00241969               0              0             –

Positions
 Symbol       Side   Contracts            Coin  USD            Entry      Liquidation  Distance  Unreal. PnL
 BTCUSD_PERP  SHORT          3  0.00439662 BTC  300  68,911.00000037  72,491.16879818     6.24%  +0.00004318
  4 hidden, --all shows them
  too narrow for: Mark, ROE, Lev, Margin, Margin ratio, Maint. margin, Break-even, ADL
"""  # noqa: E501
COINS_WHOLE = """\
COIN-M · prod · 2024-07-28 10:06:10 UTC

Assets
 Asset      Wallet  Unreal. PnL  Margin balance   Available  Initial margin  Maint. margin  Margin ratio
 BTC    0.00241969            0      0.00241969  0.00241969               0              0             –

Positions
 Symbol       Side   Contracts            Coin  USD            Entry      Mark      Liquidation  Distance  Unreal. PnL  ROE  Lev  Margin  Margin ratio  Maint. margin       Break-even  ADL
 BTCUSD_PERP  SHORT          3  0.00439662 BTC  300  68,911.00000037  68,234.2  72,491.16879818     6.24%  +0.00004318    –  20x  cross              –              –  68,876.54450033  –
  4 hidden, --all shows them
"""  # noqa: E501


@pytest.mark.parametrize(
    ("found", "width", "expected"),
    [
        (multi(), 80, MULTI_80),
        (multi(), 120, MULTI_120),
        (multi(), 1000, MULTI_WHOLE),
        (single(), 80, SINGLE_80),
        (coins(), 80, COINS_80),
        (coins(), 120, COINS_120),
        (coins(), None, COINS_WHOLE),
        (coins(), 1000, COINS_WHOLE),
    ],
    ids=lambda value: "" if isinstance(value, str) else None,
)
def test_an_account_as_it_is_shown(found: Result, width: int | None, expected: str) -> None:
    assert drawn(found, width) == expected


@pytest.mark.parametrize("make", CASES.values())
@pytest.mark.parametrize("width", range(67, 200, 7))
def test_no_line_is_wider_than_the_terminal_and_no_cell_is_cut(
    make: Callable[[], Result], width: int
) -> None:
    lines = drawn(make(), width).splitlines()
    tables = [line for line in lines if line.startswith(" ") and not line.startswith("  ")]
    assert max(map(cell_len, tables)) <= width
    cells = set(re.split(r"\s{2,}", " " + " ".join(tables)))
    assert cells <= set(re.split(r"\s{2,}|\n", drawn(make(), None).replace("\n ", "\n  ")))


def test_a_terminal_too_narrow_for_anything_still_shows_whole_cells() -> None:
    text = drawn(multi(), 10)
    assert re.search(r"BTCUSDT +LONG +0\.009 +\+0\.54238506\n", text)
    assert "too narrow for: Entry, Mark, Liquidation, Distance" in " ".join(text.split())


def test_totals_of_an_unknown_mode_are_shown_and_their_unit_is_not_guessed() -> None:
    account = body("usdm/rest_v2_account_single_asset")
    del account["multiAssetsMargin"]
    text = drawn(answer(Market.USDM, account, []), 80)
    assert "Totals in USDT, or in USD over all assets: the exchange did not tell the mode" in text
    assert re.search(r"Wallet balance +31\.022612\n", text)
    assert "Margin ratio  " not in text.split("Assets")[0]


def test_columns_of_a_chinese_symbol_line_up() -> None:
    lines = MULTI_WHOLE.splitlines()
    head, first, second = lines[lines.index("Positions") + 1 :][:3]
    ends = [cell_len(line[: line.rindex("cross")]) for line in (first, second)]
    assert ends == [cell_len(head[: head.index("Margin ")])] * 2


def test_all_shows_the_zero_rows_too() -> None:
    text = drawn(multi(), None, zeroes=True)
    assert "hidden" not in text
    assert all(f"\n {asset} " in text for asset in ("FDUSD", "BTC", "BNB", "ETH"))
    assert "4 hidden, --all shows them" in drawn(multi(), None)
    assert drawn(coins(), None, zeroes=True).count("BTCUSD_201225") == 3


def test_an_account_with_nothing_says_so() -> None:
    text = drawn(answer(Market.COINM, {"assets": [], "positions": []}, []), 80)
    assert text.splitlines()[1:] == ["", "Assets: none", "", "Positions: none"]


def test_without_colour_there_is_not_one_escape_sequence() -> None:
    for make in CASES.values():
        assert "\x1b" not in drawn(make(), 80)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_colour_adds_escape_sequences_and_nothing_else() -> None:
    for width in (80, None):
        coloured = drawn(multi(), width, colour=True)
        assert words(re.sub(r"\x1b\[[0-9;]*m", "", coloured)) == words(drawn(multi(), width))
    assert "\x1b[32mLONG" in coloured
    assert "\x1b[31mSHORT" in coloured
    assert re.search(r"\x1b\[1;31m *4\.05%", coloured)  # near its liquidation


def test_off_a_terminal_and_asked_for_wide_nothing_is_left_out() -> None:
    assert words(drawn(multi(), None)) == words(MULTI_WHOLE)
    wide = report(multi(), Scope(Env.PROD, None), Choice(width=40, wide=True))
    assert words(wide) == words(MULTI_WHOLE)


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
    assert chosen(multi(), "totalsUnit", "totalCrossWalletBalance", "availableBalance")[2:5] == [
        " totalsUnit               USD",
        " totalCrossWalletBalance   25.7261006",
        " Available                 18.65949928",
    ]
    assert chosen(coins(), "feeTier") == ["", "Account", " feeTier  2"]


def test_the_title_names_the_profile() -> None:
    text = report(multi(), Scope(Env.SANDBOX, "my\x1b"), Choice())
    assert text.startswith("USDⓈ-M · sandbox · my\\u{1b} · 2024-07-28 10:06:10 UTC\n")


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

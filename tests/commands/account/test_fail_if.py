"""`--fail-if` as a command: what is warned of, which rows are named with what, and exit 10."""

import json
import re
from typing import Any

import pytest

from binfut_cli.commands.account.fail_if import figures
from binfut_cli.resources.conditions.doubts import doubt, unknown
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.sandbox import Sandbox
from tests.support.declared import kinds
from tests.support.program import at, binfut, environment

ROW = {
    "symbol": "BTCUSDT",
    "positionAmt": "-1200.500",
    "leverage": 20,
    "isolated": False,
    "updateTime": 1795680000000,
    "marginType": "c\x1b",
    "markPrice": "80000.00",
    "liquidationPrice": "79955",
    "derived": {"marginRatio": "0.9", "liquidationDistance": None},
}


def told(text: str, **other: Any) -> str:
    return figures(condition(text, kinds("positions", "orders")), {**ROW, **other})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("marginRatio>0.8", "marginRatio 0.9, mark 80,000, liquidation 79,955"),
        ("marginRatio>80%", "marginRatio 90%, mark 80,000, liquidation 79,955"),
        ("markPrice<9e9", "markPrice 80,000, liquidation 79,955"),
        (
            "liquidationDistance<5% or positionAmt<0 and isolated==false",
            "liquidationDistance –, positionAmt -1,200.5, isolated false, "
            "mark 80,000, liquidation 79,955",
        ),
        (
            "leverage>10 and updateTime>0 and leverage<50",
            "leverage 20, updateTime 1795680000000, mark 80,000, liquidation 79,955",
        ),
    ],
)
def test_the_fields_of_a_match_and_its_prices(text: str, expected: str) -> None:
    assert told(text) == expected


@pytest.mark.parametrize("price", ["0", "0.00", "", None, [1]])
def test_a_price_that_is_not_there_is_not_told(price: object) -> None:
    assert told("leverage>1", liquidationPrice=price, markPrice=price) == "leverage 20"


def test_an_infinite_ratio_is_a_word_and_an_id_is_no_amount() -> None:
    infinite = {"marginRatio": "Infinity"}
    assert told("marginRatio>80%", derived=infinite).startswith("marginRatio Infinity, ")
    for number in (8389765990000000101, "8389765990000000101"):
        assert told("orderId>1", orderId=number).startswith("orderId 8389765990000000101, ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("marginRatio>80", "marginRatio is a ratio: 0.8 or 80% for 80 per cent; 80 is 8000%."),
        ("roe<-7.50", "roe is a ratio: -0.075 or -7.5% for -7.5 per cent; -7.5 is -750%."),
    ],
)
def test_a_doubt_says_how_to_write_it(text: str, expected: str) -> None:
    (found,) = condition(text, kinds("positions")).test.comparisons()
    assert doubt(found) == expected


def test_a_doubtful_bound_is_warned_of_and_asked_all_the_same() -> None:
    options = ("account", "positions", "-e", "sandbox", "--fail-if", "marginRatio>80 or roe>2")
    done = binfut(*options)
    assert done.status == 0
    assert "BTCUSDT" in done.out
    assert done.err == (
        "binfut: --fail-if 'marginRatio>80 or roe>2': marginRatio is a ratio: "
        "0.8 or 80% for 80 per cent; 80 is 8000%.\n"
    )
    assert binfut(*options, "-q").err == ""


def test_a_match_is_named_on_standard_error_and_exits_10() -> None:
    done = binfut(
        "account", "positions", "-e", "sandbox", "-m", "all", "-p", "hedge", "--json",
        "--fail-if", "symbol==BTCUSDT", "--fail-if", "sizeUsd>1",
    )  # fmt: skip
    assert done.status == 10
    assert [json.loads(line)["market"] for line in done.out.splitlines()] == ["usdm", "coinm"]
    rest = "symbol BTCUSDT, mark 83,012.4, liquidation "
    assert f"binfut: symbol==BTCUSDT holds for usdm positions BTCUSDT LONG: {rest}" in done.err
    assert f"binfut: symbol==BTCUSDT holds for usdm positions BTCUSDT SHORT: {rest}" in done.err
    assert "binfut: sizeUsd>1 holds for coinm positions BTCUSD_PERP LONG: sizeUsd " in done.err


def test_a_match_is_named_with_its_figures_its_bound_and_the_prices(sandbox: Sandbox) -> None:
    sandbox.act({"action": "mark", "symbol": "BTCUSDT", "price": "75000"})
    options = ("account", "positions", *at(sandbox), "--fields", "symbol", "--fail-if")
    near = "liquidationDistance<5% AND (marginRatio>.1 or roe>1e3%)"
    done = binfut(*options, near, env=environment(sandbox))
    assert done.status == 10
    assert re.fullmatch(
        r"binfut: liquidationDistance<5% AND \(marginRatio>\.1 or roe>1e3%\) holds for usdm "
        r"positions BTCUSDT: liquidationDistance -?[0-9.]+%, marginRatio 0\.[0-9]+, "
        r"roe -[0-9.]+%, mark 75,000, liquidation 7[0-9],[0-9]{3}(\.[0-9]+)?\n",
        done.err,
    )
    done = binfut(*options, f"{near} and symbol==ETHUSDT", env=environment(sandbox))
    assert (done.status, done.err) == (0, "")


def test_an_expression_cannot_steer_a_terminal() -> None:
    done = binfut("account", "balances", "-e", "sandbox", "--fail-if", "asset!=\x1b[2J")
    assert done.status == 10
    assert "binfut: asset!=\\u{1b}[2J holds for usdm balances USDT: asset USDT\n" in done.err
    assert "\x1b" not in done.err


def test_nothing_that_holds_is_a_success() -> None:
    done = binfut("account", "status", "-e", "sandbox", "--fail-if", "totals.marginRatio>=0")
    assert (done.status, done.err) == (0, "")  # single-asset mode: the ratio is null


def test_totals_and_assets_can_be_told_apart() -> None:
    done = binfut(
        "account", "status", "-e", "sandbox", "--fail-if", "assets.availableBalance>7000",
        "--fail-if", "totals.totalWalletBalance>12000",
    )  # fmt: skip
    assert done.status == 10
    assert done.err.splitlines() == [
        "binfut: assets.availableBalance>7000 holds for usdm assets USDT: "
        "availableBalance 7,983.12518243",
        "binfut: totals.totalWalletBalance>12000 holds for usdm totals account: "
        "totalWalletBalance 12,480.50318243",
    ]


def test_an_account_without_balance_and_with_a_position_matches(sandbox: Sandbox) -> None:
    sandbox.act({"action": "mark", "symbol": "BTCUSDT", "price": "70000"})
    options = ("account", "status", *at(sandbox), "--fail-if", "assets.marginRatio>0.8")
    done = binfut(*options, env=environment(sandbox))
    assert done.status == 10
    assert "holds for usdm assets USDT: marginRatio " in done.err
    assert "no balance" in done.out


def test_a_bad_expression_asks_nothing() -> None:
    done = binfut("account", "status", "--fail-if", "marginRatio>")  # no key: it would be status 3
    assert (done.status, done.out) == (2, "")
    assert "at character 13, where the end stands." in done.err


UNTOLD = {
    **ROW,
    "maintMargin": "90",
    "positionInitialMargin": "900",
    "derived": {"marginRatio": None, "liquidationDistance": None, "roe": "-1"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("marginRatio>0.8", ["marginRatio"]),
        ("marginRatio>0.8 or liquidationDistance<5%", ["marginRatio", "liquidationDistance"]),
        ("marginRatio>0.8 and (roe>0 or leverage==20)", ["marginRatio"]),
        ("marginRatio>0.8 and symbol==ETHUSDT", []),
        ("marginRatio>0.8 or roe<0", []),
        ("roe>0", []),
        ("positions.markPrice>0", []),
    ],
)
def test_what_a_condition_hangs_on_and_nobody_can_tell(text: str, expected: list[str]) -> None:
    assert unknown(condition(text, (POSITIONS,)), POSITIONS, UNTOLD) == expected


@pytest.mark.parametrize(
    "row",
    [
        {"positionAmt": "0"},
        {"maintMargin": "0.00", "liquidationPrice": "0"},
        {"derived": {"marginRatio": "0.1", "liquidationDistance": "0.9"}},
    ],
)
def test_what_has_no_meaning_is_not_unknown(row: dict[str, Any]) -> None:
    found = condition("marginRatio>0.8 or liquidationDistance<5%", (POSITIONS,))
    assert unknown(found, POSITIONS, {**UNTOLD, **row}) == []


def test_an_alert_that_cannot_be_looked_at_says_so(sandbox: Sandbox) -> None:
    bent = {
        "fault": "field",
        "layer": "wsApi",
        "path": "result.positions.0.maintMargin",
        "value": "",
    }
    sandbox.fault({**bent, "on": "v2/account.status"})
    done = binfut(
        "account", "positions", *at(sandbox), "-q", "--fail-if", "marginRatio>80%",
        env=environment(sandbox),
    )  # fmt: skip
    assert (done.status, done.err) == (
        0,
        "binfut: marginRatio>80% is not known to hold for usdm positions BTCUSDT or not: "
        "its marginRatio cannot be told\n",
    )


def test_a_match_is_named_though_the_other_market_is_refused(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -1109, "count": None, "market": "coinm"})
    there = (
        "--rest-url",
        sandbox.rest["usdm"],
        "--ws-api-url",
        sandbox.ws_api["usdm"].split("/ws-")[0],
    )
    done = binfut(
        "account", "positions", "-e", "sandbox", "-m", "all", *there, "--json",
        "--fail-if", "symbol==BTCUSDT", env=environment(sandbox),
    )  # fmt: skip
    assert (done.status, len(done.out.splitlines())) == (10, 1)
    assert "symbol==BTCUSDT holds for usdm positions BTCUSDT: " in done.err
    assert '"exchangeCode":-1109' in done.err


def test_a_refusal_weighs_more_than_a_condition(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -1109, "count": None})
    options = ("account", "status", *at(sandbox), "--fail-if", "totals.totalWalletBalance>0")
    assert binfut(*options, env=environment(sandbox)).status == 4

"""`--fail-if`: what it reads, what it matches, and where it points when it cannot read."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.cli.conditions import OPERATORS, condition
from binfut_cli.errors import UsageError
from binfut_cli.questions.catalogue import fields
from binfut_cli.sandbox import Sandbox
from tests.support import at, binfut, environment

KINDS = ("totals", "assets", "positions")
NAMES = sorted({name for kind in KINDS for name in fields(kind)})


def holds(text: str, kind: str = "positions", **row: object) -> bool:
    return condition(text, KINDS).holds(kind, row)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("positionAmt>1.5", False),
        ("positionAmt>=1.5", True),
        ("positionAmt<1.50000001", True),
        ("positionAmt<=1.49999999", False),
        ("positionAmt==1.500", True),
        ("positionAmt!=1.5", False),
        ("  positionAmt  ==  +1.5  ", True),
        ("positions.positionAmt==1.5", True),
        ("assets.updateTime==5", False),
        ("updateTime==5", True),
        ("symbol==BTCUSDT", True),
        ("symbol!=ETHUSDT", True),
        ("symbol==1000PEPEUSDT", False),
        ("symbol==测试USDT", False),
        ("isolated==true", True),
        ("isolated!=true", False),
        ("marginRatio>0.8", True),
        ("positions.marginRatio==Infinity", True),
        ("liquidationDistance<99", False),
        ("liquidationDistance!=0", False),
        ("entryPrice<99", False),
        ("entryPrice!=x", False),
        ("symbol<99", False),
    ],
)
def test_a_row(text: str, expected: bool) -> None:
    derived = {"marginRatio": "Infinity", "liquidationDistance": None}
    found = holds(
        text, positionAmt="1.500", symbol="BTCUSDT", isolated=True, updateTime=5, derived=derived
    )
    assert found is expected


def test_arithmetic_is_decimal_and_exact() -> None:
    assert holds("positionAmt>0.1", positionAmt="0.10000000000000000000000000000001")
    assert not holds("positionAmt==0.3", positionAmt="0.30000000000000000000000000000004")


@pytest.mark.parametrize("text", ["NaN", "sNaN", "1_000", "١", "inf", "0x10", "", " 1"])
def test_what_is_not_an_amount_is_no_number(text: str) -> None:
    assert not holds("positionAmt!=7", positionAmt=text)
    assert not holds("positionAmt>0", positionAmt=text)


@pytest.mark.parametrize(
    ("text", "character", "why"),
    [
        ("", 1, "a field is expected"),
        ("  ", 3, "a field is expected"),
        (">3", 1, "a field is expected"),
        ("marginRatio", 12, "one of > >= < <= == !="),
        ("marginRatio = 1", 13, "one of > >= < <= == !="),
        ("marginRatio>", 13, "a number or a word"),
        ("marginRatio>>1", 13, "a number or a word"),
        ("marginRatio>1 2", 15, "nothing more"),
        ("marginRatio>high", 13, "> needs a number"),
        ("marginRatio> 0,8", 14, "> needs a number"),
        ("orders.price>1", 1, "'orders' is not one of totals, assets, positions"),
        ("assets.asset>1x", 14, "> needs a number"),
        ("marginratio>1", 1, "no field 'marginratio'"),
        ("assets.symbol==X", 8, "no field 'symbol'"),
        ("__import__('os')", 1, "a field is expected"),
        ("symbol.upper()>1", 1, "'symbol' is not one of"),
    ],
)
def test_it_points_at_the_character(text: str, character: int, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        condition(text, KINDS)
    assert why in caught.value.message
    assert f"character {character}" in caught.value.message


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_any_text_is_read_or_refused_inside_it(text: str) -> None:
    refused_inside(text)


@given(
    st.lists(
        st.sampled_from([*NAMES, *KINDS, *OPERATORS, ".", " ", "1", "-", "Infinity", "x"]),
        max_size=7,
    ).map("".join)
)
def test_any_row_of_its_own_words_is_read_or_refused_inside_it(text: str) -> None:
    refused_inside(text)


def refused_inside(text: str) -> None:
    try:
        found = condition(text, KINDS)
    except UsageError as exc:
        (place,) = re.findall(
            r"character ([0-9]+)", exc.message.removeprefix(f"--fail-if {text!r}")
        )
        assert 1 <= int(place) <= len(text) + 1
    else:
        assert found.operator in text
        assert found.name in text


@given(
    st.sampled_from(NAMES),
    st.sampled_from(sorted(OPERATORS)),
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=8
    ),
    st.text(" ", max_size=2),
)
def test_what_is_written_is_what_is_read(
    name: str, sign: str, number: Decimal, blanks: str
) -> None:
    found = condition(f"{blanks}{name}{blanks}{sign}{blanks}{number:f}{blanks}", KINDS)
    assert (found.kind, found.name, found.operator) == (None, name, sign)
    assert found.value == Decimal(f"{number:f}")


def test_a_match_is_named_on_standard_error_and_exits_10() -> None:
    done = binfut(
        "account", "positions", "-e", "sandbox", "-m", "all", "-p", "hedge", "--json",
        "--fail-if", "symbol==BTCUSDT", "--fail-if", "sizeUsd>1",
    )  # fmt: skip
    assert done.status == 10
    assert [json.loads(line)["market"] for line in done.out.splitlines()] == ["usdm", "coinm"]
    assert "binfut: symbol==BTCUSDT holds for usdm positions BTCUSDT LONG\n" in done.err
    assert "binfut: symbol==BTCUSDT holds for usdm positions BTCUSDT SHORT\n" in done.err
    assert "binfut: sizeUsd>1 holds for coinm positions BTCUSD_PERP LONG\n" in done.err


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
        "binfut: assets.availableBalance>7000 holds for usdm assets USDT",
        "binfut: totals.totalWalletBalance>12000 holds for usdm totals account",
    ]


def test_an_account_without_balance_and_with_a_position_matches(box: Sandbox) -> None:
    box.act({"action": "mark", "symbol": "BTCUSDT", "price": "70000"})
    options = ("account", "status", *at(box), "--fail-if", "assets.marginRatio>0.8")
    done = binfut(*options, env=environment(box))
    assert done.status == 10
    assert "holds for usdm assets USDT" in done.err
    assert "no balance" in done.out


def test_a_bad_expression_asks_nothing() -> None:
    done = binfut("account", "status", "--fail-if", "marginRatio>")  # no key: it would be status 3
    assert (done.status, done.out) == (2, "")
    assert "at character 13, where the end stands." in done.err


def test_a_refusal_weighs_more_than_a_condition(box: Sandbox) -> None:
    box.fault({"fault": "wsError", "code": -1109})
    options = ("account", "status", *at(box), "--fail-if", "totals.totalWalletBalance>0")
    assert binfut(*options, env=environment(box)).status == 4

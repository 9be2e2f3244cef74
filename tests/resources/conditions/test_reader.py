"""`--fail-if`: what it reads, what it matches, and where it points when it cannot read."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row
from binfut_cli.errors import UsageError
from binfut_cli.resources.conditions.expression import OPERATORS, Comparison, Joined
from binfut_cli.resources.conditions.reader import DEEPEST, LONGEST, condition
from binfut_cli.resources.figures.derived import text as digits
from binfut_cli.resources.result.resource import fields
from tests.support.declared import kind as declared
from tests.support.declared import kinds

KINDS = kinds("totals", "assets", "positions")
NAMES = sorted({name for kind in KINDS for name in fields(kind)})


def holds(text: str, kind: str = "positions", **row: object) -> bool:
    return condition(text, KINDS).holds(declared(kind), row)


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
        ("symbol==btcusdt", True),
        ("symbol!=btcUSDT", False),
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
        ("updateTime<.5e1", False),
        ("updateTime>=500e-2", True),
        ("positionAmt==1.5000000", True),
        ("updateTime==5.", True),
        ("updateTime>-.5", True),
        ("roe==25%", True),
        ("roe>=.25e2%", True),
        ("roe<-5%", False),
        ("roe==0.25", True),
        ("symbol==BTCUSDT and updateTime>4", True),
        ("symbol==BTCUSDT AND updateTime>5", False),
        ("symbol==ETHUSDT or updateTime>4", True),
        ("symbol==ETHUSDT Or updateTime>5", False),
        ("(symbol==BTCUSDT)and(updateTime==5)", True),
        ("( ( symbol == ETHUSDT ) or ( updateTime == 5 ) )", True),
        ("liquidationDistance<99 or roe>0", True),
        ("liquidationDistance<99 and roe>0", False),
        ("positions.roe>0 and updateTime==5", True),
        ("updateTime==5 and assets.updateTime==5", False),
        ("marginType==and and roe>0", False),
    ],
)
def test_a_row(text: str, expected: bool) -> None:
    derived = {"marginRatio": "Infinity", "liquidationDistance": None, "roe": "0.25"}
    found = holds(
        text, positionAmt="1.500", symbol="BTCUSDT", isolated=True, updateTime=5, derived=derived
    )
    assert found is expected


def test_arithmetic_is_decimal_and_exact() -> None:
    assert holds("positionAmt>0.1", positionAmt="0.10000000000000000000000000000001")
    assert not holds("positionAmt==0.3", positionAmt="0.30000000000000000000000000000004")


@pytest.mark.parametrize("found", ["-0.01", "-3", "0", "0.04999999"])
def test_a_liquidation_that_is_past_is_near(found: str) -> None:
    for text in ("liquidationDistance<0.05", "liquidationDistance<5%"):
        assert holds(text, derived={"liquidationDistance": found})


@pytest.mark.parametrize("a", [0, 1])
@pytest.mark.parametrize("b", [0, 1])
@pytest.mark.parametrize("c", [0, 1])
def test_and_binds_tighter_than_or(a: int, b: int, c: int) -> None:
    row: Row = {"roe": a, "adl": b, "leverage": c}
    assert holds("roe==1 or adl==1 and leverage==1", **row) is bool(a or (b and c))
    assert holds("roe==1 and adl==1 or leverage==1", **row) is bool((a and b) or c)
    assert holds("(roe==1 or adl==1) and leverage==1", **row) is bool((a or b) and c)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("marginRatio>1", ("totals", "assets", "positions")),
        ("marginRatio>1 and updateTime>1", ("assets", "positions")),
        ("marginRatio>1 and assets.updateTime>1", ("assets",)),
        ("assets.marginRatio>1 or updateTime>1", ("assets",)),
        ("symbol==X and marginRatio>1", ("positions",)),
    ],
)
def test_an_expression_is_about_the_rows_that_have_all_its_fields(
    text: str, found: tuple[str, ...]
) -> None:
    assert tuple(each.kind for each in condition(text, KINDS).resources) == found


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
        ("marginRatio>1 2", 15, "'and', 'or' or nothing more"),
        ("marginRatio>1 androe>2", 15, "'and', 'or' or nothing more"),
        ("marginRatio>1)", 14, "'and', 'or' or nothing more"),
        ("marginRatio>1 and", 18, "a field is expected"),
        ("marginRatio>1 or or roe>1", 18, "a field is expected"),
        ("marginRatio>1 or >1", 18, "a field is expected"),
        ("AND marginRatio>1", 1, "a field is expected"),
        ("()", 2, "a field is expected"),
        ("(marginRatio>1", 15, "'and', 'or' or ')' is expected"),
        (" ((marginRatio>1) roe>1)", 19, "'and', 'or' or ')' is expected"),
        ("marginRatio>(1)", 13, "a number or a word"),
        ("marginRatio>1 and roe>high", 23, "> needs a number"),
        ("marginRatio>1 and rho>1", 19, "no field 'rho'"),
        ("marginRatio>1 and orders.price>1", 19, "'orders' is not one of"),
        ("markPrice>5%", 12, "markPrice is not a ratio, and no per cent sign is expected"),
        ("symbol==5%", 10, "symbol is not a ratio"),
        ("marginRatio>5%%", 13, "> needs a number"),
        ("marginRatio>%", 13, "> needs a number"),
        ("marginRatio>.", 13, "> needs a number"),
        ("marginRatio>1e100", 13, "> needs a number"),
        ("assets.roe>1", 8, "no field 'roe'"),
        (
            "assets.marginRatio>1 and positions.roe>1",
            26,
            "no row has assets.marginRatio and positions.roe",
        ),
        ("asset==A or  symbol==B", 14, "no row has asset and symbol"),
        (
            "positions.roe>1 and roe<2 and (totals.marginRatio>1)",
            32,
            "no row has positions.roe, roe and totals.marginRatio",
        ),
        ("marginRatio>high", 13, "> needs a number"),
        ("marginRatio> 0,8", 14, "> needs a number"),
        ("orders.price>1", 1, "'orders' is not one of totals, assets, positions"),
        ("assets.asset>1x", 14, "> needs a number"),
        ("marginratio>1", 1, "no field 'marginratio'"),
        ("assets.symbol==X", 8, "no field 'symbol'"),
        ("__import__('os')", 1, "a field is expected"),
        ("(" * (DEEPEST + 1), DEEPEST + 1, "at most 20 parentheses in one another"),
        ("roe>1 " * LONGEST, LONGEST + 1, "too long"),
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
        st.sampled_from(
            [
                *NAMES,
                *(each.kind for each in KINDS),
                *OPERATORS,
                *".()%",
                " ",
                "1",
                "-",
                "Infinity",
                "x",
                " and ",
                " OR ",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_any_row_of_its_own_words_is_read_or_refused_inside_it(text: str) -> None:
    refused_inside(text)


@given(st.integers(0, LONGEST), st.sampled_from(["(", ")", "roe>1)", "(roe>1 or ", "roe>1 and "]))
def test_no_depth_and_no_length_is_too_much_to_refuse(times: int, part: str) -> None:
    refused_inside(part * times)


def refused_inside(text: str) -> None:
    try:
        found = condition(text, KINDS)
    except UsageError as exc:
        (place,) = re.findall(
            r"character ([0-9]+)", exc.message.removeprefix(f"--fail-if {text!r}")
        )
        assert 1 <= int(place) <= len(text) + 1
    else:
        for each in found.test.comparisons():
            assert each.operator in text
            assert each.name in text


def printed(test: Comparison | Joined, join: str = "or") -> str:
    """An expression with no parentheses but those that it needs to be read as it is."""
    if isinstance(test, Joined):
        text = f" {test.word} ".join(printed(part, test.word) for part in test.parts)
        return text if (join, test.word) == ("or", "and") else f"({text})"
    if isinstance(test.value, str):
        return f"{test.name}{test.operator}{test.value}"
    shown = digits(test.value * 100 if test.in_percent else test.value)
    return f"{test.name} {test.operator} {shown}{'%' * test.in_percent}"


amounts = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=8
)
comparisons = st.one_of(
    st.builds(
        Comparison, st.sampled_from(fields(declared("positions"))),
        st.sampled_from(sorted(OPERATORS)),
        st.one_of(amounts, st.just(Decimal("Infinity"))),
    ),
    st.builds(
        Comparison, st.sampled_from(["symbol", "marginType"]), st.sampled_from(["==", "!="]),
        st.sampled_from(["BTCUSDT", "1000PEPEUSDT", "测试USDT", "true", "and", "or", "x%", "-"]),
    ),
    st.builds(
        Comparison, st.sampled_from(["roe", "marginRatio", "liquidationDistance"]),
        st.sampled_from(sorted(OPERATORS)), amounts, st.just(True),
    ),
)  # fmt: skip
expressions = st.recursive(
    comparisons,
    lambda inner: st.builds(
        Joined, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


@given(expressions)
def test_what_is_printed_is_what_is_read(test: Comparison | Joined) -> None:
    found = condition(printed(test), kinds("positions"))
    assert found.test == test
    assert printed(found.test) == printed(test)


@given(
    st.sampled_from(NAMES),
    st.sampled_from(sorted(OPERATORS)),
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=8
    ),
    st.text(" ", max_size=2),
)
def test_blanks_are_free(name: str, sign: str, number: Decimal, blanks: str) -> None:
    found = condition(f"{blanks}{name}{blanks}{sign}{blanks}{number:f}{blanks}", KINDS)
    assert found.test == Comparison(name, sign, Decimal(f"{number:f}"))


@pytest.mark.parametrize(
    ("text", "is_doubtful"),
    [
        ("marginRatio>80", True),
        ("marginRatio==80", True),
        ("marginRatio>1.01", True),
        ("marginRatio>1", False),
        ("marginRatio>80%", False),
        ("marginRatio>500%", False),
        ("marginRatio==Infinity", False),
        ("liquidationDistance<5", True),
        ("liquidationDistance<-5", True),
        ("liquidationDistance<0.05", False),
        ("roe<-50", True),
        ("roe>2", False),
        ("distance<5", True),
        ("distance>1.5", False),
        ("leverage>80", False),
        ("symbol!=80", False),
        ("marginRatio!=high", False),
    ],
)
def test_a_bound_that_looks_like_per_cent(text: str, is_doubtful: bool) -> None:
    (found,) = condition(text, (*KINDS, declared("orders"))).test.comparisons()
    assert found.is_doubtful is is_doubtful

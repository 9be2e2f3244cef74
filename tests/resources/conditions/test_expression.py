"""Conditions of which something cannot be told, and bounds that a figure has to be clear of."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row
from binfut_cli.resources.conditions.expression import Comparison, Told
from binfut_cli.resources.conditions.reader import condition
from tests.support.declared import kinds

VALUES = {"t": True, "f": False, "?": None}
BOUNDS = st.decimals(-1000, 1000, allow_nan=False, places=4)


def telling(**values: str) -> Told:
    return lambda each: VALUES[values[each.name]]


@pytest.mark.parametrize(
    ("word", "table"),
    [
        ("and", {"tt": "t", "tf": "f", "t?": "?", "ff": "f", "f?": "f", "??": "?"}),
        ("or", {"tt": "t", "tf": "t", "t?": "t", "ff": "f", "f?": "?", "??": "?"}),
    ],
)
def test_what_cannot_be_told_decides_only_where_it_matters(
    word: str, table: dict[str, str]
) -> None:
    test = condition(f"roe>1 {word} adl>2", kinds("positions")).test
    for row, expected in table.items():
        for pair in (row, row[::-1]):
            assert test.verdict(telling(roe=pair[0], adl=pair[1])) is VALUES[expected]


@given(BOUNDS, BOUNDS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_what_crosses_a_bound_is_never_clear_of_it(bound: Decimal, at: Decimal, sign: str) -> None:
    row: Row = {"roe": str(at)}
    of = Comparison("roe", sign, bound)
    eased = of.eased()
    assert eased.holds(row) or not of.holds(row)
    assert (eased == of) is (bound == 0 or sign in ("==", "!="))


@pytest.mark.parametrize("text", ["symbol==BTCUSDT", "marginRatio<Infinity"])
def test_what_has_no_tenth_stays_as_it_is(text: str) -> None:
    test = condition(text, kinds("positions")).test
    assert test.eased() == test


def test_each_part_is_eased() -> None:
    test = condition("roe<-50% and (adl>=4 or symbol==X)", kinds("positions")).test
    assert [each.value for each in test.eased().comparisons()] == [
        Decimal("-0.45"), Decimal("3.6"), "X"
    ]  # fmt: skip

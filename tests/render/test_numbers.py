"""Amounts for people: grouped, unpadded, and never another number."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.render.numbers import (
    aligned,
    amount,
    difference,
    percent,
    price,
    signed,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234.50", "1,234.5"),
        ("122624.12345678", "122,624.12345678"),
        ("0.00000001", "0.00000001"),
        ("100", "100"),
        ("100.000", "100"),
        ("-113.29772855", "-113.29772855"),
        ("-0.000", "0"),
        ("0", "0"),
        ("1e3", "1,000"),
        ("1E-7", "0.0000001"),
        (Decimal("83041.30324000001"), "83,041.30324000001"),
        (12, "12"),
        (None, "–"),
        ("", "–"),
        ("soon", "soon"),
        ("1\u202e2", "1\\u{202e}2"),
        (Decimal("1e999999"), "1E+999999"),
        (True, "True"),
        ([], "[]"),
    ],
)
def test_an_amount(value: object, shown: str) -> None:
    assert amount(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("5.0", "+5"), ("-5", "-5"), ("0.00", "0"), ("-0", "0"), (None, "–"), ("x", "x")],
)
def test_a_signed_amount(value: object, shown: str) -> None:
    assert signed(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.09251963", "9.25%"),
        ("1", "100.00%"),
        ("12.5", "1,250.00%"),
        ("-0.05", "-5.00%"),
        (Decimal("0.8"), "80.00%"),
        (None, "–"),
        ("x", "–"),
        ("-0.5", "-50.00%"),
        ("-0.00006", "-0.01%"),
        ("-0.00004999", "0.00%"),
        ("-0", "0.00%"),
        ("0E-8", "0.00%"),
    ],
)
def test_a_ratio(value: object, shown: str) -> None:
    assert percent(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("67445.90", "67,445.9"), ("0", "none"), ("0.00000000", "none"), (None, "–"), ("x", "x")],
)
def test_a_price(value: object, shown: str) -> None:
    assert price(value) == shown


@pytest.mark.parametrize(
    ("before", "after", "added"),
    [
        ("1.5", "1", Decimal("-0.5")),
        ("0", "0.10", Decimal("0.1")),
        (None, "1", None),
        ("x", 1, None),
    ],
)
def test_a_difference(before: object, after: object, added: Decimal | None) -> None:
    assert difference(before, after) == added


def test_a_column_lines_up_on_its_point() -> None:
    shown = ["1,234.5", "22", "-0.00000001", "+7.25 BTC", "300 BTC", "none", "–", "9.25%"]
    padded = aligned(shown)
    width = max(map(len, padded))
    assert [text.rjust(width) for text in padded] == [
        "1,234.5       ",
        "   22         ",
        "   -0.00000001",
        "   +7.25 BTC  ",
        "  300 BTC     ",
        " none         ",
        "    –         ",
        "    9.25%     ",
    ]


def test_nothing_is_aligned_in_an_empty_column() -> None:
    assert aligned([]) == []


@given(st.integers(-(10**20), 10**20), st.integers(0, 18))
def test_no_digit_is_lost_or_made_up(digits: int, places: int) -> None:
    number = Decimal(digits).scaleb(-places)
    assert Decimal(amount(f"{number:f}").replace(",", "")) == number
    assert Decimal(signed(f"{number:f}").replace(",", "")) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10))
def test_no_zero_has_a_sign(value: Decimal) -> None:
    for shown in (amount(value), signed(value), percent(value), price(value)):
        assert re.search("[1-9]", shown) or not re.search("[-+]", shown)

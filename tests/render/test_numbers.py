"""Amounts for people: grouped, unpadded, and never another number."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import decimal
from binfut_cli.render.numbers import (
    aligned,
    amount,
    difference,
    money,
    percent,
    price,
    signed,
    signed_money,
)

UNITS = ("USDT", "USD", "BTC", None)


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
        ("0.00005001", "0.01%"),
        ("0.00005", "0.005%"),
        ("-0.00004999", "-0.005%"),
        ("0.00004", "0.004%"),
        ("0.0000123", "0.001%"),
        ("0.000009", "0.001%"),
        ("0.000004", "<0.001%"),
        ("-0.000004", ">-0.001%"),
        ("-0", "0.00%"),
        ("0E-8", "0.00%"),
    ],
)
def test_a_ratio(value: object, shown: str) -> None:
    assert percent(value) == shown


@pytest.mark.parametrize(
    ("value", "shown", "as_average"),
    [
        ("83012.40000000", "83,012.4", "83,012.4"),
        ("83012.44537037", "83,012.4", "83,012.45"),
        ("81292.51653333333", "81,292.5", "81,292.52"),
        ("123456.789", "123,456.8", "123,456.79"),
        ("1234567.89", "1,234,567.9", "1,234,567.89"),
        ("3120.45000000", "3,120.45", "3,120.45"),
        ("3185.19876543", "3,185.2", "3,185.199"),
        ("165.23456789", "165.235", "165.2346"),
        ("2.18345678", "2.18346", "2.183457"),
        ("0.00812345", "0.00812345", "0.00812345"),
        ("0.00000812", "0.00000812", "0.00000812"),
        ("0.00000812345678", "0.00000812346", "0.000008123457"),
        ("5000", "5,000", "5,000"),
        ("-12.3456789", "-12.3457", "-12.34568"),
        ("0", "–", "–"),
        ("0.00000000", "–", "–"),
        (None, "–", "–"),
        ("x", "x", "x"),
    ],
)
def test_a_price_has_the_digits_that_tell_it_from_its_neighbours(
    value: object, shown: str, as_average: str
) -> None:
    assert price(value) == shown
    assert price(value, is_average=True) == as_average


@given(st.decimals(min_value="1e-12", max_value="1e9", places=20))
def test_prices_that_are_a_100000th_apart_are_not_shown_alike(value: Decimal) -> None:
    assert price(value) != price(value * Decimal("1.00001"))
    assert abs(Decimal(price(value).replace(",", "")) - value) <= value / 100_000


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("12480.50318243", "USDT", "12,480.50"),
        ("22", "USDC", "22.00"),
        ("0", "USD", "0.00"),
        ("-0.000", "USDT", "0.00"),
        ("0.005", "USDT", "0.005"),
        ("0.0149", "USDT", "0.01"),
        ("-0.00008144", "USDT", "-0.000081"),
        ("-0.00000001", "USDT", "-0.00000001"),
        ("0.26004695", "BTC", "0.26004695"),
        ("1.25000000", "BNB", "1.25"),
        ("0.123456789", "BTC", "0.12345679"),
        ("0.0000000012345", "BTC", "0.0000000012"),
        ("12480.50318243", None, "12,480.50318243"),
        (None, "USDT", "–"),
        ("x", "BTC", "x"),
    ],
)
def test_money_by_its_unit(value: object, unit: str | None, shown: str) -> None:
    assert money(value, unit) == shown
    is_plain = decimal(value) is None or shown.startswith("-") or shown == "0.00"
    assert signed_money(value, unit) == (shown if is_plain else f"+{shown}")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10), st.sampled_from(UNITS))
def test_money_is_zero_only_if_it_is_and_never_far_off(value: Decimal, unit: str | None) -> None:
    shown = Decimal(money(value, unit).replace(",", ""))
    assert (shown == 0) == (value == 0)
    assert abs(shown - value) <= Decimal("0.005")


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
    shown = ["1,234.5", "22", "-0.00000001", "+7.25 BTC", "300 BTC", "no balance", "–", "9.25%"]
    padded = aligned(shown)
    width = max(map(len, padded))
    assert [text.rjust(width) for text in padded] == [
        "1,234.5           ",
        "   22             ",
        "   -0.00000001    ",
        "   +7.25       BTC",
        "  300          BTC",
        "        no balance",
        "    –             ",
        "    9.25%         ",
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
    for shown in (amount(value), signed(value), percent(value), price(value), money(value, "BTC")):
        assert re.search("[1-9]", shown) or not re.search("[-+]", shown)

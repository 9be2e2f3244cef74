"""Income: spans that can be asked, sums by day."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.errors import AnswerError, UsageError
from binfut_cli.markets import Market
from binfut_cli.questions.income import (
    DAY_MS,
    Income,
    checked_span,
    totals,
)
from binfut_cli.questions.pages import Span
from binfut_cli.wire import Row, convert

NOW = 1_790_000_000_000
BOTH = pytest.mark.parametrize("market", list(Market))


def row(time: int, id_: int, income: str = "1") -> Row:
    return {"time": time, "tranId": id_, "income": income, "asset": "USDT", "incomeType": "FEE"}


@BOTH
@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (NOW, NOW - 1, "ends before it begins"),
        (NOW + 1, NOW + 2, "in the future"),
        (NOW - 1, NOW + DAY_MS + 1, "in the future"),
        (NOW - 366 * DAY_MS, NOW, "only since"),
        (-DAY_MS, NOW, "only since"),
    ],
)
def test_a_span_that_cannot_be(market: Market, start: int, end: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked_span(market, Span(start, end), NOW)


@BOTH
def test_a_span_may_end_with_today(market: Market) -> None:
    span = Span(NOW - DAY_MS, NOW + DAY_MS)
    assert checked_span(market, span, NOW) is span


def test_usdm_keeps_three_months_and_coinm_a_year() -> None:
    span = Span(NOW - 100 * DAY_MS, NOW)
    assert checked_span(Market.COINM, span, NOW) is span
    with pytest.raises(UsageError) as caught:
        checked_span(Market.USDM, span, NOW)
    assert caught.value.message == "The exchange has usdm income only since 2026-06-24."
    again = Span(1_782_259_200_000, NOW)  # the day that is named, from its first moment
    assert checked_span(Market.USDM, again, NOW) is again


def test_totals_are_by_day_asset_and_type_and_exact() -> None:
    rows = [
        row(DAY_MS - 1, 1, "0.1"),
        row(DAY_MS, 2, "0.2"),
        row(DAY_MS + 5, 3, "-0.00000001"),
        {**row(DAY_MS, 4, "5"), "asset": "BNB"},
        {**row(DAY_MS, 5, "7"), "incomeType": "AAA"},
    ]
    assert [tuple(total.values()) for total in totals(rows)] == [
        ("1970-01-01", "USDT", "FEE", "0.1"),
        ("1970-01-02", "BNB", "FEE", "5"),
        ("1970-01-02", "USDT", "AAA", "7"),
        ("1970-01-02", "USDT", "FEE", "0.19999999"),
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-(10**9), 10**9)), max_size=40))
def test_totals_add_up_to_the_whole(flows: list[tuple[int, int]]) -> None:
    found = totals([row(day * DAY_MS, i, f"{n}e-8") for i, (day, n) in enumerate(flows)])
    units: Any = sum(round(float(total["income"]) * 10**8) for total in found)
    assert units == sum(n for _, n in flows)
    assert [total["day"] for total in found] == sorted({total["day"] for total in found})


@pytest.mark.parametrize("time", [-1, 10**30])
def test_a_flow_of_a_time_that_no_calendar_has_is_refused_with_its_place(time: int) -> None:
    rows = [{"symbol": "", "info": None, **row(at, 1)} for at in (17, time)]
    with pytest.raises(AnswerError, match=r"\[1\].time"):
        convert(rows, list[Income], "income")

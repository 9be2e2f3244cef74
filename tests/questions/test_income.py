"""Income: pages without loss or duplicates, spans that can be asked, sums by day."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.errors import AnswerError, UsageError
from binfut_cli.markets import Market
from binfut_cli.questions.income import (
    DAY_MS,
    PAGE,
    Income,
    Span,
    checked_span,
    pages,
    totals,
)
from binfut_cli.wire import Row, convert, dumps

NOW = 1_790_000_000_000
BOTH = pytest.mark.parametrize("market", list(Market))


def row(time: int, id_: int, income: str = "1") -> Row:
    return {"time": time, "tranId": id_, "income": income, "asset": "USDT", "incomeType": "FEE"}


def exchange(rows: list[Row], asked: list[int]) -> Callable[[int], list[Row]]:
    """What the exchange answers: at most a page, oldest first, the start included."""
    ordered = sorted(rows, key=lambda one: int(one["time"]))

    def ask(start: int) -> list[Row]:
        asked.append(start)
        return [dict(one) for one in ordered if one["time"] >= start][:PAGE]

    return ask


def counted(rows: list[Row]) -> Counter[bytes]:
    return Counter(map(dumps, rows))


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Bursts of rows that share a millisecond, twins among them, of up to several pages in all."""
    bursts = draw(
        st.lists(
            st.tuples(st.integers(0, 30), st.integers(1, 999), st.integers(1, 400)), max_size=12
        )
    )
    found = [row(NOW + at, id_ % twins) for at, many, twins in bursts for id_ in range(many)]
    most = Counter(one["time"] for one in found)
    return [one for one in found if most[one["time"]] < PAGE]


@given(histories())
def test_every_row_comes_once_whatever_shares_a_millisecond(rows: list[Row]) -> None:
    asked: list[int] = []
    found = list(pages(exchange(rows, asked), NOW))
    flat = [one for page in found for one in page]
    assert counted(flat) == counted(rows)
    assert [one["time"] for one in flat] == sorted(one["time"] for one in rows)
    assert all(found)  # no page is handed on without a row
    assert len(asked) <= len(rows) // (PAGE // 2) + 3


def test_a_page_that_ends_inside_a_millisecond() -> None:
    rows = [row(NOW + i // 130, i) for i in range(1300)]
    asked: list[int] = []
    found = [one for page in pages(exchange(rows, asked), NOW) for one in page]
    assert counted(found) == counted(rows)
    assert asked == [NOW, NOW + 7]


def test_equal_rows_on_both_sides_of_a_page_are_two_flows() -> None:
    rows = [row(NOW, i) for i in range(PAGE - 1)] + [row(NOW + 1, 7)] * 3
    found = [one for page in pages(exchange(rows, []), NOW) for one in page]
    assert counted(found)[dumps(row(NOW + 1, 7))] == 3


def test_rows_that_end_with_a_page_need_one_more_question() -> None:
    asked: list[int] = []
    found = list(pages(exchange([row(NOW + i, i) for i in range(PAGE)], asked), NOW))
    assert [len(page) for page in found] == [PAGE]
    assert asked == [NOW, NOW + PAGE - 1]


def test_more_of_one_millisecond_than_a_page_holds_is_told() -> None:
    rows = [row(NOW + 5, i) for i in range(PAGE + 1)]
    with pytest.raises(AnswerError, match=f"share the millisecond {NOW + 5}"):
        list(pages(exchange(rows, []), NOW))


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

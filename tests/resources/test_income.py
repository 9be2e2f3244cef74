"""Income: spans that can be asked, and sums of any grouping."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.errors import UsageError
from binfut_cli.resources.figures.derived import text
from binfut_cli.resources.history.pages import Span
from binfut_cli.resources.income import (
    BY,
    DAY_MS,
    INCOME_TYPES,
    Reading,
    Wanted,
    checked_span,
    is_transfer,
    iso,
    lacks,
    totals,
    unread,
)
from binfut_cli.sandbox import Sandbox
from tests.support.program import account

NOW = 1_790_000_000_000
BOTH = pytest.mark.parametrize("market", list(Market))


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


def flow(time: object, income: object, kind: str = "FEE", asset: str = "USDT") -> Row:
    return {"symbol": "BTCUSDT", "incomeType": kind, "income": income, "asset": asset, "time": time}


def test_totals_are_by_day_asset_and_type_and_exact() -> None:
    rows = [
        flow(DAY_MS - 1, "0.1"),
        flow(DAY_MS, "0.2"),
        flow(DAY_MS + 5, "-0.00000001"),
        flow(DAY_MS, "5", asset="BNB"),
        flow(DAY_MS, "7", "AAA"),
    ]
    assert [tuple(total.values()) for total in totals(rows)] == [
        ("1970-01-01", "USDT", "FEE", "0.1", None),
        ("1970-01-02", "BNB", "FEE", "5", None),
        ("1970-01-02", "USDT", "AAA", "7", None),
        ("1970-01-02", "USDT", "FEE", "0.19999999", None),
    ]


@pytest.mark.parametrize(
    ("by", "key"),
    [("type", "incomeType"), ("symbol", "symbol"), ("day", "day"), ("month", "month")],
)
def test_what_totals_are_grouped_by_stands_in_each_and_assets_are_never_mixed(
    by: str, key: str
) -> None:
    rows = [flow(17, "1"), flow(18, "2"), flow(19, "5", asset="BNB")]
    named = {"incomeType": "FEE", "symbol": "BTCUSDT", "day": "1970-01-01", "month": "1970-01"}
    assert totals(rows, BY[by]) == [
        {key: named[key], "asset": "BNB", "income": "5", "transfers": None},
        {key: named[key], "asset": "USDT", "income": "3", "transfers": None},
    ]


def test_money_that_is_moved_is_no_income() -> None:
    rows = [
        flow(1, "5000", "TRANSFER"),
        flow(2, "-1.5"),
        flow(3, "-20", "AUTO_EXCHANGE"),
        flow(4, "0.5", "WELCOME_BONUS"),
        flow(5, "7", "A_TYPE_OF_TOMORROW"),
        flow(6, "-1", "ANOTHER_TRANSFER"),
    ]
    assert totals(rows, BY["asset"]) == [{"asset": "USDT", "income": "6", "transfers": "4979"}]
    moves = {kind for kind in INCOME_TYPES[Market.USDM] if is_transfer(kind)}
    assert moves == {
        "TRANSFER",
        "INTERNAL_TRANSFER",
        "CROSS_COLLATERAL_TRANSFER",
        "STRATEGY_UMFUTURES_TRANSFER",
        "COIN_SWAP_DEPOSIT",
        "COIN_SWAP_WITHDRAW",
        "AUTO_EXCHANGE",
    }


def test_what_is_no_number_is_in_no_sum_and_a_bare_number_is() -> None:
    rows = [flow(1, None), flow(2, "n/a"), flow(3, Decimal("0.10")), flow(4, 2), flow(5, True)]
    assert totals(rows, BY["asset"]) == [{"asset": "USDT", "income": "2.1", "transfers": None}]
    assert unread(rows) == [rows[0], rows[1], rows[4]]


@pytest.mark.parametrize("time", [None, -1, 10**30, "yesterday", 1.5])
def test_a_flow_of_no_day_is_in_the_sum_of_the_period(time: object) -> None:
    rows = [flow(time, "1"), flow(DAY_MS, "2"), flow(str(DAY_MS), "4")]
    assert totals(rows, BY["asset"])[0]["income"] == "7"
    assert [(each["day"], each["income"]) for each in totals(rows, BY["day"])] == [
        (None, "1"),
        ("1970-01-02", "6"),
    ]


def test_sums_lose_no_digit_however_far_apart_the_amounts_are() -> None:
    rows = [flow(1, "9" * 40), flow(2, "0." + "0" * 39 + "1"), flow(3, "-" + "9" * 40)]
    assert totals(rows, BY["asset"])[0]["income"] == "0." + "0" * 39 + "1"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-(10**9), 10**9)), max_size=40))
def test_totals_add_up_to_the_whole(flows: list[tuple[int, int]]) -> None:
    rows = [flow(day * DAY_MS, f"{n}e-8") for day, n in flows]
    found = totals(rows)
    assert sum(int(Decimal(total["income"]) * 10**8) for total in found) == sum(n for _, n in flows)
    assert [total["day"] for total in found] == sorted({total["day"] for total in found})
    assert [total["income"] for total in totals(rows, BY["asset"])] == (
        [text(Decimal(sum(n for _, n in flows)).scaleb(-8))] if flows else []
    )


@pytest.mark.parametrize(
    ("kind", "usdm", "coinm"),
    [("BFUSD_REWARD", False, True), ("FUNDING_FEE", False, False), ("NEW", False, False)],
)
def test_a_market_lacks_what_only_the_other_is_known_to_have(
    kind: str, usdm: bool, coinm: bool
) -> None:
    assert (lacks(Market.USDM, kind), lacks(Market.COINM, kind)) == (usdm, coinm)


def test_a_moment_is_written_to_the_millisecond() -> None:
    assert iso(1_795_700_000_007) == "2026-11-26T13:33:20.007Z"


@pytest.mark.parametrize("field", ["asset", "symbol", "time", "info"])
def test_an_odd_field_of_a_flow_is_noted_by_its_flow(sandbox: Sandbox, field: str) -> None:
    bent = {"fault": "field", "layer": "rest", "on": "income", "path": f"2.{field}", "value": None}
    sandbox.fault(bent)
    with account(sandbox) as of:
        span = Span(of.now_ms() - DAY_MS, of.now_ms())
        found = Reading(of, Wanted(span)).answer()
    row = found.rows("flows")[2]
    assert row[field] is None
    assert found.read.odd == (f"flows[{row['incomeType']} {row['tranId']}].{field}",)

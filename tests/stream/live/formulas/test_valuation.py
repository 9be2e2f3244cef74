"""A position at a mark: the exchange's formulas, and what stands in for a formula."""

from decimal import Decimal

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.stream.live.formulas.brackets import Bracket
from binfut_cli.stream.live.formulas.valuation import Terms, amount, at_mark, still

LONG: Row = {
    "symbol": "BTCUSDT", "positionAmt": "1.5", "entryPrice": "80000", "markPrice": "82000",
    "unrealizedProfit": "3000", "notional": "123000", "maintMargin": "492", "leverage": 20,
    "positionInitialMargin": "6150", "initialMargin": "6160", "openOrderInitialMargin": "10",
    "isolatedWallet": "0", "isolatedMargin": "0", "liquidationPrice": "70000",
}  # fmt: skip
SHORT: Row = {
    "symbol": "BTCUSD_PERP", "positionAmt": "-400", "entryPrice": "80000", "markPrice": "80000",
    "unrealizedProfit": "0", "notionalValue": "-0.5", "maintMargin": "0.002", "leverage": 10,
    "positionInitialMargin": "0.05", "isolatedWallet": "0.06", "openOrderInitialMargin": "0",
}  # fmt: skip
TIERS = (Bracket(Decimal(0), Decimal("0.004"), Decimal(0)),)


def test_a_long_of_usdm() -> None:
    found = at_mark(LONG, "75000.50", Terms(Market.USDM, tiers=TIERS, read=LONG))
    assert found == LONG | {
        "markPrice": "75000.50",
        "unrealizedProfit": "-7499.25000000",
        "notional": "112500.75000000",
        "maintMargin": "450.00300000",
        "positionInitialMargin": "5625.03750000",
        "initialMargin": "5635.03750000",
        "isolatedMargin": "0.00000000",
    }
    assert list(found) == list(LONG)


def test_an_isolated_short_of_coinm() -> None:
    terms = Terms(Market.COINM, Decimal(100), TIERS, SHORT)
    found = at_mark(SHORT, "100000", terms)
    assert found["notionalValue"] == "-0.40000000"
    assert found["unrealizedProfit"] == "-0.10000000"
    assert found["isolatedMargin"] == "-0.04000000"
    assert found["maintMargin"] == "0.00160000"


def test_brackets_that_do_not_explain_what_was_read_are_not_believed() -> None:
    steep = (Bracket(Decimal(0), Decimal("0.01"), Decimal(0)),)
    for tiers in (steep, ()):
        found = at_mark(LONG, "41000", Terms(Market.USDM, tiers=tiers, read=LONG))
        assert found["maintMargin"] == "246.00000000"  # by the rate that was read
    assert at_mark(LONG, "41000", Terms(Market.USDM, tiers=steep))["maintMargin"] == "615.00000000"


def test_a_changed_leverage_counts_at_once() -> None:
    found = at_mark(LONG | {"leverage": 10}, "82000", Terms(Market.USDM, read=LONG))
    assert found["positionInitialMargin"] == "12300.00000000"


@pytest.mark.parametrize(
    ("row", "terms", "lacking"),
    [
        (SHORT, Terms(Market.COINM), {"notionalValue", "unrealizedProfit", "maintMargin"}),
        (LONG | {"entryPrice": "odd"}, Terms(Market.USDM, read=LONG), {"unrealizedProfit"}),
        (LONG | {"positionAmt": None}, Terms(Market.USDM), {"markPrice", "notional"}),
    ],
)
def test_what_cannot_be_computed_is_left_out(row: Row, terms: Terms, lacking: set[str]) -> None:
    assert not lacking & at_mark(row, "90000", terms).keys()


def test_nothing_held_is_worth_nothing() -> None:
    found = at_mark(LONG | {"positionAmt": "0"}, "75000", Terms(Market.USDM, read=LONG))
    zeros = ("unrealizedProfit", "notional", "maintMargin", "positionInitialMargin")
    assert {found[name] for name in zeros} == {"0.00000000"}
    assert still(LONG).keys() == LONG.keys() - {
        "markPrice", "unrealizedProfit", "notional", "maintMargin", "positionInitialMargin",
        "initialMargin", "isolatedMargin",
    }  # fmt: skip
    assert amount(Decimal("-0.000000001")) == "0.00000000"


def test_nothing_held_is_worth_nothing_whatever_is_not_known() -> None:
    row = SHORT | {"positionAmt": "0", "leverage": None, "entryPrice": None}
    found = at_mark(row, "75000", Terms(Market.COINM))
    zeros = ("unrealizedProfit", "notionalValue", "maintMargin", "positionInitialMargin")
    assert {found[name] for name in zeros} == {"0.00000000"}


def test_a_step_of_the_brackets_counts_if_they_explain_what_was_read() -> None:
    tiers = (*TIERS, Bracket(Decimal(200_000), Decimal("0.01"), Decimal(1200)))
    found = at_mark(LONG, "200000", Terms(Market.USDM, tiers=tiers, read=LONG))
    assert found["maintMargin"] == "1800.00000000"


@pytest.mark.parametrize(
    ("row", "read", "margin"),
    [
        (LONG, LONG | {"positionInitialMargin": "12300"}, "6150.00000000"),  # by that rate
        (LONG, {**LONG, "leverage": None}, "3075.00000000"),
        (LONG, {**LONG, "notional": None}, "3075.00000000"),
        (LONG, {**LONG, "positionInitialMargin": None}, "3075.00000000"),
        ({**LONG, "leverage": None}, None, None),
    ],
)
def test_an_initial_margin_is_by_the_leverage_or_the_rate_that_was_read(
    row: Row, read: Row | None, margin: str | None
) -> None:
    found = at_mark(still(row), "41000", Terms(Market.USDM, read=read))
    assert found.get("positionInitialMargin") == margin


@pytest.mark.parametrize(
    ("was", "off", "needed"), [("0.5", "4e-8", "0.00400008"), ("1000", "1e-5", "0.004")]
)
def test_what_was_read_is_explained_but_for_its_rounding(was: str, off: str, needed: str) -> None:
    told = str(Decimal(was) * Decimal("0.004") + Decimal(off))
    terms = Terms(Market.COINM, tiers=TIERS, read={"notionalValue": was, "maintMargin": told})
    assert terms.maintenance(Decimal(1)) == Decimal(needed)


def test_a_profit_needs_both_prices() -> None:
    assert Terms(Market.COINM, Decimal(100)).profit(Decimal(1), Decimal(), Decimal(5)) is None

"""What assets count in multi-assets mode: a recorded account, and the exchange's rule for debts."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.codec import Row
from binfut_cli.stream.live.formulas.multi_assets import (
    PAR,
    Explained,
    Rate,
    Rates,
    does_count,
    totals_in_usd,
)

D = Decimal
WIRE = Path(__file__).parents[3] / "wire" / "usdm" / "wsapi_v2_account_status_recorded.json"
USDT = Rate(D("0.99984985"), D("1.00004983"), 1)  # as it stands between its profits and margins
USDC = Rate(D("0.99986422"), D("1.00006"), 1)
RATES = {"USDT": USDT, "USDC": USDC}


def _found(body: Any) -> Row:
    """What holds the totals, however it is wrapped."""
    if isinstance(body, dict):
        return (
            body
            if "totalWalletBalance" in body
            else next(filter(None, map(_found, body.values())), {})
        )
    return {}


@pytest.fixture(scope="module")
def recorded() -> Row:
    return _found(json.loads(WIRE.read_text()))


@pytest.fixture(scope="module")
def assets(recorded: Row) -> dict[str, Row]:
    return {row["asset"]: row for row in recorded["assets"]}


def test_the_totals_of_a_recorded_account(recorded: Row, assets: dict[str, Row]) -> None:
    assert {name for name, row in assets.items() if does_count(row)} == RATES.keys()
    found = totals_in_usd(assets, RATES)
    assert len(found) == 7
    for name, total in found.items():
        assert total is not None
        assert abs(total - D(recorded[name])) < D("0.0000003"), name


def test_what_is_owed_counts_at_the_ask_rate() -> None:
    rate = Rate(D("0.9"), D("1.1"), 1)
    assert (rate.worth(D(2)), rate.worth(D(0)), rate.worth(D(-2))) == (D("0.9"), D("0.9"), D("1.1"))
    assert rate.counts(D(-2), D(1)) == D("-3.3")
    assert PAR.counts(D(5), D(2)) == 3
    row = {"walletBalance": "1", "unrealizedProfit": "-3", "marginBalance": "-2"}
    found = totals_in_usd({"BNB": row}, {"BNB": rate})
    assert found["totalWalletBalance"] == D("1.1")
    assert found["totalMarginBalance"] == D("-2.2")
    assert found["totalMaintMargin"] is None


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({"walletBalance": "0", "maintMargin": "0.1"}, True),
        ({"walletBalance": "-1"}, True),
        ({"unrealizedProfit": "-2"}, True),
        ({"positionInitialMargin": "3", "marginAvailable": True}, True),
        ({"walletBalance": "5", "marginAvailable": False}, False),
        ({"walletBalance": "0", "unrealizedProfit": "0.000", "maintMargin": None}, False),
    ],
)
def test_an_asset_counts_if_there_is_anything_of_it(row: Row, counts: bool) -> None:
    assert does_count(row) is counts


OTHER = {**RATES, "USDC": Rate(D("0.95"), D("0.96"), 2)}  # with a haircut


@pytest.mark.parametrize(
    ("before", "after", "near"),
    [
        (RATES, OTHER, RATES),
        (OTHER, RATES, RATES),
        ({}, RATES, RATES),
        (OTHER, OTHER, None),
        ({**RATES, "BNB": USDC}, OTHER, RATES),  # of what is there no more
    ],
)
def test_a_reading_is_explained_by_the_rates_told_around_it(
    recorded: Row, assets: dict[str, Row], before: Rates, after: Rates, near: Rates | None
) -> None:
    reading = Explained(recorded, assets, before)
    assert reading.near(after) == near
    assert reading.near(RATES) == near  # it is judged once


def test_a_total_that_cannot_be_read_explains_nothing(
    recorded: Row, assets: dict[str, Row]
) -> None:
    odd = {**recorded, "totalMaintMargin": "x"}
    assert Explained(odd, assets, {}).near(RATES) is None
    lacking = {**assets, "USDC": {**assets["USDC"], "marginBalance": None}}
    assert Explained(recorded, lacking, {}).near(RATES) is None


def test_a_total_that_was_not_told_need_not_be_explained(
    recorded: Row, assets: dict[str, Row]
) -> None:
    told = {name: each for name, each in recorded.items() if name != "totalCrossUnPnl"}
    assert Explained(told, assets, {}).near(RATES) == RATES


def test_rates_of_what_came_since_explain_nothing_of_the_reading(
    recorded: Row, assets: dict[str, Row]
) -> None:
    assert Explained(recorded, assets, {}).near({**RATES, "SOL": USDC}) == RATES


@pytest.mark.parametrize(("told", "is_near"), [("1003.9", True), ("1004.1", False), ("-1", False)])
def test_rates_explain_a_total_to_two_thousandths_of_what_it_is_made_of(
    told: str, is_near: bool
) -> None:
    row = {"walletBalance": "1000", "marginBalance": "1000"}
    reading = Explained({"totalWalletBalance": told}, {"USDT": row}, {})
    assert (reading.near({"USDT": PAR}) is not None) is is_near

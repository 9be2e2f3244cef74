"""What is made of a position: what it is liquidated with, what it needs, and how it has moved."""

from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.stream.live.formulas.liquidation import Held
from binfut_cli.stream.live.legs import Leg, Part, Together, is_isolated, margined_in

D = Decimal
USDM, COINM = Market.USDM, Market.COINM
ROW: Row = {
    "symbol": "BTCUSDT", "positionSide": "SHORT", "positionAmt": "-2", "entryPrice": "90",
    "markPrice": "80", "unrealizedProfit": "20", "maintMargin": "3", "isolatedWallet": "0",
    "notional": "-160", "notionalValue": "-7", "positionInitialMargin": "16",
    "initialMargin": "18", "openOrderInitialMargin": "2", "marginAsset": "USDT",
    "isolated": False, "liquidationPrice": "99",
}  # fmt: skip
OWN: Row = {**ROW, "isolated": True, "isolatedWallet": "40"}


def test_cross_legs_of_a_symbol_stand_together_and_an_isolated_one_alone() -> None:
    assert Together.of(USDM, ROW) == ("USDT", "BTCUSDT", None)
    assert Together.of(USDM, OWN) == ("USDT", "BTCUSDT", "SHORT")
    one_way = {name: each for name, each in OWN.items() if name != "positionSide"}
    assert Together.of(USDM, one_way) == ("USDT", "BTCUSDT", "BOTH")


@pytest.mark.parametrize(
    ("told", "is_own"),
    [
        ({"isolated": True, "isolatedWallet": "0"}, True),
        ({"isolated": False, "isolatedWallet": "5"}, False),
        ({"isolatedWallet": "5"}, True),
        ({"isolatedWallet": "0.00"}, False),
        ({"isolated": None, "isolatedWallet": "x"}, False),
        ({"isolated": 1}, False),
    ],
)
def test_whether_it_has_margin_of_its_own(told: Row, is_own: bool) -> None:
    assert is_isolated(told) is is_own


@pytest.mark.parametrize(
    ("market", "row", "asset"),
    [
        (USDM, {"symbol": "BTCUSDT", "marginAsset": "USDC"}, "USDC"),
        (COINM, {"symbol": "BTCUSD_PERP", "marginAsset": "BTC"}, "BTC"),
        (COINM, {"symbol": "BTCUSD_PERP"}, "BTC"),
        (USDM, {"symbol": "BTCUSDT"}, None),
    ],
)
def test_what_it_is_margined_in(market: Market, row: Row, asset: str | None) -> None:
    assert margined_in(market, row) == asset
    whole = {**{name: each for name, each in ROW.items() if name != "marginAsset"}, **row}
    leg = Leg.of(market, whole, whole, has_changed=False)
    assert (leg.asset, leg.together.asset) == (asset, str(asset))
    assert leg.together == Together(str(asset), row["symbol"])


def test_its_part_in_a_liquidation() -> None:
    expected = Part(Held(D(-2), D(90)), D(80), D(-160), D(20), D(3), D(0))
    assert Part.of(USDM, ROW) == expected
    coinm = Part.of(COINM, ROW)
    assert coinm is not None
    assert coinm.value == -7
    alone = Part.of(USDM, OWN)
    assert alone is not None
    assert alone.wallet == 40


@pytest.mark.parametrize(
    "odd",
    [
        {"positionAmt": None}, {"entryPrice": "x"}, {"markPrice": "x"}, {"unrealizedProfit": None},
        {"maintMargin": ""}, {"isolatedWallet": None}, {"notional": "x"}, {"markPrice": "0"},
    ],
)  # fmt: skip
def test_without_one_of_its_figures_it_has_none(odd: dict[str, Any]) -> None:
    assert Part.of(USDM, {**ROW, **odd}) is None


def test_what_has_not_moved_has_not() -> None:
    leg = Leg.of(USDM, ROW, ROW, has_changed=False)
    assert (leg.is_moved, leg.shifts, leg.has_changed) == (False, {}, False)
    assert (leg.read, leg.now) == (ROW, ROW)
    assert (leg.asset, leg.is_held, leg.is_isolated) == ("USDT", True, False)
    assert (leg.together, leg.part) == (Together.of(USDM, ROW), Part.of(USDM, ROW))
    assert leg.model.position_amt == "-2"
    assert leg.needed == (D(18), D(18))


def test_by_how_much_it_has_moved_since_the_reading() -> None:
    now = {
        **ROW, "unrealizedProfit": "15", "maintMargin": "4", "positionInitialMargin": "19",
        "initialMargin": "21",
    }  # fmt: skip
    leg = Leg.of(USDM, ROW, now, has_changed=True)
    assert leg.is_moved
    assert leg.has_changed
    assert leg.shifts == {
        "unrealizedProfit": -5, "maintMargin": 1, "positionInitialMargin": 3, "crossUnPnl": -5
    }  # fmt: skip
    assert leg.needed == (D(18), D(21))


def test_one_that_was_not_read_has_moved_by_all_that_it_is() -> None:
    leg = Leg.of(USDM, None, ROW, has_changed=True)
    assert leg.shifts == {
        "unrealizedProfit": 20, "maintMargin": 3, "positionInitialMargin": 16, "crossUnPnl": 20
    }  # fmt: skip
    assert leg.needed == (D(0), D(18))
    assert leg.read is None


def test_an_isolated_one_moves_no_cross_profit_and_takes_what_its_orders_do() -> None:
    now = {**OWN, "unrealizedProfit": "15", "openOrderInitialMargin": "6"}
    leg = Leg.of(USDM, OWN, now, has_changed=False)
    assert (leg.shifts["unrealizedProfit"], leg.shifts["crossUnPnl"]) == (D(-5), D(0))
    assert leg.needed == (D(2), D(6))
    assert leg.is_isolated
    became = Leg.of(USDM, ROW, now, has_changed=True)
    assert became.shifts["crossUnPnl"] == -20
    assert became.needed == (D(18), D(6))


def test_how_much_is_not_known_where_it_cannot_be_read() -> None:
    leg = Leg.of(USDM, ROW, {**ROW, "unrealizedProfit": "x"}, has_changed=False)
    assert (leg.shifts["unrealizedProfit"], leg.shifts["crossUnPnl"]) == (None, None)
    assert leg.shifts["maintMargin"] == 0
    leg = Leg.of(
        USDM, {**ROW, "maintMargin": None}, {**ROW, "initialMargin": "x"}, has_changed=True
    )
    assert leg.shifts["maintMargin"] is None
    assert leg.needed == (D(18), None)
    bare = {name: each for name, each in ROW.items() if name != "initialMargin"}
    assert Leg.of(USDM, bare, ROW, has_changed=False).needed == (D(0), D(18))


def test_one_that_is_not_held_has_no_part() -> None:
    leg = Leg.of(USDM, None, {**ROW, "positionAmt": "0"}, has_changed=True)
    assert (leg.is_held, leg.part) == (False, None)


def test_another_liquidation_price_changes_nothing_else() -> None:
    before = Leg.of(USDM, ROW, ROW, has_changed=False)
    leg = before.liquidated_at("77")
    assert leg.now == {**ROW, "liquidationPrice": "77"}
    assert leg.model.liquidation_price == "77"
    assert (leg.read, leg.part, leg.together) == (ROW, before.part, before.together)
    assert before.now["liquidationPrice"] == "99"

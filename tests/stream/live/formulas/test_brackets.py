"""Brackets as both markets write them, and what a position of a size needs by them."""

import json
from decimal import Decimal

import pytest

from binfut_cli.codec import Row, parse
from binfut_cli.sandbox.account.contracts import contracts
from binfut_cli.sandbox.account.margin import maintenance as needed
from binfut_cli.sandbox.api.market_views import leverage_bracket
from binfut_cli.stream.live.formulas.brackets import Bracket, brackets_of, maintenance

# After the exchange's leverageBracket pages; the second spelling is theirs.
USDM = b"""{"symbol": "ETHUSDT", "brackets": [
  {"bracket": 2, "initialLeverage": 50, "notionalCap": 50000, "notionalFloor": 10000,
   "maintMarginRatio": 0.010, "cum": 35.0},
  {"bracket": 1, "initialLeverage": 75, "notionalCap": 10000, "notionalFloor": 0,
   "maintMarginRatio": 0.0065, "cum": 0}]}"""
COINM = b"""{"symbol": "BTCUSD_PERP", "brackets": [
  {"bracket": 1, "initialLeverage": 125, "qtyCap": 50, "qtylFloor": 0,
   "maintMarginRatio": 0.004, "cum": 0.0}]}"""


def test_the_bracket_of_a_size_decides() -> None:
    found = brackets_of([parse(USDM), parse(COINM)])
    assert maintenance(found["ETHUSDT"], Decimal(1000)) == Decimal("6.5")
    assert maintenance(found["ETHUSDT"], Decimal(-20_000)) == Decimal(165)
    assert maintenance(found["ETHUSDT"], Decimal(10_000)) == Decimal(65)
    assert maintenance(found["BTCUSD_PERP"], Decimal(3)) == Decimal("0.012")
    assert maintenance((), Decimal(1)) is None


@pytest.mark.parametrize("name", ["BTCUSDT", "1000PEPEUSDT", "BTCUSD_PERP", "ETHUSD_PERP"])
def test_it_is_what_the_sandbox_asks_for(name: str) -> None:
    contract = contracts()[name]
    found = brackets_of([parse(json.dumps(leverage_bracket(contract)))])
    for size in ("0.5", "7", "300000", "4000000"):
        assert maintenance(found[name], Decimal(size)) == needed(contract, Decimal(size))


FIRST: Row = {"notionalFloor": 0, "maintMarginRatio": "0.1", "cum": 0}


@pytest.mark.parametrize("floor", ["notionalFloor", "qtylFloor", "qtyFloor"])
def test_a_floor_is_called_as_either_market_calls_it(floor: str) -> None:
    (tiers,) = brackets_of(
        [{"symbol": "X", "brackets": [{floor: 7, "maintMarginRatio": "0.1", "cum": 0}]}]
    ).values()
    assert tiers == (Bracket(Decimal(7), Decimal("0.1"), Decimal()),)


@pytest.mark.parametrize(
    "row",
    [
        {"symbol": "X"},
        {"symbol": "X", "brackets": []},
        {"symbol": "X", "brackets": [{"notionalFloor": 0, "maintMarginRatio": "a", "cum": 0}]},
        {"symbol": "X", "brackets": [{"notionalFloor": 0, "cum": 0}]},
        {"symbol": "X", "brackets": ["a"]},
        {"symbol": "X", "brackets": [FIRST, "a"]},
        {"symbol": "X", "brackets": [FIRST, {"maintMarginRatio": 0, "cum": 0}]},
    ],
)
def test_odd_brackets_are_none(row: Row) -> None:
    assert brackets_of([row]) == {}

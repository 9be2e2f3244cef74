"""The account, checked on the way in, and two replies joined without losing a field."""

import copy
from typing import Any

import msgspec
import pytest

from binfut_cli.resources.figures.models import AccountStatus, Asset, Position, joined, leg
from tests.support.samples import body

ACCOUNTS = {
    "usdm/wsapi_v2_account_status_recorded": ("USDT", "3.72964781", "0.009"),
    "usdm/wsapi_v2_account_status_multi_assets": ("USDT", "23.72469206", "1.000"),
    "usdm/wsapi_v2_account_status_single_asset": ("USDT", "23.72469206", "1.000"),
    "usdm/wsapi_v2_account_status_hedge": ("USDT", "23.72469206", "0.010"),
    "usdm/rest_v3_account_multi_assets": ("USDT", "3.72964781", "0.009"),
    "usdm/rest_v3_account_docs": ("USDT", "23.72469206", "1.000"),
    "coinm/wsapi_account_status": ("WLD", "0.00000000", "0"),
    "coinm/rest_account": ("BTC", "0.00241969", "0"),
}


def document(name: str) -> dict[str, Any]:
    sample = body(name)
    assert isinstance(sample, dict)
    found = sample.get("result", sample)
    assert isinstance(found, dict)
    return found


def modelled(account: dict[str, Any]) -> AccountStatus:
    positions = [{**row, "leverage": None} for row in account["positions"]]  # text on coinm
    return msgspec.convert({**account, "positions": positions}, AccountStatus)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_of_the_exchange_is_as_modelled(name: str) -> None:
    asset, wallet, amount = ACCOUNTS[name]
    found = modelled(document(name))
    assert (asset, wallet) in [(row.asset, row.wallet_balance) for row in found.assets]
    assert found.positions[0].position_amt == amount


def test_the_totals_are_the_exchanges_own_strings() -> None:
    found = modelled(document("usdm/wsapi_v2_account_status_recorded"))
    assert found.total_wallet_balance == "25.72610060"
    assert found.total_margin_balance == "26.26840422"
    assert found.available_balance == "18.65949928"
    assert modelled(document("coinm/rest_account")).total_wallet_balance is None


def test_a_field_that_nobody_documented_does_no_harm() -> None:
    account = copy.deepcopy(document("usdm/wsapi_v2_account_status_recorded"))
    account["new"] = account["assets"][0]["new"] = account["positions"][0]["new"] = {"a": [1]}
    assert modelled(account) == modelled(document("usdm/wsapi_v2_account_status_recorded"))


def test_two_replies_make_one_row_with_every_field() -> None:
    status = document("usdm/wsapi_v2_account_status_recorded")
    positions = body("usdm/rest_v3_position_risk")
    (row,) = joined(status["positions"], positions)
    (first,), (second,) = status["positions"], positions
    assert row.keys() == first.keys() | second.keys() - {"unRealizedProfit"}
    assert {key: row[key] for key in first} == first  # of the same instant as the margins
    assert row["markPrice"] == second["markPrice"]


@pytest.mark.parametrize("spelling", ["", "_small_r"])
def test_both_spellings_of_the_profit_are_the_same_field(spelling: str) -> None:
    positions = body(f"usdm/wsapi_v2_account_position{spelling}")["result"]
    (row,) = joined([], positions)
    assert row["unrealizedProfit"] == "0.00000000"
    assert "unRealizedProfit" not in row


def test_a_leg_that_only_one_reply_knows_is_kept() -> None:
    status = [
        {"symbol": "A", "positionSide": "LONG", "positionAmt": "1"},
        {"symbol": "B", "positionSide": "BOTH", "positionAmt": "2"},
    ]
    positions = [
        {"symbol": "A", "positionSide": "SHORT", "positionAmt": "-1", "markPrice": "9"},
        {"symbol": "A", "positionSide": "LONG", "positionAmt": "5", "markPrice": "8"},
        {"symbol": "C", "positionAmt": "3"},
    ]
    assert joined(status, positions) == [
        {"symbol": "A", "positionSide": "LONG", "positionAmt": "1", "markPrice": "8"},
        {"symbol": "B", "positionSide": "BOTH", "positionAmt": "2"},
        {"symbol": "A", "positionSide": "SHORT", "positionAmt": "-1", "markPrice": "9"},
        {"symbol": "C", "positionAmt": "3"},
    ]


def test_joining_changes_neither_reply() -> None:
    status = document("usdm/wsapi_v2_account_status_recorded")
    positions = body("usdm/rest_v3_position_risk")
    before = copy.deepcopy((status, positions))
    joined(status["positions"], positions)
    assert (status, positions) == before


def test_a_row_without_a_side_is_of_one_way_mode() -> None:
    assert leg({"symbol": "A"}) == leg({"symbol": "A", "positionSide": "BOTH"}) == ("A", "BOTH")
    assert leg({"symbol": "A", "positionSide": "LONG"}) != leg({"symbol": "A"})


@pytest.mark.parametrize(
    ("fields", "isolated"),
    [
        ({}, None),
        ({"isolated_wallet": ""}, None),
        ({"margin_type": "odd", "isolated_wallet": "1"}, None),
        ({"isolated_wallet": "0"}, False),
        ({"isolated_wallet": "0.00000000"}, False),
        ({"isolated_wallet": "9.99"}, True),
        ({"margin_type": "isolated"}, True),
        ({"margin_type": "ISOLATED"}, True),
        ({"margin_type": "cross", "isolated_wallet": "1"}, False),
        ({"margin_type": "CROSSED"}, False),
        ({"isolated": True, "margin_type": "cross"}, True),
        ({"isolated": False, "isolated_wallet": "1"}, False),
    ],
)
def test_what_makes_a_position_isolated(fields: dict[str, Any], isolated: bool | None) -> None:
    assert Position(symbol="A", position_amt="1", **fields).is_isolated is isolated


@pytest.mark.parametrize(
    ("model", "known", "given"),
    [
        (Asset, {"asset": "USDT"}, {"update_time": 0}),
        (Position, {"symbol": "BTCUSDT"}, {"position_side": "BOTH", "update_time": 0}),
        (AccountStatus, {}, {"assets": (), "positions": ()}),
    ],
)
def test_what_is_not_told_is_none_and_nothing_is_changed(
    model: type[msgspec.Struct], known: dict[str, Any], given: dict[str, Any]
) -> None:
    found = model(**known)
    told = msgspec.structs.asdict(found)
    assert {name: value for name, value in told.items() if value is not None} == known | given
    with pytest.raises(AttributeError):
        setattr(found, "update_time" if known else "assets", 1)
    with pytest.raises(TypeError):
        model("USDT")


def test_a_position_is_the_same_at_another_liquidation_price() -> None:
    found = Position(symbol="BTCUSDT", position_amt="2", liquidation_price="1")
    assert found.liquidated_at("90") == Position(
        symbol="BTCUSDT", position_amt="2", liquidation_price="90"
    )

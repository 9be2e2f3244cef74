"""binfut's own figures, against recorded accounts and by hand."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from binfut_cli.derived import (
    account_figures,
    asset_figures,
    contract_size,
    isolated_ratio,
    liquidation_distance,
    margin_asset,
    margin_ratio,
    position_figures,
    position_ratio,
    return_on_margin,
    text,
    totals_unit,
    with_derived,
)
from binfut_cli.markets import Market
from binfut_cli.models import AccountStatus, Asset, Position, joined
from binfut_cli.wire import convert
from tests.samples import body


def account(document: dict[str, Any]) -> AccountStatus:
    return convert(document, AccountStatus, "x")


def recorded() -> dict[str, Any]:
    status = body("usdm/wsapi_v2_account_status_recorded")["result"]
    return joined(status, body("usdm/rest_v3_position_risk"))


def single() -> dict[str, Any]:
    found = body("usdm/rest_v2_account_single_asset")
    assert isinstance(found, dict)
    return found


def short() -> Position:
    """Three contracts of BTCUSD_PERP, recorded."""
    row, _ = joined({"positions": []}, body("coinm/rest_position_risk"))["positions"]
    return convert(row, Position, "x")


def position(**fields: Any) -> Position:
    return Position(**{"symbol": "A", "position_amt": "1", **fields})


def test_the_recorded_multi_assets_account() -> None:
    assert account_figures(account(recorded())) == {
        "totalsUnit": "USD",
        "marginRatio": "0.09251963",  # 2.43034303 / 26.26840422
    }


def test_the_recorded_single_asset_account() -> None:
    assert account_figures(account(single())) == {"totalsUnit": "USDT", "marginRatio": None}


def test_a_ratio_of_the_whole_account_leaves_none_to_its_assets() -> None:
    status = account(recorded())
    (usdt,) = [asset for asset in status.assets if asset.asset == "USDT"]
    assert asset_figures(Market.USDM, status, usdt) == {"marginRatio": None}


def test_in_single_asset_mode_the_ratio_is_the_assets_own() -> None:
    row = {**single()["assets"][0], "maintMargin": "3.1022612"}
    status = account({**single(), "totalMaintMargin": "3.1022612", "assets": [row]})
    assert asset_figures(Market.USDM, status, status.assets[0]) == {"marginRatio": "0.1"}
    assert account_figures(status)["marginRatio"] is None


def test_a_coin_has_a_ratio_of_its_own() -> None:
    status = AccountStatus(assets=(COIN,), positions=())
    assert asset_figures(Market.COINM, status, COIN) == {"marginRatio": "0.5"}


@pytest.mark.parametrize(
    ("change", "unit"),
    [
        ({"multiAssetsMargin": True}, "USD"),
        ({"multiAssetsMargin": False}, "USDT"),
        ({}, "USDT"),
        ({"totalWalletBalance": "31.0226120"}, "USDT"),  # the same number, written shorter
        ({"totalWalletBalance": "31.02261201"}, "USD"),
        ({"totalMarginBalance": "30"}, "USD"),
        ({"totalMaintMargin": "1"}, "USD"),
        ({"assets": []}, "USD"),
        ({"totalWalletBalance": None}, None),
    ],
)
def test_what_the_totals_are_counted_in(change: dict[str, Any], unit: str | None) -> None:
    document = {key: value for key, value in single().items() if key != "multiAssetsMargin"}
    assert totals_unit(account({**document, **change})) == unit


def test_a_coin_account_has_no_totals() -> None:
    assert totals_unit(account(body("coinm/rest_account"))) is None


def test_the_recorded_coin_position() -> None:
    assert position_figures(Market.COINM, account(body("coinm/rest_account")), short()) == {
        "liquidationDistance": "0.06238761",  # (72491.16879818 − 68234.2) / 68234.2
        "marginRatio": None,
        "roe": None,
        "contractSize": "100",
        "sizeCoin": "0.00439662",
        "sizeUsd": "300",
    }


def test_the_recorded_long_position() -> None:
    status = account(recorded())
    assert position_figures(Market.USDM, status, status.positions[0]) == {
        "liquidationDistance": "0.04047531",  # (67582.2 − 64846.78939917) / 67582.2
        "marginRatio": "0.09251963",  # of the account, which is what liquidates it
        "roe": "0.07133832",  # 0.54238506 / 7.60299749
    }


@pytest.mark.parametrize(
    ("maint", "balance", "expected"),
    [
        ("2.43034303", "26.26840422", Decimal("0.09251963")),
        ("5", "4", Decimal("1.25")),
        ("1", "3", Decimal("0.33333333")),
        ("0", "5", None),
        ("0.00000000", "0.00000000", None),
        ("1", "0", Decimal("Infinity")),
        ("1", "-5", Decimal("Infinity")),
        ("0", "-5", None),
        (None, "5", None),
        ("1", None, None),
        ("1e30", "1e-30", Decimal(10) ** 60),
    ],
)
def test_a_margin_ratio(maint: str | None, balance: str | None, expected: Decimal | None) -> None:
    assert margin_ratio(maint, balance) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"isolated_wallet": "10", "unrealized_profit": "-2"}, Decimal("0.25")),
        ({"isolated_wallet": "10", "unrealized_profit": "-10"}, Decimal("Infinity")),
        ({"isolated_wallet": "10", "unrealized_profit": "-11"}, Decimal("Infinity")),
        ({"isolated_wallet": "10"}, None),
        ({"unrealized_profit": "1"}, None),
    ],
)
def test_an_isolated_ratio(fields: dict[str, Any], expected: Decimal | None) -> None:
    assert isolated_ratio(position(maint_margin="2", **fields)) == expected


COIN = Asset(asset="BTC", wallet_balance="1", maint_margin="0.25", margin_balance="0.5")
POOLS = AccountStatus(
    assets=(COIN, Asset(asset="USDT", wallet_balance="9", maint_margin="1", margin_balance="8")),
    positions=(),
    total_wallet_balance="9",
    total_maint_margin="2",
    total_margin_balance="20",
    multi_assets_margin=False,
)


@pytest.mark.parametrize(
    ("market", "fields", "expected"),
    [
        (Market.COINM, {"symbol": "BTCUSD_PERP"}, Decimal("0.5")),
        (Market.COINM, {"symbol": "ETHUSD_PERP"}, None),
        (Market.USDM, {"margin_asset": "USDT"}, Decimal("0.125")),
        (Market.USDM, {"margin_asset": "USDC"}, None),
        (Market.USDM, {}, None),
        (Market.USDM, {"margin_asset": "USDT", "position_amt": "0.0"}, None),
        (
            Market.USDM,
            {"isolated_wallet": "10", "unrealized_profit": "-5", "maint_margin": "1"},
            Decimal("0.2"),
        ),
    ],
)
def test_a_position_has_the_ratio_of_what_it_draws_on(
    market: Market, fields: dict[str, Any], expected: Decimal | None
) -> None:
    assert position_ratio(market, POOLS, position(**fields)) == expected


def test_in_multi_assets_mode_all_draw_on_the_whole_account() -> None:
    shared = msgspec.structs.replace(POOLS, multi_assets_margin=True)
    assert position_ratio(Market.USDM, shared, position(margin_asset="USDT")) == Decimal("0.1")


@pytest.mark.parametrize(
    ("market", "fields", "asset"),
    [
        (Market.COINM, {"symbol": "BTCUSD_201225"}, "BTC"),
        (Market.COINM, {"symbol": "BTCUSD_PERP", "margin_asset": "ETH"}, "ETH"),
        (Market.USDM, {"symbol": "BTCUSDT"}, None),
        (Market.USDM, {"symbol": "BTCUSDT", "margin_asset": "BNFCR"}, "BNFCR"),
    ],
)
def test_what_a_position_is_margined_in(
    market: Market, fields: dict[str, Any], asset: str | None
) -> None:
    assert margin_asset(market, position(**fields)) == asset


@pytest.mark.parametrize(
    ("profit", "margin", "amount", "expected"),
    [
        ("-2", "8", "1", Decimal("-0.25")),
        ("0", "8", "1", Decimal(0)),
        ("2", "0", "1", None),
        (None, "8", "1", None),
        ("2", None, "1", None),
        ("2", "8", "0", None),
    ],
)
def test_a_return_on_margin(
    profit: str | None, margin: str | None, amount: str, expected: Decimal | None
) -> None:
    found = position(unrealized_profit=profit, position_initial_margin=margin, position_amt=amount)
    assert return_on_margin(found) == expected


@pytest.mark.parametrize(
    ("liquidation", "mark", "amount", "expected"),
    [
        ("90", "100", "1", Decimal("0.1")),
        ("110", "100", "-1", Decimal("0.1")),
        ("100", "100", "1", Decimal(0)),
        ("0", "100", "1", None),
        ("0.00", "100", "1", None),
        ("-5", "100", "1", None),
        (None, "100", "1", None),
        ("90", "0", "1", None),
        ("90", None, "1", None),
        ("90", "100", "0.000", None),
    ],
)
def test_a_liquidation_distance(
    liquidation: str | None, mark: str | None, amount: str, expected: Decimal | None
) -> None:
    found = position(liquidation_price=liquidation, mark_price=mark, position_amt=amount)
    assert liquidation_distance(found) == expected


@pytest.mark.parametrize(
    ("coin", "mark", "contracts", "expected"),
    [
        ("-0.00439662", "68234.2", "-3", Decimal(100)),
        ("0.0033", "3030.3", "1", Decimal(10)),
        ("0.00012345", "81004.46", "1", Decimal(10)),  # eight decimals of the coin
        ("0.00001", "50000", "1", None),  # half a dollar is no contract
        ("0.105", "100", "1", None),  # 10.5: further off than rounding
        ("0", "100", "1", None),
        ("1", "0", "1", None),
        ("1", "100", "0", None),
        (None, "100", "1", None),
    ],
)
def test_a_contract_size(
    coin: str | None, mark: str, contracts: str, expected: Decimal | None
) -> None:
    found = position(notional_value=coin, mark_price=mark, position_amt=contracts)
    assert contract_size(found) == expected


def test_without_a_contract_size_there_are_no_sizes() -> None:
    bare = position(mark_price="0", notional_value="0")
    figures = position_figures(Market.COINM, POOLS, bare)
    assert (figures["contractSize"], figures["sizeCoin"], figures["sizeUsd"]) == (None, None, None)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (None, None),
        (Decimal("0.09251963"), "0.09251963"),
        (Decimal("0.10000000"), "0.1"),
        (Decimal("0.00000000"), "0"),
        (Decimal("1E+2"), "100"),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("100"), "100"),
        (Decimal("-1.50"), "-1.5"),
        (Decimal("Infinity"), "Infinity"),
    ],
)
def test_a_figure_is_a_plain_decimal_string(figure: Decimal | None, expected: str | None) -> None:
    assert text(figure) == expected


def test_the_figures_stand_behind_and_touch_nothing() -> None:
    document = recorded()
    found = with_derived(Market.USDM, document, account(document))
    assert found.pop("derived") == {"totalsUnit": "USD", "marginRatio": "0.09251963"}
    for table in ("assets", "positions"):
        assert all("derived" in row for row in found[table])
        assert [list(row)[-1] for row in found[table]] == ["derived"] * len(found[table])
        found[table] = [{k: v for k, v in row.items() if k != "derived"} for row in found[table]]
    assert found == document == recorded()


def test_coinm_has_no_figures_of_the_whole() -> None:
    document = body("coinm/rest_account")
    assert "derived" not in with_derived(Market.COINM, document, account(document))

"""binfut's own figures, against recorded accounts and by hand."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from binfut_cli.codec import fitted
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.derived import (
    Pools,
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
    with_derived,
)
from binfut_cli.resources.figures.models import AccountStatus, Asset, Position, joined
from tests.support.samples import body


def account(document: dict[str, Any]) -> AccountStatus:
    rows = [{**row, "leverage": None} for row in document["positions"]]  # text on coinm
    return msgspec.convert({**document, "positions": rows}, AccountStatus)


def recorded() -> dict[str, Any]:
    status = body("usdm/wsapi_v2_account_status_recorded")["result"]
    rows = joined(status["positions"], body("usdm/rest_v3_position_risk"))
    return {**status, "positions": rows}


def single() -> dict[str, Any]:
    found = body("usdm/rest_v2_account_single_asset")
    assert isinstance(found, dict)
    return found


def short() -> Position:
    """Three contracts of BTCUSD_PERP, recorded."""
    row, _ = joined([], body("coinm/rest_position_risk"))
    return fitted(row, Position, "x")[1]


def position(**fields: Any) -> Position:
    return Position(**{"symbol": "A", "position_amt": "1", **fields})


def multi() -> dict[str, Any]:
    """The recorded multi-assets account, with what the old account.status says of the mode."""
    return {**recorded(), "multiAssetsMargin": True}


def usdm(document: dict[str, Any]) -> Pools:
    return Pools.of(Market.USDM, account(document))


def test_the_recorded_multi_assets_account() -> None:
    assert account_figures(usdm(multi())) == {
        "totalsUnit": "USD",
        "marginRatio": "0.09251963",  # 2.43034303 / 26.26840422
    }


def test_the_recorded_single_asset_account() -> None:
    assert account_figures(usdm(single())) == {"totalsUnit": "USDT", "marginRatio": None}


def test_the_exchanges_example_of_a_multi_assets_ratio() -> None:
    # FAQ on margin in multi-assets mode: 199.596 / 416.02
    totals = {"totalMaintMargin": "199.596", "totalMarginBalance": "416.02"}
    found = usdm({**multi(), **totals})
    assert account_figures(found)["marginRatio"] == "0.47977501"


def test_a_ratio_of_the_whole_account_is_that_of_each_asset_with_something_in_it() -> None:
    status = account(multi())
    found = {asset.asset: asset_figures(usdm(multi()), asset) for asset in status.assets}
    shared, none = {"marginRatio": "0.09251963"}, {"marginRatio": None}
    assert found["USDT"] == found["USDC"] == shared
    assert found["BNB"] == found["BTC"] == none


@pytest.mark.parametrize(("mode", "unit"), [(True, "USD"), (False, "USDT")], ids=str)
@pytest.mark.parametrize("document", [recorded(), single(), {"assets": [], "positions": []}])
def test_what_the_totals_are_counted_in_is_told(
    document: dict[str, Any], mode: bool, unit: str
) -> None:
    assert usdm({**document, "multiAssetsMargin": mode}).unit == unit


ISOLATED = {"symbol": "A", "positionAmt": "1", "isolatedWallet": "5"}
USDC = {"asset": "USDC", "walletBalance": "1000"}
HALF, OWED = {**USDC, "walletBalance": "0.5"}, {**USDC, "walletBalance": "-3"}


@pytest.mark.parametrize(
    ("document", "unit"),
    [
        (recorded(), "USD"),  # the totals are not the USDT row's
        (single(), None),  # they are, as they might be in multi-assets mode
        ({**single(), "positions": [ISOLATED]}, "USDT"),
        ({**single(), "positions": [{**ISOLATED, "positionAmt": "0"}]}, None),
        ({**single(), "positions": [{**ISOLATED, "isolatedWallet": "0"}]}, None),
        ({**single(), "assets": []}, "USD"),
        ({"totalWalletBalance": "0.00", "assets": [USDC], "positions": []}, "USDT"),
        ({"totalWalletBalance": "0.00", "assets": [], "positions": []}, None),
        ({"assets": [USDC], "positions": []}, None),
        ({**recorded(), "positions": [ISOLATED]}, None),  # neither: nothing is believed
        ({"totalWalletBalance": "0", "assets": [HALF], "positions": []}, "USDT"),
        ({"totalWalletBalance": "0", "assets": [OWED], "positions": []}, None),
        ({"totalWalletBalance": "5", "assets": [{"asset": "BNB"}], "positions": []}, None),
    ],
)
def test_of_an_untold_mode_what_is_possible_is_known(
    document: dict[str, Any], unit: str | None
) -> None:
    assert usdm({**document, "multiAssetsMargin": None}).unit == unit


def test_a_coin_account_has_no_totals() -> None:
    assert Pools.of(Market.COINM, account(body("coinm/rest_account"))).unit is None


def test_the_recorded_coin_position() -> None:
    pools = Pools.of(Market.COINM, account(body("coinm/rest_account")))
    assert position_figures(pools, msgspec.structs.replace(short(), isolated=True)) == {
        "liquidationDistance": "0.06238761",  # (72491.16879818 − 68234.2) / 68234.2
        "marginRatio": None,
        "roe": None,
        "contractSize": "100",
        "sizeCoin": "0.00439662",
        "sizeUsd": "300",
    }


def test_the_recorded_long_position() -> None:
    (position,) = account(multi()).positions
    assert position_figures(usdm(multi()), position) == {
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


def held(asset: str = "USDT", **fields: Any) -> Position:
    """A cross position that needs 1 and has lost 2, in a pool."""
    own = {"unrealized_profit": "-2", "maint_margin": "1", "isolated_wallet": "0"}
    return position(**{**own, "margin_asset": asset, **fields})


def fat(**fields: Any) -> Position:
    """An isolated position: it needs 90, and has 1000 of its own."""
    own = {"isolated_wallet": "1000", "maint_margin": "90", "unrealized_profit": "0"}
    return held(**{"symbol": "FAT", **own, **fields})


def pools(
    *positions: Position,
    market: Market = Market.USDM,
    multi: bool | None = False,
    needed: str | None = None,
    balance: str | None = None,
) -> Pools:
    """The pools of an account that has 10 USDT of cross wallet, 1000 in all, and 3 coins."""
    assets = (
        Asset(asset="USDT", wallet_balance="1000", cross_wallet_balance="10"),
        Asset(asset="BTC", wallet_balance="3", cross_wallet_balance="3"),
    )
    status = AccountStatus(
        assets=assets,
        positions=positions,
        multi_assets_margin=multi,
        total_maint_margin=needed,
        total_margin_balance=balance,
    )
    return Pools.of(market, status)


def test_cross_counts_cross_only() -> None:
    found = pools(held(), held(symbol="B"), fat())
    assert found.assets["USDT"] == Decimal("0.33333333")  # (1 + 1) / (10 − 2 − 2)
    assert position_ratio(found, held()) == Decimal("0.33333333")
    assert position_ratio(found, fat()) == Decimal("0.09")


def test_both_legs_of_hedge_mode_count() -> None:
    legs = held(position_side="LONG"), held(position_side="SHORT", unrealized_profit="2")
    found = pools(*legs)
    assert found.assets["USDT"] == Decimal("0.2")  # (1 + 1) / (10 − 2 + 2)
    with pytest.raises(AttributeError):
        found.assets = {}  # type: ignore[misc]


def test_a_coins_pool_is_that_of_its_symbols() -> None:
    perp = held(symbol="BTCUSD_PERP", margin_asset=None)
    quarter = held(symbol="BTCUSD_281229", margin_asset=None, unrealized_profit="2")
    other = held(symbol="ETHUSD_PERP", margin_asset=None)
    found = pools(perp, quarter, other, market=Market.COINM, multi=None)
    assert found.assets["BTC"] == Decimal("0.66666667")  # (1 + 1) / (3 − 2 + 2)
    assert position_ratio(found, perp) == position_ratio(found, quarter) == Decimal("0.66666667")
    assert position_ratio(found, other) is None  # the account has no such asset


def test_a_pool_that_has_lost_all_is_beyond_any_bound() -> None:
    assert pools(held(unrealized_profit="-10")).assets["USDT"] == Decimal("Infinity")
    assert pools(held(unrealized_profit="-11")).assets["USDT"] == Decimal("Infinity")
    assert pools().assets["USDT"] is None


@pytest.mark.parametrize("name", ["maint_margin", "unrealized_profit", "position_amt"])
@pytest.mark.parametrize("found", [None, "", "x"])
def test_what_cannot_be_read_of_one_leg_is_missing_in_its_pool(name: str, found: Any) -> None:
    odd = msgspec.structs.replace(held(symbol="B"), **{name: found})
    coin = held("BTC", symbol="C")
    assert pools(held(), odd, coin).assets == {"USDT": None, "BTC": Decimal(1)}
    other = msgspec.structs.replace(fat(symbol="B"), **{name: found})
    assert pools(held(), other, coin).assets["USDT"] == Decimal("0.125")


def test_a_leg_that_may_be_isolated_spoils_its_pool_and_has_no_ratio() -> None:
    odd = held(symbol="B", isolated_wallet=None)
    found = pools(held(), odd, held("BTC", symbol="C"))
    assert found.assets == {"USDT": None, "BTC": Decimal(1)}
    assert position_ratio(found, odd) is None
    assert pools(held(), held(symbol="B", margin_type="odd")).assets["USDT"] is None
    assert pools(held(), held(symbol="B", position_amt="0", isolated_wallet=None)).assets["USDT"]


def test_a_leg_of_an_unknown_asset_spoils_all_pools() -> None:
    found = pools(held(), held(symbol="B", margin_asset=None), fat())
    assert not any(found.assets.values())
    assert position_ratio(found, held(margin_asset=None)) is None
    assert position_ratio(found, fat()) == Decimal("0.09")


def test_a_leg_of_an_asset_without_a_row_spoils_all_pools() -> None:
    assert pools(held(), held("XYZ", symbol="B")).assets == {}


def test_on_usdm_no_asset_is_guessed_from_a_symbol() -> None:
    untold = held(symbol="BTCUSDT", margin_asset=None)
    assert pools(held(), untold).assets == {}
    assert position_ratio(pools(held(), held("BTC", symbol="C")), untold) is None


def test_a_wallet_that_cannot_be_read_makes_no_ratio() -> None:
    status = AccountStatus(
        assets=(Asset(asset="USDT", wallet_balance="9"),),
        positions=(held(),),
        multi_assets_margin=False,
    )
    assert Pools.of(Market.USDM, status).assets == {"USDT": None}


def test_in_an_unknown_mode_only_isolated_positions_have_a_ratio() -> None:
    found = pools(held(), fat(), multi=None, needed="2", balance="20")
    assert position_ratio(found, held()) is None
    assert position_ratio(found, fat()) == Decimal("0.09")
    assert account_figures(found) == {"totalsUnit": None, "marginRatio": None}
    assert asset_figures(found, Asset(asset="USDT", wallet_balance="9")) == {"marginRatio": None}


def test_in_an_unknown_mode_a_ratio_that_is_the_same_in_either_is_told() -> None:
    found = pools(held(), held("BTC", symbol="C"), multi=None, needed="1", balance="8")
    assert found.assets == {"USDT": Decimal("0.125")}
    assert position_ratio(found, held()) == Decimal("0.125")
    assert position_ratio(found, held("BTC")) is None  # 1 / (3 − 2), if it stands alone
    assert account_figures(found) == {"totalsUnit": None, "marginRatio": None}
    lost = pools(held(unrealized_profit="-10"), multi=None, needed="1", balance="-5")
    assert position_ratio(lost, held()) == Decimal("Infinity")


def test_in_multi_assets_mode_all_draw_on_the_whole_account() -> None:
    found = pools(held(), held("BTC", symbol="C"), multi=True, needed="2", balance="20")
    assert position_ratio(found, held()) == Decimal("0.1")
    assert position_ratio(found, held("BTC")) == Decimal("0.1")
    assert position_ratio(found, held(position_amt="0.0")) is None


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


@pytest.mark.parametrize("market", list(Market))
@pytest.mark.parametrize(
    ("liquidation", "mark", "amount", "expected"),
    [
        ("90", "100", "1", Decimal("0.1")),
        ("110", "100", "-1", Decimal("0.1")),
        ("0.05", "0.1", "1", Decimal("0.5")),
        ("100", "100", "1", Decimal(0)),
        ("110", "100", "1", Decimal("-0.1")),
        ("90", "100", "-1", Decimal("-0.1")),
        ("0", "100", "1", None),
        ("0.00", "100", "1", None),
        ("-5", "100", "1", None),
        (None, "100", "1", None),
        ("", "100", "1", None),
        ("90", "0", "1", None),
        ("90", None, "1", None),
        ("90", "100", "0.000", None),
    ],
)
def test_a_liquidation_distance(
    liquidation: str | None, mark: str | None, amount: str, expected: Decimal | None, market: Market
) -> None:
    found = held(liquidation_price=liquidation, mark_price=mark, position_amt=amount)
    for row in (found, msgspec.structs.replace(found, isolated_wallet="1")):
        assert liquidation_distance(pools(row, market=market), row, None) == expected


def pair(long: str, short: str, liquidation: str, maint: str = "1") -> tuple[Position, Position]:
    """Both legs of a symbol, cross, at a mark of 100: their amounts are their value as well."""
    both = {"liquidation_price": liquidation, "mark_price": "100", "maint_margin": maint}
    return tuple(  # type: ignore[return-value]
        held(position_side=side, position_amt=amt, notional=amt, notional_value=amt, **both)
        for side, amt in (("LONG", long), ("SHORT", short))
    )


@pytest.mark.parametrize(
    ("long", "short", "liquidation", "usdm", "coinm"),
    [
        ("500", "-200", "90", "0.1", "0.1"),
        ("500", "-200", "110", "-0.1", "-0.1"),
        ("200", "-500", "110", "0.1", "0.1"),
        ("200", "-500", "90", "-0.1", "-0.1"),
        # Balanced: what moves is the margin that is needed, with the mark or against it.
        ("500", "-500", "110", "0.1", "-0.1"),
        ("500", "-500", "90", "-0.1", "0.1"),
        ("501", "-500", "110", "0.1", "-0.1"),
        ("500", "-501", "90", "-0.1", "0.1"),
        ("521", "-500", "90", "0.1", "0.1"),  # more than ten times what both need
    ],
)
def test_legs_that_share_a_liquidation_price_are_as_far_from_it_as_their_net(
    long: str, short: str, liquidation: str, usdm: str, coinm: str
) -> None:
    legs = pair(long, short, liquidation)
    for market, expected in ((Market.USDM, usdm), (Market.COINM, coinm)):
        for row in legs:
            found = liquidation_distance(pools(*legs, market=market), row, None)
            assert found == Decimal(expected), market


def test_of_legs_that_nearly_balance_the_ratio_tells_which_side_they_are_on() -> None:
    for long in (
        "502",
        "510",
        "520",
    ):  # what both need is 2, and the net as much or up to ten times
        legs = pair(long, "-500", "110")
        found = pools(*legs)
        assert position_figures(found, legs[0])["liquidationDistance"] == "0.1"
        assert liquidation_distance(found, legs[0], None) is None


def test_on_coinm_the_net_is_in_coin() -> None:
    legs = [msgspec.structs.replace(leg, notional=None) for leg in pair("500", "-200", "90")]
    found = pools(*legs, market=Market.COINM)
    assert liquidation_distance(found, legs[0], None) == Decimal("0.1")


def test_of_legs_that_are_not_told_or_not_readable_no_way_is_known() -> None:
    row = held(liquidation_price="90", mark_price="100")
    assert liquidation_distance(pools(), row, None) is None
    odd = msgspec.structs.replace(row, position_amt=None)
    assert liquidation_distance(pools(odd), row, None) is None


def test_of_a_net_that_might_be_either_the_margin_ratio_tells() -> None:
    legs = pair("505", "-500", "110")
    found, row = pools(*legs), legs[0]
    assert liquidation_distance(found, row, None) is None
    assert liquidation_distance(found, row, Decimal("0.99")) == Decimal("0.1")
    assert liquidation_distance(found, row, Decimal(1)) == Decimal("-0.1")
    assert liquidation_distance(found, row, Decimal("Infinity")) == Decimal("-0.1")


@pytest.mark.parametrize("name", ["notional", "maint_margin", "position_amt", "isolated_wallet"])
def test_a_pair_of_which_something_cannot_be_read_has_no_direction(name: str) -> None:
    long, short = pair("500", "-200", "90")
    short = msgspec.structs.replace(short, **{name: None})
    assert liquidation_distance(pools(long, short), long, None) is None


def test_isolated_legs_are_each_as_far_as_their_own_price() -> None:
    legs = [
        msgspec.structs.replace(leg, isolated=True, liquidation_price=price)
        for leg, price in zip(pair("500", "-200", "90"), ("90", "125"), strict=True)
    ]
    found = [liquidation_distance(pools(*legs), leg, None) for leg in legs]
    assert found == [Decimal("0.1"), Decimal("0.25")]


@pytest.mark.parametrize(
    ("coin", "mark", "contracts", "expected"),
    [
        ("-0.00439662", "68234.2", "-3", Decimal(100)),
        ("0.0033", "3030.3", "1", Decimal(10)),
        ("0.00012345", "81004.46", "1", Decimal(10)),  # eight decimals of the coin
        ("0.00001", "50000", "1", None),  # half a dollar is no contract
        ("0.105", "100", "1", None),  # 10.5: further off than rounding
        ("0.101", "100", "1", Decimal(10)),  # as far off as rounding
        ("0.01", "100", "1", Decimal(1)),
        ("100", "100", "1", Decimal(10_000)),
        ("100.01", "100", "1", None),
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
    figures = position_figures(pools(bare, market=Market.COINM), bare)
    assert (figures["contractSize"], figures["sizeCoin"], figures["sizeUsd"]) == (None, None, None)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (None, None),
        (Decimal("0.09251963"), "0.09251963"),
        (Decimal("0.10000000"), "0.1"),
        (Decimal("0.00000000"), "0"),
        (Decimal("-0.00000000"), "0"),
        (Decimal("-0"), "0"),
        (Decimal("0E+3"), "0"),
        (Decimal("1E+2"), "100"),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("100"), "100"),
        (Decimal("10.00000000"), "10"),
        (Decimal("-1.50"), "-1.5"),
        (Decimal("Infinity"), "Infinity"),
    ],
)
def test_a_figure_is_a_plain_decimal_string(figure: Decimal | None, expected: str | None) -> None:
    assert text(figure) == expected


def test_the_figures_stand_behind_and_touch_nothing() -> None:
    document = multi()
    found = with_derived(Market.USDM, document, account(document))
    assert found.pop("derived") == {"totalsUnit": "USD", "marginRatio": "0.09251963"}
    for table in ("assets", "positions"):
        assert all("derived" in row for row in found[table])
        assert [list(row)[-1] for row in found[table]] == ["derived"] * len(found[table])
        found[table] = [{k: v for k, v in row.items() if k != "derived"} for row in found[table]]
    assert found == document == multi()


def test_coinm_has_no_figures_of_the_whole() -> None:
    document = body("coinm/rest_account")
    assert "derived" not in with_derived(Market.COINM, document, account(document))


LEG = {
    "symbol": "A",
    "positionAmt": "1",
    "isolatedWallet": "0",
    "marginAsset": "USDT",
    "maintMargin": "1",
    "unrealizedProfit": "-2",
}
DOCUMENT = {
    "multiAssetsMargin": False,
    "assets": [{"asset": "USDT", "walletBalance": "1000", "crossWalletBalance": "10"}],
    "positions": [LEG],
}


def test_where_positions_were_refused_no_pool_has_a_ratio() -> None:
    for refused, ratio in (((), "0.125"), (("assets",), "0.125"), (("positions",), None)):
        found = with_derived(Market.USDM, DOCUMENT, account(DOCUMENT), refused)
        assert found["assets"][0]["derived"]["marginRatio"] == ratio


@pytest.mark.parametrize("kind", ["assets", "positions"])
def test_figures_never_go_to_the_row_of_another(kind: str) -> None:
    more = {**DOCUMENT, kind: [*DOCUMENT[kind], *DOCUMENT[kind]]}  # type: ignore[misc]
    with pytest.raises(ValueError, match="zip"):
        with_derived(Market.USDM, more, account(DOCUMENT))

"""What single cells show: ratios, distances, sides, sizes, margin types, moments."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.recording.summary.declared import HOLES
from binfut_cli.render import zone
from binfut_cli.render.account.columns import (
    BAR_WIDTH,
    EXACT,
    FORMS,
    bar,
    chosen,
    columns,
    distance,
    ratio,
)
from binfut_cli.render.account.tables import Cell, Column
from binfut_cli.render.palette import Role
from binfut_cli.resources.positions import coin, side
from binfut_cli.resources.result.column import Form
from binfut_cli.resources.result.resource import every
from tests.support.declared import kind as declared


@pytest.mark.parametrize(
    ("found", "text", "style"),
    [
        (None, "–", Role.FAINT),
        ("0.02922", "2.92% ▏····", ""),
        ("0.5", "50.00% ██▌··", Role.WARN),
        ("0.79999999", "80.00% ███▉·", Role.WARN),
        ("0.8", "80.00% ████·", Role.BAD),
        ("1", "100.00% █████", Role.BAD),
        ("37.5", "3,750.00% █████", Role.BAD),
        ("Infinity", "no balance", Role.BAD),
    ],
)
def test_a_margin_ratio(found: object, text: str, style: str) -> None:
    assert ratio(found) == Cell(text, style)


@given(st.decimals(-2, 1000, allow_nan=False))
def test_a_bar_has_one_width_whatever_it_shows(share: Decimal) -> None:
    assert len(bar(share)) == BAR_WIDTH


@given(st.decimals(0, 1, places=4), st.decimals(0, 1, places=4))
def test_a_bar_never_shrinks_as_its_share_grows(one: Decimal, other: Decimal) -> None:
    small, large = sorted((one, other))
    assert _filled(bar(small)) <= _filled(bar(large))


def _filled(shown: str) -> list[int]:
    return [" ·▏▎▍▌▋▊▉█".index(sign) for sign in shown]


@pytest.mark.parametrize(
    ("found", "text", "style"),
    [
        (None, "–", Role.FAINT),
        ("0.05", "5.00%", Role.BAD),
        ("0.050001", "5.00%", Role.WARN),
        ("0.15", "15.00%", Role.WARN),
        ("0.151", "15.10%", ""),
    ],
)
def test_a_distance_is_marked_as_it_gets_near(found: object, text: str, style: str) -> None:
    assert distance(found) == Cell(text, style)


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ({"positionSide": "LONG", "positionAmt": "0"}, Cell("LONG", Role.LONG)),
        ({"positionSide": "SHORT", "positionAmt": "-1"}, Cell("SHORT", Role.SHORT)),
        ({"positionSide": "BOTH", "positionAmt": "0.001"}, Cell("LONG", Role.LONG)),
        ({"positionSide": "BOTH", "positionAmt": "-0.001"}, Cell("SHORT", Role.SHORT)),
        ({"positionSide": "BOTH", "positionAmt": "0.000"}, Cell("–")),
        ({"positionAmt": "-3"}, Cell("SHORT", Role.SHORT)),
    ],
)
def test_a_side_is_told_in_one_way_mode_too(row: Row, cell: Cell) -> None:
    assert FORMS[Form.SIDE](side(row), None) == cell


def shown(market: Market, title: str, kind: str = "positions", **row: Any) -> str:
    (column,) = (each for each in columns(declared(kind), market, [row]) if each.title == title)
    return column.cell(row).text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"marginType": "CROSSED"}, "cross"),
        ({"marginType": "ISOLATED"}, "isolated"),
        ({"marginType": "cross", "isolated": True}, "cross"),
        ({"isolated": True}, "isolated"),
        ({"isolated": False, "isolatedWallet": "5"}, "cross"),
        ({"isolatedWallet": "0.00000001"}, "isolated"),
        ({"isolatedWallet": "0.00000000"}, "cross"),
    ],
)
def test_the_margin_type_in_all_the_exchanges_spellings(row: Row, text: str) -> None:
    assert shown(Market.USDM, "Margin", **row) == text


def test_a_coin_position_is_sized_in_contracts_coin_and_usd() -> None:
    row: Row = {"symbol": "BTCUSD_PERP", "positionAmt": "-1200"}
    row["derived"] = {"sizeCoin": "1.44543483", "sizeUsd": "120000"}
    assert shown(Market.COINM, "Contracts", **row) == "1,200"
    assert shown(Market.COINM, "Coin", **row) == "1.44543483 BTC"
    assert shown(Market.COINM, "USD", **row) == "120,000.00"
    assert shown(Market.COINM, "Coin", symbol="BTCUSD_PERP") == "–"
    assert coin({"symbol": "BTCUSD_281229", "marginAsset": "ETH"}) == "ETH"


def test_orders_of_both_services_fill_the_same_columns() -> None:
    plain = {"type": "MARKET", "origQty": "2", "orderId": 7, "status": "NEW", "stopPrice": "0",
             "price": "0"}  # fmt: skip
    algo = {"orderType": "STOP", "quantity": "3", "algoId": 8, "algoStatus": "NEW",
            "triggerPrice": "78000", "price": "77990"}  # fmt: skip
    for title, one, other in (
        ("Type", "MARKET", "STOP"),
        ("Size", "2", "3"),
        ("Id", "7", "8"),
        ("Status", "NEW", "NEW"),
        ("Trigger", "–", "78,000"),
        ("Price", "–", "77,990"),
    ):
        assert shown(Market.USDM, title, "orders", **plain) == one
        assert shown(Market.USDM, title, "orders", **algo) == other


# The row of the exchange's Current-All-Open-Orders page.
TRAILING: Row = {
    "symbol": "BTCUSDT", "type": "TRAILING_STOP_MARKET", "side": "BUY", "price": "0",
    "stopPrice": "9300", "activatePrice": "9020", "priceRate": "0.3", "orderId": 1917641,
}  # fmt: skip


def test_a_trailing_stop_shows_its_activation_and_never_its_stop_price() -> None:
    found = {column.title: column.cell(TRAILING).text
             for column in columns(declared("orders"), Market.USDM, [TRAILING])}  # fmt: skip
    assert (found["Activation"], found["Callback"]) == ("9,020", "0.3%")
    assert (found["Trigger"], found["Price"]) == ("–", "–")


def test_what_only_trailing_stops_have_is_a_column_only_where_there_is_one() -> None:
    limit: Row = {"symbol": "BTCUSDT", "type": "LIMIT"}
    titles = [column.title for column in columns(declared("orders"), Market.USDM, [limit])]
    assert not {"Activation", "Callback"} & set(titles)


@pytest.mark.parametrize("name", ["origQty", "quantity"])
def test_an_order_that_closes_a_position_is_over_all_of_it(name: str) -> None:
    row: Row = {name: "0", "closePosition": True}
    assert shown(Market.USDM, "Size", "orders", **row) == "all"
    assert named(name, row) == "all"
    assert named(name, {**row, "closePosition": False}) == "0"


def named(name: str, row: Row) -> str:
    (column,) = chosen(declared("orders"), (name,))
    return column.cell(row).text


@pytest.mark.parametrize("name", ["orderId", "algoId", "clientOrderId", "tranId", "tradeId"])
@pytest.mark.parametrize("id_", [8389766145050669870, "8389766145050669870"])
def test_a_named_id_keeps_its_digits_apart_from_nothing(name: str, id_: object) -> None:
    assert named(name, {name: id_}) == "8389766145050669870"


@pytest.mark.parametrize(
    "name", ["time", "updateTime", "createTime", "triggerTime", "goodTillDate"]
)
def test_a_named_time_is_a_time(name: str) -> None:
    assert re.fullmatch(r"2026-1[12]-\d\d \d\d:\d\d:\d\d", named(name, {name: 1795680000000}))
    assert named(name, {name: 0}) == "–"


@pytest.mark.parametrize("name", ["price", "stopPrice", "triggerPrice", "activatePrice"])
def test_a_named_price_of_an_order_that_has_none_is_a_dash(name: str) -> None:
    assert [named(name, {name: found}) for found in ("0", "0.00", None, "1000.50")] == [
        *("–", "–", "–"),
        "1,000.5",
    ]


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "–"),
        (None, "–"),
        ("", "–"),
        (-1, "-1"),
        (10**30, str(10**30)),
        ("soon", "soon"),
        ("1795700000000", "1795700000000"),
    ],
)
def test_a_moment_that_is_none_is_a_dash_or_as_it_came(time: object, text: str) -> None:
    assert shown(Market.USDM, "Since", "orders", time=time) == text


@pytest.mark.parametrize("time", [1_795_700_000_000, "1795700000000"])
@pytest.mark.parametrize(
    ("name", "title", "text"),
    [
        ("UTC", "Time (UTC)", "2026-11-26 13:33:20"),
        ("Asia/Kolkata", "Time (IST)", "2026-11-26 19:03:20"),
    ],
)
def test_a_time_is_told_in_the_readers_zone_which_its_title_names(
    name: str, title: str, text: str, time: object
) -> None:
    zone.use(name)
    try:
        assert shown(Market.USDM, title, "flows", time=time) == text
    finally:
        zone.use("local")


def test_a_column_of_times_of_summer_and_winter_names_both_zones() -> None:
    zone.use("Europe/Berlin")
    try:
        rows: list[Row] = [{"time": 1_793_000_000_000}, {"time": 1_792_800_000_000}, {}]
        assert columns(declared("flows"), Market.USDM, rows)[0].title == "Time (CEST/CET)"
    finally:
        zone.use("local")


def test_a_named_time_that_is_a_column_is_a_time_whatever_it_is_called() -> None:
    (column,) = chosen(HOLES, ("from",))
    assert column.cell({"from": 1795680000000}).text.startswith("2026-11-2")


def test_named_fields_have_the_exchanges_names_and_the_users_order() -> None:
    names = ("symbol", "marginRatio", "positionAmt", "isolated")
    found: tuple[Column[Row], ...] = chosen(declared("positions"), names)
    row = {"symbol": "A\x1b", "positionAmt": "1000.50", "derived": {"marginRatio": "0.5"}}
    assert tuple(column.title for column in found) == names
    assert [column.cell(row).text for column in found] == ["A\\u{1b}", "0.5", "1,000.5", "–"]


def test_a_balance_has_its_cross_profit_and_its_margin_ratio() -> None:
    row: Row = {"asset": "USDT", "crossUnPnl": "-3.20", "derived": {"marginRatio": "0.9"}}
    for market in Market:
        shown = {column.title: column.cell(row) for column in columns(declared("balances"), market)}
        assert shown["Cross PnL"] == Cell("-3.20", Role.LOSS)
        assert shown["Ratio"] == Cell("90.00% ████▌", Role.BAD)
        assert "PnL" not in shown


def test_a_distance_beyond_the_liquidation_price_is_below_zero_and_the_worst() -> None:
    assert distance("-0.12624113") == Cell("-12.62%", Role.BAD)
    assert distance("-0.00000001") == Cell(">-0.001%", Role.BAD)


def test_every_form_is_shown() -> None:
    assert FORMS.keys() == EXACT.keys() == set(Form)


PRICES: Row = {
    "symbol": "BTCUSDT", "positionAmt": "1.500", "entryPrice": "81292.51653333333",
    "markPrice": "83012.44537037", "liquidationPrice": "73734.63508539", "marginAsset": "USDT",
    "unrealizedProfit": "2643.00380000", "maintMargin": "498.07440000",
    "derived": {"marginRatio": "0.03468713", "liquidationDistance": "0.1117636", "roe": "0.4245"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("title", "text", "exact"),
    [
        ("Entry", "81,292.52", "81,292.51653333333"),
        ("Mark", "83,012.4", "83,012.44537037"),
        ("Liquidation", "73,734.6", "73,734.63508539"),
        ("PnL", "+2,643.00", "+2,643.0038"),
        ("Maint. margin", "498.07", "498.0744"),
        ("Ratio", "3.47% ▏····", "3.468713% ▏····"),
        ("Distance", "11.18%", "11.17636%"),
        ("ROE", "42.45%", "42.45%"),
        ("Break-even", "–", "–"),
    ],
)
def test_a_cell_has_the_digits_for_the_eye_and_a_wide_one_all(
    title: str, text: str, exact: str
) -> None:
    for all_digits, expected in ((False, text), (True, exact)):
        found = columns(declared("positions"), Market.USDM, [PRICES], exact=all_digits)
        (column,) = (each for each in found if each.title == title)
        assert column.cell(PRICES).text == expected


@pytest.mark.parametrize("asset", ["BTC", None])
def test_an_amount_of_a_coin_position_carries_its_coin(asset: str | None) -> None:
    row: Row = {"symbol": "BTCUSD_281229", "unrealizedProfit": "-0.01794121", "maintMargin": "0"}
    row |= {} if asset is None else {"marginAsset": asset}
    assert shown(Market.COINM, "PnL", **row) == "-0.01794121 BTC"
    assert shown(Market.COINM, "Maint. margin", **row) == "0 BTC"
    assert shown(Market.COINM, "PnL", symbol="BTCUSD_PERP") == "–"


def test_profit_is_one_thing_under_one_title_in_every_table() -> None:
    titles: dict[str, set[object]] = {}
    for resource in every():
        for column in resource.columns:
            if column.form is Form.PROFIT:
                titles.setdefault(column.title, set()).add(column.value)
    assert all(len(values) == 1 for values in titles.values()), titles

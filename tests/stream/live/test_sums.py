"""What assets and totals come to when their positions move: as was read, and by how much since."""

from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.stream.live.legs import Leg
from binfut_cli.stream.live.sums import asset_row, differ, in_usd, shared_totals, single_totals

D = Decimal
USDT: Row = {
    "asset": "USDT", "walletBalance": "1000", "unrealizedProfit": "50", "marginBalance": "1050",
    "maintMargin": "10", "initialMargin": "120", "positionInitialMargin": "100",
    "openOrderInitialMargin": "20", "crossWalletBalance": "900", "crossUnPnl": "50",
    "availableBalance": "830", "maxWithdrawAmount": "780",
}  # fmt: skip
BTC: Row = {
    "symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "1", "marginAsset": "USDT",
    "unrealizedProfit": "50", "maintMargin": "10", "positionInitialMargin": "100",
    "initialMargin": "120", "openOrderInitialMargin": "20", "isolated": False,
}  # fmt: skip
SUMS = ("unrealizedProfit", "maintMargin", "positionInitialMargin", "crossUnPnl", "marginBalance")
FREE = ("availableBalance", "maxWithdrawAmount")


def leg(read: Row | None = BTC, *, has_changed: bool = False, **now: Any) -> Leg:
    """A position that was read, and of which something is otherwise now."""
    row = {**(read or BTC), **now} if now else read
    assert row is not None
    return Leg.of(Market.USDM, read, row, has_changed=has_changed)


FALLEN: Row = {
    "unrealizedProfit": "30", "maintMargin": "9", "positionInitialMargin": "90",
    "initialMargin": "110",
}  # fmt: skip


def figures(row: Row, *names: str) -> list[Decimal]:
    return [D(row[name]) for name in names]


def test_an_asset_moves_with_its_positions() -> None:
    row = asset_row(USDT, None, [leg(**FALLEN)])
    assert figures(row, *SUMS) == [30, 9, 90, 30, 1030]
    assert figures(row, "initialMargin", *FREE) == [110, 820, 790]  # 900 + 30 - 110, or without
    assert row["unrealizedProfit"] == "30.00000000"
    kept = ("asset", "walletBalance", "openOrderInitialMargin", "crossWalletBalance")
    assert [row[name] for name in kept] == [USDT[name] for name in kept]
    assert row.keys() == USDT.keys()


def test_it_moves_by_all_of_them() -> None:
    eth = leg({**BTC, "symbol": "ETHUSDT"}, unrealizedProfit="51", maintMargin="12")
    row = asset_row(USDT, None, [leg(**FALLEN), eth, leg()])
    assert figures(row, *SUMS) == [31, 11, 90, 31, 1031]


def test_what_nobody_moved_is_as_it_was_read() -> None:
    assert asset_row(USDT, None, [leg()]) is USDT
    same = {"asset": "USDT", "walletBalance": "1000.00", "crossWalletBalance": "900"}
    assert asset_row(USDT, same, [leg()]) is USDT


@pytest.mark.parametrize(
    ("profit", "free"),
    [("-20", [770, 770]), ("-790", [0, 0]), ("-2000", [0, 0]), ("200", [990, 790])],
)
def test_never_less_than_nothing_is_free_and_open_profit_cannot_be_moved_out(
    profit: str, free: list[int]
) -> None:
    row = asset_row(USDT, None, [leg(**{**FALLEN, "unrealizedProfit": profit})])
    assert figures(row, *FREE) == free


def test_what_the_stream_tells_of_the_wallet_counts_at_once() -> None:
    told = {"asset": "USDT", "walletBalance": "1200", "crossWalletBalance": "1100", "odd": "1"}
    row = asset_row(USDT, told, [leg()])
    assert figures(row, "walletBalance", "crossWalletBalance", *SUMS) == [
        1200, 1100, 50, 10, 100, 50, 1250
    ]  # fmt: skip
    assert figures(row, *FREE) == [1030, 980]
    assert row.keys() == USDT.keys()


def test_where_the_formula_does_not_hold_it_is_as_it_was_read_if_the_wallet_is() -> None:
    odd = {**USDT, "availableBalance": "700"}
    row = asset_row(odd, None, [leg(**FALLEN)])
    assert figures(row, *FREE) == [700, 790]
    row = asset_row(odd, {"walletBalance": "1001"}, [leg(**FALLEN)])
    assert "availableBalance" not in row
    assert figures(row, "maxWithdrawAmount") == [790]
    near = {**USDT, "availableBalance": "830.000001", "maxWithdrawAmount": "780.0000011"}
    row = asset_row(near, None, [leg(**FALLEN)])
    assert figures(row, *FREE) == [820, D("780.0000011")]


def test_an_isolated_position_takes_no_more_of_the_pool_than_its_orders() -> None:
    own = {**BTC, "isolated": True, "isolatedWallet": "100"}
    read = {**USDT, "crossUnPnl": "0", "availableBalance": "880", "maxWithdrawAmount": "880"}
    row = asset_row(read, None, [leg(own, **FALLEN)])
    assert figures(row, *SUMS) == [30, 9, 90, 0, 1030]
    assert figures(row, *FREE) == [880, 880]


def test_of_a_position_that_has_changed_nobody_knows_which_orders_it_left() -> None:
    row = asset_row(USDT, None, [leg(has_changed=True, **FALLEN)])
    assert figures(row, *SUMS) == [30, 9, 90, 30, 1030]
    assert USDT.keys() - row.keys() == {*FREE, "initialMargin", "openOrderInitialMargin"}


def test_a_part_that_cannot_be_read_leaves_out_what_is_made_of_it() -> None:
    row = asset_row(USDT, None, [leg(**{**FALLEN, "unrealizedProfit": "x"})])
    lost = {"unrealizedProfit", "crossUnPnl", "marginBalance", *FREE}
    assert USDT.keys() - row.keys() == lost
    row = asset_row({**USDT, "crossWalletBalance": None}, None, [leg(**FALLEN)])
    assert figures(row, *SUMS, *FREE) == [30, 9, 90, 30, 1030, 830, 780]  # as it was read
    unread = {**BTC, "unrealizedProfit": None}
    row = asset_row(USDT, None, [leg(unread, unrealizedProfit="7")])
    assert USDT.keys() - row.keys() == {"unrealizedProfit", "crossUnPnl", "marginBalance"} | {*FREE}


def test_an_asset_that_came_since_is_what_was_told_and_its_positions() -> None:
    told = {"asset": "USDT", "walletBalance": "7", "crossWalletBalance": "7"}
    row = asset_row(None, told, [leg(None, has_changed=True, positionAmt="1")])
    assert {name: D(row[name]) for name in SUMS} == {
        "unrealizedProfit": 50, "maintMargin": 10, "positionInitialMargin": 100, "crossUnPnl": 50,
        "marginBalance": 57,
    }  # fmt: skip
    assert row["asset"] == "USDT"
    assert "availableBalance" not in row
    alone = asset_row(None, told, [])
    assert figures(alone, "marginBalance", "crossUnPnl", "maintMargin") == [7, 0, 0]
    assert "availableBalance" not in alone


def test_without_orders_only_positions_need_margin_of_an_asset() -> None:
    without = {name: each for name, each in USDT.items() if name != "openOrderInitialMargin"}
    row = asset_row(without, None, [leg(**FALLEN)])
    assert figures(row, "positionInitialMargin", "initialMargin") == [90, 90]


def test_where_what_a_position_takes_cannot_be_read_nobody_knows_what_is_free() -> None:
    row = asset_row(USDT, None, [leg(**{**FALLEN, "initialMargin": "x"})])
    assert USDT.keys() - row.keys() == {*FREE}


def test_whether_another_balance_is_told() -> None:
    assert not differ(USDT, {"walletBalance": "1000.0"})
    assert differ(USDT, {"walletBalance": "1000.1"})
    assert differ(USDT, {"crossWalletBalance": "1"})
    assert not differ(USDT, {"unrealizedProfit": "1"})


# -- totals ----------------------------------------------------------------------------------


TOTALS: Row = {
    "totalWalletBalance": "1000", "totalUnrealizedProfit": "50", "totalMarginBalance": "1050",
    "totalMaintMargin": "10", "totalInitialMargin": "120", "totalPositionInitialMargin": "100",
    "totalOpenOrderInitialMargin": "20", "totalCrossWalletBalance": "900",
    "totalCrossUnPnl": "50", "availableBalance": "830", "maxWithdrawAmount": "780", "feeTier": 1,
}  # fmt: skip
NOW: Row = {
    **USDT, "walletBalance": "1001", "unrealizedProfit": "52", "marginBalance": "1053",
    "maintMargin": "14", "initialMargin": "125", "positionInitialMargin": "106",
    "openOrderInitialMargin": "27", "crossWalletBalance": "908", "crossUnPnl": "59",
    "availableBalance": "840", "maxWithdrawAmount": "791",
}  # fmt: skip
OWN = {
    "totalWalletBalance": 1001, "totalUnrealizedProfit": 52, "totalMarginBalance": 1053,
    "totalMaintMargin": 14, "totalInitialMargin": 125, "totalPositionInitialMargin": 106,
    "totalOpenOrderInitialMargin": 27, "totalCrossWalletBalance": 908, "totalCrossUnPnl": 59,
    "availableBalance": 840, "maxWithdrawAmount": 791,
}  # fmt: skip


def numbers(document: Row) -> dict[str, Decimal]:
    return {name: D(each) for name, each in document.items() if name in OWN}


def test_the_totals_of_single_asset_mode_move_with_the_usdt_row() -> None:
    found = single_totals(TOTALS, USDT, NOW)
    assert numbers(found) == OWN
    assert found["feeTier"] == 1
    assert numbers(single_totals(TOTALS, USDT, USDT)) == numbers(TOTALS)


def test_a_row_that_was_not_read_was_of_zeros() -> None:
    zeros = {name: "0.000" for name in USDT if name != "asset"}
    assert single_totals(TOTALS, None, zeros) is TOTALS
    document = dict.fromkeys(TOTALS, "0")
    assert numbers(single_totals(document, None, NOW)) == OWN


def test_a_total_that_is_not_there_or_cannot_be_told_is_left_out() -> None:
    some = {name: TOTALS[name] for name in ("totalWalletBalance", "totalMaintMargin")}
    assert numbers(single_totals(some, USDT, NOW)) == {
        "totalWalletBalance": 1001, "totalMaintMargin": 14
    }  # fmt: skip
    odd = {**NOW, "maintMargin": "x"}
    assert numbers(single_totals(some, USDT, odd)) == {"totalWalletBalance": 1001}


ADDED: dict[str, Decimal | None] = {
    "totalWalletBalance": D(1003), "totalCrossWalletBalance": D(905),
    "totalUnrealizedProfit": D(40), "totalCrossUnPnl": D(40),
    "totalMarginBalance": D(1043), "totalMaintMargin": D(8),
    "totalPositionInitialMargin": D(95),
}  # fmt: skip


def test_in_multi_assets_mode_as_much_more_is_free_as_equity_grew_beyond_what_is_needed() -> None:
    found = in_usd(TOTALS, ADDED)
    assert numbers(found) == {
        **ADDED, "totalInitialMargin": 115, "totalOpenOrderInitialMargin": 20,
        "availableBalance": 830 + (5 - 10) + 5, "maxWithdrawAmount": 780,
    }  # fmt: skip
    fallen = in_usd(TOTALS, {**ADDED, "totalCrossUnPnl": D(-60)})
    assert figures(fallen, *FREE) == [730, 730]
    gone = in_usd(TOTALS, {**ADDED, "totalCrossUnPnl": D(-1000)})
    assert figures(gone, *FREE) == [0, 0]


def test_of_what_was_nothing_nobody_knows_by_how_much_less() -> None:
    found = in_usd({**TOTALS, "availableBalance": "0", "maxWithdrawAmount": "3"}, ADDED)
    assert figures(found, *FREE) == [0, 3]
    found = in_usd({**TOTALS, "maxWithdrawAmount": "x"}, ADDED)
    assert figures(found, "availableBalance") == [830]
    assert "maxWithdrawAmount" not in found


@pytest.mark.parametrize(
    "lacking", ["totalCrossWalletBalance", "totalCrossUnPnl", "totalPositionInitialMargin"]
)
def test_what_is_free_is_left_out_where_a_part_of_it_is_lacking(lacking: str) -> None:
    found = in_usd(TOTALS, {**ADDED, lacking: None})
    assert not found.keys() & {*FREE, lacking}
    assert found["totalMaintMargin"] == "8.00000000"


def test_without_orders_only_positions_need_margin() -> None:
    without = {name: each for name, each in TOTALS.items() if "OpenOrder" not in name}
    assert figures(in_usd(without, ADDED), "totalInitialMargin") == [95]


# -- without rates ---------------------------------------------------------------------------


COIN: Row = {**USDT, "asset": "BNB"}
IN_USD: Row = {
    "totalUnrealizedProfit": "100", "totalMarginBalance": "2100", "totalCrossUnPnl": "100",
    "totalMaintMargin": "20", "totalPositionInitialMargin": "200", "totalInitialMargin": "240",
    "totalWalletBalance": "2000", "feeTier": 1,
}  # fmt: skip
NOTHING: Row = {**dict.fromkeys(USDT, "0"), "asset": "USDC", "walletBalance": "5"}
MOVED: Row = {
    **COIN, "unrealizedProfit": "60", "crossUnPnl": "70", "maintMargin": "11",
    "positionInitialMargin": "130",
}  # fmt: skip


def test_what_one_asset_alone_makes_moves_with_it_at_the_rate_that_was_read() -> None:
    """Two USD each."""
    found = shared_totals(IN_USD, {"BNB": COIN, "USDC": NOTHING}, {"BNB": MOVED, "USDC": NOTHING})
    assert found is not None
    assert {name: D(each) for name, each in found.items()} == {
        "totalUnrealizedProfit": 120, "totalMarginBalance": 2120, "totalCrossUnPnl": 140,
        "totalMaintMargin": 22, "totalPositionInitialMargin": 260, "totalInitialMargin": 300,
        "totalWalletBalance": 2000, "feeTier": 1,
    }  # fmt: skip


def test_what_has_not_moved_is_as_it_was_read() -> None:
    found = shared_totals(IN_USD, {"BNB": COIN}, {"BNB": COIN})
    assert found is not None
    assert {name: D(each) for name, each in found.items()} == {
        name: D(each) for name, each in IN_USD.items()
    }
    assert shared_totals(IN_USD, {"BNB": COIN}, {"BNB": {**COIN}}) == found
    odd = {"BNB": COIN, "USDC": {**NOTHING, "maintMargin": "x"}}
    assert shared_totals(IN_USD, odd, odd) == found


@pytest.mark.parametrize(
    ("read", "now"),
    [
        ({"BNB": COIN}, {"BNB": {**MOVED, "walletBalance": "1001"}}),  # at a rate nobody tells
        ({"BNB": COIN}, {"BNB": COIN, "SOL": MOVED}),  # it came since
        ({"BNB": COIN, "USDT": USDT}, {"BNB": MOVED, "USDT": USDT}),  # two of them
        ({"BNB": COIN}, {"BNB": {**MOVED, "maintMargin": "x"}}),
        ({"BNB": {**COIN, "crossUnPnl": "x"}}, {"BNB": MOVED}),
        (
            {"BNB": COIN, "USDC": NOTHING},
            {"BNB": COIN, "USDC": {**NOTHING, "unrealizedProfit": "1"}},
        ),
    ],
)
def test_where_nobody_can_tell_what_an_asset_counts_there_are_none(
    read: dict[str, Row], now: dict[str, Row]
) -> None:
    assert shared_totals(IN_USD, read, now) is None


def test_nor_where_a_total_cannot_be_read() -> None:
    odd = {**IN_USD, "totalMaintMargin": "x"}
    assert shared_totals(odd, {"BNB": COIN}, {"BNB": MOVED}) is None


def test_totals_that_were_not_told_are_not_made_up() -> None:
    some = {name: each for name, each in IN_USD.items() if name != "totalInitialMargin"}
    found = shared_totals(some, {"BNB": COIN}, {"BNB": MOVED})
    assert found is not None
    assert found.keys() == some.keys()

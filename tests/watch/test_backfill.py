"""What history says of a gap: the sums, what belongs to it, what cannot be known. Pure."""

from typing import Any

import pytest

from binfut_cli.events import Event
from binfut_cli.markets import Market
from binfut_cli.state import State
from binfut_cli.watch.audit import Stamps
from binfut_cli.watch.backfill import FORGOTTEN, UNNAMED, Found, Missed, agrees, report, sums
from binfut_cli.watch.orders import MEMORY, Orders
from binfut_cli.wire import Row

DAY_MS = 86_400_000


def told(status: str, number: int = 7, time: int = 100, **more: Any) -> Event:
    order = {"orderId": number, "symbol": "BTCUSDT", "status": status, **more}
    return Event("ORDER_TRADE_UPDATE", time, time, {"order": order})


def orders(*events: Event) -> Orders:
    found = Orders()
    for event in events:
        found.apply(event)
    return found


def missed(**changed: Any) -> Missed:
    values: dict[str, Any] = {
        "gap": 3,
        "from_ms": 100,
        "to_ms": 190,
        "read_ms": 200,
        "before": {"USDT": "10", "BNB": "1"},
        "after": {"USDT": "12.5", "BNB": "1"},
        "since": {"USDT": 120},
    }
    return Missed(**{**values, **changed})


def flow(income: str, time: int, asset: str = "USDT") -> Row:
    return {"asset": asset, "income": income, "time": time, "incomeType": "TRANSFER", "symbol": ""}


def test_flows_that_explain_the_change_leave_nothing() -> None:
    found = sums(missed(), [flow("3", 130), flow("-0.5", 140)])
    assert found == {"USDT": {"change": "2.5", "explained": "2.5", "unexplained": "0"}}
    assert agrees(found)


def test_what_no_flow_explains_stays_open() -> None:
    found = sums(missed(), [flow("3", 130), flow("1", 150, "BNB")])
    assert found["USDT"]["unexplained"] == "-0.5"
    assert found["BNB"] == {"change": "0", "explained": "1", "unexplained": "-1"}
    assert not agrees(found)


@pytest.mark.parametrize(
    ("time", "asset", "lacks"),
    [(120, "USDT", False), (121, "USDT", True), (200, "USDT", True), (201, "USDT", False),
     (100, "BNB", False), (101, "BNB", True)],
)  # fmt: skip
def test_flows_that_were_told_are_not_counted_again(time: int, asset: str, lacks: bool) -> None:
    assert missed().lacks_flow(flow("1", time, asset)) is lacks


@pytest.mark.parametrize(
    ("symbol", "number", "time", "lacks"),
    [
        ("BTCUSDT", 5, 150, False),
        ("ETHUSDT", 5, 150, True),  # a number is unique within its symbol only
        ("BTCUSDT", 6, 150, True),
        ("BTCUSDT", 6, 99, False),
        ("BTCUSDT", 6, 191, False),
    ],
)
def test_fills_that_were_told_are_no_back_fill(
    symbol: str, number: int, time: int, lacks: bool
) -> None:
    known = orders(told("FILLED", executionType="TRADE", tradeId=5))
    row = {"symbol": symbol, "id": number, "time": time}
    assert missed(told=known.told).lacks_fill(row) is lacks


@pytest.mark.parametrize(
    ("placed", "changed", "lacks"),
    [(50, 150, True), (150, 150, True), (150, 500, True), (50, 100, False), (50, 191, False)],
)
def test_orders_belong_to_a_gap_that_were_placed_or_last_changed_in_it(
    placed: int, changed: int, lacks: bool
) -> None:
    known = orders(told("NEW", time=100))
    row = {"orderId": 7, "time": placed, "updateTime": changed}
    assert missed(told=known.told).lacks_order(row) is lacks


def test_orders_are_open_until_they_are_told_to_be_over() -> None:
    known = orders(told("NEW", 1), told("NEW", 2), told("PARTIALLY_FILLED", 3), told("FILLED", 2))
    assert known.open == {1: "BTCUSDT", 3: "BTCUSDT"}


@pytest.mark.parametrize("order", [{}, {"orderId": []}, {"orderId": 1, "symbol": {}}])
def test_orders_of_an_odd_shape_say_nothing(order: Row) -> None:
    known = orders(Event("ORDER_TRADE_UPDATE", 1, 1, {"order": order}))
    assert not known.open
    assert not known.told


def test_no_more_is_kept_of_what_was_told_than_is_needed() -> None:
    assert len(orders(*(told("NEW", 1, time) for time in range(3 * MEMORY))).told) == MEMORY


def held(symbol: str, amount: str, **more: str) -> Row:
    return {"symbol": symbol, "positionSide": "BOTH", "positionAmt": amount, **more}


def test_between_two_states_stand_the_symbols_that_an_account_has_to_do_with() -> None:
    before = State({
        "assets": [{"asset": "USDT", "walletBalance": "1"}],
        "positions": [held("A", "1"), held("B", "0"), held("C", "0", openOrderInitialMargin="2")],
    })  # fmt: skip
    after = State({
        "assets": [{"asset": "USDT", "walletBalance": "2"}],
        "positions": [held("A", "1"), held("D", "5"), held("E", "0", bidNotional="3")],
    })  # fmt: skip
    since: Stamps = {"USDT": 5, ("A", "BOTH"): 6}
    times = {"gap": 1, "from_ms": 2, "to_ms": 3, "read_ms": 4}
    found = Missed.between(before, after, since, orders(told("NEW")), **times)
    assert found.symbols == ("BTCUSDT", "A", "C", "D", "E")
    assert found.moved == ("D",)
    assert (found.before, found.after) == ({"USDT": "1"}, {"USDT": "2"})
    assert found.since == {"USDT": 5}
    assert found.open == {7: "BTCUSDT"}


@pytest.mark.parametrize("market", list(Market))
@pytest.mark.parametrize("age_ms", [0, 4 * DAY_MS])
def test_a_report_says_what_cannot_be_known(market: Market, age_ms: int) -> None:
    found = Found(flows=[flow("2.5", 130)])
    found.note(True, "orders")
    found.note(False, "fills of BTCUSDT")
    said = report(market, missed(), found, 100 + age_ms)
    assert (said["gap"], said["from"], said["to"]) == (3, 100, 190)
    assert (said["flows"], said["fills"], said["orders"]) == (1, 0, 0)
    assert said["unread"] == ["fills of BTCUSDT"]
    assert (UNNAMED in said["notRecoverable"]) is (market is Market.COINM)
    assert (FORGOTTEN in said["notRecoverable"]) is (age_ms > 0)
    assert "margin calls" in said["notRecoverable"]


def test_rows_come_by_time_whatever_they_are() -> None:
    found = Found(
        flows=[flow("1", 30)],
        fills=[{"time": 30, "id": 1}],
        orders=[{"time": 1, "updateTime": 40}, {"time": 5, "updateTime": 20}],
    )
    assert [kind for kind, _ in found.rows()] == ["order", "fill", "flow", "order"]

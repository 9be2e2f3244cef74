"""What history says of a gap: the sums, what belongs to it, what cannot be known. Pure."""

from typing import Any

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.stream.events import Event
from binfut_cli.stream.fold.audit import Stamps
from binfut_cli.stream.fold.reported_orders import ReportedOrders, change_key
from binfut_cli.stream.gap_report import (
    UNNAMED,
    GapChange,
    GapContext,
    HistoryFindings,
    agrees,
    report,
    sums,
)
from binfut_cli.stream.records import AssetSum, Cause, Gap, Unread
from binfut_cli.stream.state import State

GAP = Gap(3, 100, 190, "x", "possible", Cause.TRANSPORT, possible_from_ms=80)


def told(status: str, number: str = "7", time: int = 100, **more: Any) -> Event:
    order = {"orderId": number, "symbol": "BTCUSDT", "status": status, **more}
    return Event("ORDER_TRADE_UPDATE", time, time, {"order": order})


def orders(*events: Event) -> ReportedOrders:
    found = ReportedOrders()
    for event in events:
        found.apply(event)
    return found


def gap_change(**changed: Any) -> GapChange:
    values: dict[str, Any] = {
        "gap": GAP,
        "read_ms": 200,
        "before": {"USDT": "10", "BNB": "1"},
        "after": {"USDT": "12.5", "BNB": "1"},
        "since": {"USDT": 120},
        "until": {"USDT": 195},
    }
    return GapChange(**{**values, **changed})


def flow(income: str, time: int, asset: str = "USDT") -> Row:
    return {"asset": asset, "income": income, "time": time, "incomeType": "TRANSFER", "symbol": ""}


def test_flows_that_explain_the_change_leave_nothing() -> None:
    found = sums(gap_change(), [flow("3", 130), flow("-0.5", 140)])
    assert found == [AssetSum("USDT", change="2.5", explained="2.5", unexplained="0")]
    assert agrees(found)


def test_what_no_flow_explains_stays_open() -> None:
    found = sums(gap_change(), [flow("3", 130), flow("1", 150, "BNB")])
    bnb, usdt = found
    assert usdt.unexplained == "-0.5"
    assert bnb == AssetSum("BNB", change="0", explained="1", unexplained="-1")
    assert not agrees(found)


@pytest.mark.parametrize(
    ("time", "asset", "is_part"),
    [(120, "USDT", False), (121, "USDT", True), (195, "USDT", True), (196, "USDT", False),
     (80, "BNB", False), (81, "BNB", True), (200, "BNB", True), (201, "BNB", False)],
)  # fmt: skip
def test_flows_make_the_change_from_what_was_told_to_what_was_read(
    time: int, asset: str, is_part: bool
) -> None:
    assert gap_change().makes_change(flow("1", time, asset)) is is_part


@pytest.mark.parametrize("odd", ["", "NaN", None, {}])
@pytest.mark.parametrize("is_before", [True, False])
def test_a_balance_that_could_not_be_read_is_in_no_sum(odd: object, is_before: bool) -> None:
    """Nobody knows the change; a sum with a nought in its place would be a wrong figure."""
    whole, spoilt = ({"assets": [usdt(told)], "positions": []} for told in ("10", odd))
    states = (State(spoilt), State(whole)) if is_before else (State(whole), State(spoilt))
    found = between(*states)
    assert sums(found, [flow("3", 130)]) == []
    body = report(Market.USDM, found, HistoryFindings(), HistoryFindings())
    assert [each.what for each in body.unread] == ["balance of USDT"]


def test_a_row_that_was_refused_is_no_balance_of_nought() -> None:
    part = State({"assets": [], "positions": [], "incomplete": ["assets"]})
    whole = State({"assets": [usdt("10")], "positions": []})
    assert sums(between(part, whole), [flow("3", 130)]) == []


def test_an_asset_that_is_not_listed_has_nothing() -> None:
    none = State({"assets": [], "positions": []})
    whole = State({"assets": [usdt("10")], "positions": []})
    (found,) = sums(between(none, whole), [flow("3", 130)])
    assert found == AssetSum("USDT", change="10", explained="3", unexplained="7")


def between(before: State, after: State) -> GapChange:
    return GapChange.between(GapContext(GAP, before, {}), after, {}, ReportedOrders(), 200)


def usdt(balance: object) -> Row:
    return {"asset": "USDT", "walletBalance": balance}


@pytest.mark.parametrize("odd", [None, "", 7, {}, []])
def test_a_flow_without_a_symbol_names_none(odd: object) -> None:
    flows = [{**flow("1", 130), "symbol": odd}, {"asset": "USDT", "income": "1", "time": 130}]
    named = {**flow("1", 130), "symbol": "BTCUSDT"}
    assert HistoryFindings(flows=[*flows, named]).symbols() == ["BTCUSDT"]


def fill(symbol: str, number: str, time: int = 150) -> Row:
    return {"symbol": symbol, "id": number, "time": time}


def changed(number: str, time: int, symbol: str = "BTCUSDT") -> Row:
    return {"symbol": symbol, "orderId": number, "time": 50, "updateTime": time}


@pytest.mark.parametrize("execution", ["TRADE", "CALCULATED"])
def test_what_was_told_and_what_was_later_is_no_back_fill(execution: str) -> None:
    known = orders(told("FILLED", "7", 130, executionType=execution, tradeId="5"))
    found = HistoryFindings(
        flows=[flow("1", 190), flow("2", 191)],
        fills=[fill("BTCUSDT", "5"), fill("ETHUSDT", "5"), fill("BTCUSDT", "6")],
        orders=[changed("7", 130), changed("7", 131), changed("7", 130, "ETHUSDT")],
    )
    left = found.untold(known, GAP)
    assert left.flows == found.flows[:1]
    assert left.fills == found.fills[1:]  # an id is unique within its symbol only
    assert left.orders == found.orders[1:]
    for key, time in left.known_by():
        known.remember(key, time)
    assert found.untold(known, GAP).rows() == [("flow", found.flows[0])]


@pytest.mark.parametrize(
    ("placed", "changed", "is_part"),
    [(50, 150, True), (150, 150, True), (150, 500, True), (50, 80, True), (50, 79, False),
     (50, 191, False)],
)  # fmt: skip
def test_orders_belong_to_a_gap_that_were_placed_or_last_changed_in_it(
    placed: int, changed: int, is_part: bool
) -> None:
    assert (
        gap_change().has_order({"orderId": "7", "time": placed, "updateTime": changed}) is is_part
    )


def test_orders_are_open_until_they_are_told_to_be_over() -> None:
    states = ("NEW", "1"), ("NEW", "2"), ("PARTIALLY_FILLED", "3"), ("FILLED", "2")
    known = orders(*(told(*state) for state in states))
    assert list(known.open) == [("BTCUSDT", "1"), ("BTCUSDT", "3")]
    known.drop({("BTCUSDT", "1"), ("BTCUSDT", "9"), ("ETHUSDT", "3")})
    assert list(known.open) == [("BTCUSDT", "3")]


@pytest.mark.parametrize("order", [{}, {"orderId": []}, {"orderId": "1", "symbol": {}}])
def test_orders_of_an_odd_shape_say_nothing(order: Row) -> None:
    known = orders(Event("ORDER_TRADE_UPDATE", 1, 1, {"order": order}))
    assert not known.open


def test_what_was_told_is_forgotten_when_no_gap_can_reach_back_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = orders(*(told("NEW", "1", time) for time in range(100)))
    known.forget(60)
    keys = [change_key("BTCUSDT", "1", time) for time in range(100)]
    assert [known.was_told(key) for key in keys] == [time >= 60 for time in range(100)]
    monkeypatch.setattr("binfut_cli.stream.fold.reported_orders.MEMORY", 40)
    known.apply(told("NEW", "1", 100))
    assert [known.was_told(key) for key in keys] == [time > 60 for time in range(100)]


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
    until: Stamps = {"USDT": 7}
    before_gap = GapContext(GAP, before, {"USDT": 5, ("A", "BOTH"): 6})
    found = GapChange.between(before_gap, after, until, orders(told("NEW")), 4)
    assert found.symbols == ("BTCUSDT", "A", "C", "D", "E")
    assert found.moved == ("D",)
    assert (found.before, found.after) == ({"USDT": "1"}, {"USDT": "2"})
    assert (found.since, found.until, found.read_ms) == ({"USDT": 5}, {"USDT": 7}, 4)
    assert found.open == (("BTCUSDT", "7"),)


@pytest.mark.parametrize("market", list(Market))
def test_a_report_says_what_was_found_and_what_cannot_be(market: Market) -> None:
    found = HistoryFindings(flows=[flow("1.5", 130), flow("1", 195)])
    found.lacks("orders", None)
    found.lacks("fills of BTCUSDT", "It broke.")
    said = report(market, gap_change(), found, found.untold(ReportedOrders(), GAP))
    assert (said.gap, said.from_ms, said.to_ms) == (3, 100, 190)
    assert (said.flow_count, said.fill_count, said.order_count) == (1, 0, 0)
    assert said.sums[0].unexplained == "0"
    assert said.unread == (Unread("fills of BTCUSDT", "It broke."),)
    assert (UNNAMED in said.not_recoverable) is (market is Market.COINM)
    assert "margin calls" in said.not_recoverable


def test_rows_come_by_time_whatever_they_are() -> None:
    """By the exchange's own time of each kind, whatever else a row may carry."""
    found = HistoryFindings(
        flows=[{**flow("1", 30), "updateTime": None}],
        fills=[{"time": 30, "id": "1", "updateTime": [1]}],
        orders=[{"time": 1, "updateTime": 40}, {"time": 5, "updateTime": 20}],
    )
    assert [kind for kind, _ in found.rows()] == ["order", "fill", "flow", "order"]

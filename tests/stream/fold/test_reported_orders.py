"""What is remembered of orders: which are open, and which changes and fills were told."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from binfut_cli.stream.events import Event
from binfut_cli.stream.fold.reported_orders import (
    LONGEST,
    MEMORY,
    ReportedOrders,
    change_key,
    conditional_key,
    fill_key,
)

LONG = "X" * LONGEST
NAME = ("BTCUSDT", "7")


def order(time_ms: int | None = 5, **fields: Any) -> Event:
    row = {"symbol": NAME[0], "orderId": NAME[1], "status": "NEW", **fields}
    return Event("ORDER_TRADE_UPDATE", 9, time_ms, {"order": row})


def told(
    *events: Event, take: Callable[[ReportedOrders, Event], object] = ReportedOrders.apply
) -> ReportedOrders:
    found = ReportedOrders()
    for each in events:
        take(found, each)
    return found


told_of_conditional = partial(told, take=ReportedOrders.apply_conditional)


@pytest.mark.parametrize(
    ("status", "is_open"),
    [("NEW", True), ("PARTIALLY_FILLED", True), ("FILLED", False), (None, False), ([], False)],
)
def test_an_order_is_open_until_its_end_was_told(status: object, is_open: bool) -> None:
    found = told(order(), order(6, status=status))
    assert [*found.open] == [NAME] * is_open
    assert found.was_told(change_key(*NAME, 5))
    assert found.was_told(change_key(*NAME, 6))
    assert not found.was_told(change_key(*NAME, 7))


def conditional(time_ms: int | None = 5, **fields: Any) -> Event:
    row = {"symbol": NAME[0], "algoId": NAME[1], "algoStatus": "NEW", **fields}
    return Event("ALGO_UPDATE", 9, time_ms, {"algoOrder": row})


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        ("NEW", True), ("TRIGGERING", True), ("TRIGGERED", True),
        ("FINISHED", False), ("CANCELED", False), ("EXPIRED", False),
    ],
)  # fmt: skip
def test_a_conditional_order_waits_until_its_end_was_told(status: str, waits: bool) -> None:
    found = told_of_conditional(conditional(), conditional(6, algoStatus=status))
    assert ([*found.waiting], [*found.open]) == ([NAME] * waits, [])
    assert found.was_told(conditional_key(*NAME, "NEW"))
    assert found.was_told(conditional_key(*NAME, status))
    assert not found.was_told(conditional_key(*NAME, "REJECTED"))
    found.forget(6)
    assert found.was_told(conditional_key(*NAME, "NEW")) is (status == "NEW")
    assert found.was_told(conditional_key(*NAME, status))


@pytest.mark.parametrize("odd", [None, 7, [], LONG + "X"])
@pytest.mark.parametrize("field", ["symbol", "algoId", "algoStatus"])
def test_a_conditional_order_without_a_name_says_nothing(field: str, odd: Any) -> None:
    found = told_of_conditional(conditional(**{field: odd}))
    assert (found.waiting, found._told) == ({}, {})


def test_a_conditional_order_that_changed_at_no_time_did_so_before_all() -> None:
    found = told_of_conditional(conditional(None))
    found.forget(1)
    assert not found._told


def test_a_fill_is_told_of_the_order_that_told_it() -> None:
    row = {"symbol": "BTCUSDT", "orderId": "7", "tradeId": "3"}
    found = told(order(executionType="TRADE", tradeId="3"))
    assert found.has_told_fill(row, 5)
    assert not found.has_told_fill(row, 6)
    for other in ({"symbol": "ETHUSDT"}, {"orderId": "8"}, {"tradeId": "4"}):
        assert not found.has_told_fill({**row, **other}, 5)


def test_at_first_all_that_was_told_is_remembered() -> None:
    assert told(order()).known_ms == 0


def test_an_order_that_ends_and_was_never_open_is_not() -> None:
    found = told(order(status="CANCELED"), order(status="NEW", orderId="8"))
    assert [*found.open] == [("BTCUSDT", "8")]


@pytest.mark.parametrize(
    ("kind", "is_fill"), [("TRADE", True), ("CALCULATED", True), ("NEW", False), ([], False)]
)
def test_a_fill_is_known_by_its_trade(kind: object, is_fill: bool) -> None:
    found = told(order(executionType=kind, tradeId="3"))
    assert found.was_told(fill_key("BTCUSDT", "3")) is is_fill
    assert not found.was_told(fill_key("BTCUSDT", "4"))
    assert not found.was_told(fill_key("ETHUSDT", "3"))


def test_a_change_and_a_fill_are_never_taken_for_each_other() -> None:
    assert fill_key("A 1", "1") != fill_key("A", "1 1")
    assert change_key("A 1", "1", 5) != change_key("A", "1", 5)
    assert fill_key("A", "1") != change_key("A", "1", None)
    assert change_key("A", "1", 5) != change_key("A", "1", 6)
    assert change_key("A", "1", 5) != change_key("A", "2", 5)
    keys = [
        conditional_key(*each) for each in (("A", "1", "B"), ("A", "1 B", ""), ("A B", "1", ""))
    ]
    assert len({*keys, change_key("A", "1", 5), fill_key("A", "1")}) == 5


@pytest.mark.parametrize("odd", [None, 7, [], LONG + "X"])
def test_what_is_no_name_says_nothing(odd: Any) -> None:
    for field in ("symbol", "orderId"):
        found = told(order(**{field: odd}))
        assert (found.open, found._told) == ({}, {})
    found = told(order(executionType="TRADE", tradeId=odd))
    assert [*found._told] == [change_key(*NAME, 5)]


def test_the_longest_name_is_one() -> None:
    assert [*told(order(symbol=LONG)).open] == [(LONG, "7")]


def test_the_figures() -> None:
    assert (MEMORY, LONGEST) == (100_000, 64)


def test_what_was_told_before_a_moment_is_forgotten_and_nothing_else() -> None:
    fill = {"executionType": "TRADE", "tradeId": "3"}
    later = order(5, orderId="8", executionType="TRADE", tradeId="4")
    found = told(order(4, **fill), later, order(None, orderId="9"))
    found.forget(5)
    assert [*found._told] == [change_key("BTCUSDT", "8", 5), fill_key("BTCUSDT", "4")]
    assert len(found.open) == 3


def test_a_change_without_a_time_is_older_than_all() -> None:
    found = told(order(None))
    found.forget(0)
    assert found.was_told(change_key(*NAME, None))
    found.forget(1)
    assert not found.was_told(change_key(*NAME, None))


def test_orders_that_are_over_are_open_no_more() -> None:
    found = told(order(), order(orderId="8"), order(orderId="9"))
    for number in ("7", "8", "9"):
        found.apply_conditional(conditional(algoId=number))
    found.drop([("BTCUSDT", "8"), ("BTCUSDT", "none"), ("BTCUSDT", "9")])
    assert ([*found.open], len(found.waiting)) == ([NAME], 3)
    found.drop([], [("BTCUSDT", "7"), ("BTCUSDT", "none"), ("BTCUSDT", "8")])
    assert ([*found.open], [*found.waiting]) == ([NAME], [("BTCUSDT", "9")])


def test_of_too_many_the_first_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binfut_cli.stream.fold.reported_orders.MEMORY", 3)
    found = told(*(order(number, orderId=str(number)) for number in range(5)))
    assert len(found.open) == len(found._told) == 3
    assert next(iter(found.open)) == ("BTCUSDT", "2")
    assert not found.was_told(change_key("BTCUSDT", "1", 1))
    assert found.was_told(change_key("BTCUSDT", "2", 2))
    assert found.known_ms == 2  # from then on all is remembered


def test_of_many_that_are_too_many_some_are_forgotten_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("binfut_cli.stream.fold.reported_orders.MEMORY", 128)
    orders = [order(number, orderId=str(number)) for number in range(131)]
    assert len(told(*orders[:130])._told) == 130
    found = told(*orders)
    assert (len(found._told), len(found.open), found.known_ms) == (128, 128, 3)
    assert next(iter(found.open)) == ("BTCUSDT", "3")

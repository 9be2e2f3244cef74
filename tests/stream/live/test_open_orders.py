from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.stream.live.open_orders import MEMORY_MS, OpenOrders

T = 1_000_000


def event(number: int, status: str, **fields: Any) -> dict[str, Any]:
    order = {"symbol": "BTCUSDT", "orderId": str(number), "status": status, **fields}
    return {"event": "ORDER_TRADE_UPDATE", "order": order}


def algo(number: int, status: str) -> dict[str, Any]:
    order = {"symbol": "BTCUSDT", "algoId": str(number), "algoStatus": status}
    return {"event": "ALGO_UPDATE", "algoOrder": order}


def read(number: int, **fields: Any) -> dict[str, Any]:
    return {"symbol": "BTCUSDT", "orderId": str(number), "status": "NEW", **fields}


def ids(known: OpenOrders) -> list[str]:
    return [str(row.get("orderId") or row.get("algoId")) for row in known.rows({})]


def test_orders_come_and_go_as_the_stream_tells() -> None:
    known = OpenOrders()
    known.read([read(1)], T)
    known.apply(event(2, "NEW"), T + 1)
    known.apply(algo(2, "NEW"), T + 1)  # another order, though its id is the same
    assert ids(known) == ["1", "2", "2"]
    known.apply(event(1, "FILLED"), T + 2)
    known.apply(algo(2, "CANCELED"), T + 2)
    assert ids(known) == ["2"]


def test_a_fill_in_part_leaves_what_was_read() -> None:
    known = OpenOrders()
    known.read([read(1, timeInForce="GTC")], T)
    known.apply(event(1, "PARTIALLY_FILLED", executedQty="3"), T + 1)
    (row,) = known.rows({})
    assert (row["timeInForce"], row["executedQty"]) == ("GTC", "3")


def test_a_reading_is_older_than_what_was_told_after_it_was_asked_for() -> None:
    known = OpenOrders()
    known.apply(event(1, "CANCELED"), T + 1)
    known.apply(event(2, "NEW"), T + 1)
    known.read([read(1)], T)  # it was still there when it was asked for
    assert ids(known) == ["2"]


def test_a_later_reading_knows_better() -> None:
    known = OpenOrders()
    known.apply(event(1, "NEW"), T)
    known.read([], T + 1)
    assert ids(known) == []


def test_what_is_over_is_remembered_for_a_while_only() -> None:
    known = OpenOrders()
    known.apply(event(1, "CANCELED"), T)
    known.read([read(1)], T + MEMORY_MS)  # the exchange may list it a moment longer
    assert ids(known) == []
    known.read([read(1)], T + MEMORY_MS + 1)
    assert ids(known) == ["1"]


def test_the_distance_is_to_the_mark_that_is_known_now() -> None:
    known = OpenOrders()
    old = {"markPrice": "100", "distance": "0.1"}
    known.read([read(1, type="LIMIT", side="BUY", price="90", derived=old)], T)
    (as_read,) = known.rows({})
    (now,) = known.rows({"BTCUSDT": Decimal(120)})
    assert as_read["derived"] == {"markPrice": "100", "distance": "0.1"}
    assert now["derived"] == {"markPrice": "120", "distance": "0.25"}


def test_what_is_no_order_says_nothing() -> None:
    known = OpenOrders()
    known.apply({"event": "ACCOUNT_UPDATE", "order": {"symbol": "X"}}, T)
    known.apply({"event": "ORDER_TRADE_UPDATE", "order": "odd"}, T)
    known.apply({"event": "ORDER_TRADE_UPDATE", "order": {"orderId": "1", "status": "NEW"}}, T)
    assert ids(known) == []


@pytest.mark.parametrize("odd", [None, [], ["x"], {"a": 1}, 5, True])
@pytest.mark.parametrize("field", ["symbol", "orderId", "status", "price", "stopPrice", "side"])
def test_an_odd_value_spoils_no_other_order(field: str, odd: Any) -> None:
    known = OpenOrders()
    known.read([read(1)], T)
    body = event(2, "NEW")
    body["order"][field] = odd
    known.apply(body, T + 1)
    assert "1" in ids(known)

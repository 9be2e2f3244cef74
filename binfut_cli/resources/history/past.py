"""Fills and orders of the past, as far as the exchange keeps them.

`userTrades` and `allOrders` (weight 5 each) answer for at most 7 days, with at most 1000 rows, or
100 orders on coinm. A symbol is mandatory, but for usdm's `allOrders` (since 2026-08-25). Fills are
kept for three months or longer, orders that were cancelled unfilled for three days from placing.
`allAlgoOrders` (5) has the conditional ones of one symbol: made within a week, or from an `algoId`
on, at most 1000. Those that were cancelled or expired unfilled are kept for three days from when
they were made, the others for ninety.
Source: the exchange's Account-Trade-List, All-Orders and Query-All-Algo-Orders pages, and its
change log.
"""

from collections.abc import Iterator

import msgspec

from binfut_cli.api.client import AccountClient
from binfut_cli.auth.signing import Param
from binfut_cli.codec import Amount, Row, Time, ready
from binfut_cli.endpoints import Market
from binfut_cli.errors import AnswerError
from binfut_cli.resources.history.pages import PAGE, Span, listed
from binfut_cli.resources.orders import Order

WEIGHT = 5
ORDERS = {Market.USDM: 1000, Market.COINM: 100}
"""How many orders one answer may hold."""
WEEK_MS = 7 * 86_400_000


@ready
class Fill(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One execution of an order; `id` is what events call `tradeId`.

    `qty` is in the base asset on usdm and in contracts on coinm; `quote_qty` (usdm) and `base_qty`
    (coinm) are its value.
    """

    symbol: str
    id: str
    order_id: str
    time: Time
    side: str | None = None
    position_side: str | None = None
    price: Amount | None = None
    qty: Amount | None = None
    quote_qty: Amount | None = None
    base_qty: Amount | None = None
    realized_pnl: Amount | None = None
    margin_asset: str | None = None
    commission: Amount | None = None
    commission_asset: str | None = None
    buyer: bool | None = None
    maker: bool | None = None


@ready
class PastOrder(Order, frozen=True, rename="camel", kw_only=True):
    """An order, open or over; `update_time` is when it last changed."""

    order_id: str
    time: Time
    update_time: Time


@ready
class PastConditional(Order, frozen=True, rename="camel", kw_only=True):
    """A conditional order, waiting or over; `update_time` is when its `algo_status` last changed.

    `actual_order_id` is the order that it became, `""` before that.
    """

    algo_id: str
    create_time: Time
    update_time: Time
    actual_order_id: str | None = None
    actual_price: Amount | None = None


def weeks(span: Span) -> Iterator[Span]:
    """A span in parts that one question may be about."""
    start = span.start_ms
    while start <= span.end_ms:
        yield Span(start, min(start + WEEK_MS - 1, span.end_ms))
        start += WEEK_MS


def fills(account: AccountClient, end_ms: int, start_ms: int, *, symbol: str) -> list[Row]:
    """The first `PAGE` fills of a symbol in a span, oldest first."""
    params: dict[str, Param] = {"symbol": symbol, "startTime": start_ms, "endTime": end_ms}
    return _rows(account, "userTrades", params, Fill)


def orders(
    account: AccountClient, end_ms: int, start_ms: int, *, symbol: str | None = None
) -> list[Row]:
    """The first orders that were placed in a span, oldest first; on usdm of any symbol."""
    params: dict[str, Param] = {} if symbol is None else {"symbol": symbol}
    params |= {"startTime": start_ms, "endTime": end_ms}
    return _rows(account, "allOrders", params, PastOrder, ORDERS[account.market])


def latest_orders(account: AccountClient, *, symbol: str) -> list[Row]:
    """The last orders that were placed within a week, oldest first."""
    return _rows(account, "allOrders", {"symbol": symbol}, PastOrder, ORDERS[account.market])


def order(account: AccountClient, order_id: str, *, symbol: str) -> list[Row]:
    """One order, unless the exchange has forgotten it."""
    found = _rows(account, "allOrders", {"symbol": symbol, "orderId": order_id}, PastOrder, 1)
    return [row for row in found if row["orderId"] == order_id]


def conditionals(account: AccountClient, end_ms: int, start_ms: int, *, symbol: str) -> list[Row]:
    """The first `PAGE` conditional orders of a symbol that were made in a span, oldest first."""
    params: dict[str, Param] = {"symbol": symbol, "startTime": start_ms, "endTime": end_ms}
    return _rows(account, "allAlgoOrders", params, PastConditional)


def latest_conditionals(account: AccountClient, *, symbol: str) -> list[Row]:
    """The last conditional orders that were made within a week, oldest first."""
    return _rows(account, "allAlgoOrders", {"symbol": symbol}, PastConditional)


def conditional(account: AccountClient, algo_id: str, *, symbol: str) -> list[Row]:
    """One conditional order, unless the exchange has forgotten it."""
    params: dict[str, Param] = {"symbol": symbol, "algoId": algo_id}
    found = _rows(account, "allAlgoOrders", params, PastConditional, 1)
    return [row for row in found if row["algoId"] == algo_id]


def _rows(
    account: AccountClient,
    name: str,
    params: dict[str, Param],
    model: type[msgspec.Struct],
    most: int = PAGE,
) -> list[Row]:
    rows = listed(account, name, {**params, "limit": most}, model)
    if any(row["symbol"] != params.get("symbol", row["symbol"]) for row in rows):
        raise AnswerError(
            f"The answer to {name} is of another symbol than was asked about.",
            hint="Something between here and the exchange keeps old answers; go around it.",
        )
    return rows

"""`account orders`: open orders and open conditional (algo) orders, and how far they are off.

`openOrders` does not list conditional orders; they have a route of their own (weight 40 each, 1
with a symbol). The distance is to the mark price, from `premiumIndex` (10).
"""

from decimal import Decimal
from typing import Any

import msgspec

from binfut_cli.api.client import AccountClient, Get
from binfut_cli.auth.signing import Param
from binfut_cli.codec import Amount, Row, decimal, ready
from binfut_cli.endpoints import MARKET_APIS, Market
from binfut_cli.resources.figures import order_prices
from binfut_cli.resources.figures.derived import text
from binfut_cli.resources.result.column import Column, Form, either
from binfut_cli.resources.result.lenient import Reading, names_symbol
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.result.symbols import naming, unknown_symbol

QUANTITIES = ("origQty", "quantity")  # of the engine, of the algo service
OPEN, CONDITIONAL, MARKS = "openOrders", "openAlgoOrders", "premiumIndex"


@ready
class Order(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An open order: of the engine (`orderId`) or conditional (`algoId`), each in its own words.

    Quantities are in the base asset on usdm and in contracts on coinm.
    """

    symbol: str
    side: str | None = None
    order_id: str | None = None
    algo_id: str | None = None
    client_order_id: str | None = None
    client_algo_id: str | None = None
    type: str | None = None
    order_type: str | None = None
    status: str | None = None
    algo_status: str | None = None
    position_side: str | None = None
    price: Amount | None = None
    stop_price: Amount | None = None  # means nothing for a trailing stop
    trigger_price: Amount | None = None
    activate_price: Amount | None = None  # of a trailing stop
    price_rate: Amount | None = None  # its callback rate in per cent, as the engine calls it
    callback_rate: Amount | None = None  # the same, as the algo service calls it
    orig_qty: Amount | None = None
    quantity: Amount | None = None
    executed_qty: Amount | None = None
    reduce_only: bool | None = None
    close_position: bool | None = None
    time_in_force: str | None = None
    time: int | None = None
    create_time: int | None = None
    update_time: int | None = None
    trigger_time: int | None = None
    good_till_date: int | None = None


def _size(row: Row) -> Any:
    """What an order is over; one that closes the whole position says 0, and means all of it."""
    if row.get("closePosition") is True:
        return "all"
    return next((row[name] for name in QUANTITIES if row.get(name) is not None), None)


ORDERS = Resource(
    kind="orders",
    record="order",
    answer="orders",
    title="Open orders",
    model=Order,
    identity=("symbol", "positionSide"),
    derived=("markPrice", "distance"),
    ratios={"distance": 2},  # it can rightly be beyond 1
    renamed={"type": "orderType", "time": "createTime"},  # as conditional orders call them
    columns=(
        Column("Symbol", "symbol"),
        Column("Side", "side", Form.SIDE),
        Column("Type", order_prices.kind, Form.TEXT, 1),
        Column("Size", _size, Form.AMOUNT),
        Column("Price", order_prices.own_price, Form.AMOUNT, 2),
        Column("Trigger", order_prices.trigger, Form.AMOUNT, 2),
        Column(
            "Activation", order_prices.activation, Form.AMOUNT, 2, where=order_prices.is_trailing
        ),
        Column(
            "Callback", order_prices.callback_rate, Form.PER_CENT, 2, where=order_prices.is_trailing
        ),
        Column("Distance", "distance", Form.SHARE),
        Column("Status", either("status", "algoStatus"), Form.TEXT, 4),
        Column("Mark", "markPrice", Form.PRICE, 3),
        Column("Filled", "executedQty", Form.AMOUNT, 5),
        Column("Position", "positionSide", Form.TEXT, 6),
        Column("Id", either("orderId", "algoId"), Form.TEXT, 7),
        Column("Since", either("time", "createTime"), Form.TIME, 8),
    ),
)
RESOURCES = (ORDERS,)


def orders(account: AccountClient, symbol: str | None = None) -> Result:
    """Ask for everything that is open, of one symbol or of all."""
    prefix = MARKET_APIS[account.market].rest_prefix
    only: dict[str, Param] = {} if symbol is None else {"symbol": symbol}
    with naming(symbol, account.market):
        found = account.get_each(
            Get(f"{prefix}/v1/{OPEN}", only),
            Get(f"{prefix}/v1/{CONDITIONAL}", only),
            Get(f"{prefix}/v1/{MARKS}", only, signed=False),
        )
        reading = Reading(dict(zip((OPEN, CONDITIONAL, MARKS), found, strict=True)), (MARKS,))
    prices = _prices(reading, found[2], symbol, account.market)
    lists = [reading.rows(name, "orders", names_symbol) for name in (OPEN, CONDITIONAL)]
    rows, _ = reading.fit_each([*lists[0], *lists[1]], Order, _name)
    told = [{**row, "derived": _figures(row, prices)} for row in rows]
    return Result.of(account, "orders", {"orders": told}, ORDERS, read=reading.read())


def _name(row: Row) -> str:
    return f"orders[{row['symbol']} {row.get('orderId') or row.get('algoId')}]"


def _prices(
    reading: Reading, marks: object, symbol: str | None, market: Market
) -> dict[str, Decimal]:
    """Mark prices by symbol; usdm sends one object for one symbol, coinm always a list."""
    rows = reading.listed(MARKS, [marks] if isinstance(marks, dict) else marks, MARKS, names_symbol)
    if symbol is not None and marks == []:
        raise unknown_symbol(symbol, market)
    found = {row["symbol"]: decimal(row.get("markPrice")) for row in rows}
    return {name: price for name, price in found.items() if price}


def _figures(row: Row, prices: dict[str, Decimal]) -> Row:
    """The mark price, and how far it is from where the order would act next."""
    mark = prices.get(row["symbol"])
    return {"markPrice": text(mark), "distance": text(order_prices.distance(row, mark))}

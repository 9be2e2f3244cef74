"""What the stream has told of orders: which are open, and which changes and fills were told."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, TypeGuard, TypeVar

from binfut_cli.codec import Row
from binfut_cli.stream.events import Event

MEMORY = 100_000  # changes, if nothing ever lets them be forgotten; and open orders
LONGEST = 64  # characters of a symbol or an id
OPEN = ("NEW", "PARTIALLY_FILLED")  # no set: what comes may not be hashable
WAITING = ("NEW", "TRIGGERING", "TRIGGERED")  # of a conditional order; the last until it is filled
FILLS = ("TRADE", "CALCULATED")  # the second: of a liquidation or another forced close

Name = tuple[str, str]
"""An order's symbol and id, or a conditional order's."""
V = TypeVar("V")
Key = str
"""What a change or a fill is known by: one text, because so many are remembered."""


def change_key(symbol: str, order_id: str, time_ms: int | None) -> Key:
    """What a change of an order is known by: `updateTime` of REST, the event's `T`."""
    return f"order {len(symbol)} {symbol} {time_ms} {order_id}"


def conditional_key(symbol: str, algo_id: str, status: object) -> Key:
    """What a change of a conditional order is known by: it comes to a status but once."""
    return f"conditional {len(symbol)} {symbol} {status} {algo_id}"


def fill_key(symbol: str, trade_id: str) -> Key:
    """What a fill is known by: a trade's id is unique within its symbol."""
    return f"fill {len(symbol)} {symbol} {trade_id}"


def is_fill(order: Row) -> bool:
    """Whether the order of an ORDER_TRADE_UPDATE was filled by what it tells."""
    return order.get("executionType") in FILLS


class ReportedOrders:
    """Folded from ORDER_TRADE_UPDATE and ALGO_UPDATE.

    `open` has the orders whose end was not told, `waiting` the conditional ones.
    """

    def __init__(self) -> None:
        self.open: dict[Name, None] = {}  # in the order in which they were told
        self.waiting: dict[Name, None] = {}
        self._told: dict[Key, int] = {}
        self.known_ms = 0  # since when all that was told is remembered

    def apply(self, event: Event) -> None:
        """Take note of an event; one of an odd shape says nothing."""
        get = event.body["order"].get
        order = get("symbol"), get("orderId"), get("status"), get("executionType"), get("tradeId")
        self.take(event.transaction_time, *order)

    def take(
        self, time_ms: int | None, symbol: Any, number: Any, status: Any, kind: Any, trade: Any
    ) -> None:
        """The same of what is asked of it: an order's status, and of which `kind` its change is."""
        if not (is_name(number) and is_name(symbol)):
            return
        _note(self.open, (symbol, number), is_open=status in OPEN)
        self.remember(change_key(symbol, number, time_ms), time_ms or 0)
        if kind in FILLS and is_name(trade):
            self.remember(fill_key(symbol, trade), time_ms or 0)

    def apply_conditional(self, event: Event) -> None:
        """Take note of an ALGO_UPDATE; one of an odd shape says nothing."""
        get = event.body["algoOrder"].get
        order = get("symbol"), get("algoId"), get("algoStatus")
        self.take_conditional(event.transaction_time, *order)

    def take_conditional(self, time_ms: int | None, symbol: Any, number: Any, status: Any) -> None:
        """The same of what is asked of it."""
        if is_name(number) and is_name(symbol) and is_name(status):
            _note(self.waiting, (symbol, number), is_open=status in WAITING)
            self.remember(conditional_key(symbol, number, status), time_ms or 0)

    def remember(self, key: Key, time_ms: int) -> None:
        """Take note of what was told, and when it happened."""
        self._told[key] = time_ms
        if forgotten := _without_oldest(self._told):
            self.known_ms = max(self.known_ms, max(forgotten) + 1)

    def was_told(self, key: Key) -> bool:
        """Whether a change or a fill was told, as far as that is remembered."""
        return key in self._told

    def has_told_fill(self, order: Row, time_ms: int | None) -> bool:
        """Whether a fill was told of this very order: both of a trade may be the account's own."""
        symbol, fill = str(order.get("symbol")), str(order.get("tradeId"))
        return self.was_told(fill_key(symbol, fill)) and self.was_told(
            change_key(symbol, str(order.get("orderId")), time_ms)
        )

    def drop(self, over: Iterable[Name], ended: Iterable[Name] = ()) -> None:
        """Take note that orders are over, and that conditional ones are."""
        for name in over:
            self.open.pop(name, None)
        for name in ended:
            self.waiting.pop(name, None)

    def forget(self, before_ms: int) -> None:
        """Forget what was told of before a moment, because no gap will reach back to it."""
        self._told = {key: time for key, time in self._told.items() if time >= before_ms}
        self.known_ms = max(self.known_ms, before_ms)


def _note(among: dict[Name, None], name: Name, *, is_open: bool) -> None:
    """Keep a name among those that are open, or take it out of them."""
    if not is_open:
        among.pop(name, None)
        return
    among[name] = None
    _without_oldest(among)


def _without_oldest(among: dict[Any, V]) -> list[V]:
    """Take the oldest away from too many; what they were.

    Many are taken at once: the places of all that are gone lie before the first of a dict, and to
    pass over them for each costs a hundred times what else is done with an order.
    """
    if len(among) <= MEMORY + MEMORY // 64:
        return []
    oldest = [*islice(among, len(among) - MEMORY)]
    return [among.pop(name) for name in oldest]


def is_name(value: object) -> TypeGuard[str]:
    """Whether a symbol or an id is text of a size that one has."""
    return isinstance(value, str) and len(value) <= LONGEST

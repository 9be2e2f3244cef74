"""What the stream has told of orders: which are open, and which changes and fills were told."""

from collections import deque
from collections.abc import Hashable, Iterable

from binfut_cli.events import Event

MEMORY = 2000  # changes: more than come between the last sign of life and the end of coverage
OPEN = ("NEW", "PARTIALLY_FILLED")  # no set: what comes may not be hashable


Key = tuple[Hashable, ...]


def change_key(order_id: int, time_ms: int | None) -> Key:
    """What a change of an order is known by: `updateTime` of REST, the event's `T`."""
    return "order", order_id, time_ms


def fill_key(symbol: str, trade_id: int) -> Key:
    """What a fill is known by: a trade's number is unique within its symbol."""
    return "fill", symbol, trade_id


class Orders:
    """Folded from ORDER_TRADE_UPDATE; `open` has the symbol of each open order, by its number."""

    def __init__(self) -> None:
        self.open: dict[int, str] = {}
        self._told: deque[Key] = deque(maxlen=MEMORY)

    def apply(self, event: Event) -> None:
        """Take note of an event; one of an odd shape says nothing."""
        order = event.body["order"]
        number, symbol = order.get("orderId"), order.get("symbol")
        if type(number) is not int or type(symbol) is not str:
            return
        if order.get("status") in OPEN:
            self.open[number] = symbol
        else:
            self.open.pop(number, None)
        self._told.append(change_key(number, event.transaction_time))
        if order.get("executionType") == "TRADE" and type(order.get("tradeId")) is int:
            self._told.append(fill_key(symbol, order["tradeId"]))

    def remember(self, keys: Iterable[Key]) -> None:
        """Take note of what was told besides."""
        self._told.extend(keys)

    @property
    def told(self) -> frozenset[Key]:
        """The changes and fills that were told last."""
        return frozenset(self._told)

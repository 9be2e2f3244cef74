"""The orders that are open: as they were last read, and as the stream has told since. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures import order_prices
from binfut_cli.resources.figures.derived import text
from binfut_cli.stream.fold.reported_orders import OPEN

ALGO_OPEN = ("NEW", "TRIGGERING")
MOST = 5_000
"""More than an account may have; beyond that, the next reading tells."""
MEMORY_MS = 60_000
"""How long an order that is over is remembered, so that an older reading does not bring it back."""

Key = tuple[str, str]
"""Of which kind an order is, and its id."""


class OpenOrders:
    """Folded from readings and events. `read_ms` is when they were last read, None before that."""

    def __init__(self) -> None:
        self.read_ms: int | None = None
        self._rows: dict[Key, Row] = {}
        self._told: dict[Key, tuple[int, Row | None]] = {}  # since when; None: it is over

    def read(self, rows: Iterable[Row], asked_ms: int) -> None:
        """Take a reading in that was asked for at that moment: what was told since is later."""
        self.read_ms = asked_ms
        self._rows = {_key(row): row for row in rows}
        since_ms = asked_ms - MEMORY_MS
        self._told = {key: told for key, told in self._told.items() if told[0] >= since_ms}
        for key, (told_ms, row) in self._told.items():
            if row is None or told_ms >= asked_ms:
                self._lay(key, row)

    def apply(self, body: Row, time_ms: int) -> None:
        """Take an event in; one that is not about an order says nothing."""
        row = body.get("order") if body.get("event") == "ORDER_TRADE_UPDATE" else None
        row = body.get("algoOrder") if body.get("event") == "ALGO_UPDATE" else row
        if not isinstance(row, dict) or type(row.get("symbol")) is not str:
            return
        key, now = _key(row), row if _is_open(row) else None
        if key in self._told or len(self._told) < MOST:
            self._told[key] = time_ms, now
            self._lay(key, now)

    def rows(self, marks: Mapping[str, Decimal]) -> Iterator[Row]:
        """The open orders, with the mark price of their symbol and how far it is from there."""
        for row in self._rows.values():
            read = (row.get("derived") or {}).get("markPrice")
            mark = marks.get(row["symbol"]) or decimal(read)
            distance = order_prices.distance(row, mark)
            yield {**row, "derived": {"markPrice": text(mark), "distance": text(distance)}}

    def _lay(self, key: Key, row: Row | None) -> None:
        if row is None:
            self._rows.pop(key, None)
        elif key in self._rows or len(self._rows) < MOST:
            self._rows[key] = {**self._rows.get(key, {}), **row}


def _key(row: Row) -> Key:
    kind = "algoId" if row.get("algoId") is not None else "orderId"
    return kind, str(row.get(kind))


def _is_open(row: Row) -> bool:
    if row.get("algoId") is not None:
        return row.get("algoStatus") in ALGO_OPEN
    return row.get("status") in OPEN

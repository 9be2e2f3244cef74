"""What belongs together, though it comes in parts: a fill, a row that was read anew. Pure.

A fill comes as TRADE_LITE, ACCOUNT_UPDATE and ORDER_TRADE_UPDATE of one transaction time, in this
order (recorded on usdm in April 2026; coinm has no TRADE_LITE). Mostly one read brings them all.
Where one does not come, what is there is told after `HOLD_MS`, and at once when something else
happens to the account.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from binfut_cli.codec import Row
from binfut_cli.stream.fold.reported_orders import is_fill
from binfut_cli.stream.records import Changed, Gap, Record

HOLD_MS = 150
"""How long a part waits for the others."""
MOST_HELD = 64
"""How many parts of a lane may wait; and how many fills are known to be told."""
UPDATE, ORDER, NOTICE = "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE", "TRADE_LITE"


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill: the record of its order, and what it made of the account."""

    record: Record
    update: Record


@dataclass(frozen=True, slots=True)
class Reread:
    """The fields of one row that were read otherwise than they were known: the first, and all."""

    record: Record
    fields: list[Changed]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The account, read after a gap: nothing was otherwise than known."""

    record: Record


Moment = Record | Fill | Reread | Unchanged
"""What is told at once; a record alone says all there is."""


def record_of(moment: Moment) -> Record:
    """The record by whose time and lane a moment is told."""
    return moment if isinstance(moment, Record) else moment.record


Wants = Callable[[str], bool]
_Fills = dict[tuple[str, str], Record]


@dataclass(slots=True)
class _Held:
    """What of a lane waits, and since when; what was told of it."""

    since_ms: int = 0
    notices: _Fills = field(default_factory=dict)
    updates: list[Record] = field(default_factory=list)
    orders: list[Record] = field(default_factory=list)
    rows: list[Record] = field(default_factory=list)  # fields of one row
    snapshot: Record | None = None  # after a gap; nothing was otherwise by now
    told: dict[tuple[str, str], None] = field(default_factory=dict)  # fills
    in_gap: bool = False
    is_read: bool = False

    @property
    def waits(self) -> bool:
        """Whether anything does."""
        return bool(
            self.updates or self.orders or self.notices or self.rows or self.snapshot is not None
        )

    def is_due(self, now_ms: int) -> bool:
        """Whether it has waited long enough; if the clock was set back, too."""
        return not 0 <= now_ms - self.since_ms < HOLD_MS


class Moments:
    """Puts together what belongs together, lane by lane.

    `comes` says which events will come at all: for no other anything waits. In `detail` every event
    stays alone.
    """

    def __init__(self, comes: Wants = lambda _: True, *, detail: bool = False) -> None:
        self._detail = detail
        self._orders_come = comes(ORDER) and not detail
        self._pairs_come = self._orders_come and comes(UPDATE)
        self._lanes: dict[tuple[object, object], _Held] = {}
        self._since_ms: int | None = None  # when the first of what may wait came

    def take(self, record: Record, now_ms: int) -> list[Moment]:
        """What is whole with this record, in the order in which it is told."""
        if record.market is None:  # about all of them
            return [*self.rest(), record]
        key = record.market, record.scope
        held = self._lanes.get(key)
        if held is None:
            held = self._lanes[key] = _Held()
        if not held.waits:
            held.since_ms = now_ms
            if self._since_ms is None:
                self._since_ms = now_ms
        body = record.body
        if isinstance(body, dict) and record.type == "event":
            return self._event(held, record, body)
        if isinstance(body, Changed):
            return _changed(held, record, body)
        return [*_all(held), *self._other(held, record)]

    def due(self, now_ms: int) -> list[Moment]:
        """What has waited long enough."""
        if self._since_ms is None or 0 <= now_ms - self._since_ms < HOLD_MS:
            return []
        waiting = [held for held in self._lanes.values() if held.waits]
        late = [moment for held in waiting if held.is_due(now_ms) for moment in _all(held)]
        self._since_ms = min((held.since_ms for held in waiting if held.waits), default=None)
        return late

    def rest(self) -> list[Moment]:
        """All that waits."""
        return [moment for held in self._lanes.values() for moment in _all(held)]

    def _event(self, held: _Held, record: Record, body: Row) -> list[Moment]:
        name = body["event"]
        before = _read(held) if held.rows or held.snapshot is not None else []
        if name == UPDATE and body.get("reason") == "ORDER" and self._pairs_come:
            return before + _part(held, held.updates, record, body)
        if name == ORDER and is_fill(body["order"]):
            _tell(held, body["order"])
            if self._pairs_come:
                return before + _part(held, held.orders, record, body)
        elif name == NOTICE and self._orders_come:
            return before + _noticed(held, record, body)
        return [*before, *_pairs(held), record]

    def _other(self, held: _Held, record: Record) -> list[Moment]:
        """Any other record; a snapshot that ends a gap waits for what is otherwise in it."""
        ends_gap = record.type == "snapshot" and held.in_gap
        is_silent = ends_gap and held.is_read and not self._detail
        if isinstance(record.body, Gap):
            held.in_gap = True
        elif record.type == "snapshot":
            held.snapshot = record if ends_gap else None
            held.in_gap, held.is_read = False, True
        return [] if is_silent else [record]


def _part(held: _Held, parts: list[Record], record: Record, body: Row) -> list[Moment]:
    """A part of a fill, with which it may be whole; what waits is of the same moment."""
    first = next(iter(held.updates or held.orders), None)
    is_another = first is not None and first.row["transactionTime"] != body["transactionTime"]
    before = _pairs(held) if is_another else []
    if len(parts) >= MOST_HELD:
        before += _pairs(held)
    parts.append(record)
    for order in held.orders:
        for update in held.updates:
            if _are_one(order.row, update.row):
                held.orders.remove(order)
                held.updates.remove(update)
                return [*before, Fill(order, update)]
    return before


def _are_one(order: Row, update: Row) -> bool:
    """Whether an update of the same moment is what an order's fill made of the account."""
    filled = _leg(order["order"])
    return any(_leg(row) == filled for row in update["positions"])


def _leg(row: Row) -> tuple[str, str]:
    """Of which position a row is; in hedge mode a symbol has two."""
    return str(row.get("symbol")), str(row.get("positionSide", "BOTH"))


def _noticed(held: _Held, record: Record, body: Row) -> list[Moment]:
    """Keep the notice of a fill, unless that was told already."""
    key = _fill_of(body)
    if key in held.told:
        return []
    if key in held.notices or len(held.notices) >= MOST_HELD:
        return [record]
    held.notices[key] = record
    return []


def _tell(held: _Held, order: Row) -> None:
    """An order tells all that the notice of its fill did, which is told no more."""
    key = _fill_of(order)
    held.notices.pop(key, None)
    held.told[key] = None
    if len(held.told) > MOST_HELD:
        del held.told[next(iter(held.told))]


def _fill_of(row: Row) -> tuple[str, str]:
    """What a fill is known by: a trade's id is unique within its symbol."""
    return str(row.get("symbol")), str(row.get("tradeId"))


def _changed(held: _Held, record: Record, body: Changed) -> list[Moment]:
    """Keep a field of a row until another row's comes."""
    held.snapshot, held.in_gap = None, False
    before = held.rows[0].body if held.rows else None
    is_another = isinstance(before, Changed) and _row_of(before) != _row_of(body)
    moments = [*_parts(held), *(_read(held) if is_another else ())]
    held.rows.append(record)
    return moments


def _row_of(body: Changed) -> tuple[str, str, Row]:
    return body.type, body.kind, body.key


def _all(held: _Held) -> list[Moment]:
    return _parts(held) + _read(held)


def _parts(held: _Held) -> list[Moment]:
    """What waits of fills, each part alone."""
    notices: list[Moment] = [*held.notices.values()]
    held.notices.clear()
    return notices + _pairs(held)


def _pairs(held: _Held) -> list[Moment]:
    """The same but for notices: they may be ahead of what happened before."""
    parts: list[Moment] = [*held.updates, *held.orders]
    held.updates.clear()
    held.orders.clear()
    return parts


def _read(held: _Held) -> list[Moment]:
    """What waits of a reading."""
    found: list[Moment] = []
    if held.rows:
        rows, held.rows = held.rows, []
        fields = [each.body for each in rows if isinstance(each.body, Changed)]
        found.append(Reread(rows[0], fields))
    if held.snapshot is not None:
        found.append(Unchanged(held.snapshot))
        held.snapshot = None
    return found

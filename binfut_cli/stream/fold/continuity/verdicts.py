"""What history says of a moment that does not add up: is an event missing? Pure.

Between two updates that follow each other on the stream, none else told of a row; so a flow that
history has between them, and a fill that no event told, came to nobody. What belongs to the second
update's own moment, as a liquidation's fee does, was told by that.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from operator import itemgetter

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures.models import leg
from binfut_cli.stream.fold.continuity.moment import ORDER, Moment
from binfut_cli.stream.fold.reported_orders import Key, fill_key
from binfut_cli.stream.records import AssetSum, PastKind

SECOND_MS = 1000
OF_FILLS = ("REALIZED_PNL", "COMMISSION")
WITH_FILLS = (
    *OF_FILLS, "INSURANCE_CLEAR", "LIQUIDATION_FEE", "COMMISSION_REBATE", "API_REBATE",
    "REFERRAL_KICKBACK", "FEE_RETURN", "DELIVERED_SETTELMENT", "POSITION_LIMIT_INCREASE_FEE",
)  # fmt: skip
"""Flows that may come in one update with a fill; all others have an update of their own."""
ZERO = Decimal()
MOST_ECHOES = 1000  # of which most are over: nothing that comes will be off by them
Off = dict[Hashable, Decimal]


@dataclass(frozen=True, slots=True)
class History:
    """What history has around some moments; `flows` is None if they were not asked for.

    `was_told` knows the fills that the stream told since `known_ms`; `margin_asset` what a fill's
    profit is in.
    """

    fills: list[Row]
    flows: list[Row] | None
    known_ms: int
    was_told: Callable[[Key], bool]
    margin_asset: Callable[[Row], str | None]


@dataclass(slots=True)
class Finding:
    """What is missing of a moment, and since when; `rest` is what nothing explains.

    `unheard` has what the next update of each row will be off by, because this moment's own is
    missing.
    """

    moment: Moment
    off: Off  # all that was to be explained
    rest: Off
    rows: list[tuple[PastKind, Row]] = field(default_factory=list)
    unheard: Off = field(default_factory=dict)

    @property
    def from_ms(self) -> int:
        """The earliest time at which something can have been missed."""
        return min(row["time"] for _, row in self.rows) if self.rows else self.moment.time_ms

    @property
    def to_ms(self) -> int:
        """The latest; flows may be told with their second only."""
        return max(map(self.latest_ms, self.rows), default=self.moment.time_ms)

    def latest_ms(self, row: tuple[PastKind, Row]) -> int:
        """The latest time at which what a row tells of can have been."""
        return _latest_ms(*row, self.moment.time_ms)

    @property
    def is_loss(self) -> bool:
        """Whether an event is surely missing."""
        return bool(self.rows or self.unheard)

    @property
    def is_echo(self) -> bool:
        """Whether it is off by no more than what an earlier moment's loss has left."""
        return not self.moment.rest(self.off)

    def explained(self) -> list[AssetSum]:
        """For each asset that was off: by how much, what of it is explained, and what not."""
        assets = [key for key in self.off if isinstance(key, str) and self.off[key]]
        return [self._sum(asset, self.off[asset], self.rest.get(asset, ZERO)) for asset in assets]

    def _sum(self, asset: str, change: Decimal, left: Decimal) -> AssetSum:
        return AssetSum(asset, *(f"{n.normalize():f}" for n in (change, change - left, left)))


@dataclass(slots=True)
class Echoes:
    """By how much the next update of a row will be off, because an earlier one is missing.

    They need not be judged in their order, and several chains may be in question at once.
    """

    _left: dict[tuple[Hashable, int], Decimal] = field(default_factory=dict)  # by row and moment

    def of(self, moment: Moment) -> Off:
        """What earlier moments left to one, of what is off there."""
        found: Off = {}
        for key, at_ms in self._heard(moment):
            found[key] = found.get(key, ZERO) + self._left[key, at_ms]
        return found

    def follow(self, found: Finding) -> None:
        """A moment has had its own, and leaves some."""
        for each in self._heard(found.moment):
            del self._left[each]
        self._left |= {(key, found.moment.time_ms): off for key, off in found.unheard.items()}
        for each in [*self._left][:-MOST_ECHOES]:
            del self._left[each]

    def _heard(self, moment: Moment) -> list[tuple[Hashable, int]]:
        is_off = moment.rest(moment.off)
        return [(k, at_ms) for k, at_ms in self._left if k in is_off and moment.may_hear(k, at_ms)]


def _latest_ms(kind: PastKind, row: Row, most_ms: int) -> int:
    time: int = row["time"]
    is_whole = kind == "flow" and time % SECOND_MS == 0
    return max(time, min(time + SECOND_MS - 1, most_ms)) if is_whole else time


def judge(moment: Moment, unheard: Off, history: History) -> Finding:
    """Hold a moment against history; `unheard` is what earlier moments left, and is taken up."""
    off = {key: amount + unheard.pop(key, ZERO) for key, amount in moment.off.items()}
    found = Finding(moment, off, dict(off))
    for row in _untold(moment, history):
        found.rows.append(("fill", row))
        for key, amount in _effects(row, history):
            if key in found.rest:
                found.rest[key] -= amount
    found.rest = moment.rest(found.rest)
    if _is_unheard(found, history):
        found.unheard, found.rest = found.rest, {}
    elif history.flows is not None:
        for asset in [key for key in found.rest if isinstance(key, str)]:
            _find_flows(found, asset, history)
    return found


def _untold(moment: Moment, history: History) -> list[Row]:
    """The fills of the rows that are off, as far as no event told them."""
    since: dict[str, int] = {}
    for key, since_ms in moment.since.items():
        if isinstance(key, tuple):
            earliest_ms = min(since_ms, since.get(key[-2], since_ms))
            since[key[-2]] = max(earliest_ms, history.known_ms)
    return [
        row
        for row in history.fills
        if since.get(row["symbol"], moment.time_ms + 1) <= row["time"] <= moment.time_ms
        and not history.was_told(fill_key(row["symbol"], row["id"]))
    ]


def _effects(row: Row, history: History) -> Iterator[tuple[Hashable, Decimal]]:
    """Which rows a fill of history moves, and by how much."""
    quantity = decimal(row.get("qty")) or ZERO
    yield leg(row), quantity if row.get("side") == "BUY" else -quantity
    yield (ORDER, row["symbol"], row["orderId"]), quantity
    yield history.margin_asset(row), decimal(row.get("realizedPnl")) or ZERO
    yield row.get("commissionAsset"), -(decimal(row.get("commission")) or ZERO)


def _is_unheard(found: Finding, history: History) -> bool:
    """Whether an update is missing: fills were told, and their position did not follow (all)."""
    moment = found.moment
    for place in {place for place, _ in moment.fills.values()} & found.rest.keys():
        told = [signed for where, signed in moment.fills.values() if where == place]
        steps = [ZERO, *accumulate(told)]
        if moment.moved.get(place, ZERO) in steps[:-1]:
            found.rows += [("fill", r) for r in history.fills if _is_of(r, moment, place)]
            return True
    return False


def _is_of(row: Row, moment: Moment, place: Hashable) -> bool:
    return row["time"] == moment.time_ms and leg(row) == place


def _find_flows(found: Finding, asset: str, history: History) -> None:
    """Find the flows that explain what an asset is still off by."""
    inner, edges = list[Row](), list[Row]()
    for row in history.flows or ():
        if row["asset"] == asset and not _belongs_to_fill(row, found, history):
            (inner if _is_between(row, found.moment, asset) else edges).append(row)
    for time_ms, change in found.moment.told.get(asset, ()):
        _take_told(edges, time_ms, change)
    own = [row for row in edges if _may_come_with(row, found.moment)]
    others = [row for row in edges if row not in own]
    left = found.rest[asset] - _total(inner)
    latest_first = sorted(others, key=lambda row: -row["time"])
    for missing in ([], *([row] for row in latest_first), others):
        for told in ([], own):
            if left == _total(missing) + _total(told):
                found.rows += [("flow", row) for row in (*inner, *missing)]
                del found.rest[asset]
                return
    found.rows += [("flow", row) for row in inner]


def _belongs_to_fill(row: Row, found: Finding, history: History) -> bool:
    """Whether a flow is of a fill that was told, or found already; or outside of all."""
    moment, time = found.moment, row["time"]
    since_ms = moment.since[row["asset"]]
    earliest_ms = since_ms if time % SECOND_MS else since_ms - since_ms % SECOND_MS
    if not earliest_ms <= time <= moment.time_ms:
        return True
    if row.get("incomeType") not in OF_FILLS or not row.get("tradeId"):
        return False
    key = fill_key(str(row.get("symbol")), str(row["tradeId"]))
    counted = {fill_key(each["symbol"], each["id"]) for kind, each in found.rows if kind == "fill"}
    return key in counted or history.was_told(key)


def _is_between(row: Row, moment: Moment, asset: str) -> bool:
    """Whether a flow lies between two updates, also if only its second is told."""
    time, since_ms = row["time"], moment.since[asset]
    if time % SECOND_MS:
        return bool(since_ms < time < moment.time_ms)
    return bool(since_ms // SECOND_MS < time // SECOND_MS < moment.time_ms // SECOND_MS)


def _take_told(edges: list[Row], time_ms: int, change: Decimal) -> None:
    """Leave out the flow that an update of some time told as its change: the closest to it."""
    then = [
        row
        for row in edges
        if row["time"] <= time_ms <= _latest_ms("flow", row, time_ms)
        and decimal(row["income"]) == change
    ]
    if then:
        edges.remove(max(then, key=itemgetter("time")))


def _may_come_with(row: Row, moment: Moment) -> bool:
    """Whether a flow may have been told by the update of a moment, and not by one before."""
    is_of_it = _latest_ms("flow", row, moment.time_ms) == moment.time_ms
    return is_of_it and row.get("incomeType") in WITH_FILLS


def _total(rows: Iterable[Row]) -> Decimal:
    return sum((decimal(row["income"]) or ZERO for row in rows), ZERO)

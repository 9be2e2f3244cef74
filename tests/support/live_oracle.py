"""Is a view what a one-shot says, figure by figure, at the moment that each says it is from?

The exchange is asked: now for what the stream tells, with the marks of the moment for what moves
with them, and for what only a reading tells, what it said then.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TypeVar

from binfut_cli.codec import Row, decimal, same
from binfut_cli.resources.figures.models import leg
from binfut_cli.resources.status import status
from binfut_cli.stream.live.view import MIXED, READ, VALUED, LiveView
from tests.support.simulation import Reply, Simulation

ROUNDED = Decimal("0.00000003")
"""By how much a figure may miss another, both rounded to eight places: of its size, and of one."""
COARSE = Decimal("0.0002")
"""The same of a ratio of two such figures."""
KEPT = 400  # moments
POOLED = frozenset(("marginRatio", "liquidationPrice"))
"""The figures that move with the marks of all positions of a pool."""
COUNTED = frozenset(("totalWalletBalance", "totalCrossWalletBalance"))
"""In multi-assets mode they move with what assets count, which moves with the marks here."""

TWO = ("liquidationDistance",)  # of a mark and of a price that may be older

T = TypeVar("T")
Marks = dict[str, Decimal]
Wrong = tuple[str, str, object, object]
"""The row, the field, what the view says, and what it should."""


@dataclass(slots=True)
class LiveOracle:
    """Remembers what marks and account were, moment by moment, and compares views with that."""

    sim: Simulation
    marks: dict[int, Marks] = field(default_factory=dict)
    read: dict[int, Row] = field(default_factory=dict)
    checked: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    oldest_ms: int = 0
    uneven: int = 0  # sums over positions of which one is new, and no mark has come for it yet
    _is_asking: bool = False

    def __post_init__(self) -> None:
        """Be there whenever the account is read."""
        self.sim.bend = self._read

    def note(self) -> None:
        """Remember the marks of this moment."""
        self._keep(self.marks, dict(self.sim.exchange.marks))

    def _read(self, method: str, reply: Reply) -> Reply:
        """Remember the account as a one-shot would tell it at the moment of a reading."""
        if not self._is_asking and method.endswith("account.position"):
            self._keep(self.read, self._asked())
        return reply

    def _keep(self, kept: dict[int, T], found: T) -> None:
        kept[self.sim.now_ms()] = found
        while len(kept) > KEPT:
            del kept[next(iter(kept))]

    def _asked(self, marks: Marks | None = None) -> Row:
        """The account now, at other marks if these are given; no time passes."""
        exchange, lag_s = self.sim.exchange, self.sim.lag_s
        present, exchange.marks = exchange.marks, marks or exchange.marks
        self.sim.lag_s, self._is_asking = 0.0, True
        try:
            with self.sim.client() as account:
                return status(account).document
        finally:
            exchange.marks, self.sim.lag_s, self._is_asking = present, lag_s, False

    def wrong(self, view: LiveView) -> Iterator[Wrong]:
        """What of a view is not what the exchange says of the moment that it is of."""
        now, shown = _rows(self._asked()), _rows(view.answer.document)
        for key in now.keys() - shown.keys():
            if key[0] == "positions" and decimal(now[key].get("positionAmt")):
                yield " ".join(key), "", None, now[key]
        at_marks = cache(lambda moment_ms: _rows(self._asked(_before(self.marks, moment_ms))))
        read = cache(lambda moment_ms: _rows(_before(self.read, moment_ms)))
        for key in now.keys() & shown.keys():
            moments = view.moments[key]
            is_uneven = self._is_uneven(view, key, now)
            self.uneven += is_uneven
            if is_uneven and key[0] != "positions":
                continue
            self.oldest_ms = max(self.oldest_ms, view.time_ms - moments.oldest)
            for name in _names(now[key]):
                if is_uneven and name in POOLED:
                    continue
                moment_ms = moments.of(name)
                expected = [now]
                if name in VALUED | POOLED | COUNTED:
                    expected = [at_marks(moment_ms), read(moment_ms)]
                elif name in READ or moments.told < view.time_ms:
                    expected = [read(moment_ms)]
                found = [each.get(key, {}) for each in expected]
                yield from self._compared(key, name, shown[key], found)

    def _is_uneven(
        self, view: LiveView, key: tuple[str, ...], now: Mapping[tuple[str, ...], Row]
    ) -> bool:
        """Whether a pool's marks are of several moments, because one of them has not come yet."""
        held = [row for row in view.answer.rows("positions") if decimal(row["positionAmt"])]
        is_whole = key == ("totals",) or bool(view.answer.document.get("multiAssetsMargin"))
        asset = now[key].get("marginAsset") if key[0] == "positions" else key[-1]
        of_asset = [row for row in held if is_whole or row.get("marginAsset") == asset]
        moments = {view.moment("positions", row, "markPrice") for row in of_asset}
        return len(moments) > 1

    def _compared(
        self, key: tuple[str, ...], name: str, row: Row, expected: list[Row]
    ) -> Iterator[Wrong]:
        found, wanted = _value(row, name), [_value(each, name) for each in expected]
        if found is None and (name in VALUED | READ | POOLED or key == ("totals",)):
            self.absent[f"{key[0]}.{name}"] += wanted[0] is not None
            return
        self.checked[f"{key[0]}.{name}"] += 1
        if not any(_is_about(name, found, each) for each in wanted):
            yield " ".join(key), name, found, wanted[0]


def _before(kept: Mapping[int, T], moment_ms: int) -> T:
    """What was in force at a moment."""
    return kept[max(each for each in kept if each <= moment_ms)]


def _rows(document: Row) -> dict[tuple[str, ...], Row]:
    found: dict[tuple[str, ...], Row] = {}
    found |= {("positions", *leg(row)): row for row in document["positions"]}
    found |= {("assets", row["asset"]): row for row in document["assets"]}
    return {**found, ("totals",): document}


def _names(row: Row) -> list[str]:
    """What is compared of a row; of what is made of two moments, its parts are.

    Of a leg that is not held, nobody tells when its settings change.
    """
    lists = ("assets", "positions", "derived", "updateTime", "isAutoAddMargin", *MIXED, *TWO)
    is_idle = decimal(row.get("positionAmt")) == 0
    left_out = (*lists, *(("isolated", "marginType") if is_idle else ()))
    return [name for name in (*row, *row.get("derived", {})) if name not in left_out]


def _value(row: Row, name: str) -> object:
    return row[name] if name in row else row.get("derived", {}).get(name)


def _is_about(name: str, found: object, wanted: object) -> bool:
    if found == wanted or same(found, wanted):
        return True
    one, other = decimal(found), decimal(wanted)
    if one is None or other is None:
        return False
    ratio = name in ("marginRatio", "roe")  # of figures that are rounded themselves
    return abs(one - other) <= (COARSE if ratio else ROUNDED) * (1 + abs(other))

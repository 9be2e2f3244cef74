"""A table that changes: rows in an order, and only those drawn anew that are otherwise. Pure.

Rows come whole, several times a second, and few of their cells have changed. What was made of a
row is kept with it, so that a row costs something only when it changes and is looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from rich.cells import cell_len

from binfut_cli.codec import Row, decimal
from binfut_cli.render.account.tables import GAP, INDENT, Cell, Column, fit
from binfut_cli.render.numbers import parts
from binfut_cli.render.watch.live.spans import BOLD, FAINT, Line, Span, merged
from binfut_cli.resources.result.column import value

Key = tuple[str, ...]
LAST = Decimal("Infinity")
_INDENT, _SPACE = Span(" " * INDENT), Span(" " * GAP)


def _number(row: Row, *names: str) -> Decimal | None:
    found = (decimal(value(row, name)) for name in names)
    return next((number for number in found if number is not None), None)


def _risk(row: Row) -> Any:
    """Nearest to liquidation first; then the higher margin ratio."""
    distance = _number(row, "liquidationDistance", "distance")
    ratio = value(row, "marginRatio")
    share = LAST if ratio == "Infinity" else decimal(ratio) or Decimal()
    return LAST if distance is None else distance, -share


def _profit(row: Row) -> Any:
    """The greatest loss first."""
    profit = _number(row, "unrealizedProfit")
    return LAST if profit is None else profit


def _size(row: Row) -> Any:
    """The largest first, in the unit in which all rows of a market can be compared."""
    size = _number(row, "sizeUsd", "notional", "notionalValue", "positionAmt")
    return LAST if size is None else -abs(size)


class Order(Enum):
    """By what rows can be sorted: the word for it, and the key."""

    RISK = ("risk", _risk)
    PNL = ("PnL", _profit)
    SIZE = ("size", _size)

    @property
    def word(self) -> str:
        """What it is called on the screen."""
        return str(self.value[0])

    @property
    def key(self) -> Callable[[Row], Any]:
        """What a row is sorted by, lowest first."""
        found: Callable[[Row], Any] = self.value[1]
        return found

    def next(self) -> "Order":
        """The one that comes after it, and after the last the first."""
        every = list(Order)
        return every[(every.index(self) + 1) % len(every)]


@dataclass(slots=True)
class _Kept:
    """A row, and what was made of it so far; `age` is shown behind it.

    A cell is made anew only if what it is made of has changed, and only of a row that is looked at:
    `is_made` says whether the cells are those of the row as it is now.
    """

    row: Row
    rank: Any
    age: str = ""
    bases: list[Any] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    spans: list[Span | None] = field(default_factory=list)
    line: Line | None = None
    is_made: bool = False

    def change(self, row: Row, rank: Any) -> None:
        """The row is this now."""
        self.row, self.rank, self.line, self.is_made = row, rank, None, False

    def grow_old(self, age: str) -> None:
        """Its figures are so old; "" if they are not old."""
        if age != self.age:
            self.age = age
            self.reset()

    def reset(self) -> None:
        """Its line is to be put together anew."""
        self.line, self.spans = None, [None] * len(self.cells)

    def make(self, columns: Sequence[Column[Row]]) -> list[int]:
        """Make its cells; return which of them are others now."""
        self.is_made, row = True, self.row
        if not self.cells:
            self.bases = [column.basis(row) for column in columns]
            self.cells = [column.cell(row) for column in columns]
            self.reset()
            return list(range(len(columns)))
        changed = []
        for index, column in enumerate(columns):
            basis = column.basis(row)
            if basis != self.bases[index]:
                self.bases[index], self.cells[index] = basis, column.cell(row)
                self.spans[index] = None
                changed.append(index)
        return changed


@dataclass(slots=True)
class _Widths:
    """What a column takes: its title; of numbers whole part, fraction and rest; of other text."""

    title: int
    head: int = 0
    fraction: int = 0
    rest: int = 0
    text: int = 0

    @property
    def whole(self) -> int:
        return max(self.title, self.head + self.fraction + self.rest, self.text)

    def widen(self, cell: Cell, column: Column[Row]) -> bool:
        """Make room for a cell; tell whether there was none."""
        before = self.head, self.fraction, self.rest, self.text
        head, fraction, rest = _parts(cell.text, column)
        if head:
            self.head = max(self.head, len(head))
            self.fraction = max(self.fraction, len(fraction))
            self.rest = max(self.rest, cell_len(rest))
        else:
            self.text = max(self.text, cell_len(cell.text))
        return before != (self.head, self.fraction, self.rest, self.text)

    def padded(self, text: str, column: Column[Row]) -> str:
        """A cell as wide as its column; numbers line up on their decimal point."""
        if not column.right:
            return text + " " * (self.whole - cell_len(text))
        head, fraction, rest = _parts(text, column)
        if head:
            text = f"{head}{fraction:<{self.fraction}}{rest}{' ' * (self.rest - cell_len(rest))}"
        return " " * (self.whole - cell_len(text)) + text


def _parts(text: str, column: Column[Row]) -> tuple[str, str, str]:
    """A number's parts where they line up."""
    return parts(text) if column.right and column.point else ("", "", "")


@dataclass(slots=True)
class Grid:
    """The rows of one table. `key` is what a row is known by."""

    columns: Sequence[Column[Row]]
    key: Callable[[Row], Key]
    order: Order = Order.RISK
    columns_wide: int = 80
    _kept: dict[Key, _Kept] = field(default_factory=dict)
    _shown: list[Key] = field(default_factory=list)
    _widths: list[_Widths] = field(default_factory=list)
    _fitting: list[int] = field(default_factory=list)
    _drawn: list[tuple[Key, Line | None]] = field(default_factory=list)
    _for_ages: int = 0

    def __post_init__(self) -> None:
        self._widths = [_Widths(cell_len(column.title)) for column in self.columns]
        self._fit()

    def __len__(self) -> int:
        return len(self._shown)

    def take(self, rows: Sequence[Row], age: Callable[[Key], str] = lambda key: "") -> None:
        """These are the rows now; `age` says how old the figures of one are, "" if they are not."""
        before, kept, rank, is_sorted = self._kept, {}, self.order.key, True
        for row in rows:
            key = self.key(row)
            kept[key] = was = before.get(key) or _Kept(row, rank(row))
            if was.row is not row and was.row != row:
                ranked = rank(row)
                is_sorted = is_sorted and ranked == was.rank
                was.change(row, ranked)
            was.grow_old(age(key))
        self._kept = kept
        self._make_room(max((len(each.age) for each in kept.values()), default=0))
        if not is_sorted or kept.keys() != before.keys():
            self._shown = sorted(kept, key=lambda key: kept[key].rank)

    def _make_room(self, age: int) -> None:
        """Leave so many columns free for ages, if there are any."""
        room = age + GAP if age else 0
        if room > self._for_ages or (not room and self._for_ages):
            self._for_ages = room
            self._fit()

    def sort(self, order: Order) -> None:
        """Put the rows into another order."""
        self.order = order
        for kept in self._kept.values():
            kept.rank = order.key(kept.row)
        self._shown.sort(key=lambda key: self._kept[key].rank)

    def resize(self, columns: int) -> None:
        """Have so many columns of the screen from now on."""
        if columns != self.columns_wide:
            self.columns_wide = columns
            self._fit()

    def head(self) -> Line:
        """The titles."""
        line = list[Span]()
        for index in self._fitting:
            blanks = " " * (self._widths[index].whole - self._widths[index].title)
            title, right = self.columns[index].title, self.columns[index].right
            shown = f"{blanks}{title}" if right else title + blanks
            line += [_SPACE if line else _INDENT, Span(shown, BOLD)]
        return tuple(line)

    def line(self, place: int) -> Line:
        """The row at a place, from 0 on."""
        kept = self._kept[self._shown[place]]
        if not kept.is_made:
            self.measure(place, 1)
        if kept.line is None:
            kept.line = self._line(kept)
        return kept.line

    def measure(self, first: int, count: int) -> None:
        """Make room for the rows at these places."""
        wider = False
        for key in self._shown[first : first + count]:
            kept = self._kept[key]
            for index in () if kept.is_made else kept.make(self.columns):
                is_new = self._widths[index].widen(kept.cells[index], self.columns[index])
                wider = wider or is_new
        if wider:
            self._fit()

    def changed(self, first: int, count: int) -> list[int]:
        """Which places of these look otherwise than when this was last asked."""
        self.measure(first, count)
        places = range(first, min(first + count, len(self._shown)))
        now: list[tuple[Key, Line | None]] = [
            (self._shown[place], self.line(place)) for place in places
        ]
        before, self._drawn = self._drawn, now
        longest = max(len(now), len(before))
        return [
            first + place
            for place in range(longest)
            if place >= len(now) or place >= len(before) or now[place][1] is not before[place][1]
        ]

    def _fit(self) -> None:
        ranks = [column.rank for column in self.columns]
        room = self.columns_wide - self._for_ages
        self._fitting = fit([each.whole for each in self._widths], ranks, room)
        for kept in self._kept.values():
            kept.reset()

    def _line(self, kept: _Kept) -> Line:
        line, old = list[Span](), FAINT if kept.age else ""
        for index in self._fitting:
            line.append(_SPACE if line else _INDENT)
            line.append(kept.spans[index] or self._span(kept, index, old))
        if kept.age:
            line.append(Span(f"  {kept.age}", FAINT))
        return merged(line)

    def _span(self, kept: _Kept, index: int, style: str) -> Span:
        cell = kept.cells[index]
        text = self._widths[index].padded(cell.text, self.columns[index])
        kept.spans[index] = span = Span(text, style or cell.style)
        return span

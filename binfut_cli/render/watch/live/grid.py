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
from binfut_cli.render.watch.live.spans import BOLD, FAINT, Line, Span
from binfut_cli.resources.result.column import value

Key = tuple[str, ...]
LAST = Decimal("Infinity")


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
    """What was made of a row, as long as it is the same; `age` is shown behind it."""

    row: Row
    rank: Any
    age: str = ""
    cells: list[Cell] | None = None
    line: Line | None = None


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

    def __post_init__(self) -> None:
        self._widths = [_Widths(cell_len(column.title)) for column in self.columns]
        self._fit()

    def __len__(self) -> int:
        return len(self._shown)

    def take(self, rows: Sequence[Row], age: Callable[[Key], str] = lambda key: "") -> None:
        """These are the rows now; `age` says how old the figures of one are, "" if they are not."""
        kept, rank = {}, self.order.key
        for row in rows:
            key = self.key(row)
            was, old = self._kept.get(key), age(key)
            if was is None or was.row != row:
                was = _Kept(row, rank(row), old)
            elif was.age != old:
                was.age, was.line = old, None
            kept[key] = was
        self._kept = kept
        self._shown = sorted(kept, key=lambda key: kept[key].rank)

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
            line += [self._gap(line), Span(f"{blanks}{title}" if right else title + blanks, BOLD)]
        return tuple(line)

    def line(self, place: int) -> Line:
        """The row at a place, from 0 on."""
        kept = self._kept[self._shown[place]]
        if kept.line is None:
            kept.line = self._line(kept)
        return kept.line

    def measure(self, first: int, count: int) -> bool:
        """Make room for the rows at these places; tell whether columns have become wider."""
        wider = False
        for key in self._shown[first : first + count]:
            for cell, width, column in zip(
                self._cells(self._kept[key]), self._widths, self.columns, strict=True
            ):
                wider = width.widen(cell, column) or wider
        if wider:
            self._fit()
        return wider

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
        self._fitting = fit([each.whole for each in self._widths], ranks, self.columns_wide)
        for kept in self._kept.values():
            kept.line = None

    def _cells(self, kept: _Kept) -> list[Cell]:
        if kept.cells is None:
            kept.cells = [column.cell(kept.row) for column in self.columns]
        return kept.cells

    def _line(self, kept: _Kept) -> Line:
        cells, line, style = self._cells(kept), list[Span](), FAINT if kept.age else ""
        for index in self._fitting:
            text = self._widths[index].padded(cells[index].text, self.columns[index])
            line += [self._gap(line), Span(text, style or cells[index].role)]
        if kept.age:
            line.append(Span(f"  {kept.age}", style))
        return tuple(line)

    def _gap(self, before: Sequence[Span]) -> Span:
        return Span(" " * (GAP if before else INDENT))

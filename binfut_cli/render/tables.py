"""Tables for people, drawn by rich. What is shown is decided here; how wide it may be, by `fit`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Generic, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from binfut_cli.render import numbers
from binfut_cli.render.escape import plain

R = TypeVar("R")

GAP = 2  # blanks between columns
INDENT = 2
GAIN, LOSS, FAINT, WARN, BAD = "green", "red", "dim", "yellow", "bold red"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one field shows: text that is already harmless, and a style for it."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: its title, its cells, and what it is worth.

    Columns of the highest `rank` are dropped first when a terminal is too narrow; rank 0 never is.
    """

    title: str
    cell: Callable[[R], Cell]
    rank: int = 0
    right: bool = True


def words(value: object) -> Cell:
    """Text from the wire."""
    return Cell(numbers.NONE if value is None or value == "" else plain(value))


def amount(value: object) -> Cell:
    """An amount without a judgement."""
    return Cell(numbers.amount(value))


def profit(value: object) -> Cell:
    """An amount that is good above zero and bad below."""
    shown = numbers.signed(value)
    style = GAIN if shown.startswith("+") else LOSS if shown.startswith("-") else ""
    return Cell(shown, style)


def price(value: object) -> Cell:
    """A price; 0 means that there is none."""
    return Cell(numbers.price(value))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn table: its text, and the titles of the columns that did not fit."""

    text: str
    dropped: tuple[str, ...]


def draw(columns: Sequence[Column[R]], rows: Sequence[R], width: int | None, colour: bool) -> Drawn:
    """Draw rows as a table no wider than `width`, where None is without end.

    Whole columns are dropped, never a digit: what is shown is shown whole.
    """
    cells = [_column(column, rows) for column in columns]
    widths = [max(cell_len(cell.text) for cell in column) for column in cells]
    kept = fit(widths, [column.rank for column in columns], width)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_header=False)
    for index in kept:
        table.add_column(
            justify="right" if columns[index].right else "left",
            no_wrap=True,
            overflow="ignore",
            min_width=widths[index],
        )
    for line in range(len(rows) + 1):
        table.add_row(*(Text(cells[i][line].text, style=cells[i][line].style) for i in kept))
    dropped = tuple(columns[i].title for i in range(len(columns)) if i not in kept)
    needed = INDENT + sum(widths[i] + GAP for i in kept)
    return Drawn(_indented(table, needed, colour), dropped)


def fit(widths: Sequence[int], ranks: Sequence[int], width: int | None) -> list[int]:
    """The indexes of the columns that fit; of those that may go, the highest rank goes first."""
    kept = list(range(len(widths)))
    if width is None:
        return kept
    for index in sorted(kept, key=lambda i: (ranks[i], i), reverse=True):
        needed = INDENT + sum(widths[i] + GAP for i in kept) - GAP
        if needed <= width or ranks[index] == 0:
            break
        kept.remove(index)
    return kept


def _column(column: Column[R], rows: Sequence[R]) -> list[Cell]:
    """The title and the cells of a column, numbers lined up on their decimal point."""
    cells = [column.cell(row) for row in rows]
    if column.right:
        texts = numbers.aligned([cell.text for cell in cells])
        cells = [Cell(text, cell.style) for text, cell in zip(texts, cells, strict=True)]
    return [Cell(column.title, "bold"), *cells]


def _indented(table: Table, width: int, colour: bool) -> str:
    console = Console(
        file=StringIO(),
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(table)
    lines = (line.rstrip() for line in captured.get().splitlines())
    return "".join(f"{' ' * INDENT}{line}\n" for line in lines)

"""Tables for people: aligned columns that fit the terminal. rich measures and colours the cells.

Its own tables cut what does not fit and cannot line numbers up on their decimal point.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style

from binfut_cli.render import numbers
from binfut_cli.render.escape import plain

R = TypeVar("R")

GAP = 2  # blanks between columns
INDENT = 1
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
    widths = [cell_len(column[0].text) for column in cells]
    kept = fit(widths, [column.rank for column in columns], width)
    lines = (
        (" " * GAP).join(_styled(cells[i][line], colour) for i in kept)
        for line in range(len(rows) + 1)
    )
    dropped = tuple(columns[i].title for i in range(len(columns)) if i not in kept)
    return Drawn("".join(f"{' ' * INDENT}{line.rstrip()}\n" for line in lines), dropped)


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
    """The title and the cells of a column, padded to one width; numbers line up on their point."""
    cells = [column.cell(row) for row in rows]
    if column.right:
        texts = numbers.aligned([cell.text for cell in cells])
        cells = [Cell(text, cell.style) for text, cell in zip(texts, cells, strict=True)]
    whole = [Cell(column.title, "bold"), *cells]
    width = max(cell_len(cell.text) for cell in whole)
    return [Cell(_padded(cell.text, width, column.right), cell.style) for cell in whole]


def _padded(text: str, width: int, right: bool) -> str:
    """Pad by what the text takes on the screen: a Chinese sign takes two columns."""
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks


def _styled(cell: Cell, colour: bool) -> str:
    """A cell's text, between escape sequences if in colour."""
    if not colour or not cell.style:
        return cell.text
    return Style.parse(cell.style).render(cell.text, color_system=ColorSystem.STANDARD)

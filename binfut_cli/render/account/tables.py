"""Tables for people: aligned columns that fit the terminal. rich measures the cells.

Its own tables cut what does not fit and cannot line numbers up on their decimal point.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec
from rich.cells import cell_len

from binfut_cli.render import numbers
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import PLAIN, Palette, Role, sign

R = TypeVar("R")

GAP = 2  # blanks between columns
INDENT = 1


class Cell(msgspec.Struct, frozen=True):
    """What one field shows: text that is already harmless, and the role of its style."""

    text: str
    style: str = ""


class Column(msgspec.Struct, Generic[R], frozen=True):
    """A column: its title, its cells, and what it is worth.

    Columns of the highest `rank` are dropped first when a terminal is too narrow; rank 0 never is.
    Numbers stand at the right; with `point` their points stand below one another. `basis` is what a
    cell is made of: while that is the same, so is the cell.
    """

    title: str
    cell: Callable[[R], Cell]
    rank: int = 0
    right: bool = True
    point: bool = True
    basis: Callable[[R], object] = lambda row: row


def words(value: object) -> Cell:
    """Text from the wire."""
    return Cell(numbers.NONE if value is None or value == "" else plain(value))


def amount(value: object) -> Cell:
    """An amount without a judgement."""
    return Cell(numbers.amount(value))


def profit(shown: str) -> Cell:
    """A signed amount, which is good above zero and bad below."""
    return Cell(shown, sign(shown))


class Drawn(msgspec.Struct, frozen=True):
    """A drawn table: its text, and the titles of the columns that did not fit."""

    text: str
    dropped: tuple[str, ...]


def draw(
    columns: Sequence[Column[R]],
    rows: Sequence[R],
    width: int | None,
    palette: Palette = PLAIN,
    *,
    whole: bool = True,
    seen: dict[str, int] | None = None,
) -> Drawn:
    """Draw rows as a table no wider than `width`, where None is without end.

    Whole columns are dropped, never a digit: what is shown is shown whole. Unless `whole`, those
    that may go and say nothing of any row are left out, too. `seen` is how wide the columns of a
    table were that is drawn again and again: none gets narrower, so that none comes and goes.
    """
    seen = {} if seen is None else seen
    drawn = [(column, _column(column, rows, seen.get(column.title, 0))) for column in columns]
    told = [
        (column, cells)
        for column, cells in drawn
        if whole or column.title in seen or _says_something(column, cells)
    ]
    seen |= {column.title: cell_len(cells[0].text) for column, cells in told}
    kept = fit(
        [cell_len(cells[0].text) for _, cells in told], [column.rank for column, _ in told], width
    )
    lines = (
        (" " * GAP).join(_painted(told[i][1][line], palette) for i in kept)
        for line in range(len(rows) + 1)
    )
    dropped = tuple(column.title for i, (column, _) in enumerate(told) if i not in kept)
    return Drawn("".join(f"{' ' * INDENT}{line.rstrip()}\n" for line in lines), dropped)


def _says_something(column: Column[R], cells: Sequence[Cell]) -> bool:
    return column.rank == 0 or any(cell.text.strip() != numbers.NONE for cell in cells[1:])


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


def _column(column: Column[R], rows: Sequence[R], least: int) -> list[Cell]:
    """The title and the cells of a column, padded to one width; numbers line up on their point."""
    cells = [column.cell(row) for row in rows]
    if column.right and column.point:
        texts = numbers.aligned([cell.text for cell in cells])
        cells = [Cell(text, cell.style) for text, cell in zip(texts, cells, strict=True)]
    whole = [Cell(column.title, Role.BOLD), *cells]
    width = max(least, *(cell_len(cell.text) for cell in whole))
    return [Cell(_padded(cell.text, width, column.right), cell.style) for cell in whole]


def _padded(text: str, width: int, right: bool) -> str:
    """Pad by what the text takes on the screen: a Chinese sign takes two columns."""
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks


def _painted(cell: Cell, palette: Palette) -> str:
    """A cell's text in the colour of its role; the blanks around it are left alone."""
    if not cell.style or palette is PLAIN:
        return cell.text
    shown = cell.text.strip(" ")
    before, _, after = cell.text.partition(shown) if shown else (cell.text, "", "")
    return f"{before}{palette.paint(cell.style, shown)}{after}"

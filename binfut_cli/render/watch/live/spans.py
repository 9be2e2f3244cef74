"""Lines of coloured text before any screen knows them: cut, padded, in the terminal's characters.

A style is a role of the palette, or `reverse`, or several of them; the text of a span is harmless
already (render/escape.py).
"""

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from binfut_cli.render.palette import Role


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    style: str = ""


Line = tuple[Span, ...]
BLANK: Line = ()
BOLD, FAINT = Role.BOLD, Role.FAINT
ELLIPSIS = "…"


def width(line: Line) -> int:
    """How many columns a line takes: a Chinese sign takes two."""
    return sum(cell_len(span.text) for span in line)


def merged(spans: Iterable[Span]) -> Line:
    """The same, with neighbours of one style as one span: each costs something to draw."""
    found = list[Span]()
    text, style = "", ""
    for span in spans:
        if span.style == style:
            text += span.text
        else:
            if text:
                found.append(Span(text, style))
            text, style = span
    return (*found, Span(text, style)) if text else tuple(found)


def cut(line: Line, columns: int) -> Line:
    """A line no wider than that; what is cut off is marked."""
    if width(line) <= columns:
        return line
    found, left = list[Span](), max(columns - 1, 0)
    for span in line:
        size = cell_len(span.text)
        if size > left:
            found.append(Span(set_cell_size(span.text, left), span.style))
            break
        found.append(span)
        left -= size
    return (*found, Span(ELLIPSIS[:columns], FAINT))


def apart(left: Line, right: Line, columns: int) -> Line:
    """Two lines in one, at both its ends; the left one is cut for the right one's sake."""
    room = columns - width(right)
    if room < 1:
        return cut(left, columns)
    shown = cut(left, room - 1)
    return (*shown, Span(" " * (room - width(shown))), *right)


def joined(parts: Iterable[Line], between: str, columns: int) -> Line:
    """As many parts side by side as there is room for; the first is always there."""
    found: Line = BLANK
    for part in parts:
        longer = (*found, Span(between, FAINT), *part) if found else part
        if found and width(longer) > columns:
            break
        found = longer
    return cut(found, columns)

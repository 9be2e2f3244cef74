"""Lines laid out: when and whose they are, what they say in columns, broken where they must be."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from binfut_cli.render import zone
from binfut_cli.render.escape import plain
from binfut_cli.render.output import columns_of
from binfut_cli.render.palette import Palette
from binfut_cli.render.watch.events.fragments import Told
from binfut_cli.stream.records import Record

KIND_WIDTH = 8
NAME_WIDTH, SHORT_NAME_WIDTH = 15, 12
NARROW = 100  # columns; below, times have no ms, and what goes on stands further left
LEAST = 20  # columns of text
_REMEMBERED = 1024
GAP = "  "  # between the parts of a line

Width = Callable[[], int | None]
"""How many columns there are; None without end."""


def endless() -> int | None:
    """Lines of any length."""
    return None


class Layout:
    """Where things stand on a line."""

    def __init__(self, palette: Palette, several: bool, names: int, width: Width) -> None:
        self._palette = palette
        self._several = several  # markets: one alone needs no column of its own
        self._names = names  # the width of the profiles' column; 0 if there is only one
        self._width = width
        self._remembered = lru_cache(_REMEMBERED)(self._begun)  # many lines begin with a few names

    def lines(self, record: Record, said: Iterable[Told]) -> list[str]:
        """What is told of a record, each on as many lines as it takes."""
        width = self._width()
        is_narrow = width is not None and width < NARROW
        head = self.head(record, is_narrow)
        if width is None:
            return [f"{head}{self._begin(told, NAME_WIDTH)}{GAP.join(told.parts)}" for told in said]
        hang, found = columns_of(head) + KIND_WIDTH + 1, list[str]()
        for told in said:
            begin = head + self._begin(told, SHORT_NAME_WIDTH if is_narrow else NAME_WIDTH)
            found += _broken(begin, GAP.join(told.parts), width, hang)
        return found

    def _begin(self, told: Told, name_width: int) -> str:
        """What it is and whose, padded; where it is nobody's, the text stands there."""
        name = told.name
        is_usual = type(name) is str and len(name) <= name_width  # or it may be large, or no text
        begin = self._remembered if is_usual else self._begun
        return begin(told.kind, name, told.role, name_width)

    def _begun(self, kind: str, name: str, role: str, name_width: int) -> str:
        shown = self._palette.paint(role, kind) if role else kind
        if name == "":
            return f"{shown}{' ' * (max(KIND_WIDTH - len(kind), 0) + 1)}"
        if not (type(name) is str and name.isascii() and name.isprintable()):
            name = plain(name)
        before = max(KIND_WIDTH, len(kind)) + 1
        after = KIND_WIDTH + name_width + 2 - before - columns_of(name)
        return f"{shown}{' ' * (before - len(kind))}{name}{' ' * max(after, 1)}"

    def talk(self, record: Record, text: str) -> list[str]:
        """A text that stands in no columns."""
        width = self._width()
        head = self.head(record, width is not None and width < NARROW)
        return [head + text] if width is None else _broken(head, text, width, columns_of(head) + 2)

    def head(self, record: Record, narrow: bool = False) -> str:
        """When it was, and whose it is."""
        time = zone.time_of_day(record.time_ms) if narrow else zone.clock(record.time_ms)
        head = f"{self._palette.paint('faint', time)} "
        if self._names and record.scope is not None:
            head += f"{plain(record.scope.profile or ''):<{self._names}} "
        return f"{head}{record.market or 'all':<5} " if self._several else head


def _broken(begin: str, text: str, width: int, hang: int) -> list[str]:
    """A line within the width; what goes on stands below, indented."""
    before = columns_of(begin)
    if before + columns_of(text) <= width:
        return [begin + text]
    indent = " " * (hang if width - hang >= LEAST else 2)
    room = max(width - len(indent), LEAST)
    first, *rest = filled(text, width - before, room)
    return [(begin + first).rstrip(), *(indent + each for each in rest)]


def filled(text: str, first: int, width: int) -> list[str]:
    """A text on lines of so many columns: broken between its parts, inside one that fits on no
    line between words, and never inside a word."""
    lines, room = [""], first
    for part in text.split(GAP):
        pieces = [part] if columns_of(part) <= width else part.split(" ")
        for place, piece in enumerate(pieces):
            glue = "" if not lines[-1] else " " if place else GAP
            if columns_of(lines[-1] + glue + piece) <= room:
                lines[-1] += glue + piece
            else:
                lines.append(piece)
                room = width
    return lines

"""Lines laid out: when and whose they are, what they say in columns, broken where they must be."""

import re
from collections.abc import Callable, Iterator
from unicodedata import east_asian_width

from binfut_cli.render import zone
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Palette
from binfut_cli.render.watch.events.fragments import Told
from binfut_cli.stream.records import Record

KIND_WIDTH, NAME_WIDTH = 8, 15
TEXT_AT = KIND_WIDTH + NAME_WIDTH + 2
NARROW = 100  # columns; below, times have no ms, and what goes on stands further left
NARROWEST = 20
GAP = "  "  # between the parts of a line
_COLOURS = re.compile("\x1b\\[[0-9;]*m")

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

    def lines(self, record: Record, told: Told) -> list[str]:
        """What is told, on as many lines as it takes."""
        kind, name, parts, role = told
        shown = name if type(name) is str and name.isascii() and name.isprintable() else plain(name)
        space = TEXT_AT - max(len(kind), KIND_WIDTH) - 1 - _columns(shown)
        kind = f"{self._palette.paint(role, kind)}{' ' * (KIND_WIDTH - len(kind))}"
        width = self._width()
        line = f"{kind} {shown}{' ' * max(space, 1)}{GAP.join(parts)}".rstrip()
        if width is None:
            return [f"{self.head(record)}{line}"]
        return self._broken(record, line, width, KIND_WIDTH + 1)

    def talk(self, record: Record, text: str) -> list[str]:
        """A text that stands in no columns."""
        width = self._width()
        if width is None:
            return [f"{self.head(record)}{text}"]
        return self._broken(record, text, width, 2)

    def head(self, record: Record, narrow: bool = False) -> str:
        """When it was, and whose it is."""
        time = zone.time_of_day(record.time_ms) if narrow else zone.clock(record.time_ms)
        head = f"{self._palette.paint('faint', time)} "
        if self._names and record.scope is not None:
            head += f"{record.scope.profile or '':<{self._names}} "
        return f"{head}{record.market or 'all':<5} " if self._several else head

    def _broken(self, record: Record, line: str, width: int, hang: int) -> list[str]:
        """A line within the width; what goes on stands below its name, or below its text."""
        narrow = width < NARROW
        head = self.head(record, narrow)
        before = _columns(head)
        if before + _columns(line) <= width:
            return [head + line]
        hang = before + (hang if narrow or hang < KIND_WIDTH else TEXT_AT)
        hang = hang if width - hang >= NARROWEST else 2
        first, *rest = filled(line, max(width - before, NARROWEST), max(width - hang, NARROWEST))
        return [head + first, *(" " * hang + each for each in rest)]


def filled(text: str, first: int, width: int) -> list[str]:
    """A text on lines of so many columns, broken between its parts; in one that fits on no line,
    between words; never inside a word."""
    lines, room = [""], first
    for part in text.split(GAP):
        gap = GAP if lines[-1] else ""
        if _columns(lines[-1] + gap + part) <= room:
            lines[-1] += gap + part
            continue
        for place, piece in enumerate([part] if _columns(part) <= width else part.split(" ")):
            gap = "" if not lines[-1] else " " if place else GAP
            if _columns(lines[-1] + gap + piece) <= room:
                lines[-1] += gap + piece
            else:
                lines.append(piece)
                room = width
    return [line.rstrip() for line in lines if line.strip()] or [""]


def _columns(text: str) -> int:
    """How many columns a text takes on the screen: a Chinese sign takes two, a colour none."""
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def joined(lines: Iterator[str]) -> str:
    """Lines as they are written."""
    return "".join(f"{line}\n" for line in lines)

"""The parts of the screen: lines, a table of rows, what was told. Only changed lines are drawn.

Nothing here is laid out, coloured or measured by Textual: it is handed whole lines.
"""

from collections.abc import Callable, Sequence

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from binfut_cli.render.output import ascii_only
from binfut_cli.render.palette import PLAIN, ROLES, Palette
from binfut_cli.render.watch.live.grid import Grid
from binfut_cli.render.watch.live.lines import begins
from binfut_cli.render.watch.live.spans import BLANK, Line, Span, cut

HEAD = 2  # lines of a table above its rows
WHEEL = 3  # rows that a turn of the wheel moves
LONG = 40  # signs; no secret is shorter, and hardly anything else is as long


class Ink:
    """How a line becomes what a terminal shows: in its characters, and in the palette's colours.

    `clean` takes secrets out of text that is long enough to hold one.
    """

    def __init__(
        self,
        palette: Palette = PLAIN,
        utf8: bool = True,
        clean: Callable[[str], str] = lambda text: text,
    ) -> None:
        self._palette, self._utf8, self._clean = palette, utf8, clean
        self._styles: dict[str, Style] = {}

    def strip(self, line: Line, width: int) -> Strip:
        """A line, cut or filled up to that width."""
        shown = cut(tuple(map(self._harmless, line)), width)
        segments = [Segment(self._text(span.text), self._style(span.style)) for span in shown]
        return Strip(segments).adjust_cell_length(width)

    def _harmless(self, span: Span) -> Span:
        return span if len(span.text) < LONG else Span(self._clean(span.text), span.style)

    def _text(self, text: str) -> str:
        return text if self._utf8 or text.isascii() else ascii_only(text)

    def _style(self, words: str) -> Style:
        """A style out of roles, and of what rich calls so."""
        if words not in self._styles:
            parts = (_rich(self._palette, word) for word in words.split())
            self._styles[words] = sum(parts, Style())
        return self._styles[words]


def _rich(palette: Palette, word: str) -> Style:
    if word not in ROLES:
        return Style.parse(word)
    found = palette.of(word)
    return Style(
        color=None if found.colour is None else Color.from_ansi(found.colour),
        bold=found.bold or None,
        dim=found.faint or None,
        underline=found.underline or None,
        reverse=found.reverse or None,
    )


class Drawn(Widget):
    """A part of the screen that is handed whole lines."""

    ALLOW_SELECT = False

    def __init__(self, ink: Ink, id: str) -> None:
        super().__init__(id=id)
        self._ink = ink


class Lines(Drawn):
    """Lines one below the other."""

    def __init__(self, ink: Ink, id: str) -> None:
        super().__init__(ink, id)
        self._lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these from now on."""
        before, self._lines = self._lines, lines
        for y in range(max(len(lines), len(before))):
            if y >= len(lines) or y >= len(before) or lines[y] != before[y]:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of it."""
        line = self._lines[y] if y < len(self._lines) else BLANK
        return self._ink.strip(line, self.size.width)


class Scrolled(Drawn, can_focus=True):
    """A part of which only some lines fit; `first` is the first that is shown of `many`."""

    def __init__(self, ink: Ink, id: str) -> None:
        super().__init__(ink, id)
        self.first = self.many = 0
        self.follows = False  # whether the last is to stay in sight

    @property
    def room(self) -> int:
        """How many of its lines fit, below what stands above them."""
        return max(self.size.height - HEAD, 0)

    @property
    def last_first(self) -> int:
        """The first line when the last is shown."""
        return max(self.many - self.room, 0)

    def hold(self, many: int) -> None:
        """Have so many lines from now on."""
        self.many = many
        self.first = self.last_first if self.follows else min(self.first, self.last_first)

    def on_resize(self, event: events.Resize) -> None:
        """Fewer or more of them fit now."""
        self.hold(self.many)
        self.moved()

    def move(self, lines: int) -> None:
        """Show what is so many lines further down."""
        first = min(max(self.first + lines, 0), self.last_first)
        if first != self.first:
            self.first = first
            self.moved()

    def moved(self) -> None:
        """Other lines are shown now."""
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        self.move(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        self.move(-WHEEL)


class Table(Scrolled):
    """The rows of a grid below its titles."""

    def __init__(self, ink: Ink, id: str) -> None:
        super().__init__(ink, id)
        self._title: Line = BLANK
        self._head: Line = BLANK
        self._grid: Grid | None = None

    def show(self, title: Line, grid: Grid) -> None:
        """Show the rows as they are now."""
        if grid is not self._grid:
            self._grid = grid
            self.hold(0)
            self.refresh()
        self.hold(len(grid))
        changed = grid.changed(self.first, self.room)
        if title != self._title:
            self._title = title
            self._redraw(0)
        if (head := grid.head()) != self._head:
            self._head = head
            self._redraw(1)
        for place in changed:
            self._redraw(place - self.first + HEAD)

    def _redraw(self, y: int) -> None:
        self.refresh(Region(0, y, self.size.width, 1))

    def moved(self) -> None:
        """Other rows are shown now."""
        if self._grid is not None:
            self._grid.changed(self.first, self.room)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The title, the columns' titles, or a row."""
        return self._ink.strip(self._line(y), self.size.width)

    def _line(self, y: int) -> Line:
        if y == 0:
            return self._title
        if self._grid is None or not len(self._grid):
            return BLANK
        if y == 1:
            return self._grid.head()
        place = self.first + y - HEAD
        return self._grid.line(place) if place < len(self._grid) else BLANK


class Told(Scrolled):
    """What was told, the newest at the bottom; it stays there until somebody scrolls up."""

    def __init__(self, ink: Ink, id: str) -> None:
        super().__init__(ink, id)
        self._title: Line = BLANK
        self._lines: Sequence[Line] = ()
        self.follows = True

    @property
    def room(self) -> int:
        """How many lines fit below the title."""
        return max(self.size.height - 1, 0)

    @property
    def last_first(self) -> int:
        """The first line when the last is shown: it begins what was told, if that fits."""
        first = super().last_first
        return next((at for at in range(first, self.many) if begins(self._lines[at])), first)

    def move(self, lines: int) -> None:
        """Show what is so many lines further down; at the end it stays there."""
        self.follows = False
        super().move(lines)
        self.follows = self.first == self.last_first

    def show(self, title: Line, lines: Sequence[Line]) -> None:
        """Show these."""
        before = self._title, self._lines, self.first
        self._title, self._lines = title, lines
        self.hold(len(lines))
        if title != before[0] or lines is not before[1] or self.first != before[2]:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The title, or a line."""
        place = self.first + y - 1
        line = self._title if y == 0 else BLANK
        if y and place < len(self._lines):
            line = self._lines[place]
        return self._ink.strip(line, self.size.width)

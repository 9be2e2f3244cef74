"""The lines of a watch as lines of the dashboard. They are escaped; their colours are ours."""

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from binfut_cli.endpoints import Lane
from binfut_cli.render.watch.live.frames.frame import Frame
from binfut_cli.render.watch.live.spans import Line, Span
from binfut_cli.render.watch.talk import OWN


class Narration:
    """What was told of each account: made into lines once, for as long as it is kept."""

    def __init__(self) -> None:
        self._made: dict[int, Line] = {}
        self._last: tuple[tuple[int, Lane, str] | None, list[Line]] = None, []

    def lines(self, frame: Frame, lane: Lane, symbol: str = "") -> list[Line]:
        """What was told of an account, and of no account alone; the same list while it is that.

        Of one symbol, if a part of its name is given, and what a watch says of itself.
        """
        of, made = self._last
        if of == (frame.number, lane, symbol):
            return made
        first = frame.number - len(frame.told)
        made = [
            self._line(first + place, text)
            for place, (whose, text) in enumerate(frame.told)
            if whose in (None, lane)
        ]
        self._made = {number: line for number, line in self._made.items() if number >= first}
        made = made if not symbol else [*_of_symbol(made, symbol.upper())]
        self._last = (frame.number, lane, symbol), made
        return made

    def _line(self, number: int, text: str) -> Line:
        if number not in self._made:
            self._made[number] = colours(text)
        return self._made[number]


def _of_symbol(lines: Iterable[Line], symbol: str) -> Iterator[Line]:
    """What is about a symbol, with the lines on which it goes on; and what is about none."""
    whole = list[Line]()
    for line in lines:
        if whole and begins(line):
            yield from whole if _is_wanted(whole, symbol) else ()
            whole = []
        whole.append(line)
    yield from whole if _is_wanted(whole, symbol) else ()


def _is_wanted(lines: Sequence[Line], symbol: str) -> bool:
    texts = [_text(line) for line in lines]
    time, _, rest = texts[0].partition(" ") if texts else ("", "", "")
    is_own = not time[:1].isdigit() or rest.partition(" ")[0] in OWN
    return is_own or any(symbol in text.upper() for text in texts)


def begins(line: Line) -> bool:
    """Whether something is told from here on; no line on which it goes on."""
    return not _text(line).startswith(" ")


def _text(line: Line) -> str:
    return "".join(span.text for span in line)


def colours(text: str) -> Line:
    """A line with escape sequences for colours as spans."""
    found = Text.from_ansi(text)
    return tuple(
        Span(part.plain, str(part.spans[0].style) if part.spans else "")
        for part in found.divide(sorted({at for span in found.spans for at in span[:2]}))
        if part.plain
    )

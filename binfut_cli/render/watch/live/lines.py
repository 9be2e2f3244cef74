"""The lines of a watch as lines of the dashboard. They are escaped; their colours are ours."""

from rich.text import Text

from binfut_cli.endpoints import Lane
from binfut_cli.render.watch.live.frames.frame import Frame
from binfut_cli.render.watch.live.spans import Line, Span


class Narration:
    """What was told of each account: made into lines once, for as long as it is kept."""

    def __init__(self) -> None:
        self._made: dict[int, Line] = {}
        self._last: tuple[int, Lane | None, list[Line]] = (-1, None, [])

    def lines(self, frame: Frame, lane: Lane) -> list[Line]:
        """What was told of an account, and of no account alone; the same list while it is that."""
        number, of, made = self._last
        if (number, of) == (frame.number, lane):
            return made
        first = frame.number - len(frame.told)
        made = [
            self._line(first + place, text)
            for place, (whose, text) in enumerate(frame.told)
            if whose in (None, lane)
        ]
        self._made = {number: line for number, line in self._made.items() if number >= first}
        self._last = frame.number, lane, made
        return made

    def _line(self, number: int, text: str) -> Line:
        if number not in self._made:
            self._made[number] = colours(text)
        return self._made[number]


def colours(text: str) -> Line:
    """A line with escape sequences for colours as spans."""
    found = Text.from_ansi(text)
    return tuple(
        Span(part.plain, str(part.spans[0].style) if part.spans else "")
        for part in found.divide(sorted({at for span in found.spans for at in span[:2]}))
        if part.plain
    )

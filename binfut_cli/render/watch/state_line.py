"""The line at the bottom of a terminal that says how a watch stands, redrawn in place.

A quiet account shows there that it is watched. It is talk: it stands on standard error, and only
where that and standard output are terminals that can do it.
"""

import re
from collections.abc import Callable, Collection, Mapping

from binfut_cli.endpoints import Lane
from binfut_cli.render.escape import plain
from binfut_cli.render.output import COLOUR, Output, columns_of
from binfut_cli.render.watch.standing import worded
from binfut_cli.stream.live.standing import Standing

_CLEAR = b"\r\x1b[K"
SPACE_S = 0.25


class StateLine:
    """The line of all lanes; to be cleared before anything else is written to the terminal.

    It is drawn at most four times a second, of the `standings` that are asked for then.
    """

    def __init__(self, out: Output, standings: Callable[[], Mapping[Lane, Standing]]) -> None:
        self._out, self._palette, self._standings = out, out.palette, standings
        self._shown = ""
        self._due_s = 0.0

    def draw(self, now_s: float) -> None:
        """Show how the lanes stand, if that is due and not what the line says."""
        if now_s < self._due_s:
            return
        self._due_s = now_s + SPACE_S
        text = cut(self._text(), (self._out.columns() or 80) - 1)
        if text != self._shown:
            self._out.write(_CLEAR + text.encode())
            self._shown = text

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = ""
            self._out.write(_CLEAR)

    def _text(self) -> str:
        found = self._standings()
        names = [f"{name} " if (name := named(lane, found)) else "" for lane in found]
        each = [worded(standing, self._palette) for standing in found.values()]
        return "watching " + " · ".join(map("".join, zip(names, each, strict=True)))


def named(lane: Lane, others: Collection[Lane]) -> str:
    """A lane by as much as tells it from the others: nothing, its market, its profile too."""
    markets, scopes = {each.market for each in others}, {each.scope for each in others}
    profile = lane.scope.profile if lane.scope is not None and len(scopes) > 1 else None
    return " ".join(filter(None, (plain(profile or ""), lane.market if len(markets) > 1 else "")))


def cut(text: str, width: int) -> str:
    """The text no wider than a terminal, its colours whole; `…` stands for what is left out."""
    room = width if columns_of(text) <= width else width - 1
    kept, used, end = "", 0, 0
    for found in [*re.finditer(COLOUR, text), None]:
        start = found.start() if found else len(text)
        for sign in text[end:start]:
            before, used = used, used + columns_of(sign)
            kept += sign if used <= room else "…" if before <= room else ""
        kept, end = kept + (found[0] if found else ""), found.end() if found else end
    return kept

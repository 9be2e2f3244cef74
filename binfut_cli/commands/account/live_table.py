"""`-w`: an answer's table, kept live: redrawn in place on a terminal, appended elsewhere.

It is the engine's view of each account, so every figure is as new as it can be; the title tells how
the watch stands, and what is old is dim.
"""

import gc
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from binfut_cli.codec import Row
from binfut_cli.commands.account.formats import Shape, live_writer
from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.options.options import Format
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.hosts import Gates, handshakes
from binfut_cli.render.choice import Seen
from binfut_cli.render.watch import state_line
from binfut_cli.render.watch.standing import of_view
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Gap, Record, Status

REDRAW_S = 0.25
"""How soon after one drawing another may follow."""
TICK_S = 1.0
"""How often is looked if nothing happens but the marks."""
STILL_S = 5.0
"""How soon another follows if nothing at all has changed but the time."""
CLEAR = "\x1b[H\x1b[J"


def run(context: Context, found: OpenedAccounts, shape: Shape, every_s: float) -> None:
    """Show the table of every market until the user or the reader has had enough."""
    setup = Setup(
        gates=Gates(),
        handshakes=handshakes(found),
        redactor=context.redactor,
        live=True,
        look_every_s=every_s,
    )
    table = _Table(context, found, shape, every_s)
    gc.freeze()  # what is loaded now stays: the collector need not look at it again
    with Engine(found.lanes, setup) as engine:
        for records in engine.run():
            _talk(context, records)
            table.turn(engine, records)
            if not records and context.out.reader_is_gone():
                raise BrokenPipeError


def _talk(context: Context, records: Iterable[Record]) -> None:
    """Say elsewhere what a terminal's title tells."""
    for record in records:
        if isinstance(record.body, Gap | Status) and not context.out.is_terminal:
            context.say(f"{record.market}: {record.body.reason}")


Size = tuple[int | None, int | None]


@dataclass(slots=True)
class _Table:
    """What was written last, and when; a table is written once all accounts were read."""

    context: Context
    found: OpenedAccounts
    shape: Shape
    every_s: float
    size: Size = (None, None)
    written_s: float | None = None
    has_changed: bool = False
    looked_s: float | None = None
    shown: list[Row] = field(default_factory=list)
    seen: Seen = field(default_factory=dict)

    def turn(self, engine: Engine, records: list[Record]) -> None:
        """Write the table if that is due."""
        self.has_changed = self.has_changed or any(map(_changes, records))
        now_s, out = time.monotonic(), self.context.out
        size = out.columns(), out.rows()
        if self._is_due(now_s) or size != self.size:
            views = engine.views()
            self.looked_s = now_s
            if len(views) == len(self.found.lanes):
                self._show([views[account.lane] for account, _ in self.found.lanes], now_s, size)

    def _is_due(self, now_s: float) -> bool:
        """Whether to look again."""
        if self.looked_s is None or self.written_s is None:
            return self.looked_s is None or now_s - self.looked_s >= REDRAW_S
        return now_s - self.looked_s >= (REDRAW_S if self.has_changed else TICK_S)

    def _show(self, views: list[LiveView], now_s: float, size: Size) -> None:
        """Write the table, if it says something else than the one before, or that is long ago.

        Elsewhere than on a screen, marks alone are no reason.
        """
        shown = [view.answer.document for view in views] if self._is_screen else []
        is_other = shown != self.shown or size != self.size or self.has_changed
        space_s = STILL_S if self._is_screen else self.every_s
        if self.written_s is None or is_other or now_s - self.written_s >= space_s:
            self.seen = self.seen if size == self.size else {}
            self._write(views)
            self.shown, self.size, self.written_s, self.has_changed = shown, size, now_s, False

    @property
    def _is_screen(self) -> bool:
        """Whether it is redrawn in place: a table for people on a terminal that can do it."""
        is_for_people = not self.context.as_json and self.shape.output is not Format.CSV
        return is_for_people and self.context.out.is_screen

    def _write(self, views: list[LiveView]) -> None:
        first = self.written_s is None
        write = live_writer(self.context, self.shape, self.found.scope, self.seen, first=first)
        (shown,) = self.shape.resources
        colours = self.context.out.palette
        data = write([answer(view, shown, of_view(view, colours)) for view in views])
        self.context.out.write(self._screen(data.decode()).encode() if self._is_screen else data)

    def _screen(self, text: str) -> str:
        """A text in place of the one before, no higher and no wider than the terminal."""
        out = self.context.out
        return CLEAR + cut(text, out.columns() or 80, out.rows() or 24)


def _changes(record: Record) -> bool:
    """Whether a record may have changed more than marks do."""
    return record.type in ("snapshot", "event", "status", "gap")


def answer(view: LiveView, shown: Resource, standing: str) -> Result:
    """The rows of a kind as a question of their own would be answered."""
    market = view.lane.market
    rows = [shown.from_stream(market, row) for row in view.answer.rows(shown.streamed)]
    return Result(
        shown.answer, market, view.time_ms, {shown.kind: rows}, (shown,),
        standing=standing, ages=view.age_ms if view.is_old else None,
    )  # fmt: skip


def cut(text: str, width: int, height: int) -> str:
    """The lines that fit a terminal, the last of them telling how many do not."""
    lines = [f"{state_line.cut(line, width)}\n" for line in text.splitlines()]
    room = max(height - 1, 1)  # the cursor stands below them
    if len(lines) <= room:
        return "".join(lines)
    return "".join(lines[: room - 1]) + f"  {len(lines) - room + 1} more\n"

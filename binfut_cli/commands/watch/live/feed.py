"""From the thread that watches to the screen that looks: what there is to show, as one value.

The watch's thread makes a frame a few times a second; the screen takes the last one, and waits for
nothing. Nothing of a frame is changed once it is there.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.live.held import Held
from binfut_cli.commands.watch.live.order_book import OrderBook
from binfut_cli.commands.watch.printers import PLAIN_VIEW, HumanPrinter, View, monotonic_ms
from binfut_cli.endpoints import Lane
from binfut_cli.render.palette import Palette
from binfut_cli.render.watch.lines import Lines
from binfut_cli.render.watch.live.frames import of_watch
from binfut_cli.render.watch.live.frames.frame import Account, Frame
from binfut_cli.render.watch.moments import Moment
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.records import Record, Stop

SPACE_S, QUIET_S = 0.25, 1.0
"""How far apart frames are: if something has happened, and if only marks and clocks go on."""
MOST_TOLD = 1000
"""How many lines can be scrolled back to; a recording has them all."""


class Brief(Lines):
    """Lines without what a snapshot holds: a table shows it."""

    def told(self, moment: Moment) -> list[str]:
        """The lines of what belongs together."""
        is_snapshot = isinstance(moment, Record) and moment.type == "snapshot"
        return [] if is_snapshot else super().told(moment)


class Feed:
    """Collects what is told, and puts frames together: a watch's `Screen`.

    What a watch would write of a lane, a printer of its own writes here. `last` are the records
    that end the watch: they are told again when the screen is gone.
    """

    def __init__(
        self,
        context: Context,
        view: View = PLAIN_VIEW,
        palette: Palette | None = None,
        now_ms: Callable[[], int] = monotonic_ms,
    ) -> None:
        self._out, self._view, self._now_ms = context.out, view, now_ms
        self._palette = palette or context.out.palette
        self._clean = context.redactor.scrub
        self._printers: dict[Lane | None, HumanPrinter] = {}
        self._told: deque[tuple[Lane | None, str]] = deque(maxlen=MOST_TOLD)
        self._number, self._last_s, self._has_news = 0, 0.0, True
        self._frame = Frame(0, ())
        self.last: Sequence[Record] = ()

    def show(self, records: Sequence[Record]) -> None:
        """Tell of what a watch would have written; of nothing, what has waited long enough."""
        if any(isinstance(record.body, Stop) for record in records):
            self.last = records
        for lane, of_lane in groupby(records, _lane):
            self._printer(lane).show(list(of_lane))
        for printer in self._printers.values():  # others wait while one account is busy
            printer.show(())

    def looking_at(self, engine: Engine, setup: Setup) -> Callable[[list[Record]], object]:
        """Look at the accounts of a watch several times a second."""
        book = OrderBook(setup, engine.context)
        book.follow(engine.accounts())

        def observe(records: list[Record]) -> None:
            book.take(records)
            if self._is_due(bool(records)):
                book.follow(engine.accounts())
                standings, views = engine.standings(), engine.views()
                now_ms = max((each.time_ms for each in standings.values()), default=0)
                orders = book.of(views, now_ms)
                self.put(now_ms, of_watch.accounts(standings.values(), views, orders))

        return observe

    def _is_due(self, is_news: bool) -> bool:
        """Whether it is time for another frame."""
        now_s = time.monotonic()
        self._has_news = self._has_news or is_news
        if now_s < self._last_s + (SPACE_S if self._has_news else QUIET_S):
            return False
        self._last_s, self._has_news = now_s, False
        return True

    def put(self, now_ms: int, accounts: tuple[Account, ...]) -> None:
        """These are the accounts at that moment."""
        self._frame = Frame(now_ms, accounts, tuple(self._told), self._number)

    def look(self) -> Frame:
        """The last frame."""
        return self._frame

    def tell(self, line: str, lane: Lane | None = None) -> None:
        """Tell a line, of an account or of none."""
        clean = self._clean(line.encode("utf-8", "backslashreplace"))
        self._told.append((lane, clean.decode()))
        self._number += 1

    def finish(self) -> None:
        """Tell what still waits for more."""
        for printer in self._printers.values():
            printer.finish()

    def _printer(self, lane: Lane | None) -> HumanPrinter:
        if lane not in self._printers:
            self._printers[lane] = self._made(lane)
        return self._printers[lane]

    def _made(self, lane: Lane | None) -> HumanPrinter:
        """What writes of a lane: both its streams are lines told here."""
        here = Held.of(self._out, lambda line: self.tell(line, lane), is_terminal=True)
        context = Context()
        context.out = context.err = here
        words = Brief(self._palette, width=self._width, exact=self._view.detail)
        return HumanPrinter(context, words, words, self._view.moments(), self._now_ms)

    def _width(self) -> int | None:
        return self._out.columns()


def _lane(record: Record) -> Lane | None:
    return None if record.market is None else Lane(record.market, record.scope)

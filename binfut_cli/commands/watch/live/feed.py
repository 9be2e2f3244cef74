"""From the thread that watches to the screen that looks: what there is to show, as one value.

The watch's thread makes a frame a few times a second; the screen takes the last one, and waits for
nothing. Nothing of a frame is changed once it is there.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from binfut_cli.api.client import AccountClient
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.live.order_book import OrderBook
from binfut_cli.endpoints import Lane
from binfut_cli.render.watch.lines import Lines
from binfut_cli.render.watch.live.frames import of_watch
from binfut_cli.render.watch.live.frames.frame import Account, Frame
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.records import Record, Rotate, Status, Stop

SPACE_S = 0.25
MOST_TOLD = 1000
"""How many lines can be scrolled back to; a recording has them all."""


class Feed:
    """Collects what is told, and puts frames together: a watch's `Screen`."""

    def __init__(self, context: Context, words: Lines) -> None:
        self._clean = context.redactor.scrub
        self._words = words
        self._told: deque[tuple[Lane | None, str]] = deque(maxlen=MOST_TOLD)
        self._number, self._due_s = 0, 0.0
        self._frame = Frame(0, ())
        self.last: Sequence[Record] = ()
        """The records that end the watch: they are told again when the screen is gone."""

    def show(self, records: Sequence[Record]) -> None:
        """Tell of what a watch would have written."""
        if any(isinstance(record.body, Stop) for record in records):
            self.last = records
        for record in records:
            lane = None if record.market is None else Lane(record.market, record.scope)
            for line in self._lines(record):
                self.tell(line, lane)

    def looking_at(
        self, engine: Engine, setup: Setup, accounts: Sequence[AccountClient]
    ) -> Callable[[list[Record]], object]:
        """Look at the accounts of a watch several times a second."""
        book = OrderBook(setup, accounts)
        book.begin()

        def observe(records: list[Record]) -> None:
            book.take(records)
            if time.monotonic() >= self._due_s:
                self._due_s = time.monotonic() + SPACE_S
                standings, views = engine.standings(), engine.views()
                now_ms = max(each.time_ms for each in standings.values())
                orders = book.of(views, now_ms)
                self.put(now_ms, of_watch.accounts(standings.values(), views, orders))

        return observe

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

    def _lines(self, record: Record) -> list[str]:
        if isinstance(record.body, Status | Stop | Rotate):
            return [self._words.status(record)]
        return [] if record.type == "snapshot" else self._words.lines(record)  # a table shows it

"""A watch on a full screen: the watch on a thread of its own, Textual on the main one.

Signals come to the main thread, and so does the terminal. The watch is the same as without a
screen: its records, recording, failures and exit status are `watch`'s.
"""

import os
import threading
from collections.abc import Callable

import typer

from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.commands.watch.limits import Options
from binfut_cli.commands.watch.live.feed import Feed
from binfut_cli.commands.watch.live.held import Held
from binfut_cli.commands.watch.live.terminal import given_back, has_utf8
from binfut_cli.commands.watch.printers import HumanPrinter, wording
from binfut_cli.commands.watch.run import watch
from binfut_cli.commands.watch.shutdown import Shutdown
from binfut_cli.render.live.app import Dashboard
from binfut_cli.render.live.widgets import Ink
from binfut_cli.render.watch.lines import Lines

PATIENCE_S, IMPATIENCE_S = 6.0, 1.0
"""How long the end of a watch is waited for: longer than it takes by itself, and if the user did
not want to wait for that."""


class Work:
    """Something that is done on a thread of its own; what it raises is raised where it is ended."""

    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._thread = threading.Thread(target=self._run, name="binfut-watch", daemon=True)
        self._raised: BaseException | None = None
        self.status = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or has not begun."""
        return not self._thread.is_alive()

    def end(self, patience_s: float) -> None:
        """Wait for its end, and raise what it raised."""
        self._thread.join(patience_s)
        if self._raised is not None:
            raise self._raised

    def _run(self) -> None:
        try:
            self.status = self._work()
        except BaseException as exc:
            self._raised = exc


def run(context: Context, found: OpenedAccounts, options: Options, recorded: Recorded) -> None:
    """Watch on a screen until a bound is met, the user has had enough, or a signal comes."""
    ending = Shutdown(recorded.hung_up if recorded.file else None)
    feed, behind = Feed(context, Lines(context.out.palette)), context.err
    context.err = held = Held.of(behind, feed.tell)
    work = Work(lambda: watch(context, found, options, recorded, ending, feed))
    app = Dashboard(feed.look, ending.leave, lambda: work.is_over, ink(context))
    patience_s = IMPATIENCE_S
    with ending.heard():
        try:
            _show(app, work)
            patience_s = PATIENCE_S
        finally:
            ending.asked.set()
            try:
                work.end(patience_s)
            finally:
                context.err = behind
                held.give()
                words = wording(found, context.out), wording(found, behind)
                HumanPrinter(context, *words).show(feed.last)
    if ending.by is not None:
        raise ending.exception()
    if work.status:
        raise typer.Exit(work.status)


def ink(context: Context) -> Ink:
    """How lines are shown on this terminal; no secret that the run knows of can pass."""
    clean = context.redactor.scrub
    return Ink(
        context.out.palette, has_utf8(os.environ), lambda text: clean(text.encode()).decode()
    )


def _show(app: Dashboard, work: Work) -> None:
    """Show the screen while the watch goes on; raise what went wrong with it."""
    with given_back():
        work.start()
        app.run()
    if app.failed is not None:
        raise app.failed

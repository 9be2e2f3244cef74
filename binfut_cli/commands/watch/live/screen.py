"""Something that goes on behind a screen: that on a thread of its own, Textual on the main one.

Signals come to the main thread, and so does the terminal.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from binfut_cli.commands.process import pictures
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.live.feed import Feed
from binfut_cli.commands.watch.live.held import Held
from binfut_cli.commands.watch.live.terminal import given_back
from binfut_cli.render.account.picture import Drawing, picture
from binfut_cli.render.palette import Palette, background
from binfut_cli.render.watch.live.app import Dashboard
from binfut_cli.render.watch.live.widgets import Ink

PATIENCE_S, IMPATIENCE_S = 6.0, 1.0
"""How long its end is waited for: longer than it takes by itself, and if the user did not want to
wait for that."""


@dataclass(slots=True)
class Behind:
    """What goes on behind a screen.

    `work` gives an exit status; `leave` is told that the user has had enough, and whether by
    Ctrl-C; `stop` has the work end. The screen is left once `is_over`, told whether work goes on,
    and `export` then gets a picture of it.
    """

    work: Callable[[], int]
    leave: Callable[[bool], None]
    stop: Callable[[], None]
    is_over: Callable[[bool], bool] = lambda goes_on: not goes_on
    export: Path | None = None
    status: int = 0
    raised: BaseException | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name="binfut-behind", daemon=True)

    def end(self, patience_s: float) -> None:
        """Have it end, wait for that, and raise what it raised."""
        self.stop()
        self.thread.join(patience_s)
        if self.raised is not None:
            raise self.raised

    def _run(self) -> None:
        try:
            self.status = self.work()
        except BaseException as exc:  # raised where it is ended
            self.raised = exc


def on_screen(context: Context, feed: Feed, behind: Behind) -> int:
    """Show a feed while something goes on behind it; return the exit status of that.

    What is said meanwhile is told on the screen, and again when that is gone.
    """
    stderr, patience_s = context.err, IMPATIENCE_S
    context.err = held = Held.of(stderr, feed.tell)
    try:
        app = _show(context, feed, behind)
        patience_s = PATIENCE_S
    finally:
        try:
            behind.end(patience_s)
        finally:
            context.err = stderr
            held.give()
    if behind.export is not None and app.last:
        export(context, behind.export, app.last)
    return behind.status


def _show(context: Context, feed: Feed, behind: Behind) -> Dashboard:
    """Show the screen until it is over, and give it back; raise what went wrong with it."""
    thread = behind.thread

    def is_over() -> bool:
        return behind.is_over(thread.is_alive())

    app = Dashboard(feed.look, behind.leave, is_over, ink(context))
    with given_back(is_over):
        thread.start()
        app.run()
    if app.failed is not None:
        raise app.failed
    return app


def export(context: Context, path: Path, lines: Drawing) -> None:
    """Write a picture of a screen."""
    pictures.write(context, path, picture(lines, background(os.environ)))


def ink(context: Context, colours: Palette | None = None) -> Ink:
    """How lines are shown on this terminal, or, in these colours, on a picture.

    No secret that the run knows of can pass.
    """

    def clean(text: str) -> str:
        return context.redactor.scrub(text.encode("utf-8", "backslashreplace")).decode()

    if colours is not None:
        return Ink(colours, clean=clean)
    return Ink(context.out.palette, context.out.utf8, clean)

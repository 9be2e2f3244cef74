"""A watch on a full screen: the same watch, its records, recording, failures and exit status."""

from pathlib import Path

import typer

from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.commands.watch.limits import Options
from binfut_cli.commands.watch.live.feed import Feed
from binfut_cli.commands.watch.live.screen import Behind, on_screen
from binfut_cli.commands.watch.printers import HumanPrinter, View, wording
from binfut_cli.commands.watch.run import shutdown, watch


def run(
    context: Context,
    found: OpenedAccounts,
    options: Options,
    recorded: Recorded,
    export: Path | None = None,
) -> None:
    """Watch on a screen until a bound is met, the user has had enough, or a signal comes.

    `export` then gets a picture of the screen as it was last.
    """
    ending = shutdown(found, recorded)
    view = View(options.limits.shown, options.detail)
    feed = Feed(context, view)
    behind = Behind(
        lambda: watch(context, found, options, recorded, ending, feed),
        ending.leave,
        ending.asked.set,
        export=export,
    )
    with ending.heard():
        try:
            status = on_screen(context, feed, behind)
        finally:
            words = wording(found, context.out, view), wording(found, context.err)
            printer = HumanPrinter(context, *words)
            printer.show(feed.last)
            printer.finish()
    if ending.by is not None:
        raise ending.exception()
    if status:
        raise typer.Exit(status)

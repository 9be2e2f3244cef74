"""Who is told of an alert besides the output: the terminal's bell, a program, the desktop."""

import os
from collections.abc import Callable
from contextlib import suppress
from html import escape

from binfut_cli.auth.environment import without_key
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.alerting.program import Program, Run
from binfut_cli.commands.watch.alerting.wanted import Wanted
from binfut_cli.errors import ConfigError, OutputError
from binfut_cli.render.documents import Lines
from binfut_cli.render.escape import plain
from binfut_cli.render.watch.events import alerts as words
from binfut_cli.render.watch.events.digits import Digits
from binfut_cli.stream.records import Alert, Record

BELL = b"\a"
GOES_ON = "The watch goes on, and so do other alerts; this is told once, until a run succeeds."


class Listeners:
    """What is rung, run and shown for alerts; `lines` writes what a program is given."""

    def __init__(self, context: Context, wanted: Wanted, lines: Lines) -> None:
        self._context, self._wanted, self._lines = context, wanted, lines
        environ = without_key(os.environ)
        self._command = Program("--exec", environ) if wanted.command else None
        self._notifier = Program("--notify", environ) if wanted.notifier else None

    def tell(self, record: Record, alert: Alert) -> None:
        """Tell all of them; none is waited for."""
        if alert.state == "fired":
            self._ring()
        if self._command and self._wanted.command:
            given = self._context.redactor.clean(self._lines.line(record))
            self._command.hand(Run(self._wanted.command, given))
        if self._notifier and self._wanted.notifier and alert.state in ("fired", "unknown"):
            shown = _notification(alert, self._context.redactor.scrub)
            self._notifier.hand(Run((self._wanted.notifier, *shown)))

    def complain(self) -> None:
        """Tell what went wrong with those that were run: it is no fault of the watch's."""
        for program in filter(None, (self._command, self._notifier)):
            while program.complaints:
                self._context.report(ConfigError(program.complaints.popleft(), hint=GOES_ON))

    def close(self) -> None:
        """Wait a little for what is run, and end it; all of it, if a signal has had enough."""
        programs = [*filter(None, (self._command, self._notifier))]
        try:
            for program in programs:
                program.close()
        finally:
            for program in programs:
                program.end()
        self.complain()

    def _ring(self) -> None:
        """Ring the bell of the terminal that talk or data goes to, if one does."""
        if self._context.quiet:
            return
        for out in (self._context.err, self._context.out):
            if out.is_terminal:
                with suppress(OutputError):
                    out.write(BELL)
                return


def _notification(alert: Alert, scrub: Callable[[bytes], bytes]) -> tuple[str, ...]:
    """What notify-send takes: a title, and a text in which the desktop reads markup.

    A command line can be read by every user of the computer: no secret may be in it.
    """

    def clean(text: str) -> str:
        return scrub(plain(text).encode()).decode()

    return (
        "--app-name=binfut",
        "--urgency=critical",
        "--",
        clean(f"binfut: {words.name(alert)}"),
        escape(clean("  ".join(words.parts(alert, Digits())))),
    )

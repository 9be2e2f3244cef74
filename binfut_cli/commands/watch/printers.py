"""How the records of a watch are written: as JSON, as the exchange's bytes, as lines for people."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Scope
from binfut_cli.render import documents, zone
from binfut_cli.render.escape import plain
from binfut_cli.render.output import Output
from binfut_cli.render.watch import lines
from binfut_cli.render.watch.moments import Moment, Moments, record_of
from binfut_cli.render.watch.shown import ALL, Shown
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.records import Record, Rotate, Status, Stop, Verdict

TALK = (Status, Stop, Rotate)
"""What a watch says of itself: on standard error."""


class Printer(Protocol):
    """Shows records on standard output; what one item brought is one call."""

    def show(self, records: Sequence[Record]) -> None:
        """Write what these records say; without any, what has waited long enough for more."""

    def finish(self) -> None:
        """Write what still waits for more."""


class Screen(Printer, Protocol):
    """A printer that shows the accounts themselves, too."""

    def looking_at(self, engine: Engine, setup: Setup) -> Callable[[list[Record]], object]:
        """Look at what this watches; what is given back is called with all records, and often."""


class JsonPrinter:
    """Every record as one line of JSON."""

    def __init__(self, context: Context, lines: documents.Lines) -> None:
        out, self._lines = context.out, lines
        self._write = out.write_clean if lines.are_clean else out.write

    def show(self, records: Sequence[Record]) -> None:
        """Write all of them at once."""
        if records:
            self._write(self._lines.text(records))

    def finish(self) -> None:
        """Nothing waits here."""


class RawPrinter:
    """The exchange's bytes, a line each, and nothing of our own."""

    def __init__(self, context: Context) -> None:
        self._out = context.out

    def show(self, records: Sequence[Record]) -> None:
        """Write all of them at once."""
        messages = [record.raw for record in records if record.raw is not None]
        text = b"\n".join([*messages, b""])
        if self._out.is_terminal or b"\r" in text or text.count(b"\n") != len(messages):
            text = b"".join(map(self._line, messages))
        if text:
            self._out.write(text)

    def finish(self) -> None:
        """Nothing waits here."""

    def _line(self, message: bytes) -> bytes:
        """A message with its line breaks (white space, in JSON) made blanks."""
        text = message.replace(b"\n", b" ").replace(b"\r", b" ")
        if self._out.is_terminal:
            text = plain(text.decode("utf-8", "backslashreplace")).encode()
        return text + b"\n"


def monotonic_ms() -> int:
    """A clock that nobody sets."""
    return time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class View:
    """Which events are lines; in `detail` each is one, with every digit."""

    shown: Shown = ALL
    detail: bool = False

    def lines(self, out: Output, several: bool, names: int) -> lines.Lines:
        """Lines for an output."""
        return lines.Lines(
            out.palette, several, names,
            width=out.columns, exact=self.detail, shown=self.shown,
        )  # fmt: skip

    def moments(self) -> Moments:
        """What puts together what is shown as one line."""
        return Moments(self.shown.comes, detail=self.detail)


PLAIN_VIEW = View()


class HumanPrinter:
    """Lines for people: changes on standard output, the watch's own state on standard error.

    `now_ms` is the clock by which parts of a moment wait for one another.
    """

    def __init__(
        self,
        context: Context,
        words: lines.Lines,
        stderr: lines.Lines,
        moments: Moments | None = None,
        now_ms: Callable[[], int] = monotonic_ms,
    ) -> None:
        self._context, self._lines, self._stderr = context, words, stderr
        self._moments, self._now_ms = moments or Moments(), now_ms
        self._day = self._talk_day = ""
        self._is_one_screen = context.out.is_terminal and context.err.is_terminal

    def show(self, records: Sequence[Record]) -> None:
        """Write one after the other, so that both streams stay in order on a terminal."""
        now_ms = self._now_ms()
        moments: list[Moment] = []
        for record in records:
            moments += self._moments.take(record, now_ms)
        moments += self._moments.due(now_ms)
        if moments:
            self._write(moments)

    def finish(self) -> None:
        """Write what still waits for more."""
        self._write(self._moments.rest())

    def _write(self, moments: Iterable[Moment]) -> None:
        """Write moments; those that follow one another on standard output, at once."""
        text: list[str] = []
        time_ms: int | None = None
        for moment in moments:
            record = record_of(moment)
            if isinstance(record.body, TALK):
                self._flush(text)
                self._talk(record)
                time_ms = None
                continue
            if record.time_ms != time_ms:  # nearly all of a read have the same
                time_ms = record.time_ms
                text += self._heading(record)
            text += self._lines.told(moment)
        self._flush(text)

    def _flush(self, text: list[str]) -> None:
        if text:
            self._context.out.write("\n".join([*text, ""]).encode())
            text.clear()

    def _talk(self, record: Record) -> None:
        if isinstance(record.body, Status) and record.body.verdict is Verdict.FAILED:
            return  # told as what it is: an error
        day = zone.day(record.time_ms)
        known = self._day if self._is_one_screen else self._talk_day
        if day != known:
            self._context.show(self._stderr.heading(record.time_ms))
            self._talk_day = day
            self._day = day if self._is_one_screen else self._day
        self._context.show(self._stderr.status(record))

    def _heading(self, record: Record) -> list[str]:
        """A line that names the day and the zone, where another day begins."""
        if (day := zone.day(record.time_ms)) == self._day:
            return []
        self._day = day
        return [self._lines.heading(record.time_ms)]


def wording(found: OpenedAccounts, out: Output, view: View = PLAIN_VIEW) -> lines.Lines:
    """Lines that say of what they tell as much as is not clear anyway."""
    every = [*scopes(found), *(scope for scope, _ in found.refused)]
    several = len({account.market for account, _ in found.lanes}) > 1
    several_names = len(every) > 1 or found.again is not None
    names = max(len(scope.profile or "") for scope in every) if several_names else 0
    return view.lines(out, several, names)


def printer_for(
    context: Context,
    found: OpenedAccounts,
    stderr: lines.Lines,
    as_json: documents.Lines,
    raw: bool,
    view: View = PLAIN_VIEW,
) -> Printer:
    """The printer that was asked for; `stderr` words what goes to standard error."""
    if raw:
        return RawPrinter(context)
    if context.as_json:
        return JsonPrinter(context, as_json)
    return HumanPrinter(context, wording(found, context.out, view), stderr, view.moments())


def scopes(found: OpenedAccounts) -> list[Scope]:
    """Every account that is watched, once."""
    return list(dict.fromkeys(a.lane.scope for a, _ in found.lanes if a.lane.scope is not None))

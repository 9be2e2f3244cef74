"""How the records of a watch are written: as JSON, as the exchange's bytes, as lines for people."""

from collections.abc import Sequence
from typing import Protocol

from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Scope
from binfut_cli.render import documents
from binfut_cli.render.ansi import palette
from binfut_cli.render.escape import plain
from binfut_cli.render.output import Output
from binfut_cli.render.watch import lines
from binfut_cli.stream.records import Record, Rotate, Status, Stop, Verdict


class Printer(Protocol):
    """Shows records on standard output; what one item brought is one call."""

    def show(self, records: Sequence[Record]) -> None:
        """Write what these records say."""


class JsonPrinter:
    """Every record as one line of JSON."""

    def __init__(self, context: Context, lines: documents.Lines) -> None:
        out, self._lines = context.out, lines
        self._write = out.write_clean if lines.are_clean else out.write

    def show(self, records: Sequence[Record]) -> None:
        """Write all of them at once."""
        self._write(self._lines.text(records))


class RawPrinter:
    """The exchange's bytes, a line each, and nothing of our own."""

    def __init__(self, context: Context) -> None:
        self._out = context.out

    def show(self, records: Sequence[Record]) -> None:
        """Write all of them at once."""
        self._out.write(b"".join(self._line(r.raw) for r in records if r.raw is not None))

    def _line(self, message: bytes) -> bytes:
        """A message with its line breaks (white space, in JSON) made blanks."""
        text = message.replace(b"\n", b" ").replace(b"\r", b" ")
        if self._out.is_terminal:
            text = plain(text.decode("utf-8", "backslashreplace")).encode()
        return text + b"\n"


class HumanPrinter:
    """Lines for people: changes on standard output, the watch's own state on standard error."""

    def __init__(self, context: Context, words: lines.Lines, stderr: lines.Lines) -> None:
        self._context, self._lines, self._stderr = context, words, stderr

    def show(self, records: Sequence[Record]) -> None:
        """Write one after the other, so that both streams stay in order on a terminal."""
        for record in records:
            match record.body:
                case Status(verdict=Verdict.FAILED):
                    pass  # told as what it is: an error
                case Status() | Stop() | Rotate():
                    self._context.show(self._stderr.status(record))
                case _:
                    text = "".join(f"{line}\n" for line in self._lines.lines(record))
                    self._context.out.write(text.encode())


def wording(found: OpenedAccounts, out: Output) -> lines.Lines:
    """Lines that say of what they tell as much as is not clear anyway."""
    every = [*scopes(found), *(scope for scope, _ in found.refused)]
    several = len({account.market for account, _ in found.lanes}) > 1
    names = max(len(scope.profile or "") for scope in every) if len(every) > 1 else 0
    return lines.Lines(palette(out.colour), several, names)


def printer_for(
    context: Context,
    found: OpenedAccounts,
    stderr: lines.Lines,
    as_json: documents.Lines,
    raw: bool,
) -> Printer:
    """The printer that was asked for; `stderr` words what goes to standard error."""
    if raw:
        return RawPrinter(context)
    if context.as_json:
        return JsonPrinter(context, as_json)
    return HumanPrinter(context, wording(found, context.out), stderr)


def scopes(found: OpenedAccounts) -> list[Scope]:
    """Every account that is watched, once."""
    return list(dict.fromkeys(a.lane.scope for a, _ in found.lanes if a.lane.scope is not None))

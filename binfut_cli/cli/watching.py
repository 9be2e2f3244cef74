"""Run a watch: take records from the engine, choose, print, and know when to stop."""

import gc
import math
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from binfut_cli.account import system_ms
from binfut_cli.cli.context import Context
from binfut_cli.cli.opening import Opened
from binfut_cli.cli.stopping import Terminated
from binfut_cli.render import documents, lines
from binfut_cli.render.ansi import palette
from binfut_cli.render.documents import Scope
from binfut_cli.render.escape import plain
from binfut_cli.render.output import Output
from binfut_cli.watch.engine import follow
from binfut_cli.watch.records import Record


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which events are shown, how many, and for how many seconds; None for no bound."""

    events: frozenset[str] | None = None
    limit: int | None = None
    duration_s: float | None = None


@dataclass(slots=True)
class Tally:
    """What a watch has shown so far."""

    events: int = 0
    gaps: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)

    def count(self, record: Record) -> None:
        """Count one record that is shown."""
        if record.type in ("event", "raw"):
            self.events += 1
            if reason := record.body.get("reason"):
                self.by_reason[reason] = self.by_reason.get(reason, 0) + 1
        elif record.type == "gap":
            self.gaps += 1


class Printer(Protocol):
    """Shows records on standard output; what one item brought is one call."""

    def show(self, records: Sequence[Record]) -> None:
        """Write what these records say."""


class JsonPrinter:
    """Every record as one line of JSON."""

    def __init__(self, context: Context, scope: Scope) -> None:
        self._out = context.out
        self._lines = documents.Lines(scope, uuid.uuid4().hex[:12])

    def show(self, records: Sequence[Record]) -> None:
        """Write all of them at once."""
        self._out.write(b"".join(map(self._lines.line, records)))


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

    def __init__(self, context: Context, several: bool) -> None:
        self._context = context
        self._lines = lines.Lines(palette(context.out.colour), several)
        self._talk = lines.Lines(palette(context.err.colour), several)

    def show(self, records: Sequence[Record]) -> None:
        """Write one after the other, so that both streams stay in order on a terminal."""
        for record in records:
            if record.type in ("status", "stop"):
                self._context.say(self._talk.status(record))
            else:
                text = "".join(f"{line}\n" for line in self._lines.lines(record))
                self._context.out.write(text.encode())


def run(context: Context, found: Opened, bounds: Bounds, *, raw: bool, timeout_s: float) -> None:
    """Watch until a bound is met, the reader is gone, or a signal comes."""
    printer = _printer(context, found, raw)
    tally = Tally()
    gc.freeze()  # what is loaded now stays: the collector need not look at it again
    try:
        following = follow(
            found.lanes, timeout_s=timeout_s, keep_raw=raw, redactor=context.redactor
        )
        with closing(following):
            reason = _watch(context.out, following, bounds, printer, tally)
    except (KeyboardInterrupt, Terminated) as exc:
        reason = "SIGINT" if isinstance(exc, KeyboardInterrupt) else "SIGTERM"
        printer.show([_stop(found, tally, reason)])
        raise
    printer.show([_stop(found, tally, reason)])


def _printer(context: Context, found: Opened, raw: bool) -> Printer:
    if raw:
        return RawPrinter(context)
    if context.as_json:
        return JsonPrinter(context, found.scope)
    return HumanPrinter(context, several=len(found.lanes) > 1)


def _watch(
    out: Output,
    following: Iterable[list[Record]],
    bounds: Bounds,
    printer: Printer,
    tally: Tally,
) -> str:
    """Show records until a bound is met; return which."""
    end = time.monotonic() + (bounds.duration_s or math.inf)
    for records in following:
        if chosen := _chosen(records, bounds, tally):
            printer.show(chosen)
        if bounds.limit is not None and tally.events >= bounds.limit:
            return "limit"
        if time.monotonic() >= end:
            return "duration"
        if not records and out.reader_is_gone():
            raise BrokenPipeError
    raise AssertionError("a watch has no end of its own")


def _chosen(records: list[Record], bounds: Bounds, tally: Tally) -> list[Record]:
    """The records to show: the events asked for, and no more of them than the limit."""
    chosen = []
    for record in records:
        if _is_wanted(record, bounds.events):
            chosen.append(record)
            tally.count(record)
            if bounds.limit is not None and tally.events >= bounds.limit:
                break
    return chosen


def _is_wanted(record: Record, events: frozenset[str] | None) -> bool:
    return events is None or record.type != "event" or record.body["event"] in events


def _stop(found: Opened, tally: Tally, reason: str) -> Record:
    """The last record: why the watch ended, and what it has shown."""
    market = found.lanes[0][0].market if len(found.lanes) == 1 else None
    body = {
        "reason": reason,
        "events": tally.events,
        "gaps": tally.gaps,
        "byReason": tally.by_reason,
    }
    return Record("stop", market, system_ms(), "watch", body)

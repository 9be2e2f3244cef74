"""Run a watch: take records from the engine, choose, print, and know when to stop."""

import gc
import math
import os
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

import typer

from binfut_cli.account import system_ms
from binfut_cli.cli.context import Context
from binfut_cli.cli.ending import Ending
from binfut_cli.cli.opening import Opened
from binfut_cli.cli.stopping import Terminated
from binfut_cli.errors import ExitStatus
from binfut_cli.markets import Env
from binfut_cli.redaction import Redactor
from binfut_cli.render import documents, lines
from binfut_cli.render.ansi import palette
from binfut_cli.render.documents import Scope
from binfut_cli.render.escape import plain
from binfut_cli.render.output import Output
from binfut_cli.watch.engine import HEARTBEAT_S, Setup, follow
from binfut_cli.watch.gate import Gate, state_file
from binfut_cli.watch.records import Record
from binfut_cli.watch.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which events are shown, how many, and for how many seconds; None for no bound."""

    events: frozenset[str] | None = None
    limit: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How the watch is run and shown."""

    raw: bool = False
    timeout_s: float = 10.0
    redundant: bool = False
    strict: bool = False


@dataclass(slots=True)
class Tally:
    """What a watch has shown so far."""

    events: int = 0
    gaps: int = 0
    certain: int = 0  # of the gaps
    by_reason: dict[str, int] = field(default_factory=dict)

    def count(self, record: Record) -> None:
        """Count one record that is shown."""
        if record.type in ("event", "raw"):
            self.events += 1
            if reason := record.body.get("reason"):
                self.by_reason[reason] = self.by_reason.get(reason, 0) + 1
        elif record.type == "gap":
            self.gaps += 1
            self.certain += record.body["certainty"] == "certain"


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
            if record.type in ("status", "stop", "rotate"):
                self._context.say(self._talk.status(record))
            else:
                text = "".join(f"{line}\n" for line in self._lines.lines(record))
                self._context.out.write(text.encode())


def run(context: Context, found: Opened, bounds: Bounds, options: Options) -> None:
    """Watch until a bound is met, the reader is gone, or a signal comes."""
    context.out.end_torn_line()
    printer = _printer(context, found, options.raw)
    tally = Tally()
    ending = Ending()
    supervisor = Supervisor(os.environ, [account.market for account, _ in found.lanes])
    setup = _setup(context, found, options, supervisor, ending)
    gc.freeze()  # what is loaded now stays: the collector need not look at it again
    reason = ""
    with ending.heard():
        try:
            with closing(follow(found.lanes, setup=setup)) as following:
                reason = _watch(context.out, following, bounds, printer, tally, supervisor)
        except (KeyboardInterrupt, Terminated):
            pass  # asked for twice, or the reader of our output held up the end
    if ending.by is not None:
        reason = ending.by.name
    printer.show([_stop(found, tally, reason)])
    if ending.by is not None:
        raise ending.exception()
    if options.strict and tally.certain:
        raise typer.Exit(ExitStatus.STRICT_GAP)


def _setup(
    context: Context, found: Opened, options: Options, supervisor: Supervisor, ending: Ending
) -> Setup:
    env = found.scope.env
    return Setup(
        timeout_s=options.timeout_s,
        keep_raw=options.raw,
        redundant=options.redundant,
        heartbeat_s=min(HEARTBEAT_S, (supervisor.watchdog_s or math.inf) / 2),
        gate=Gate(None if env is Env.SANDBOX else state_file(f"limits-{env}")),
        redactor=Redactor(also=context.redactor),
        ending=ending.asked,
    )


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
    supervisor: Supervisor,
) -> str:
    """Show records until a bound is met, or the end was asked for; return which."""
    end = time.monotonic() + (bounds.duration_s or math.inf)
    for records in following:
        supervisor.heed(records)
        if chosen := _chosen(records, bounds, tally):
            printer.show(chosen)
        if bounds.limit is not None and tally.events >= bounds.limit:
            return "limit"
        if time.monotonic() >= end:
            return "duration"
        if not records and out.reader_is_gone():
            raise BrokenPipeError
    return ""


def _chosen(records: list[Record], bounds: Bounds, tally: Tally) -> list[Record]:
    """The records to show: the events asked for, and no more of them than the limit."""
    events = bounds.events
    if events is not None:
        records = [r for r in records if r.type != "event" or r.body["event"] in events]
    for place, record in enumerate(records, start=1):
        tally.count(record)
        if tally.events == bounds.limit:
            return records[:place]
    return records


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

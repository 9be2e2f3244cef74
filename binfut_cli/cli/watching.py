"""Run a watch: take records from the engine, choose, print, and know when to stop."""

import gc
import math
import os
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

import typer

from binfut_cli.account import system_ms
from binfut_cli.cli.context import Context
from binfut_cli.cli.ending import Ending
from binfut_cli.cli.failures import FAILED, Failures
from binfut_cli.cli.opening import Opened
from binfut_cli.cli.stopping import Terminated
from binfut_cli.errors import ExitStatus
from binfut_cli.markets import Env, Scope
from binfut_cli.redaction import Redactor
from binfut_cli.render import documents, lines
from binfut_cli.render.ansi import palette
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


EVENTS = ("event", "raw")
"""The records that are counted as events: what the stream brought, readable or not."""


@dataclass(slots=True)
class Tally:
    """What a watch has shown so far of an account."""

    events: int = 0
    gaps: int = 0
    certain: int = 0  # of the gaps
    by_reason: dict[str, int] = field(default_factory=dict)

    def count(self, record: Record) -> None:
        """Count one record that is shown."""
        if record.type in EVENTS:
            self.events += 1
            if reason := record.body.get("reason"):
                self.by_reason[reason] = self.by_reason.get(reason, 0) + 1
        elif record.type == "gap":
            self.gaps += 1
            self.certain += record.body["certainty"] == "certain"


class Tallies:
    """What a watch has shown so far of each account."""

    def __init__(self, scopes: Iterable[Scope | None]) -> None:
        self.each = {scope: Tally() for scope in scopes}
        self.events = 0  # of all

    @property
    def certain(self) -> int:
        """The certain gaps of all."""
        return sum(tally.certain for tally in self.each.values())

    def count(self, record: Record) -> None:
        """Count one record that is shown."""
        self.each[record.scope].count(record)
        self.events += record.type in EVENTS


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

    def __init__(self, context: Context, words: lines.Lines, talk: lines.Lines) -> None:
        self._context, self._lines, self._talk = context, words, talk

    def show(self, records: Sequence[Record]) -> None:
        """Write one after the other, so that both streams stay in order on a terminal."""
        for record in records:
            if record.type == "status" and record.body["status"] == FAILED:
                continue  # told as what it is: an error
            if record.type in ("status", "stop", "rotate"):
                self._context.say(self._talk.status(record))
            else:
                text = "".join(f"{line}\n" for line in self._lines.lines(record))
                self._context.out.write(text.encode())


def run(context: Context, found: Opened, bounds: Bounds, options: Options) -> None:
    """Watch until a bound is met, the reader is gone, or a signal comes."""
    context.out.end_torn_line()
    talk = _lines(found, context.err)
    printer = _printer(context, found, talk, options.raw)
    failures = Failures(context, talk)
    tallies = Tallies(account.lane.scope for account, _ in found.lanes)
    ending = Ending()
    supervisor = Supervisor(os.environ, [account.lane for account, _ in found.lanes])
    setup = _setup(context, found, options, supervisor, ending)
    gc.freeze()  # what is loaded now stays: the collector need not look at it again
    reason = ""
    ears = (supervisor.heed, failures.heed)
    with ending.heard():
        try:
            printer.show(refused := _refused(found))
            failures.heed(refused)
            with closing(follow(found.lanes, setup=setup)) as following:
                reason = _watch(context.out, following, bounds, printer, tallies, ears)
        except (KeyboardInterrupt, Terminated):
            pass  # asked for twice, or the reader of our output held up the end
    if ending.by is not None:
        reason = ending.by.name
    printer.show([_stop(found, scope, tally, reason) for scope, tally in tallies.each.items()])
    if ending.by is not None:
        raise ending.exception()
    if failures.exit_status:
        raise typer.Exit(failures.exit_status)
    if options.strict and tallies.certain:
        raise typer.Exit(ExitStatus.STRICT_GAP)


def _setup(
    context: Context, found: Opened, options: Options, supervisor: Supervisor, ending: Ending
) -> Setup:
    return Setup(
        timeout_s=options.timeout_s,
        keep_raw=options.raw,
        redundant=options.redundant,
        forgiving=len(found.lanes) + len(found.refused) > 1,
        heartbeat_s=min(HEARTBEAT_S, (supervisor.watchdog_s or math.inf) / 2),
        gates={scope.env: _gate(scope.env) for scope in _scopes(found)},
        redactor=Redactor(also=context.redactor),
        ending=ending.asked,
    )


def _gate(env: Env) -> Gate:
    """The gate of all that is asked of an environment from this address."""
    return Gate(None if env is Env.SANDBOX else state_file(f"limits-{env}"))


def _scopes(found: Opened) -> list[Scope]:
    """Every account that is watched, once."""
    return list(dict.fromkeys(a.lane.scope for a, _ in found.lanes if a.lane.scope is not None))


def _lines(found: Opened, out: Output) -> lines.Lines:
    """Lines that say of what they tell as much as is not clear anyway."""
    scopes = [*_scopes(found), *(scope for scope, _ in found.refused)]
    several = len({account.market for account, _ in found.lanes}) > 1
    names = max(len(scope.profile or "") for scope in scopes) if len(scopes) > 1 else 0
    return lines.Lines(palette(out.colour), several, names)


def _printer(context: Context, found: Opened, talk: lines.Lines, raw: bool) -> Printer:
    if raw:
        return RawPrinter(context)
    if context.as_json:
        return JsonPrinter(context, found.scope)
    return HumanPrinter(context, _lines(found, context.out), talk)


def _watch(
    out: Output,
    following: Iterable[list[Record]],
    bounds: Bounds,
    printer: Printer,
    tallies: Tallies,
    ears: Iterable[Callable[[list[Record]], object]],
) -> str:
    """Show records until a bound is met, or the end was asked for; return which.

    `ears` hear of all records, shown or not.
    """
    end = time.monotonic() + (bounds.duration_s or math.inf)
    for records in following:
        for heed in ears:
            heed(records)
        if chosen := _chosen(records, bounds, tallies):
            printer.show(chosen)
        if bounds.limit is not None and tallies.events >= bounds.limit:
            return "limit"
        if time.monotonic() >= end:
            return "duration"
        if not records and out.reader_is_gone():
            raise BrokenPipeError
    return "failed"


def _chosen(records: list[Record], bounds: Bounds, tallies: Tallies) -> list[Record]:
    """The records to show: the events asked for, and no more of them than the limit."""
    events = bounds.events
    if events is not None:
        records = [r for r in records if r.type != "event" or r.body["event"] in events]
    for place, record in enumerate(records, start=1):
        tallies.count(record)
        if bounds.limit is not None and tallies.events == bounds.limit:
            return records[:place]
    return records


def _refused(found: Opened) -> list[Record]:
    """What is said of accounts that are not watched at all."""
    return [
        Record(
            "status",
            None,
            system_ms(),
            "watch",
            {"status": FAILED, "reason": exc.message, "error": exc.as_row()},
            scope=scope,
        )
        for scope, exc in found.refused
    ]


def _stop(found: Opened, scope: Scope | None, tally: Tally, reason: str) -> Record:
    """An account's last record: why the watch ended, and what it has shown of it."""
    markets = [account.market for account, _ in found.lanes if account.lane.scope == scope]
    body = {
        "reason": reason,
        "events": tally.events,
        "gaps": tally.gaps,
        "byReason": tally.by_reason,
    }
    market = markets[0] if len(markets) == 1 else None
    return Record("stop", market, system_ms(), "watch", body, scope=scope)

"""Run a watch: take records from the engine, choose, print, and know when to stop."""

import gc
import math
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING

import typer

from binfut_cli.api.client import system_ms
from binfut_cli.auth.redaction import Redactor
from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process import memory
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.process.shutdown import Shutdown
from binfut_cli.commands.process.signals import Terminated
from binfut_cli.commands.process.systemd import SystemdNotifier
from binfut_cli.commands.watch.accounts.changing import Roster, refusal
from binfut_cli.commands.watch.accounts.sharing import shared
from binfut_cli.commands.watch.alerting.judging import Judge, judged
from binfut_cli.commands.watch.complaints.failed_accounts import Failures
from binfut_cli.commands.watch.complaints.unknown_symbols import UnknownSymbols
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.commands.watch.hosts import Gates, handshakes
from binfut_cli.commands.watch.limits import Limits, Options, Tallies, chosen
from binfut_cli.commands.watch.printers import Printer, Screen, View, printer_for, wording
from binfut_cli.commands.watch.recording.recording import (
    known_before,
    nowhere,
    published,
    recording,
)
from binfut_cli.endpoints import Lane
from binfut_cli.errors import ExitStatus, OutputError
from binfut_cli.render import documents
from binfut_cli.render.output import Output
from binfut_cli.render.watch.state_line import StateLine
from binfut_cli.stream.engine import HEARTBEAT_S, Engine, Setup
from binfut_cli.stream.events import Rows
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.records import Gap, Record, Segment

if TYPE_CHECKING:  # which needs redis-py
    from binfut_cli.commands.watch.recording.published import Published

YOUNG = 20_000
"""How many new objects the collector waits for: those of some reads, which leave no circles."""
SWITCH_S = 0.0005
"""How long a thread of a watch of several accounts goes on though another wants to: the one that
reads for all gives way with every read, and each time would wait so long for the one that prints.
With one account nobody else waits meanwhile, and changing so often costs a twentieth more."""
UNTIL = "until"
"""Why a watch ends for what it was watched for."""


def run(
    context: Context, found: OpenedAccounts, options: Options, recorded: Recorded | None = None
) -> None:
    """Watch until a bound is met, the reader is gone, or a signal comes."""
    context.out.end_torn_line()
    recorded = recorded or Recorded()
    ending = shutdown(found, recorded)
    with ending.heard():
        status = watch(context, found, options, recorded, ending)
    if ending.by is not None:
        raise ending.exception()
    if status:
        raise typer.Exit(status)


def shutdown(found: OpenedAccounts, recorded: Recorded) -> Shutdown:
    """How a watch is told to end: not by SIGHUP where there is a file, or accounts, to reopen."""
    file = [recorded.hung_up] if recorded.file is not None else []
    accounts = [found.again.asked] if found.again is not None else []
    return Shutdown(*file, *accounts)


def watch(
    context: Context,
    found: OpenedAccounts,
    options: Options,
    recorded: Recorded,
    ending: Shutdown,
    screen: Screen | None = None,
) -> int:
    """Watch until a bound is met, or `ending` is asked for; return the exit status for that.

    What is to be told is written, or given to a `screen`. Hears no signal, so that it may run on
    any thread.
    """
    run_name = uuid.uuid4().hex[:12]
    bodies = documents.Bodies(context.redactor.clean) if recorded.is_kept else None
    if bodies is not None:
        context.count_elsewhere()
    rows = _rows(context, options, screen, bodies)
    options = replace(options, stream=replace(options.stream, rows=rows))
    stderr = wording(found, context.err)
    lines = [
        documents.Lines(found.scope, run_name, bodies) for _ in ("shown", "recorded", "handed")
    ]
    view = View(options.limits.shown, options.detail)
    as_json, raw = lines[0], options.stream.keep_raw
    printer = screen or printer_for(context, found, stderr, as_json, raw, view)
    failures = Failures(context, stderr)
    at_once = found.lanes if recorded.share is None else ()
    tallies = Tallies(account.lane.scope for account, _ in at_once)
    lanes = [account.lane for account, _ in found.lanes]
    systemd = SystemdNotifier(os.environ, [account.lane for account, _ in at_once])
    streams = published(context, recorded, lanes, run_name, bodies)
    known = known_before(recorded.known(lanes, context), streams)
    setup = _setup(context, found, options, systemd, ending, known)
    is_live = screen is not None or options.looks_on
    setup = replace(setup, live=is_live, standing_by=recorded.share is not None)
    gc.freeze()  # what is loaded now stays: the collector need not look at it again
    gc.set_threshold(YOUNG)
    heed = share_process() if may_be_several(found) else ()
    with (
        shared(context, recorded, found.lanes, streams, bodies, ending.asked) as sharing,
        Engine(at_once, setup) as engine,
        # programs of the user's may take their time at the end: what is recorded is safe by then
        judged(context, engine, options.alerts, lines[2]) as judge,
        recording(context, engine, recorded, lines[1], bodies, streams) as record,
    ):
        if sharing is not None and options.metrics is not None:
            options.metrics.sharing(sharing.leases)
        unknown = UnknownSymbols(context, options.limits.shown, lanes)
        looking = _onlookers(screen, options, engine, setup)
        ears = (record, systemd.observe, failures.observe, unknown.observe, *looking, *heed)
        last = partial(_last, engine, options.limits, tallies, context.redactor, record)
        reason = ""
        if sharing is not None:
            systemd.ready()
        try:
            begun = [*(_from(recorded, streams) if known else ()), *starmap(refusal, found.refused)]
            record(begun)
            printer.show(begun)
            failures.observe(begun)
            roster = Roster(context, engine, tallies, found, sharing)
            with _state_line(context, engine) as line:
                said = engine, judge, options.limits, printer, tallies, ears, ending, line, roster
                reason = _watch(context.out, *said)
        except (KeyboardInterrupt, Terminated):
            # Asked for twice, or the reader of our output held up the end: it may do so once more.
            ending.be_patient()
        except BaseException as exc:
            _tell(printer, last("broken pipe" if isinstance(exc, BrokenPipeError) else "failed"))
            raise
        printer.show(last(ending.by.name if ending.by is not None else ending.reason or reason))
    if reason == UNTIL:
        return ExitStatus.FAIL_IF
    strict = ExitStatus.STRICT_GAP if options.strict and tallies.certain else 0
    unwritten = streams.failed if streams else None
    return failures.exit_status or strict or (unwritten.exit_status if unwritten else 0)


def may_be_several(found: OpenedAccounts) -> bool:
    """Whether there are several accounts, or may be."""
    return len(found.lanes) > 1 or found.again is not None


def share_process() -> list[Callable[[list[Record]], object]]:
    """Have threads give way sooner; who is to hear of all records so that memory is given back."""
    sys.setswitchinterval(SWITCH_S)
    return [memory.give_back]


def _rows(
    context: Context, options: Options, screen: Screen | None, bodies: documents.Bodies | None
) -> Rows:
    """How the rows of events are wanted: written, unless somebody looks into them."""
    is_json_or_bytes = context.as_json or options.stream.keep_raw
    if screen is not None or not options.only_writes or not is_json_or_bytes:
        return Rows.MAPPED
    return Rows.NONE if options.stream.keep_raw and bodies is None else Rows.WRITTEN


def _onlookers(
    screen: Screen | None, options: Options, engine: Engine, setup: Setup
) -> list[Callable[[list[Record]], object]]:
    """Whoever looks at the accounts themselves."""
    looking = (screen, options.metrics)
    return [each.looking_at(engine, setup) for each in looking if each is not None]


def _setup(
    context: Context,
    found: OpenedAccounts,
    options: Options,
    systemd: SystemdNotifier,
    ending: Shutdown,
    known: Mapping[Lane, KnownAccount],
) -> Setup:
    return Setup(
        options=options.stream,
        heartbeat_s=min(HEARTBEAT_S, (systemd.watchdog_s or math.inf) / 2),
        gates=Gates(options.max_weight),
        handshakes=handshakes(found),
        known=known,
        redactor=context.redactor,
        ending=ending.asked,
    )


@contextmanager
def _state_line(context: Context, engine: Engine) -> Iterator[StateLine | None]:
    """The line that says how the watch stands, where people see it; taken away in the end."""
    bottom = None if context.as_json else context.bottom
    if bottom is None:
        yield None
        return
    line = StateLine(bottom, engine.standings)
    context.before.append(line.clear)
    try:
        yield line
    finally:
        context.before.remove(line.clear)
        line.clear()


def _watch(
    out: Output,
    engine: Engine,
    judge: Judge,
    limits: Limits,
    printer: Printer,
    tallies: Tallies,
    ears: Iterable[Callable[[list[Record]], object]],
    ending: Shutdown,
    line: StateLine | None,
    roster: Roster,
) -> str:
    """Show records until a bound is met, or the end was asked for, and what then still comes.

    Returns which bound. `ears` hear of all records, shown or not.
    """
    end, reason = time.monotonic() + (limits.duration_s or math.inf), ""
    for brought in engine.run():
        records = judge.added(brought)
        for observe in ears:
            observe(records)
        printer.show(chosen(records, limits, tallies))
        if told := roster.turn():
            for observe in ears:
                observe(told)
            printer.show(told)
        if line is not None:
            line.draw(time.monotonic())
        if not reason and judge.is_over:
            reason = UNTIL
        elif not reason and limits.reached(tallies.events):
            reason = "limit"
        elif not reason and time.monotonic() >= end:
            reason = "duration"
        if reason:
            ending.asked.set()
        if not records and out.reader_is_gone():
            raise BrokenPipeError
    return reason or "failed"


def _from(recorded: Recorded, streams: "Published | None") -> list[Record]:
    """Which run this one goes on from."""
    before = recorded.previous.run if recorded.previous else streams and streams.previous_run
    return [Record.of(Segment(1, before), system_ms(), None)] if before else []


def _last(
    engine: Engine,
    limits: Limits,
    tallies: Tallies,
    redactor: Redactor,
    record: Callable[[list[Record]], object],
    reason: str,
) -> list[Record]:
    """What ends a watch, recorded, and to be shown: the gaps that are open, and each `stop`."""
    gaps = engine.ended(wanted=record is not nowhere or not limits.reached(tallies.events))
    shown = chosen(gaps, limits, tallies)
    stops = [
        tally.stop(reason, redactor.hidden, scope, engine.lane_ends(scope))
        for scope, tally in tallies.each.items()
    ]
    record([*gaps, *stops])
    return [*shown, *stops]


def _tell(printer: Printer, last: Sequence[Record]) -> None:
    """Say what waited and what is open though the watch fails, to whoever still hears it."""
    with suppress(BrokenPipeError, OutputError):
        printer.finish()
    if any(isinstance(record.body, Gap) for record in last):
        for record in last:
            with suppress(BrokenPipeError, OutputError):
                printer.show([record])

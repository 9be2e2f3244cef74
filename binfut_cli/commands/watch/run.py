"""Run a watch: take records from the engine, choose, print, and know when to stop."""

import gc
import math
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import typer

from binfut_cli.api.client import system_ms
from binfut_cli.auth import directories
from binfut_cli.auth.redaction import Redactor
from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.process.signals import Terminated
from binfut_cli.commands.watch.failed_accounts import Failures
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.commands.watch.limits import Limits, Options, Tallies, Tally, chosen
from binfut_cli.commands.watch.printers import Printer, printer_for, wording
from binfut_cli.commands.watch.recording import nowhere, recording
from binfut_cli.commands.watch.shutdown import Shutdown
from binfut_cli.endpoints import Endpoints, Env, Lane, Scope, counted_together, is_published
from binfut_cli.errors import ConfigError, ExitStatus, OutputError
from binfut_cli.render import documents
from binfut_cli.render.output import Output
from binfut_cli.stream.coverage.backoff import HandshakeFile
from binfut_cli.stream.coverage.rate_gate import HostGate, RateLimitGate
from binfut_cli.stream.engine import HEARTBEAT_S, Engine, Setup
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.records import Fault, Gap, Record, Segment, Status, Stop, Verdict
from binfut_cli.stream.systemd import SystemdNotifier

YOUNG = 20_000
"""How many new objects the collector waits for: those of some reads, which leave no circles."""


def run(
    context: Context, found: OpenedAccounts, options: Options, recorded: Recorded | None = None
) -> None:
    """Watch until a bound is met, the reader is gone, or a signal comes."""
    context.out.end_torn_line()
    recorded, run_name = recorded or Recorded(), uuid.uuid4().hex[:12]
    bodies = documents.Bodies(context.redactor.clean) if recorded.file else None
    if bodies is not None:
        context.count_elsewhere()
    elif options.stream.keep_raw:  # nobody asks what rows were before
        options = replace(options, stream=replace(options.stream, keep_rows=False))
    stderr = wording(found, context.err)
    lines = [documents.Lines(found.scope, run_name, bodies) for _ in ("shown", "recorded")]
    printer = printer_for(context, found, stderr, lines[0], options.stream.keep_raw)
    failures = Failures(context, stderr)
    tallies = Tallies(account.lane.scope for account, _ in found.lanes)
    ending = Shutdown(recorded.hung_up if recorded.file else None)
    lanes = [account.lane for account, _ in found.lanes]
    systemd, known = SystemdNotifier(os.environ, lanes), recorded.known(lanes, context)
    setup = _setup(context, found, options, systemd, ending, known)
    gc.freeze()  # what is loaded now stays: the collector need not look at it again
    gc.set_threshold(YOUNG)
    with (
        ending.heard(),
        Engine(found.lanes, setup) as engine,
        recording(context, engine, recorded, lines[1], bodies) as record,
    ):
        ears = (record, systemd.observe, failures.observe)
        last = partial(_last, found, engine, options.limits, tallies, context.redactor, record)
        reason = ""
        try:
            begun = [*(_from(recorded) if known else ()), *_refused(found)]
            record(begun)
            printer.show(begun)
            failures.observe(begun)
            reason = _watch(context.out, engine, options.limits, printer, tallies, ears, ending)
        except (KeyboardInterrupt, Terminated):
            pass  # asked for twice, or the reader of our output held up the end
        except BaseException as exc:
            _tell(printer, last("broken pipe" if isinstance(exc, BrokenPipeError) else "failed"))
            raise
        printer.show(last(ending.by.name if ending.by is not None else reason))
    if ending.by is not None:
        raise ending.exception()
    if failures.exit_status:
        raise typer.Exit(failures.exit_status)
    if options.strict and tallies.certain:
        raise typer.Exit(ExitStatus.STRICT_GAP)


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
        gates=gates(found),
        handshakes=_handshakes(found),
        known=known,
        redactor=context.redactor,
        ending=ending.asked,
    )


def gates(found: OpenedAccounts) -> dict[Lane, RateLimitGate]:
    """One gate for all lanes whose hosts are counted together."""
    directory = _remembering()
    hosts: dict[str, HostGate] = {}
    shared: dict[frozenset[str], RateLimitGate] = {}
    found_gates: dict[Lane, RateLimitGate] = {}
    for account, place in found.lanes:
        names = _hosts(account.lane, place)
        hosts |= {each: HostGate(each, directory) for each in names - hosts.keys()}
        if names not in shared:
            shared[names] = RateLimitGate(hosts[each] for each in sorted(names))
        found_gates[account.lane] = shared[names]
    return found_gates


def _hosts(lane: Lane, place: Endpoints) -> frozenset[str]:
    return counted_together(lane.scope.env if lane.scope else Env.SANDBOX, place)


def _remembering() -> Path | None:
    """Where hosts' words outlive the run; without a home, nowhere."""
    try:
        return directories.state_dir(os.environ)
    except ConfigError:
        return None


def _handshakes(found: OpenedAccounts) -> HandshakeFile | None:
    """Where it is kept how many were made; those to an address that was given end with the run."""
    directory = _remembering()
    every = (host for account, place in found.lanes for host in _hosts(account.lane, place))
    if directory is None or not any(map(is_published, every)):
        return None
    return HandshakeFile(directory / "handshakes.json")


def _watch(
    out: Output,
    engine: Engine,
    limits: Limits,
    printer: Printer,
    tallies: Tallies,
    ears: Iterable[Callable[[list[Record]], object]],
    ending: Shutdown,
) -> str:
    """Show records until a bound is met, or the end was asked for, and what then still comes.

    Returns which bound. `ears` hear of all records, shown or not.
    """
    end, reason = time.monotonic() + (limits.duration_s or math.inf), ""
    for records in engine.run():
        for observe in ears:
            observe(records)
        if shown := chosen(records, limits, tallies):
            printer.show(shown)
        if not reason and limits.reached(tallies.events):
            reason = "limit"
        elif not reason and time.monotonic() >= end:
            reason = "duration"
        if reason:
            ending.asked.set()
        if not records and out.reader_is_gone():
            raise BrokenPipeError
    return reason or "failed"


def _from(recorded: Recorded) -> list[Record]:
    """Which run this one goes on from."""
    before = recorded.previous
    return [Record.of(Segment(1, before.run), system_ms(), None)] if before else []


def _refused(found: OpenedAccounts) -> list[Record]:
    """What is said of accounts that are not watched at all."""
    return [
        Record.of(
            Status(Verdict.FAILED, exc.message, error=Fault.of(exc)), system_ms(), None, scope
        )
        for scope, exc in found.refused
    ]


def _last(
    found: OpenedAccounts,
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
    said = found, engine, reason, redactor.hidden
    stops = [_stop(*said, *each) for each in tallies.each.items()]
    record([*gaps, *stops])
    return [*shown, *stops]


def _tell(printer: Printer, last: Sequence[Record]) -> None:
    """Say what is open though the watch fails, to whoever still hears it."""
    if any(isinstance(record.body, Gap) for record in last):
        for record in last:
            with suppress(BrokenPipeError, OutputError):
                printer.show([record])


def _stop(
    found: OpenedAccounts,
    engine: Engine,
    reason: str,
    redacted: int,
    scope: Scope | None,
    tally: Tally,
) -> Record:
    """An account's last record: why the watch ended, what it has shown, and what is unproven."""
    markets = [account.market for account, _ in found.lanes if account.lane.scope == scope]
    market = markets[0] if len(markets) == 1 else None
    lanes = engine.lane_ends(scope)
    said = Stop.of(reason, tally.events, tally.gaps, tally.by_reason, redacted, lanes)
    return Record.of(said, system_ms(), market, scope)

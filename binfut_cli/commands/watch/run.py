"""Run a watch: take records from the engine, choose, print, and know when to stop."""

import gc
import math
import os
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import typer

from binfut_cli.api.client import system_ms
from binfut_cli.auth import directories
from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.process.signals import Terminated
from binfut_cli.commands.watch.failed_accounts import Failures
from binfut_cli.commands.watch.limits import Limits, Options, Tallies, Tally, chosen
from binfut_cli.commands.watch.printers import Printer, printer_for, wording
from binfut_cli.commands.watch.shutdown import Shutdown
from binfut_cli.endpoints import Endpoints, Env, Lane, Scope, counted_together
from binfut_cli.errors import ConfigError, ExitStatus
from binfut_cli.render.output import Output
from binfut_cli.stream.coverage.rate_gate import HostGate, RateLimitGate
from binfut_cli.stream.engine import HEARTBEAT_S, Setup, follow
from binfut_cli.stream.records import Fault, Record, Status, Stop, Verdict
from binfut_cli.stream.systemd import SystemdNotifier


def run(context: Context, found: OpenedAccounts, options: Options) -> None:
    """Watch until a bound is met, the reader is gone, or a signal comes."""
    context.out.end_torn_line()
    stderr = wording(found, context.err)
    printer = printer_for(context, found, stderr, options.stream.keep_raw)
    failures = Failures(context, stderr)
    tallies = Tallies(account.lane.scope for account, _ in found.lanes)
    ending = Shutdown()
    systemd = SystemdNotifier(os.environ, [account.lane for account, _ in found.lanes])
    setup = _setup(context, found, options, systemd, ending)
    gc.freeze()  # what is loaded now stays: the collector need not look at it again
    reason = ""
    ears = (systemd.observe, failures.observe)
    with ending.heard():
        try:
            printer.show(refused := _refused(found))
            failures.observe(refused)
            with closing(follow(found.lanes, setup)) as following:
                reason = _watch(context.out, following, options.limits, printer, tallies, ears)
        except (KeyboardInterrupt, Terminated):
            pass  # asked for twice, or the reader of our output held up the end
    if ending.by is not None:
        reason = ending.by.name
    hidden = context.redactor.hidden
    last = [_stop(found, *each, reason, hidden) for each in tallies.each.items()]
    printer.show(last)
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
) -> Setup:
    return Setup(
        options=options.stream,
        heartbeat_s=min(HEARTBEAT_S, (systemd.watchdog_s or math.inf) / 2),
        gates=gates(found),
        redactor=context.redactor,
        ending=ending.asked,
    )


def gates(found: OpenedAccounts) -> dict[Lane, RateLimitGate]:
    """One gate for all lanes whose hosts are counted together."""
    directory = _remembering()
    hosts: dict[str, HostGate] = {}
    shared: dict[frozenset[str], RateLimitGate] = {}
    for account, place in found.lanes:
        names = _hosts(account.lane, place)
        hosts |= {each: HostGate(each, directory) for each in names - hosts.keys()}
        if names not in shared:
            shared[names] = RateLimitGate(hosts[each] for each in sorted(names))
    return {account.lane: shared[_hosts(account.lane, place)] for account, place in found.lanes}


def _hosts(lane: Lane, place: Endpoints) -> frozenset[str]:
    return counted_together(lane.scope.env if lane.scope else Env.SANDBOX, place)


def _remembering() -> Path | None:
    """Where hosts' words outlive the run; without a home, nowhere."""
    try:
        return directories.state_dir(os.environ)
    except ConfigError:
        return None


def _watch(
    out: Output,
    following: Iterable[list[Record]],
    limits: Limits,
    printer: Printer,
    tallies: Tallies,
    ears: Iterable[Callable[[list[Record]], object]],
) -> str:
    """Show records until a bound is met, or the end was asked for; return which.

    `ears` hear of all records, shown or not.
    """
    end = time.monotonic() + (limits.duration_s or math.inf)
    for records in following:
        for observe in ears:
            observe(records)
        if shown := chosen(records, limits, tallies):
            printer.show(shown)
        if limits.limit is not None and tallies.events >= limits.limit:
            return "limit"
        if time.monotonic() >= end:
            return "duration"
        if not records and out.reader_is_gone():
            raise BrokenPipeError
    return "failed"


def _refused(found: OpenedAccounts) -> list[Record]:
    """What is said of accounts that are not watched at all."""
    return [
        Record.of(
            Status(Verdict.FAILED, exc.message, error=Fault.of(exc)), system_ms(), None, scope
        )
        for scope, exc in found.refused
    ]


def _stop(
    found: OpenedAccounts, scope: Scope | None, tally: Tally, reason: str, redacted: int
) -> Record:
    """An account's last record: why the watch ended, and what it has shown of it."""
    markets = [account.market for account, _ in found.lanes if account.lane.scope == scope]
    market = markets[0] if len(markets) == 1 else None
    said = Stop(reason, tally.events, tally.gaps, tally.by_reason, redacted)
    return Record.of(said, system_ms(), market, scope)

"""Lanes of a watch that cannot be read: told as they fail, and remembered for the exit status."""

from collections.abc import Iterable
from contextlib import suppress

from binfut_cli.codec import dumps
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Market, Scope
from binfut_cli.errors import OutputError
from binfut_cli.render.escape import plain
from binfut_cli.render.output import wrapped
from binfut_cli.render.watch.lines import Lines
from binfut_cli.stream.records import Error, Fault, Record, Status, Stop, Verdict


class Failures:
    """Which lanes were never read, and why; `talk` words it for people."""

    def __init__(self, context: Context, stderr: Lines) -> None:
        self._context, self._stderr = context, stderr
        self._faults: dict[tuple[Scope | None, Market | None], Fault] = {}

    @property
    def exit_status(self) -> int:
        """The lowest of those lanes' statuses, 0 if there are none: low ones do not mend."""
        return min((fault.exit for fault in self._faults.values()), default=0)

    def observe(self, records: Iterable[Record]) -> None:
        """Tell each new failure among these records, and take note of every recovery."""
        for record in records:
            if isinstance(record.body, Status):
                self._observe(record, record.body)
            elif isinstance(record.body, Stop):
                self._forget(record.scope)

    def _forget(self, scope: Scope | None) -> None:
        """An account that is watched no longer is no failure."""
        self._faults = {lane: fault for lane, fault in self._faults.items() if lane[0] != scope}

    def _observe(self, record: Record, said: Status) -> None:
        lane = record.scope, record.market
        if said.error is not None:
            known, self._faults[lane] = self._faults.get(lane), said.error
            if known != said.error:
                with suppress(OutputError):  # the exit status says it all the same
                    self._context.err.write(self._told(record, said.error))
            elif not self._context.as_json:
                self._context.show(self._stderr.status(record))
        elif said.verdict is Verdict.LIVE:
            self._faults.pop(lane, None)

    def _told(self, record: Record, fault: Fault) -> bytes:
        """One object for programs, two sentences for people, as every error."""
        if self._context.as_json:
            profile = record.scope.profile if record.scope else None
            return dumps(Error(fault.of_lane(record.market, profile))) + b"\n"
        hint = wrapped(f"  hint: {plain(fault.hint)}", self._context.err.columns(), "    ")
        return f"{self._stderr.status(record)}\n{hint}".encode()

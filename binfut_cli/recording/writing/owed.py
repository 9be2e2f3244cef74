"""The gaps of a recording of which no report was made, because the watch ended before. Pure."""

from dataclasses import dataclass, field, replace

from binfut_cli.recording.account import RecordedAccount
from binfut_cli.recording.recorded import Recorded, record
from binfut_cli.stream.fold.reported_orders import ReportedOrders
from binfut_cli.stream.gap_report import GapChange, GapContext
from binfut_cli.stream.records import Cause, Gap, GapReport

NEVER_ASKED = frozenset((Cause.CONSUMER, Cause.CONTINUITY, Cause.RECORDING))
"""Gaps of which there is nothing to ask, or that come with their report."""


@dataclass(slots=True)
class Owed:
    """What changed over each gap of a lane that has no report, by its span.

    A gap that a later watch told again is the same one.
    """

    _changes: dict[tuple[int, int], GapChange] = field(default_factory=dict)
    _before: GapContext | None = None  # a gap that was told, and the account not yet read after it

    @property
    def changes(self) -> tuple[GapChange, ...]:
        """All of them, as they were told."""
        return tuple(self._changes.values())

    def take(
        self, found: Recorded, line: bytes, account: RecordedAccount, orders: ReportedOrders
    ) -> None:
        """Take a record in that is folded into the account already; `line` are its bytes."""
        match found.type:
            case "gap":
                self._told(record(found, line).body, account)
            case "snapshot" if self._before is not None:
                before, self._before = self._before, None
                state, stamps = account.state(), account.stamps()
                change = GapChange.between(before, state, stamps, orders, found.time)
                self._changes[_span(before.gap)] = change
            case "gap_report":
                self._reported(record(found, line).body)

    def _told(self, gap: object, account: RecordedAccount) -> None:
        if not isinstance(gap, Gap) or gap.is_open or gap.cause in NEVER_ASKED:
            return
        if (known := self._changes.get(_span(gap))) is not None:
            self._changes[_span(gap)] = replace(known, gap=gap)
        else:
            self._before = GapContext(gap, account.state(), account.stamps())

    def _reported(self, report: object) -> None:
        if isinstance(report, GapReport):
            self._changes.pop((report.from_ms, report.to_ms), None)


def _span(gap: Gap) -> tuple[int, int]:
    return gap.from_ms, gap.to_ms

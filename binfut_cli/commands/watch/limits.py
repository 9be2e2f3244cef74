"""What of a watch is shown, and how much that was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from binfut_cli.api.client import system_ms
from binfut_cli.endpoints import Scope
from binfut_cli.render.watch.shown import ALL, Shown
from binfut_cli.resources.history.pace import HALF
from binfut_cli.stream.coverage.context import StreamOptions
from binfut_cli.stream.events import Written
from binfut_cli.stream.records import Gap, LaneEnd, Raw, Record, Stop

if TYPE_CHECKING:
    from binfut_cli.commands.watch.alerting.wanted import Wanted
    from binfut_cli.commands.watch.metrics.serving import Exposition


@dataclass(frozen=True, slots=True)
class Limits:
    """Which events are shown, how many, and for how many seconds; None for no bound."""

    shown: Shown = ALL
    limit: int | None = None
    duration_s: float | None = None

    def reached(self, events: int) -> bool:
        """Whether so many events are all that is wanted."""
        return self.limit is not None and events >= self.limit


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of a watch: what is shown of it, until when, of which streams."""

    limits: Limits = field(default_factory=Limits)
    stream: StreamOptions = field(default_factory=StreamOptions)
    strict: bool = False
    detail: bool = False
    alerts: "Wanted | None" = None
    max_weight: int = HALF
    metrics: "Exposition | None" = None

    @property
    def looks_on(self) -> bool:
        """Whether the accounts themselves are looked at, and not only what the stream tells."""
        return self.alerts is not None or self.metrics is not None

    @property
    def only_writes(self) -> bool:
        """Whether nobody looks into the rows of an event."""
        return self.limits.shown.is_all and self.alerts is None


MOST_REASONS, MOST_REASON = 64, 64  # how many are told apart, and how long one may be
OTHER = "other"
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
        body = record.body
        if record.type in EVENTS:
            self.events += 1
            if reason := body.kind if isinstance(body, Raw) else record.event_reason:
                self._count(reason)
        elif isinstance(body, Gap):
            self.gaps += 1
            self.certain += body.certainty == "certain"

    def stop(
        self, reason: str, redacted: int, scope: Scope | None, lanes: Sequence[LaneEnd]
    ) -> Record:
        """An account's last record: why it ended, what was shown of it, and what is unproven."""
        market = lanes[0].market if len(lanes) == 1 else None
        said = Stop.of(reason, self.events, self.gaps, self.by_reason, redacted, list(lanes))
        return Record.of(said, system_ms(), market, scope)

    def _count(self, reason: object) -> None:
        """Count a reason by its name; one that is none, and one too many, as another."""
        name = reason if isinstance(reason, str) and len(reason) <= MOST_REASON else OTHER
        if name not in self.by_reason and len(self.by_reason) >= MOST_REASONS:
            name = OTHER
        self.by_reason[name] = self.by_reason.get(name, 0) + 1


class Tallies:
    """What a watch has shown so far of each account."""

    def __init__(self, scopes: Iterable[Scope | None]) -> None:
        self.each = {scope: Tally() for scope in scopes}
        self.events = 0  # of all
        self._certain = 0  # gaps of those that have ended

    @property
    def certain(self) -> int:
        """The certain gaps of all."""
        return self._certain + sum(tally.certain for tally in self.each.values())

    def begin(self, scope: Scope | None) -> None:
        """Another account is shown from now on, or one that is."""
        self.each.setdefault(scope, Tally())

    def end(self, scope: Scope | None) -> Tally:
        """What was shown of an account that is shown no longer."""
        ended = self.each.pop(scope)
        self._certain += ended.certain
        return ended

    def count(self, record: Record) -> None:
        """Count one record that is shown."""
        self.each[record.scope].count(record)
        self.events += record.type in EVENTS

    def count_all(self, records: list[Record]) -> None:
        """Count many: of an event whose reason is none or was met before, nothing else is done."""
        for record in records:
            body, tally = record.body, self.each[record.scope]
            reason: Any = ...
            if type(body) is Written:  # as nearly all are
                reason = body.reason
            elif record.type == "event":
                reason = record.event_reason
            if not reason or (type(reason) is str and reason in tally.by_reason):
                tally.events += 1
                self.events += 1
                if reason:
                    tally.by_reason[reason] += 1
            else:
                self.count(record)


def chosen(records: list[Record], limits: Limits, tallies: Tallies) -> list[Record]:
    """The records to show: the events asked for, and no more of them than the limit."""
    is_all = limits.shown.is_all
    if is_all and not limits.reached(tallies.events + len(records) - 1):
        tallies.count_all(records)
        return records
    shown: list[Record] = []
    for record in records:
        if not is_all and record.type == "event" and not limits.shown.wants(record.row):
            continue
        if record.type in EVENTS and limits.reached(tallies.events):
            continue
        tallies.count(record)
        shown.append(record)
    return shown

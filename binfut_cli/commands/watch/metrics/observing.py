"""What a watch knows at a moment, put down by the thread that prints for whoever asks later.

The server has a thread of its own and must not touch what the engine changes: so it is left a
value that nobody changes, and a second later another.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from binfut_cli.commands.watch.accounts.sharing import Lease
from binfut_cli.endpoints import Lane
from binfut_cli.stream.backlog import Backlog
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Gap, Record, Status, Verdict

EVERY_S = 1.0
SHARE = 0.02
"""How much of the printing thread's time looking may take: with very many accounts it is done
less often."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a lane since the watch began; `gap_s` by how certain gaps are.

    `weight` is what the exchange last told of the address's request weight, and `limit` of how
    much there is; None where it told nothing.
    """

    events: int
    doubts: int
    reconnects: int
    gaps: Mapping[str, int]
    gap_s: Mapping[str, float]
    weight: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class Observed:
    """All of it, as it was at `at_s` by this process's clock (`time.monotonic`).

    `leases` has the accounts of a share that may be watched here, also those that others have.
    """

    at_s: float
    standings: Mapping[Lane, Standing]
    views: Mapping[Lane, LiveView]
    counted: Mapping[Lane, Counted]
    backlog_bytes: int
    leases: Mapping[Lane, Lease] = field(default_factory=dict)


Leases = Callable[[], Mapping[Lane, Lease]]


@dataclass(slots=True)
class _Tally:
    """What only a lane's records tell."""

    connections: int = 0
    gaps: dict[str, int] = field(default_factory=lambda: {"certain": 0, "possible": 0})
    gap_s: dict[str, float] = field(default_factory=lambda: {"certain": 0.0, "possible": 0.0})

    def take(self, record: Record) -> None:
        body = record.body
        if isinstance(body, Gap):
            self.gaps[body.certainty] += 1
            self.gap_s[body.certainty] += (body.to_ms - body.possible_ms) / 1000
        elif isinstance(body, Status):
            self.connections += body.verdict is Verdict.CONNECTED


class Observer:
    """Looks at the accounts of a watch once a second or so; to be called with what records come."""

    def __init__(
        self,
        engine: Engine,
        backlog: Backlog,
        leave: Callable[[Observed], object],
        leases: Leases = dict,
    ) -> None:
        self._engine, self._backlog, self._leave = engine, backlog, leave
        self._leases = leases
        self._tallies: dict[Lane, _Tally] = {}
        self._due_s = 0.0

    def __call__(self, records: list[Record]) -> None:
        """Count these, and leave what there is to see, if that is due."""
        for record in records:
            if isinstance(record.body, Gap | Status) and record.market is not None:
                self._tally(Lane(record.market, record.scope)).take(record)
        now_s = time.monotonic()
        if now_s >= self._due_s:
            self._leave(self._observed(now_s))
            took_s = time.monotonic() - now_s
            self._due_s = now_s + max(EVERY_S, took_s / SHARE)

    def _observed(self, now_s: float) -> Observed:
        engine = self._engine
        counted = {lane: self._counted(lane) for lane in engine.reducers}
        size = self._backlog.size
        standings, views = engine.standings(), engine.views()
        return Observed(now_s, standings, views, counted, size, self._leases())

    def _counted(self, lane: Lane) -> Counted:
        tally, counts = self._tally(lane), self._engine.reducers[lane].counts
        told = self._engine.accounts()[lane].weight
        return Counted(
            counts.events, counts.doubts, max(0, tally.connections - 1),
            dict(tally.gaps), dict(tally.gap_s),
            told.count if told else None, (told.limit or None) if told else None,
        )  # fmt: skip

    def _tally(self, lane: Lane) -> _Tally:
        return self._tallies.setdefault(lane, _Tally())

"""Gaps that the exchange's history has not told of yet, and what it tells. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.fold.outcome import Outcome
from binfut_cli.stream.gap_report import GapChange, GapContext, report
from binfut_cli.stream.messages import GapBackfilled
from binfut_cli.stream.records import Backfill, Gap, Record

MOST_OWED = 20
"""Gaps of the watch before; more of them are left without a report."""


class AwaitedHistory:
    """The gaps without a report; what was told of orders is remembered as long as one needs it."""

    def __init__(
        self,
        records: LaneRecords,
        clock: GapClock,
        account: FoldedAccount,
        owed: Iterable[GapChange] = (),
    ) -> None:
        """`owed` are of the watch before: they are told again, and looked up."""
        self._records, self._clock, self._account = records, clock, account
        self._before: GapContext | None = None  # to be looked up once what was read stands
        self._awaited: dict[int, int] = {}  # gaps without a report, and since when each is
        self._owed = tuple(owed)[-MOST_OWED:]
        self._next: list[GapChange] = []  # of those that were told again

    def expect(self, gap: Gap) -> None:
        """A gap was told, and the account is about to be read again."""
        self._before = self._account.before_gap(gap)
        self._awaited[gap.number] = gap.possible_ms

    def retold(self, time_ms: int) -> list[Record]:
        """What the watch before owes a report of: told again, by a number of this one, once."""
        owed, self._owed = self._owed, ()
        return [self._records.record(time_ms, self._retold(change)) for change in owed]

    def _retold(self, change: GapChange) -> Gap:
        self._records.counts.gaps += 1
        gap = change.gap.numbered(self._records.counts.gaps)
        self._awaited[gap.number] = gap.possible_ms
        self._next.append(replace(change, gap=gap))
        return gap

    def give_up(self, gap: Gap) -> None:
        """A gap was told that nobody will look up: the watch ends."""
        self._awaited[gap.number] = gap.possible_ms

    @property
    def unreported(self) -> tuple[int, ...]:
        """The gaps without a report."""
        return tuple(sorted(self._awaited))

    def change(self) -> GapChange | None:
        """The gap to look up, now that what was read after it stands, or is all there is."""
        if self._before is None:
            return self._next.pop(0) if self._next else None
        before, self._before = self._before, None
        return self._account.after_gap(before, self._clock.read_ms)

    def forget(self, before_ms: int) -> None:
        """Forget what was told of orders before a moment, unless an awaited report needs it."""
        self._account.orders.forget(min([before_ms, *self._awaited.values()]))

    def backfilled(self, message: GapBackfilled) -> Outcome:
        """Tell what history has of a gap and was not told, and how far that explains it."""
        time_ms, orders = self._clock.at(message.time_ms), self._account.orders
        gap_change, gap = message.gap_change, message.gap_change.gap
        found = message.found.untold(orders, gap)
        said = [Backfill(gap.number, kind, row) for kind, row in found.rows()]
        for key, happened_ms in found.known_by():
            orders.remember(key, happened_ms)
        orders.drop(message.found.over, message.found.ended)
        self._awaited.pop(gap.number, None)
        whole = report(self._records.lane.market, gap_change, message.found, found)
        return Outcome([self._records.record(time_ms, each) for each in (*said, whole)])

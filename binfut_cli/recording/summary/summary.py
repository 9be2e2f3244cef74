"""A recording added up, account by account, and how that is declared as rows. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Lane, Scope
from binfut_cli.recording.accounts import ODD, lane_of
from binfut_cli.recording.moments.moment import AccountAt, Moment
from binfut_cli.recording.recorded import Recorded, record
from binfut_cli.recording.summary.alerts import AlertSpans
from binfut_cli.recording.summary.coverage import Coverage
from binfut_cli.recording.summary.declared import ALERTS, ANSWER, EXTREMES, KINDS
from binfut_cli.recording.summary.extremes import Extremes
from binfut_cli.recording.summary.series import Series
from binfut_cli.recording.summary.trading import FUNDING, Trading
from binfut_cli.recording.summary.wallets import Wallets
from binfut_cli.resources.figures.derived import text
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.records import Alert, Backfill, Gap, Record, Status


class AccountSummary:
    """One account on one market, added up record by record."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.wallets, self.trading = Wallets(), Trading(lane.market)
        self.coverage, self.extremes, self.alerts = Coverage(), Extremes(), AlertSpans()
        self.balances: dict[str, Series] = {}
        self.ratio = Series()
        self.run = ""
        self._is_new = True  # whether the watch has not read the account yet

    def begin(self, found: AccountAt, time_ms: int) -> None:
        """Begin in the midst of a watch, with the account as it was then."""
        assert found.document is not None
        self.coverage.read(time_ms)
        if not found.proof.is_live:
            self.coverage.status(found.proof.verdict or "", found.proof.reason or "", time_ms)
        self.wallets.read(found.document, time_ms, is_new=True)
        self.trading.positions(found.document["positions"])
        self.run, self._is_new = found.run, False

    def take(self, found: Record, run: str) -> None:
        """Take a record in. Raises KeyError or TypeError for one that lacks what it should have."""
        if run != self.run:
            self.run, self._is_new = run, True
            self.coverage.restarted()
        match found.body:
            case dict() as row if found.type == "snapshot":
                self._read(row, found.time_ms)
            case dict() as row:
                self._event(row, row.get("transactionTime") or found.time_ms)
            case Status(verdict=verdict, reason=reason):
                self.coverage.status(verdict, reason, found.time_ms)
            case Gap() as gap:
                self.coverage.gap(gap)
            case Backfill(kind=kind, row=row):
                self.trading.backfill(kind, row)
            case Alert() as alert:
                self.alerts.take(alert, run, found.time_ms)
        self.coverage.at(found.time_ms)
        self._draw(found)

    def _read(self, row: Row, time_ms: int) -> None:
        self.coverage.read(time_ms)
        self.wallets.read(row, time_ms, is_new=self._is_new)
        self.trading.positions(row["positions"])
        self.extremes.read(row, time_ms)
        self._is_new = False

    def _event(self, row: Row, time_ms: int) -> None:
        if row.get("event") == "ORDER_TRADE_UPDATE":
            self.trading.order(row["order"], time_ms)
        elif row.get("event") == "ACCOUNT_UPDATE":
            before = dict(self.wallets.now) if row.get("reason") == FUNDING else {}
            self.wallets.apply(row, time_ms)
            self.trading.positions(row["positions"])
            for asset, held in before.items():
                if paid := self.wallets.now[asset] - held:
                    self.trading.funding(asset, paid, time_ms)

    def _draw(self, found: Record) -> None:
        """Put the balances that a record told of, and a snapshot's ratio, into the curves."""
        if found.type == "snapshot":
            for asset, held in self.wallets.now.items():
                if held or asset in self.balances:
                    self._point(asset, found.time_ms, held)
            if (ratio := self.extremes.last_ratio) is not None:
                self.ratio.add(found.time_ms, ratio)
        elif found.type == "event" and found.row.get("event") == "ACCOUNT_UPDATE":
            for row in found.row["balances"]:
                if row["asset"] in self.wallets.now:
                    self._point(row["asset"], found.time_ms, self.wallets.now[row["asset"]])

    def _point(self, asset: str, time_ms: int, held: Decimal) -> None:
        self.balances.setdefault(asset, Series()).add(time_ms, held)

    def result(self) -> Result:
        """The sums as an answer, with its rows."""
        self.coverage.end()
        covered = self.coverage
        document: Row = {
            "from": covered.from_ms or covered.to_ms,
            "to": covered.to_ms,
            "derived": {"coverage": text(covered.share and round(covered.share, 6))},
            "snapshotCount": self.extremes.snapshots,
            **{kind.kind: list(rows) for kind, rows in self._rows()},
        }
        return Result(ANSWER, self.lane.market, covered.to_ms, document, KINDS)

    def _rows(self) -> Iterator[tuple[Any, Iterator[Row]]]:
        changes, trading, holes, *_ = KINDS
        yield changes, self._changes()
        yield trading, self._trading()
        yield holes, self._holes()
        yield EXTREMES, iter(self.extremes.rows())
        yield ALERTS, self.alerts.rows()

    def _changes(self) -> Iterator[Row]:
        for day, asset, reason, change in self.wallets.rows():
            yield {
                "day": day,
                "asset": asset,
                "reason": reason,
                "amount": text(change.amount),
                "changeCount": change.count,
            }

    def _trading(self) -> Iterator[Row]:
        for day, asset, each in self.trading.rows():
            yield {
                "day": day,
                "asset": asset,
                "fillCount": each.fills,
                "realizedPnl": text(each.realized),
                "commission": text(each.commission),
                "funding": text(each.funding),
            }

    def _holes(self) -> Iterator[Row]:
        for hole in sorted(self.coverage.holes, key=lambda each: each.from_ms):
            yield {
                "from": hole.from_ms,
                "to": hole.to_ms,
                "certainty": hole.certainty,
                "reason": hole.reason,
            }


class Summary:
    """All accounts of a recording; `take` its records in their order."""

    def __init__(self) -> None:
        self.accounts: dict[Lane, AccountSummary] = {}

    def begin(self, moment: Moment) -> None:
        """Begin with the accounts of a moment; then take what comes after it."""
        for each in moment.accounts:
            if each.document is not None:
                self.accounts[each.lane] = account = AccountSummary(each.lane)
                account.begin(each, moment.time_ms)

    def _ended(self, found: Recorded) -> None:
        """All lanes of a run were watched until its `stop`, which is about several markets."""
        for account in self.accounts.values():
            if account.run == found.run and account.lane.scope == Scope(found.env, found.profile):
                account.coverage.at(found.time)

    def take(self, found: Recorded, line: bytes) -> None:
        """Take a record in; raise Unreadable if it does not say what it should."""
        lane = lane_of(found)
        if lane is None:
            return self._ended(found)
        account = self.accounts.get(lane) or self.accounts.setdefault(lane, AccountSummary(lane))
        try:
            account.take(record(found, line), found.run)
        except Unreadable:
            raise
        except ODD as exc:
            raise Unreadable(f"its {found.type} lacks something, or has it otherwise") from exc

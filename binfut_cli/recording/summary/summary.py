"""A recording added up, account by account, and how that is declared as rows. Pure."""

from collections.abc import Iterator
from typing import Any

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.recording.accounts import ODD
from binfut_cli.recording.moments.moment import AccountAt, Moment
from binfut_cli.recording.recorded import (
    Odd,
    Recorded,
    body,
    record,
    told_balances,
    told_positions,
)
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
        self.trading.positions(_settling(found.document))
        self.run, self._is_new = found.run, False

    def take(self, found: Recorded, line: bytes) -> None:
        """Take a record in; `line` are its bytes.

        Raises KeyError or TypeError for one that lacks what it should have.
        """
        if found.run != self.run:
            self.run, self._is_new = found.run, True
            self.coverage.restarted()
        if found.type == "event":
            self._event(found, _happened(found))
        elif found.type == "snapshot":
            self._read(body(line), found.time)
        else:
            self._other(record(found, line), found.run)
        self.coverage.at(found.time)

    def _read(self, row: Row, time_ms: int) -> None:
        self.coverage.read(time_ms)
        self.wallets.read(row, time_ms, is_new=self._is_new)
        self.trading.positions(_settling(row))
        self.extremes.read(row, time_ms)
        self._is_new = False
        for asset, held in self.wallets.now.items():
            if held or asset in self.balances:
                self._draw(asset, time_ms)
        if (ratio := self.extremes.last_ratio) is not None:
            self.ratio.add(time_ms, ratio)

    def _event(self, event: Recorded, time_ms: int) -> None:
        if event.event == "ORDER_TRADE_UPDATE":
            if event.order is None:
                raise KeyError("order")
            self.trading.order(event.order, time_ms)
        elif event.event == "ACCOUNT_UPDATE":
            self._update(event, time_ms)

    def _update(self, update: Recorded, time_ms: int) -> None:
        before = dict(self.wallets.now) if update.reason == FUNDING else {}
        balances = told_balances(update)
        self.wallets.apply(balances, update.reason or "", time_ms)
        self.trading.positions(told_positions(update))
        for asset, held in before.items():
            if paid := self.wallets.now[asset] - held:
                self.trading.funding(asset, paid, time_ms)
        for asset, _ in balances:
            if asset in self.wallets.now:
                self._draw(asset, update.time)

    def _other(self, found: Record, run: str) -> None:
        match found.body:
            case Status(verdict=verdict, reason=reason):
                self.coverage.status(verdict, reason, found.time_ms)
            case Gap() as gap:
                self.coverage.gap(gap)
            case Backfill(kind=kind, row=row):
                self.trading.backfill(kind, row)
            case Alert() as alert:
                self.alerts.take(alert, run, found.time_ms)

    def _draw(self, asset: str, time_ms: int) -> None:
        """Put what the account holds of an asset into its curve."""
        if (curve := self.balances.get(asset)) is None:
            curve = self.balances[asset] = Series()
        curve.add(time_ms, self.wallets.now[asset])

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


def _happened(event: Recorded) -> Any:
    """When an event happened, as it tells itself; what is no moment is refused by whoever asks."""
    told = event.row.get("transactionTime") if isinstance(event, Odd) else event.transaction_time
    return told or event.time


def _settling(document: Row) -> Iterator[tuple[Any, Any]]:
    """The positions' symbols, and in which asset each settles."""
    return ((row["symbol"], row.get("marginAsset")) for row in document["positions"])


class Summary:
    """All accounts of a recording; `take` its records in their order."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[Market, Env, str | None], AccountSummary] = {}

    @property
    def accounts(self) -> dict[Lane, AccountSummary]:
        """Each by its lane."""
        return {each.lane: each for each in self._accounts.values()}

    def begin(self, moment: Moment) -> None:
        """Begin with the accounts of a moment; then take what comes after it."""
        for each in moment.accounts:
            if each.document is not None:
                scope = each.lane.scope or Scope(Env.PROD, None)
                self._of(each.lane.market, *scope).begin(each, moment.time_ms)

    def _of(self, market: Market, env: Env, profile: str | None) -> AccountSummary:
        name = market, env, profile
        if (found := self._accounts.get(name)) is None:
            found = self._accounts[name] = AccountSummary(Lane(market, Scope(env, profile)))
        return found

    def _ended(self, found: Recorded) -> None:
        """All lanes of a run were watched until its `stop`, which is about several markets."""
        for account in self._accounts.values():
            if account.run == found.run and account.lane.scope == Scope(found.env, found.profile):
                account.coverage.at(found.time)

    def take(self, found: Recorded, line: bytes) -> None:
        """Take a record in; raise Unreadable if it does not say what it should."""
        if found.market is None:
            return self._ended(found)
        try:
            self._of(found.market, found.env, found.profile).take(found, line)
        except Unreadable:
            raise
        except ODD as exc:
            raise Unreadable(f"its {found.type} lacks something, or has it otherwise") from exc

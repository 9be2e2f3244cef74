"""What is awaited of the exchange's history, and what is made of it when it comes."""

from msgspec.structs import replace

from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.fold.awaited_history import AwaitedHistory
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.fold.reported_orders import change_key
from binfut_cli.stream.gap_report import UNNAMED, GapChange, HistoryFindings
from binfut_cli.stream.messages import GapBackfilled
from binfut_cli.stream.records import Backfill, Gap, GapReport
from tests.stream.fold.test_folded_account import GAP, read
from tests.support.bodies import bodies

LANE = Lane(Market.USDM)
FILL = {"symbol": "BTCUSDT", "id": "5", "time": 40}
KEY = change_key("BTCUSDT", "7", 30)


def awaited(lane: Lane = LANE) -> tuple[AwaitedHistory, FoldedAccount]:
    clock, account = GapClock(), FoldedAccount()
    clock.measured(ClockOffset(1000, 1000))
    clock.agreed(2000)
    account.read(read("10", 5))
    return AwaitedHistory(LaneRecords(lane), clock, account), account


def backfilled(found: HistoryFindings, gap: Gap = GAP) -> GapBackfilled:
    return GapBackfilled(LANE, 99, GapChange(gap, 95, {}, {}), found)


def test_a_gap_is_looked_up_once_with_the_account_before_and_after_it() -> None:
    history, account = awaited()
    assert history.change() is None
    history.expect(GAP)
    account.read(read("12", 95))
    change = history.change()
    assert change is not None
    assert (change.before, change.after) == ({"USDT": "10"}, {"USDT": "12"})
    assert change.read_ms == 3000  # by the exchange's clock
    assert history.change() is None


def test_nothing_is_forgotten_that_an_awaited_report_needs() -> None:
    history, account = awaited()
    account.orders.remember(KEY, 30)
    history.expect(GAP)
    history.forget(60)
    assert account.orders.was_told(KEY)
    history.backfilled(backfilled(HistoryFindings()))
    history.forget(30)
    assert account.orders.was_told(KEY)
    history.forget(31)
    assert not account.orders.was_told(KEY)


def test_what_a_gap_of_the_watch_before_needs_is_not_forgotten_either() -> None:
    _, account = awaited()
    account.orders.remember(KEY, 30)
    owed = [GapChange(GAP, 95, {}, {})] * 2
    history = AwaitedHistory(LaneRecords(LANE), GapClock(), account, owed)
    history.forget(30)
    assert [each.time_ms for each in history.retold(99)] == [99, 99]
    history.forget(60)
    assert account.orders.was_told(KEY)
    assert history.unreported == (1, 2)


def test_what_a_gap_that_was_given_up_needs_is_not_forgotten_either() -> None:
    history, account = awaited()
    account.orders.remember(KEY, 30)
    history.give_up(GAP)
    history.forget(60)
    assert account.orders.was_told(KEY)
    assert history.unreported == (GAP.number,)


def test_rows_are_told_once_and_the_report_is_last() -> None:
    history, account = awaited()
    account.orders.open["BTCUSDT", "7"] = account.orders.waiting["BTCUSDT", "8"] = None
    found = HistoryFindings(fills=[FILL], over={("BTCUSDT", "7")}, ended={("BTCUSDT", "8")})
    told = history.backfilled(backfilled(found)).records
    assert [record.type for record in told] == ["backfill", "gap_report"]
    assert told[0].body == Backfill(1, "fill", FILL)
    assert {record.time_ms for record in told} == {1099}
    assert not account.orders.open
    assert not account.orders.waiting
    (again,) = history.backfilled(backfilled(found, replace(GAP, number=2))).records
    assert [report.gap for report in bodies([again], GapReport)] == [2]


def test_a_report_says_what_the_history_of_its_market_never_tells() -> None:
    untold = {}
    for market in Market:
        history, _ = awaited(Lane(market))
        (report,) = bodies(history.backfilled(backfilled(HistoryFindings())).records, GapReport)
        untold[market] = set(report.not_recoverable)
    assert untold[Market.COINM] - untold[Market.USDM] == {UNNAMED}

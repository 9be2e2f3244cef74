"""A recording added up: nothing that came or went is left out, nor any uncovered time."""

from decimal import Decimal
from pathlib import Path

import pytest

from binfut_cli import codec
from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Lane, Market
from binfut_cli.recording.accounts import Accounts
from binfut_cli.recording.moments.moment import at
from binfut_cli.recording.recorded import Odd, OrderRow, recorded
from binfut_cli.recording.summary.coverage import Coverage
from binfut_cli.recording.summary.extremes import Extremes
from binfut_cli.recording.summary.series import MOST, Series
from binfut_cli.recording.summary.summary import AccountSummary, Summary
from binfut_cli.recording.summary.trading import Trading
from binfut_cli.recording.summary.wallets import MISSED, UNWATCHED, Wallets
from binfut_cli.stream.records import Cause, Gap
from tests.support.recordings import SCOPE, simulated, written

DAY_MS = 86_400_000


def added_up(*lines: bytes, market: Market = Market.USDM) -> AccountSummary:
    summary = Summary()
    for each in lines:
        summary.take(recorded(each), each)
    return summary.accounts[Lane(market, SCOPE)]


@pytest.mark.parametrize("market", Market)
def test_all_changes_together_are_the_end_without_the_beginning(market: Market) -> None:
    """In spite of a gap, and of another watch."""
    lines = [*simulated(market), *simulated(market, run="b2")]
    found, accounts = added_up(*lines, market=market).wallets, Accounts()
    for each in lines:
        accounts.take(recorded(each), each)
    state = accounts.lanes[Lane(market, SCOPE)].account.state()
    sums: dict[str, Decimal] = dict(found.first)
    for _, asset, _, change in found.rows():
        sums[asset] = sums.get(asset, Decimal(0)) + change.amount
    held = {asset: decimal(row["walletBalance"]) for asset, row in state.balances.items()}
    assert {asset: each for asset, each in sums.items() if each} == {
        asset: each for asset, each in held.items() if each
    }
    reasons = {reason for _, _, reason, _ in found.rows()}
    assert {MISSED, "ORDER"} <= reasons


@pytest.mark.parametrize("market", Market)
def test_two_parts_of_a_recording_add_up_to_all_of_it(market: Market, tmp_path: Path) -> None:
    lines = simulated(market)
    name = written(tmp_path / "a", lines)
    whole, parts = added_up(*lines, market=market), Summary()
    middle_ms = recorded(lines[len(lines) // 2]).time
    parts.begin(at([name], middle_ms))
    for each in lines:
        if recorded(each).time > middle_ms:
            parts.take(recorded(each), each)
    early = [each for each in lines if recorded(each).time <= middle_ms]
    first, second = added_up(*early, market=market), parts.accounts[Lane(market, SCOPE)]
    assert total(first) + total(second) == total(whole)
    for account in (first, second, whole):
        account.coverage.end()
    uncovered_ms = first.coverage.uncovered_ms + second.coverage.uncovered_ms
    over_middle = [h for h in whole.coverage.holes if h.from_ms < middle_ms < h.to_ms]
    untold_ms = sum(middle_ms - hole.from_ms for hole in over_middle)  # told later, began earlier
    assert 0 <= whole.coverage.uncovered_ms - uncovered_ms <= untold_ms
    assert second.coverage.from_ms == middle_ms


def total(account: AccountSummary) -> Decimal:
    return sum((each.amount for *_, each in account.wallets.rows()), Decimal(0))


def held(asset: str, balance: str, updated: int = 0) -> Row:
    return {"assets": [{"asset": asset, "walletBalance": balance, "updateTime": updated}]}


def test_changes_are_by_day_asset_and_reason() -> None:
    wallets = Wallets()
    wallets.read(held("USDT", "10"), 0, is_new=True)
    for reason, balance, time_ms in (
        ("DEPOSIT", "15", 1), ("ORDER", "14.5", 2), ("ORDER", "14", 3), ("ORDER", "13", DAY_MS),
    ):  # fmt: skip
        wallets.apply([("USDT", balance)], reason, time_ms)
    wallets.apply([("BNB", "2")], "AUTO_EXCHANGE", DAY_MS)
    wallets.read(held("USDT", "12", DAY_MS + 9), DAY_MS + 9, is_new=False)
    wallets.read(held("USDT", "11.5", 2 * DAY_MS), 2 * DAY_MS, is_new=True)
    assert {tuple(key): (each.amount, each.count) for *key, each in wallets.rows()} == {
        ("1970-01-01", "USDT", "DEPOSIT"): (Decimal(5), 1),
        ("1970-01-01", "USDT", "ORDER"): (Decimal(-1), 2),
        ("1970-01-02", "BNB", "AUTO_EXCHANGE"): (Decimal(2), 1),
        ("1970-01-02", "USDT", MISSED): (Decimal(-1), 1),
        ("1970-01-03", "USDT", UNWATCHED): (Decimal("-0.5"), 1),
        ("1970-01-02", "USDT", "ORDER"): (Decimal(-1), 1),
    }


def test_a_snapshot_that_is_older_than_an_event_changes_nothing() -> None:
    wallets = Wallets()
    wallets.read(held("USDT", "10", 5), 5, is_new=True)
    wallets.apply([("USDT", "11")], "ORDER", 9)
    wallets.read(held("USDT", "10", 5), 20, is_new=False)
    assert wallets.now == {"USDT": Decimal(11)}


def fill(symbol: str = "BTCUSDT", kind: str = "TRADE", **paid: str) -> OrderRow:
    paid = {"commission": "0.1", "commission_asset": "USDT", **paid}
    return OrderRow(symbol=symbol, execution_type=kind, realized_pnl="2.5", **paid)


def figures(trading: Trading) -> dict[str, tuple[int, str, str, str]]:
    return {
        asset: (each.fills, str(each.realized), str(each.commission), str(each.funding))
        for _, asset, each in trading.rows()
    }


def test_fills_are_of_the_asset_they_are_settled_in_and_fees_of_their_own() -> None:
    trading = Trading(Market.USDM)
    trading.order(fill(), 0)
    trading.order(fill(commission_asset="BNB", commission="0.01"), 0)
    trading.order(fill("ETHUSDC"), 0)
    trading.order(fill(kind="NEW"), 0)
    assert figures(trading) == {
        "USDT": (2, "5.0", "0.2", "0"),
        "BNB": (0, "0", "0.01", "0"),
        "USDC": (1, "2.5", "0", "0"),
    }


def test_what_history_told_of_a_gap_counts() -> None:
    trading = Trading(Market.COINM)
    trading.positions([("BTCUSD_PERP", "BTC")])
    row = {"symbol": "BTCUSD_PERP", "time": 5, "realizedPnl": "1", "commission": "0.5"}
    trading.backfill("fill", row)
    for type_, income in (("FUNDING_FEE", "-3"), ("COMMISSION", "-1")):
        flow = {"incomeType": type_, "asset": "BTC", "income": income, "time": 5}
        trading.backfill("flow", flow)
    assert figures(trading) == {"BTC": (1, "1", "0.5", "-3")}


def test_rows_with_more_in_them_than_is_known_add_up_like_others() -> None:
    lines = simulated()
    odd = [each.replace(b'"balanceChange"', b'"new":1,"balanceChange"') for each in lines]
    assert sum(isinstance(recorded(each), Odd) for each in odd) > len(lines) // 10
    assert added_up(*odd).result().document == added_up(*lines).result().document


def gap(start: int, end: int, possible: int | None = None) -> Gap:
    return Gap(1, start, end, "lost", "certain", Cause.TRANSPORT, possible)


def test_coverage_counts_each_moment_once() -> None:
    coverage = Coverage()
    coverage.status("CONNECTED", "", 0)
    coverage.read(1000)
    coverage.status("LIVE", "", 1000)
    coverage.status("GAP", "lost", 2000)
    coverage.gap(gap(1900, 2500, 1800))
    coverage.status("LIVE", "", 2600)
    coverage.gap(gap(2400, 2700))
    coverage.at(11_000)
    coverage.end()
    assert coverage.uncovered_ms == 900
    assert coverage.share == Decimal("0.91")
    assert len(coverage.holes) == 2


def test_a_gap_that_a_later_watch_tells_again_is_one() -> None:
    coverage = Coverage()
    coverage.read(1000)
    for number in (1, 4):
        coverage.gap(gap(1900, 2500).numbered(number))
    assert len(coverage.holes) == 1


def test_a_loss_that_no_gap_tells_of_yet_and_time_between_watches_are_holes() -> None:
    coverage = Coverage()
    coverage.read(0)
    coverage.status("LIVE", "", 0)
    coverage.at(100)
    coverage.restarted()
    coverage.status("CONNECTED", "", 150)
    coverage.status("LIVE", "", 200)
    coverage.status("GAP", "lost", 700)
    coverage.at(1000)
    coverage.end()
    spans = [(hole.from_ms, hole.to_ms, hole.certainty) for hole in coverage.holes]
    assert spans == [(100, 200, "unwatched"), (700, 1000, "possible")]
    assert coverage.share == Decimal("0.6")


@pytest.mark.parametrize("cause", [Cause.RESTART, Cause.HANDOVER])
def test_a_watch_that_goes_on_from_another_tells_itself_what_nobody_saw(cause: Cause) -> None:
    coverage = Coverage()
    coverage.read(0)
    coverage.status("LIVE", "", 0)
    coverage.at(100)
    coverage.restarted()
    coverage.gap(Gap(1, 80, 190, "No watch was running.", "possible", cause))
    coverage.status("LIVE", "", 200)
    coverage.at(1000)
    coverage.end()
    (hole,) = coverage.holes
    assert (hole.from_ms, hole.to_ms, hole.reason) == (80, 190, "No watch was running.")


def reading(distance: str | None, ratio: str | None) -> Row:
    position = {"symbol": "BTCUSDT", "derived": {"liquidationDistance": distance}}
    return {"assets": [{"asset": "USDT", "derived": {"marginRatio": ratio}}],
            "positions": [position]}  # fmt: skip


def test_the_extremes_are_told_with_their_moment() -> None:
    extremes = Extremes()
    for time_ms, row in enumerate(
        [reading(None, None), reading("0.2", "0.5"), reading("-0.1", "Infinity"), reading("1", "2")]
    ):
        extremes.read(row, time_ms)
    assert extremes.rows() == [
        {"figure": "liquidationDistance", "of": "BTCUSDT", "at": 2, "ratio": "-0.1"},
        {"figure": "marginRatio", "of": "USDT", "at": 2, "ratio": "Infinity"},
    ]


def test_a_curve_has_as_many_points_as_there_is_room_for_and_the_last_one() -> None:
    series = Series()
    for number in range(50_000):
        series.add(1_791_000_000_000 + number * 977, Decimal(number))
    points = list(series.values)
    assert MOST / 3 < len(points) <= MOST
    assert points == sorted(points)
    assert points[-1][1] == 49_999


def test_every_lane_was_watched_until_its_run_stopped() -> None:
    lines = list(simulated(Market.USDM))
    last = codec.parse(lines[-1])
    assert isinstance(last, dict)
    stop = {**last, "type": "stop", "market": None, "seq": last["seq"] + 1}
    end_ms = stop["time"] = last["time"] + 5_000
    found = [added_up(*lines, codec.dumps(each)) for each in (stop, {**stop, "run": "another"})]
    assert [each.coverage.to_ms for each in found] == [end_ms, last["time"]]


def test_a_moment_beyond_the_calendar_makes_the_line_unreadable() -> None:
    rows = [codec.parse(each) for each in simulated(Market.USDM)]
    fills = [
        each
        for each in rows
        if isinstance(each, dict) and each.get("event") == "ORDER_TRADE_UPDATE"
    ]
    assert fills
    odd = [codec.dumps({**each, "transactionTime": 10**21}) for each in fills]
    summary, refused = Summary(), 0
    for each in odd:
        try:
            summary.take(recorded(each), each)
        except codec.Unreadable:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize("odd", [Decimal("1E+40"), Decimal("1.5"), 10**21, "later", True, None])
def test_a_row_of_history_at_no_moment_is_refused_before_anything_is_computed_of_it(
    odd: object,
) -> None:
    """Of a number with a large exponent, nobody would see the end of the whole one."""
    fill = {"symbol": "BTCUSDT", "realizedPnl": "1", "commission": "0.1", "time": odd}
    trading = Trading(Market.USDM)
    with pytest.raises(ValueError, match="is no moment"):
        trading.backfill("fill", fill)
    assert trading.figures == {}

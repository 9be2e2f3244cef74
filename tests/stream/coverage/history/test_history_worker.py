"""After a gap, on both markets, under a clock moved by hand: all that history has is told once."""

import dataclasses
import json
from decimal import Decimal
from functools import partial
from itertools import combinations
from typing import Any

import pytest
from msgspec.structs import replace

from binfut_cli.codec import Row
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.render.documents import Lines
from binfut_cli.resources.history import past
from binfut_cli.resources.income import WEIGHT
from binfut_cli.sandbox.account.rows import Book
from binfut_cli.stream.coverage.history import history_worker, order_search, questions
from binfut_cli.stream.coverage.limits.weight import Purpose
from binfut_cli.stream.fold.reported_orders import change_key
from binfut_cli.stream.gap_report import UNNAMED, GapChange, HistoryFindings, agrees
from binfut_cli.stream.messages import AuditRead, GapBackfilled
from binfut_cli.stream.records import AssetSum, Backfill, Cause, Gap, GapReport, Unread
from tests.stream.coverage.test_coverage import ASSET, BEFORE_S, MARKETS, Watched, second
from tests.stream.fold.test_reducer import (
    LANE,
    batch,
    live,
    lost,
    opened,
    records,
    taken,
)
from tests.support.archive import Archive
from tests.support.bodies import bodies
from tests.support.schemas import validator
from tests.support.simulation import EPOCH_MS

HELD = {Market.USDM: "BTCUSDT", Market.COINM: "BTCUSD_PERP"}
STRANGE = {Market.USDM: "SOLUSDT", Market.COINM: "BNBUSD_PERP"}
SIZE = {Market.USDM: "0.1", Market.COINM: "10"}
ASKED = ("allOrders", "allAlgoOrders", "userTrades")
NEVER = 10**9
SCOPE = Scope(Env.SANDBOX, None)


def cut_for(watched: Watched, seconds: float, at: float = BEFORE_S) -> None:
    """Let the stream end, and the exchange be out of reach for a while."""

    def end() -> None:
        watched.sim.is_unreachable = True
        watched.sim.wires[-1].is_over = True

    watched.sim.at(at, end)
    watched.sim.at(at + seconds, lambda: setattr(watched.sim, "is_unreachable", False))


def during(watched: Watched, **words: Any) -> None:
    """Something happens while the stream is down."""
    cut_for(watched, 100)
    watched.sim.at(BEFORE_S + 50, lambda: watched.act(**words))
    watched.sim.run(BEFORE_S + 400)


def limit(market: Market, symbol: str, name: str) -> dict[str, Any]:
    """An order far from the market, which rests."""
    return {
        "action": "placeOrder", "symbol": symbol, "side": "BUY", "quantity": SIZE[market],
        "price": "100", "clientOrderId": name,
    }  # fmt: skip


def book(watched: Watched) -> Book:
    return next(iter(watched.sim.exchange.accounts.values())).books[watched.name]


def found(watched: Watched, kind: str) -> list[Row]:
    return [body.row for body in bodies(watched.records, Backfill) if body.kind == kind]


def report(watched: Watched) -> GapReport:
    (told,) = bodies(watched.records, GapReport)
    return told


@MARKETS
def test_a_gap_is_filled_from_the_exchanges_history(market: Market) -> None:
    watched = Watched(market, every_s=NEVER)
    during(watched, action="deposit", asset=ASSET[market], amount="1")
    (row,), gap = found(watched, "flow"), watched.gap()
    assert row["income"] == "1.00000000"
    told = report(watched)
    assert told.sums == (AssetSum(ASSET[market], "1", "1", "0"),)
    assert (told.flow_count, told.fill_count, told.order_count) == (1, 0, 0)
    assert told.gap == gap.number
    assert gap.from_ms <= row["time"] <= gap.to_ms


@MARKETS
@pytest.mark.parametrize("symbols", [HELD, STRANGE])
def test_a_fill_in_a_gap_is_told_with_its_order_and_its_flows(
    market: Market, symbols: dict[Market, str]
) -> None:
    watched, symbol = Watched(market, every_s=NEVER), symbols[market]
    during(watched, action="fill", symbol=symbol, side="SELL", quantity=SIZE[market])
    (fill,), (order,) = found(watched, "fill"), found(watched, "order")
    assert (fill["symbol"], fill["side"], Decimal(fill["qty"])) == (
        symbol, "SELL", Decimal(SIZE[market]),
    )  # fmt: skip
    assert (order["orderId"], order["status"]) == (fill["orderId"], "FILLED")
    told = report(watched)
    assert (told.fill_count, told.order_count, told.unread) == (1, 1, ())
    assert "COMMISSION" in {row["incomeType"] for row in found(watched, "flow")}
    assert agrees(told.sums)
    lines = Lines(SCOPE, "run")
    for record in watched.all("backfill", "gap_report"):
        line = json.loads(lines.line(record))
        validator(record.type).validate(line)
        assert (line["source"], line["gap"]) == ("history", told.gap)


@MARKETS
@pytest.mark.parametrize("placed_s", [-1.0, 100.0])  # before the watch began, and while it ran
def test_an_order_that_ended_in_a_gap_is_found(market: Market, placed_s: float) -> None:
    watched = Watched(market, every_s=NEVER)
    words = limit(market, HELD[market], "resting")
    if placed_s < 0:
        watched.act(**words)
    else:
        watched.sim.at(placed_s, lambda: watched.act(**words))
    during(watched, action="cancelOrder", clientOrderId="resting")
    (order,) = found(watched, "order")
    assert (order["clientOrderId"], order["status"]) == ("resting", "CANCELED")
    assert report(watched).flow_count == 0


@MARKETS
def test_an_order_that_came_and_went_is_found_unless_nothing_names_its_symbol(
    market: Market,
) -> None:
    watched = Watched(market, every_s=NEVER)
    words = limit(market, STRANGE[market], "brief")
    watched.sim.at(BEFORE_S + 40, lambda: watched.act(**words))
    during(watched, action="cancelOrder", clientOrderId="brief")
    if market is Market.USDM:
        assert [row["clientOrderId"] for row in found(watched, "order")] == ["brief"]
    else:
        assert not found(watched, "order")
        assert UNNAMED in report(watched).not_recoverable


def stop(market: Market, symbol: str, name: str = "stop") -> dict[str, Any]:
    """A conditional order."""
    return {
        "action": "placeAlgo", "symbol": symbol, "side": "SELL", "quantity": SIZE[market],
        "type": "STOP_MARKET", "triggerPrice": "80000", "clientAlgoId": name,
    }  # fmt: skip


@MARKETS
@pytest.mark.parametrize("symbols", [HELD, STRANGE])
@pytest.mark.parametrize(
    ("action", "status"),
    [("triggerAlgo", "FINISHED"), ("expireAlgo", "EXPIRED"), ("cancelAlgo", "CANCELED"),
     ("rejectAlgo", "REJECTED")],
)  # fmt: skip
def test_a_conditional_order_that_came_to_its_end_in_a_gap_is_told(
    market: Market, symbols: dict[Market, str], action: str, status: str
) -> None:
    """Also where nothing but the stream named its symbol; and with the order that it became."""
    watched = Watched(market, every_s=NEVER)
    watched.sim.at(50, partial(watched.act, **stop(market, symbols[market])))
    during(watched, action=action, clientAlgoId="stop")
    (row,), told = found(watched, "conditional"), report(watched)
    assert (row["clientAlgoId"], row["algoStatus"]) == ("stop", status)
    assert (told.conditional_count, told.unread) == (1, ())
    became = [row["orderId"] for row in found(watched, "order")]
    assert became == ([row["actualOrderId"]] if action == "triggerAlgo" else [])
    line = json.loads(Lines(SCOPE, "run").line(watched.all("backfill")[0]))
    validator("backfill").validate(line)


@MARKETS
def test_a_conditional_order_that_was_made_in_a_gap_is_told_and_its_end_by_the_stream(
    market: Market,
) -> None:
    watched = Watched(market, every_s=NEVER)
    cancel = partial(watched.act, action="cancelAlgo", clientAlgoId="stop")
    watched.sim.at(BEFORE_S + 300, cancel)
    during(watched, **stop(market, HELD[market]))
    (row,) = found(watched, "conditional")
    assert (row["algoId"].isdigit(), row["algoStatus"]) == (True, "NEW")
    streamed = [
        r.row["algoOrder"]["algoStatus"] for r in watched.all("event") if "algoOrder" in r.row
    ]
    assert streamed == ["CANCELED"]


@MARKETS
def test_what_the_stream_told_of_a_conditional_order_is_not_told_again(market: Market) -> None:
    watched = Watched(market, every_s=NEVER)
    watched.sim.at(50, partial(watched.act, **stop(market, HELD[market])))
    during(watched, action="deposit", asset=ASSET[market], amount="1")
    assert not found(watched, "conditional")
    assert report(watched).conditional_count == 0


@pytest.mark.parametrize("action", ["triggerAlgo", "cancelAlgo"])
def test_a_conditional_order_of_weeks_ago_is_looked_up_by_its_number(action: str) -> None:
    """The exchange forgets one that was cancelled, three days after it was made."""
    watched = Watched(every_s=NEVER)
    watched.sim.at(100, partial(watched.act, **stop(Market.USDM, "SOLUSDT")))

    def slept() -> None:
        watched.sim.asleep_s = 20 * 86_400.0
        watched.sim.deaf = True
        watched.act(action=action, clientAlgoId="stop")
        watched.sim.deaf = False

    cut_for(watched, 5, BEFORE_S + 200)
    watched.when(slept)
    told, again = bodies(watched.records, GapReport)
    is_kept = action == "triggerAlgo"
    assert [row["algoStatus"] for row in found(watched, "conditional")] == ["FINISHED"] * is_kept
    assert [each.reason for each in told.unread] == [order_search.FORGOTTEN] * (not is_kept)
    assert not again.unread  # it is over by now, and not looked up any more


def test_more_conditional_orders_than_an_answer_holds_are_all_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(past, "PAGE", 10)
    monkeypatch.setattr(order_search, "PAGE", 10)
    monkeypatch.setattr(questions, "PAGE", 10)
    watched = Watched(every_s=NEVER)
    cut_for(watched, 60)
    for number in range(35):
        at, words = BEFORE_S + 10 + number, stop(Market.USDM, "BTCUSDT", f"s{number}")
        watched.sim.at(at, partial(watched.act, **words))
    watched.sim.run(BEFORE_S + 300)
    names = [row["clientAlgoId"] for row in found(watched, "conditional")]
    assert names == [f"s{number}" for number in range(35)]
    assert not report(watched).unread


@pytest.mark.parametrize("is_filled", [True, False])
def test_an_order_of_weeks_ago_is_looked_up_by_its_number(is_filled: bool) -> None:
    """The exchange forgets one that was never filled, three days after it was placed."""
    watched = Watched(every_s=NEVER)
    watched.sim.at(100, partial(watched.act, **limit(Market.USDM, "BTCUSDT", "ancient")))
    if is_filled:
        part = {"clientOrderId": "ancient", "quantity": "0.01"}
        watched.sim.at(150, partial(watched.act, action="fill", **part))

    def slept() -> None:
        watched.sim.asleep_s = 20 * 86_400.0
        watched.sim.deaf = True
        watched.act(action="cancelOrder", clientOrderId="ancient")
        watched.sim.deaf = False

    asked: list[int] = []

    def note() -> None:
        asked.append(watched.sim.asked["/fapi/v1/allOrders"])

    watched.sim.at(BEFORE_S + 190, note)
    cut_for(watched, 5, BEFORE_S + 200)
    watched.sim.at(BEFORE_S + 390, note)
    watched.when(slept)
    told, again = bodies(watched.records, GapReport)
    names = [row["clientOrderId"] for row in found(watched, "order")]
    assert names == (["ancient"] if is_filled else [])
    assert [each.reason for each in told.unread] == ([] if is_filled else [order_search.FORGOTTEN])
    assert not again.unread
    assert asked[1] - asked[0] < asked[0]  # it is over by now, and not looked up any more


@MARKETS
def test_more_orders_than_an_answer_holds_are_all_found(market: Market) -> None:
    watched = Watched(market, every_s=NEVER)
    cut_for(watched, 400)
    for number in range(230):
        at, words = BEFORE_S + 10 + number, limit(market, HELD[market], f"o{number}")
        watched.sim.at(at, partial(watched.act, **words))
        words = {"action": "cancelOrder", "clientOrderId": f"o{number}"}
        watched.sim.at(at + 0.5, partial(watched.act, **words))
    watched.sim.run(BEFORE_S + 1000)
    assert {row["clientOrderId"] for row in found(watched, "order")} == {
        f"o{number}" for number in range(230)
    }
    assert not report(watched).unread


@MARKETS
def test_orders_are_looked_for_since_all_was_last_known_to_agree(market: Market) -> None:
    """A stream that was deaf before it broke: what it did not tell was only possible."""
    watched, begun_s = Watched(market, every_s=NEVER), BEFORE_S + 12  # soon after an audit
    watched.sim.at(begun_s, lambda: setattr(watched.sim, "deaf", True))
    words = limit(market, HELD[market], "brief")
    watched.sim.at(begun_s + 2, partial(watched.act, **words))
    cancel = partial(watched.act, action="cancelOrder", clientOrderId="brief")
    watched.sim.at(begun_s + 4, cancel)
    cut_for(watched, 10, begun_s + 25)
    watched.sim.at(begun_s + 26, lambda: setattr(watched.sim, "deaf", False))
    watched.sim.run(begun_s + 200)
    gap = watched.gap()
    (order,) = found(watched, "order")
    assert order["clientOrderId"] == "brief"
    assert gap.possible_ms <= order["updateTime"] <= gap.from_ms


@MARKETS
def test_a_first_reading_that_lags_behind_makes_no_false_report(market: Market) -> None:
    watched = Watched(market, every_s=NEVER)
    cut_for(watched, 20)
    words = {"asset": ASSET[market], "amount": "1"}
    watched.sim.at(BEFORE_S + 18, lambda: watched.act(action="replicaLag", seconds=4))
    watched.sim.at(BEFORE_S + 18.5, partial(watched.act, action="deposit", **words))
    watched.sim.run(BEFORE_S + 1000)
    assert watched.all("resync")
    assert report(watched).sums == (AssetSum(ASSET[market], "1", "1", "0"),)


def test_gaps_beyond_what_can_be_looked_up_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history_worker, "MOST_GAPS", 1)
    watched = Watched(every_s=NEVER)
    watched.sim.mute_rest = True
    watched.sim.at(200, lambda: setattr(watched.sim, "mute_rest", False))
    cut_for(watched, 2, 100)
    cut_for(watched, 2, 130)
    watched.sim.run(600)
    first, second = bodies(watched.records, GapReport)
    assert (first.gap, second.gap) == (2, 1)
    assert {each.reason for each in first.unread} == {questions.TOO_MANY}
    assert not second.unread


def test_a_refusal_that_will_not_pass_is_not_tried_again() -> None:
    watched = Watched(every_s=NEVER)
    watched.sim.refused = "/fapi/v1/userTrades"
    during(watched, action="fill", symbol="BTCUSDT", side="SELL", quantity="0.1")
    assert watched.sim.asked["/fapi/v1/userTrades"] == 1
    (lacking,) = report(watched).unread
    assert lacking.what == "fills of BTCUSDT"
    assert "refused" in lacking.reason


@MARKETS
def test_every_fill_is_told_once_by_the_stream_or_by_history(market: Market) -> None:
    """Many fills, liquidations too, and gaps among them: none is missing, none is told twice."""
    watched = Watched(market, every_s=NEVER)
    for number in range(200):
        words = {"symbol": HELD[market], "quantity": SIZE[market]}
        if number % 6 == 4:
            words |= {"action": "liquidation", "price": "83000"}
        else:
            words |= {"action": "fill", "side": "BUY" if number % 3 else "SELL"}
        watched.sim.at(10.5 + 4.1 * number, partial(watched.act, **words))
    for start, seconds in ((100, 33), (300, 5), (420, 90), (700, 61)):
        cut_for(watched, seconds, start)
    watched.sim.run(1200)
    streamed = [
        r.row["order"]["tradeId"]
        for r in watched.all("event")
        if r.row["event"] == "ORDER_TRADE_UPDATE"
        and r.row["order"]["executionType"] in ("TRADE", "CALCULATED")
    ]
    past = [row["id"] for row in found(watched, "fill")]
    assert sorted([*streamed, *past]) == [str(trade["id"]) for trade in book(watched).trades]
    assert len(past) > 40
    assert len(watched.all("gap_report")) == len(watched.all("gap")) >= 4
    assert all(agrees(told.sums) for told in bodies(watched.records, GapReport))


def test_income_that_comes_late_is_waited_for() -> None:
    watched = Watched(every_s=NEVER)
    watched.act(action="rules", incomeDelay=200)
    during(watched, action="fill", symbol="BTCUSDT", side="SELL", quantity="0.1")
    (told,) = watched.all("gap_report")
    assert agrees(report(watched).sums)
    assert second(told.time_ms) - (BEFORE_S + 100) > 100
    assert report(watched).fill_count == 1


def test_what_history_cannot_be_asked_for_is_told_and_nothing_else_suffers() -> None:
    watched = Watched(every_s=NEVER)
    watched.sim.at(BEFORE_S, lambda: setattr(watched.sim, "mute_rest", True))
    cut_for(watched, 100)
    watched.sim.at(BEFORE_S + 50, watched.deposit)
    watched.sim.run(BEFORE_S + 1200)
    told = report(watched)
    reasons = {each.what: each.reason for each in told.unread}
    assert {"income", "orders", "orders of BTCUSDT"} <= set(reasons)
    assert "v1/income" in reasons["income"]
    tries = watched.sim.asked["/fapi/v1/allOrders"]
    assert tries == len([what for what in reasons if what.startswith("order")])  # no patience left
    assert told.sums[0].unexplained == "1"
    assert watched.verdicts()[-1] in ("LIVE", "QUIET")


@MARKETS
def test_history_takes_little_of_the_shared_weight_however_many_gaps_there_are(
    market: Market,
) -> None:
    watched = Watched(market, every_s=NEVER)
    pace = watched.sim._setup.gate.budget._paces[Purpose.HISTORY]
    pace.unit_s = 60 / 20  # so that 20 a minute are allowed
    spent: list[int] = []
    weights = {"income": WEIGHT[market], **dict.fromkeys(ASKED, 5)}

    def note() -> None:
        asked = watched.sim.asked
        spent.append(sum(n * weights.get(str(p).rsplit("/")[-1], 0) for p, n in asked.items()))

    words = {"symbol": HELD[market], "side": "SELL", "quantity": SIZE[market]}
    for number in range(18):
        cut_for(watched, 3, 100 + 20 * number)
        watched.sim.at(102 + 20 * number, partial(watched.act, action="fill", **words))
    for minute in range(60):
        watched.sim.at(60.0 * minute, note)
    watched.sim.run(3600)
    assert len(watched.all("gap_report")) == len(watched.all("gap")) >= 10
    assert 300 < spent[-1] == spent[-2]
    ahead = 20 * pace.ahead_s / 60 + 30  # and the last question
    for (begin, first), (end, last) in combinations(enumerate(spent), 2):
        assert last - first <= 20 * (end - begin) + ahead


def test_what_is_beyond_the_bounds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_search, "MOST_SYMBOLS", 1)
    monkeypatch.setattr(order_search, "MOST_LOOKUPS", 0)
    watched = Watched(every_s=NEVER)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        watched.sim.at(10, partial(watched.act, **limit(Market.USDM, symbol, symbol)))
    during(watched, action="fill", symbol="ETHUSDT", side="BUY", quantity="0.1")
    unread = [each.what for each in report(watched).unread]
    assert "orders of BTCUSDT" in unread
    assert len([name for name in unread if name.startswith("order ")]) == 1
    assert len(found(watched, "fill")) == 1  # of the symbol whose position moved


def test_what_was_told_for_one_gap_is_not_told_for_another() -> None:
    found, lane = live(), Lane(Market.USDM)
    gap = Gap(1, 20, 90, "x", "possible", Cause.TRANSPORT, possible_from_ms=10)
    row = {"symbol": "BTCUSDT", "orderId": "7", "time": 30, "updateTime": 40, "status": "FILLED"}
    fill = {"symbol": "BTCUSDT", "id": "5", "time": 40}
    kinds = []
    for number in (1, 2):
        gap_change = GapChange(replace(gap, number=number), 90, {}, {})
        told = records(
            found, GapBackfilled(lane, 99, gap_change, HistoryFindings(orders=[row], fills=[fill]))
        )
        past = [body.kind for body in bodies(told, Backfill)]
        kinds.append([*past, *(record.type for record in told[len(past) :])])
    assert kinds == [["order", "fill", "gap_report"], ["gap_report"]]


def test_what_was_told_is_remembered_until_every_gap_has_its_report() -> None:
    found, name = live(), ("BTCUSDT", "7")
    order = {"i": 7, "s": name[0], "X": "NEW", "x": "NEW"}
    records(found, batch({"e": "ORDER_TRADE_UPDATE", "E": 30, "T": 30, "o": order}))
    later_ms = 4_000_000  # no gap reaches back to the order any more
    key, again = change_key(*name, 30), taken(time_ms=later_ms).snapshot
    records(found, lost(covered_ms=25), opened(60), taken(time_ms=70))
    gap_change = found.take(AuditRead(LANE, later_ms, again, later_ms, 1, confirms=True)).gap_change
    assert gap_change is not None
    assert found._account.orders.was_told(key)
    records(found, GapBackfilled(LANE, 99, gap_change, HistoryFindings()))
    records(found, AuditRead(LANE, later_ms, again, later_ms, 2))
    assert not found._account.orders.was_told(key)


def test_in_a_quiet_hour_the_clock_is_looked_at_now_and_then_and_history_is_asked_nothing() -> None:
    watched = Watched(every_s=60.0)
    watched.sim.run(3600)
    assert watched.sim.asked["time"] == 4
    assert not [path for path in watched.sim.asked if str(path).startswith("/")]
    assert watched.sim.now_ms() > EPOCH_MS


# -- the worker alone ------------------------------------------------------------------------


def findings(archive: Archive, change: GapChange) -> HistoryFindings:
    told = archive.answer(change)
    assert isinstance(told, GapBackfilled)
    assert (told.gap_change, told.time_ms) == (change, archive.sim.watch_ms())
    return told.found


def fill(archive: Archive, symbol: str, side: str = "BUY") -> None:
    archive.act(action="fill", symbol=symbol, side=side, quantity="0.1")


def test_flows_that_explain_nothing_are_asked_for_twice_as_late_each_time() -> None:
    archive, asked = Archive(), list[float]()
    archive.worker.add(archive.gap(after={"USDT": "1"}))
    while not archive.told:
        before = archive.asked("income")
        archive.wait(1)
        asked += [archive.sim.now_s] * (archive.asked("income") - before)
    waits = [5, 10, 20, 40, 80, 160, 320]
    assert [late - early for early, late in zip([0.0, *asked], asked, strict=False)] == [
        pytest.approx(wait_s, abs=2.0) for wait_s in waits
    ]


def test_flows_that_come_late_are_told_with_the_others() -> None:
    archive = Archive()
    archive.act(action="deposit", asset="USDT", amount="1")
    change = archive.gap(after={"USDT": "3"})
    archive.worker.add(change)
    archive.wait(12)
    archive.act(action="deposit", asset="USDT", amount="2")
    archive.wait_for(lambda: bool(archive.told))
    (told,) = archive.told
    assert isinstance(told, GapBackfilled)
    assert [row["income"] for row in told.found.flows] == ["1.00000000", "2.00000000"]
    assert not told.found.unread


@pytest.mark.parametrize("count", [1, 1100])
def test_flows_that_were_read_are_told_though_others_cannot_be(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first page, be it of the first answer or all of it, nothing is answered."""
    monkeypatch.setattr(history_worker, "LONGEST_S", 20.0)
    archive = Archive()
    archive.act(action="flows", symbol="BTCUSDT", count=count, days=1)
    change = archive.gap(after={"USDT": "3"})
    change = replace_gap(change, from_ms=change.gap.from_ms - 86_400_000)
    archive.worker.add(change)
    archive.wait_for(lambda: archive.asked("income") == 1)
    archive.sim.mute_rest = True
    archive.wait_for(lambda: bool(archive.told))
    (told,) = archive.told
    assert isinstance(told, GapBackfilled)
    assert len(told.found.flows) >= min(count, 1000)
    assert "income" in [each.what for each in told.found.unread]


def replace_gap(change: GapChange, **more: Any) -> GapChange:
    return dataclasses.replace(change, gap=replace(change.gap, **more))


def test_all_of_a_gap_that_is_one_too_many_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_worker, "MOST_GAPS", 0)
    archive = Archive()
    assert findings(archive, archive.gap()).unread == [
        Unread(what, "There are too many.")
        for what in ("income", "orders", "conditional orders", "fills")
    ]


@MARKETS
def test_orders_that_fit_into_an_answer_are_asked_for_once(market: Market) -> None:
    archive, symbol = Archive(market), HELD[market]
    archive.act(**limit(market, symbol, "brief"))
    archive.act(action="cancelOrder", clientOrderId="brief")
    found = findings(archive, archive.gap(symbols=(symbol,)))
    (order,) = found.orders
    assert (symbol, order["orderId"]) in found.over
    assert archive.asked("allOrders") == (2 if market is Market.USDM else 1)


@pytest.mark.parametrize("is_mute", [True, False])
def test_orders_beyond_an_answer_are_asked_for_by_their_time(is_mute: bool) -> None:
    archive, symbol = Archive(Market.COINM), HELD[Market.COINM]
    for number in range(110):
        archive.act(**limit(Market.COINM, symbol, f"o{number}"))
        archive.act(action="cancelOrder", clientOrderId=f"o{number}")
        archive.sim.now_s += 0.01
    archive.worker.add(archive.gap(symbols=(symbol,)))
    archive.wait_for(lambda: archive.asked("allOrders") == 1)
    archive.sim.mute_rest = is_mute
    archive.wait_for(lambda: bool(archive.told))
    (told,) = archive.told
    assert isinstance(told, GapBackfilled)
    assert len(told.found.orders) == (100 if is_mute else 110)
    assert (f"orders of {symbol}" in [each.what for each in told.found.unread]) is is_mute


def test_orders_of_any_symbol_are_all_found_however_few_an_answer_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(past.ORDERS, Market.USDM, 3)
    archive = Archive()
    for number in range(7):
        archive.act(**limit(Market.USDM, "ETHUSDT", f"o{number}"))
        archive.sim.now_s += 0.01
    found = findings(archive, archive.gap(0))
    assert [order["clientOrderId"] for order in found.orders] == [f"o{n}" for n in range(7)]


def test_of_orders_that_were_open_each_is_told_that_cannot_be_looked_up() -> None:
    archive = Archive()
    archive.act(**limit(Market.USDM, "ETHUSDT", "known"))
    change = archive.gap(open=(("BTCUSDT", "7"), ("ETHUSDT", "8")))
    found = findings(archive, change)
    assert found.unread == [
        Unread("order 7 of BTCUSDT", "The exchange no longer knows it."),
        Unread("order 8 of ETHUSDT", "The exchange no longer knows it."),
    ]
    assert found.over == {("BTCUSDT", "7"), ("ETHUSDT", "8")}
    archive.sim.refused = "/fapi/v1/allOrders"
    found = findings(archive, change)
    reason = "/fapi/v1/allOrders is refused."
    whats = ["orders", "order 7 of BTCUSDT", "order 8 of ETHUSDT"]
    assert found.unread == [Unread(what, reason) for what in whats]
    assert not found.over


def test_an_order_that_was_filled_leads_to_its_fills_though_no_flow_is_known_yet() -> None:
    archive = Archive()
    archive.act(action="rules", incomeDelay=10**6)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        fill(archive, symbol)
    archive.act(**limit(Market.USDM, "SOLUSDT", "resting"))
    found = findings(archive, archive.gap())
    assert sorted(row["symbol"] for row in found.fills) == ["BTCUSDT", "ETHUSDT"]
    assert archive.asked("userTrades") == 2
    assert not found.flows


def test_symbols_whose_fills_are_too_many_to_ask_for_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history_worker, "MOST_SYMBOLS", 1)
    archive = Archive()
    for symbol in ("BTCUSDT", "ETHUSDT"):
        fill(archive, symbol)
    found = findings(archive, archive.gap(moved=("BTCUSDT", "ETHUSDT")))
    assert [row["symbol"] for row in found.fills] == ["BTCUSDT"]
    assert "fills of ETHUSDT" in [each.what for each in found.unread]


def test_a_gap_is_looked_up_some_seconds_after_it_was_told() -> None:
    archive = Archive()
    archive.worker.add(archive.gap())
    archive.wait(4)
    assert archive.asked("income") == 0
    assert archive.wait_for(lambda: archive.asked("income") == 1) <= 3

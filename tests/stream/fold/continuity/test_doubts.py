"""A break is asked of history: what is missing is a gap, all else is counted, never shown."""

from typing import Any

import pytest

from binfut_cli.codec import Row
from binfut_cli.stream.fold.continuity.doubts import FIRST_S, LONGEST_S, MOST_QUESTIONS, SETTLE_MS
from binfut_cli.stream.fold.outcome import Outcome
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.fold.reported_orders import fill_key
from binfut_cli.stream.messages import MessagesDropped, MomentQuestion, MomentsLookedUp
from binfut_cli.stream.records import AssetSum, Backfill, Cause, Gap, GapReport, Raw
from tests.stream.fold.continuity.test_chains import BTC, fill, update
from tests.stream.fold.test_reducer import LANE, audit, batch, lost, opened, records, taken

CAME_MS = 5000
LATER_MS = CAME_MS + SETTLE_MS


def live() -> Reducer:
    """A watch of 10 USDT and 1 BTCUSDT, checked once."""
    found = Reducer(LANE)
    read = taken(time_ms=1000)
    records(found, opened(), read, audit(read))
    return found


def asked(found: Reducer, *messages: Row) -> MomentQuestion:
    """Tell a watch something, wait, and give what it asks then."""
    outcome = found.take(batch(*messages, time_ms=CAME_MS))
    assert outcome.question is None
    assert not found.doubts.after(Outcome([]), LATER_MS - 1).uncertain
    outcome = found.doubts.after(Outcome([]), LATER_MS)
    assert outcome.question is not None
    assert outcome.uncertain
    return outcome.question


def answer(
    found: Reducer,
    question: MomentQuestion,
    fills: tuple[Row, ...] = (),
    flows: tuple[Row, ...] = (),
    *,
    whole: bool = True,
) -> Outcome:
    told = list(flows) if question.flows else None
    return found.take(MomentsLookedUp(LANE, 9000, question, list(fills), told, whole))


def trade(time: int, number: int, **more: Any) -> Row:
    row = {
        "symbol": BTC, "id": str(number), "orderId": str(number), "time": time, "side": "BUY",
        "positionSide": "BOTH", "qty": "1", "realizedPnl": "0", "commission": "0.04",
        "commissionAsset": "USDT", "marginAsset": "USDT",
    }  # fmt: skip
    return {**row, **more}


def flow(time: int, income: str, kind: str = "TRANSFER", **more: Any) -> Row:
    return {"asset": "USDT", "time": time, "income": income, "incomeType": kind, **more}


def gaps(outcome: Outcome) -> list[tuple[int, int]]:
    found = [record.body for record in outcome.records if isinstance(record.body, Gap)]
    assert all(each.cause is Cause.CONTINUITY and each.certainty == "certain" for each in found)
    return [(each.from_ms, each.to_ms) for each in found]


def backfilled(outcome: Outcome) -> list[Row]:
    return [record.body.row for record in outcome.records if isinstance(record.body, Backfill)]


def report(outcome: Outcome) -> GapReport:
    (found,) = (r.body for r in outcome.records if isinstance(r.body, GapReport))
    return found


def test_a_fill_that_did_not_come_is_a_gap_at_its_moment() -> None:
    found = live()
    question = asked(found, update(2000, ("USDT", "9.96", "0"), BTCUSDT="2"))
    assert (question.moments, question.symbols, question.flows) == ((2000,), (BTC,), False)
    assert (question.to_ms, question.wait_s) == (2000, FIRST_S)
    outcome = answer(found, question, (trade(2000, 7),))
    words = (
        "An event did not come, or could not be read: "
        "what came does not follow from what came before."
    )
    sums, lacking = (AssetSum("USDT", "-0.04", "-0.04", "0"),), ("values in between",)
    assert [(record.time_ms, record.body) for record in outcome.records] == [
        (9000, Gap(1, 2000, 2000, words, "certain", Cause.CONTINUITY)),
        (9000, Backfill(1, "fill", trade(2000, 7))),
        (9000, GapReport(1, 2000, 2000, sums, 0, 1, 0, 0, (), lacking)),
    ]
    assert (found.counts.gaps, found.counts.doubts) == (1, 0)
    assert outcome.question is None
    assert found._account.orders.was_told(fill_key(BTC, "7"))


def test_of_a_fill_that_did_come_the_missing_update_is_a_gap_and_its_echo_is_none() -> None:
    found = live()
    question = asked(found, fill(2000, 7), update(2500, ("USDT", "19.96", "10"), BTCUSDT="2"))
    assert question.moments == (2000, 2500)
    outcome = answer(found, question, (trade(2000, 7),))
    assert gaps(outcome) == [(2000, 2000)]
    assert backfilled(outcome) == [trade(2000, 7)]
    assert found.counts.doubts == 0


@pytest.mark.parametrize("is_told", [False, True])
def test_a_missing_update_is_a_gap_also_if_history_has_no_fill_but_is_told_once(
    is_told: bool,
) -> None:
    found = live()
    question = asked(found, fill(2000, 7), update(2500, ("USDT", "19.96", "10"), BTCUSDT="2"))
    if is_told:
        records(found, MessagesDropped(LANE, 3, 1500, 2200))
    assert gaps(answer(found, question)) == ([] if is_told else [(2000, 2000)])


def test_a_flow_between_two_updates_that_none_told_is_a_gap() -> None:
    found = live()
    told = update(2000, ("USDT", "11", "1")), update(4000, ("USDT", "17", "1"))
    question = asked(found, *told)
    assert question.flows
    flows = flow(2000, "1"), flow(2400, "3"), flow(3100, "2"), flow(4000, "1")
    outcome = answer(found, question, flows=flows)
    assert gaps(outcome) == [(2400, 3100)]
    assert backfilled(outcome) == [*flows[1:3]]
    told_report = report(outcome)
    assert (told_report.flow_count, told_report.fill_count, told_report.order_count) == (2, 0, 0)


def test_a_flow_told_with_its_second_only_may_be_anywhere_in_it() -> None:
    found = live()
    question = asked(found, update(2000, ("USDT", "11", "1")), update(2700, ("USDT", "17", "1")))
    flows = flow(2000, "1"), flow(2000, "5", "FUNDING_FEE"), flow(2000, "1")
    outcome = answer(found, question, flows=flows)
    assert gaps(outcome) == [(2000, 2700)]
    assert backfilled(outcome) == [flows[1]]


def test_a_fill_and_a_deposit_may_be_missing_before_one_update() -> None:
    found = live()
    question = asked(found, update(4000, ("USDT", "15.96", "1"), BTCUSDT="2"))
    again = answer(found, question, (trade(2500, 7),)).question
    assert again is not None
    assert (again.flows, again.wait_s) == (True, 0.0)
    flows = flow(2300, "5"), flow(2500, "-0.04", "COMMISSION", symbol=BTC, tradeId="7")
    outcome = answer(found, again, (trade(2500, 7),), (*flows, flow(4000, "1")))
    assert gaps(outcome) == [(2300, 2500)]
    assert backfilled(outcome) == [flows[0], trade(2500, 7)]


def test_what_came_in_one_update_with_a_fill_is_counted_and_not_shown() -> None:
    found = live()
    close = fill(2000, 7, S="SELL", x="CALCULATED", n="0")
    question = asked(found, close, update(2000, ("USDT", "7", "0"), BTCUSDT="0"))
    outcome = answer(found, question, flows=(flow(2000, "-3", "LIQUIDATION_FEE"),))
    assert outcome.records == []
    assert (found.counts.doubts, found.counts.gaps) == (1, 0)
    assert found.counts.heartbeat(0, 0).doubts == 1


def test_each_of_several_such_moments_is_counted() -> None:
    found, times = live(), (2000, 3000)
    told = [
        each
        for number, time in enumerate(times)
        for each in (
            fill(time, number, S="SELL", x="CALCULATED", n="0"),
            update(time, ("USDT", str(7 - 3 * number), "0"), BTCUSDT=str(-number)),
        )
    ]
    fees = [flow(time, "-3", "LIQUIDATION_FEE") for time in times]
    assert answer(found, asked(found, *told), flows=tuple(fees)).records == []
    assert (found.counts.doubts, found.counts.gaps) == (2, 0)


def test_what_history_does_not_tell_is_asked_again_and_then_only_counted() -> None:
    found = live()
    question: MomentQuestion | None = asked(found, update(2000, ("USDT", "12", "1")))
    waits = []
    while question is not None:
        waits.append(question.wait_s)
        outcome = answer(found, question, whole=len(waits) != 2)
        assert outcome.records == []
        question = outcome.question
    assert waits[:3] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert LONGEST_S / 2 < waits[-1] <= LONGEST_S
    assert (found.counts.doubts, found.counts.gaps) == (1, 0)


def test_a_position_that_no_fill_moved_is_counted() -> None:
    found = live()
    question: MomentQuestion | None = asked(found, update(2000, BTCUSDT="1000"))
    while question is not None:
        question = answer(found, question).question
    assert (found.counts.doubts, found.counts.gaps) == (1, 0)


def test_an_event_that_comes_late_ends_the_doubt() -> None:
    found = live()
    question = asked(found, update(2000, ("USDT", "9.96", "0"), BTCUSDT="2"))
    records(found, batch(fill(2000, 7)))
    assert answer(found, question, (trade(2000, 7),)).records == []
    assert found.counts.doubts == 0


def test_what_lies_in_a_gap_that_was_told_is_told_once() -> None:
    found = live()
    question = asked(found, update(2000, ("USDT", "9.96", "0"), BTCUSDT="2"))
    records(found, MessagesDropped(LANE, 3, 1500, 2500))
    assert answer(found, question, (trade(2000, 7),)).records == []
    assert (found.counts.gaps, found.counts.doubts) == (1, 0)


def test_of_two_flows_that_an_update_may_have_told_it_is_the_closest() -> None:
    found = live()
    question = asked(found, update(2001, ("USDT", "12", "1")))
    missing, told = flow(2000, "1"), flow(2001, "1", "FUNDING_FEE")
    assert gaps(answer(found, question, flows=(missing, told))) == [(2000, 2001)]


def test_a_flow_told_with_its_second_only_lies_in_no_gap_of_a_part_of_it() -> None:
    found = live()
    question = asked(found, update(2100, ("USDT", "11", "1")), update(2300, ("USDT", "14", "1")))
    assert gaps(answer(found, question, flows=(flow(2000, "2"),))) == [(2000, 2300)]
    question = asked(found, update(2700, ("USDT", "20", "1")))
    outcome = answer(found, question, flows=(flow(2000, "5", "FUNDING_FEE"),))
    assert gaps(outcome) == [(2000, 2700)]


def test_a_fill_that_may_have_been_told_and_forgotten_is_no_loss() -> None:
    found = live()
    records(found, batch(fill(2000, 7), update(2000, ("USDT", "9.96", "0"), BTCUSDT="2")))
    question = asked(found, update(4000, BTCUSDT="3"))
    found._account.orders.forget(3000)
    outcome = answer(found, question, (trade(2000, 7),))
    assert outcome.records == []
    assert outcome.question is not None
    assert gaps(answer(found, outcome.question, (trade(3500, 8),))) == [(3500, 3500)]


def test_what_was_before_the_watch_is_no_loss() -> None:
    found = Reducer(LANE)
    read = taken(time_ms=1000)
    records(found, opened(time_ms=3000), read, audit(read))
    question = asked(found, update(4000, ("USDT", "16", "1")))
    outcome = answer(found, question, flows=(flow(2900, "5"), flow(4000, "1")))
    assert outcome.records == []
    assert found.counts.gaps == 0


@pytest.mark.parametrize("message", [lost(), MessagesDropped(LANE, 1, 2000, 3000)])
def test_where_coverage_ended_the_chain_begins_anew(message: Any) -> None:
    found = live()
    records(found, batch(update(2000, ("USDT", "12", "1")), time_ms=CAME_MS), message)
    assert found.doubts.after(Outcome([]), LATER_MS).question is None


@pytest.mark.parametrize("message", [lost(covered_ms=2001), MessagesDropped(LANE, 1, 2001, 3000)])
def test_what_was_covered_before_that_is_still_in_doubt(message: Any) -> None:
    found = live()
    off = batch(update(2000, ("USDT", "9.96", "0"), BTCUSDT="2"), time_ms=CAME_MS)
    records(found, off, message, opened(time_ms=2500), taken(time_ms=3000))
    question = found.doubts.after(Outcome([]), LATER_MS).question
    assert question is not None
    assert gaps(answer(found, question, (trade(2000, 7),))) == [(2000, 2000)]


def test_a_watch_that_ends_proves_nothing_of_what_is_in_doubt() -> None:
    found = live()
    records(found, batch(update(9000, ("USDT", "12", "1")), time_ms=9000))
    again = taken("12", time_ms=20_000)
    records(found, audit(again))
    assert found.counts.proven_ms > 9000
    before_ms = found.lane_end().proven_ms
    assert before_ms is not None
    assert 0 < before_ms < 9000


def test_what_came_and_could_not_be_read_is_found_as_what_did_not_come() -> None:
    found = live()
    told = records(found, batch([1], update(2000, ("USDT", "12", "1")), time_ms=CAME_MS))
    assert isinstance(told[0].body, Raw)
    question = found.doubts.after(Outcome([]), LATER_MS).question
    assert question is not None
    flows = flow(1500, "1"), flow(2000, "1")
    outcome = answer(found, question, flows=flows)
    assert gaps(outcome) == [(1500, 1500)]
    assert backfilled(outcome) == [flows[0]]


@pytest.mark.parametrize("other", [[1], {"result": None, "id": "7"}, {"e": "NEW_EVENT", "E": 1}])
@pytest.mark.parametrize("place", range(5))
def test_what_comes_in_the_middle_of_a_moment_breaks_nothing_of_it(place: int, other: Row) -> None:
    found = live()
    told = [
        fill(2000, 7), update(2000, ("USDT", "9.96", "0"), BTCUSDT="2"),
        update(2000, ("USDT", "9.92", "0"), BTCUSDT="3"), fill(2000, 8),
    ]  # fmt: skip
    found.take(batch(*told[:place], other, *told[place:], time_ms=CAME_MS))
    assert found.doubts.after(Outcome([]), LATER_MS).question is None


def test_what_a_moment_has_left_is_no_echo_once_the_chain_has_begun_anew() -> None:
    found = live()
    question = asked(found, fill(2000, 7, n="0"))
    found._account.chains.restart(LATER_MS)
    found._account.chains.agreed(found._account.state, 2400)
    assert gaps(answer(found, question, (trade(2000, 7),))) == [(2000, 2000)]
    question = asked(found, update(2500, BTCUSDT="2"))  # from 1 to 2, as by the fill before
    assert gaps(answer(found, question, (trade(2500, 9),))) == [(2500, 2500)]


def test_what_is_judged_later_takes_no_echo_of_what_happened_after_it() -> None:
    found = live()
    paid = asked(found, fill(1800, 6, n="0"), update(1800, ("USDT", "12", "0"), BTCUSDT="2"))
    missing = asked(found, fill(2000, 7, n="0"))  # its update does not come
    echo = asked(found, update(2500, BTCUSDT="3"))
    assert gaps(answer(found, missing, (trade(2000, 7),))) == [(2000, 2000)]
    assert gaps(answer(found, paid, flows=(flow(1700, "2"),))) == [(1700, 1700)]
    outcome = answer(found, echo)
    assert (outcome.records, outcome.question, found.counts.doubts) == ([], None, 0)


def test_one_whose_position_follows_leaves_the_echo_to_whose_it_is() -> None:
    found = live()
    missing = asked(found, fill(2000, 7, n="0"))  # its update does not come
    echo = asked(found, fill(2200, 8, S="SELL", n="0"), update(2200, BTCUSDT="1"))
    paid = asked(found, fill(2500, 9, n="0"), update(2500, ("USDT", "12", "0"), BTCUSDT="2"))
    assert gaps(answer(found, missing, (trade(2000, 7),))) == [(2000, 2000)]
    assert gaps(answer(found, paid, flows=(flow(2400, "2"),))) == [(2400, 2400)]
    outcome = answer(found, echo, (trade(2200, 8, side="SELL"),))
    assert (outcome.records, outcome.question, found.counts.doubts) == ([], None, 0)


def test_echoes_of_several_chains_stand_beside_each_other() -> None:
    found = live()
    first = asked(found, fill(2000, 7, n="0"))  # its update does not come
    found._account.chains.restart(LATER_MS)
    found._account.chains.agreed(found._account.state, 2400)
    second = asked(found, fill(2600, 8, n="0"))  # nor does this one's
    echo = asked(found, update(2800, BTCUSDT="2"))
    assert gaps(answer(found, second, (trade(2600, 8),))) == [(2600, 2600)]
    assert gaps(answer(found, first, (trade(2000, 7),))) == [(2000, 2000)]
    outcome = answer(found, echo)
    assert (outcome.records, outcome.question, found.counts.doubts) == ([], None, 0)


def test_none_waits_for_what_was_before_its_chain_began() -> None:
    found = live()
    asked(found, fill(2000, 7, n="0"))  # its update does not come, nor an answer
    found._account.chains.restart(LATER_MS)
    found._account.chains.agreed(found._account.state, 2400)
    question = asked(found, update(2500, BTCUSDT="2"))
    assert gaps(answer(found, question, (trade(2500, 9),))) == [(2500, 2500)]


def test_of_two_fills_of_a_millisecond_one_update_may_be_missing_and_has_an_echo() -> None:
    found = live()
    fills = fill(2000, 7, n="0"), fill(2000, 8, n="0")
    question = asked(found, *fills, update(2000, BTCUSDT="2"), update(2500, BTCUSDT="3"))
    assert question.moments == (2000, 2500)
    outcome = answer(found, question, (trade(2000, 7), trade(2000, 8)))
    assert gaps(outcome) == [(2000, 2000)]
    assert (outcome.question, found.counts.doubts) == (None, 0)


def test_of_two_moments_at_which_a_position_is_off_the_later_waits_for_the_earlier() -> None:
    found = live()
    sold = fill(2000, 7, S="SELL", n="0")  # its update does not come
    bought = fill(4000, 8, n="0"), update(4000, ("USDT", "10", "0"), BTCUSDT="1")
    first = asked(found, sold)
    second = asked(found, *bought)
    trades = trade(2000, 7, side="SELL"), trade(4000, 8)
    again = answer(found, second, trades)
    assert (again.records, found.counts.doubts) == ([], 0)
    assert again.question is not None
    assert gaps(answer(found, first, trades)) == [(2000, 2000)]
    echo = answer(found, again.question, trades)
    assert (echo.records, echo.question, found.counts.doubts) == ([], None, 0)


@pytest.mark.parametrize("fee", ["0", "0.04"])
def test_each_update_is_missed_of_two_that_leave_a_position_as_it_was(fee: str) -> None:
    found = live()
    fills = fill(2000, 7, n=fee), fill(4000, 8, S="SELL", n=fee)
    question = asked(found, *fills)
    trades = trade(2000, 7, commission=fee), trade(4000, 8, side="SELL", commission=fee)
    assert gaps(answer(found, question, trades)) == [(2000, 2000), (4000, 4000)]
    wallet = "10" if fee == "0" else "9.92"
    if fee == "0":
        found.take(batch(update(5000, ("USDT", wallet, "0"), BTCUSDT="1"), time_ms=LATER_MS))
        assert not found.doubts.has_any
    else:
        echo = asked(found, update(5000, ("USDT", wallet, "0"), BTCUSDT="1"))
        assert answer(found, echo, trades).records == []
    assert found.counts.doubts == 0


@pytest.mark.parametrize("comes_first", [False, True])
def test_of_two_that_leave_a_position_as_it_was_only_the_first_may_be_missed(
    comes_first: bool,
) -> None:
    found = live()
    told = fill(4000, 8, S="SELL", n="0"), update(4000, ("USDT", "10", "0"), BTCUSDT="1")
    question = asked(found, fill(2000, 7, n="0"), *told[:: -1 if comes_first else 1])
    outcome = answer(found, question, (trade(2000, 7), trade(4000, 8, side="SELL")))
    assert gaps(outcome) == [(2000, 2000)]
    assert (outcome.question, found.counts.doubts) == (None, 0)


def test_of_fills_that_leave_a_position_as_it_was_and_did_not_come_the_fees_are_found() -> None:
    found = live()
    question = asked(found, update(5000, ("USDT", "9.92", "0"), BTCUSDT="1"))
    assert question.flows
    fees = tuple(
        flow(time, "-0.04", "COMMISSION", symbol=BTC, tradeId=number)
        for time, number in ((2001, "7"), (4001, "8"))
    )
    outcome = answer(found, question, flows=fees)
    assert gaps(outcome) == [(2001, 4001)]
    assert backfilled(outcome) == list(fees)


def test_a_moment_that_adds_up_in_between_hears_its_echo_all_the_same() -> None:
    found = live()
    missed = fill(2000, 7, n="0")  # its update does not come
    lacking = update(3000, BTCUSDT="3"), fill(3000, 8, n="0"), fill(3000, 9, n="0")
    more = fill(3000, 10, n="0"), update(3000, BTCUSDT="4")
    question = asked(found, missed, *lacking, *more, update(3000, BTCUSDT="5"))
    assert question.moments == (2000, 3000)
    outcome = answer(found, question, tuple(trade(3000, number) for number in (8, 9, 10)))
    assert gaps(outcome) == [(2000, 2000)]
    assert (outcome.question, found.counts.doubts) == (None, 0)


def test_one_whose_position_follows_waits_for_none() -> None:
    found = live()
    asked(found, fill(2000, 7, n="0"))  # its update does not come
    second = asked(found, fill(4000, 8), update(4000, ("USDT", "12.96", "1"), BTCUSDT="2"))
    assert gaps(answer(found, second, flows=(flow(3001, "2"),))) == [(3001, 3001)]


def test_losses_close_together_are_one_gap_and_others_are_not() -> None:
    found = live()
    wallets = ((2000, "9.96", "2"), (3000, "9.92", "3"), (4001, "9.88", "4"))
    told = [update(time, ("USDT", wallet, "0"), BTCUSDT=held) for time, wallet, held in wallets]
    trades = tuple(trade(time, number) for number, (time, *_) in enumerate(wallets))
    outcome = answer(found, asked(found, *told), trades)
    assert gaps(outcome) == [(2000, 3000), (4001, 4001)]
    assert [record.body.gap for record in outcome.records if isinstance(record.body, Backfill)] == [
        1, 1, 2,
    ]  # fmt: skip


def test_few_questions_wait_for_an_answer_at_a_time() -> None:
    found = live()
    questions = []
    for number in range(MOST_QUESTIONS + 2):
        wallet = str(20 + 5 * number)
        now_ms = CAME_MS + number * SETTLE_MS
        records(found, batch(update(2000 + number, ("USDT", wallet, "1")), time_ms=now_ms))
        questions.append(found.doubts.after(Outcome([]), now_ms + SETTLE_MS).question)
    first = questions[0]
    assert [each is None for each in questions] == [False] * MOST_QUESTIONS + [True] * 2
    assert first is not None
    answer(found, first, flows=(flow(1900, "9"),))
    late = found.doubts.after(Outcome([]), 10**6).question
    assert late is not None
    assert len(late.moments) == 2
    records(found, batch(update(3000, ("USDT", "90", "1")), time_ms=10**6))
    assert found.doubts.has_any
    assert found.doubts.after(Outcome([]), 2 * 10**6).question is None


def test_of_a_flood_every_moment_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binfut_cli.stream.fold.continuity.chains.MOST_MOMENTS", 3)
    found = live()
    for number in range(5):
        records(found, batch(update(2000 + number, ("USDT", str(50 + number), "0"))))
    found.doubts.after(Outcome([]), 0)
    assert found.counts.doubts == 3


def test_of_several_moments_each_is_judged_alone() -> None:
    found = live()
    told = update(2000, BTCUSDT="5"), update(2500, ("USDT", "9.96", "0")), update(9000, BTCUSDT="6")
    question = asked(found, *told)
    outcome = answer(found, question, (trade(9000, 7, commission="0"),))
    assert gaps(outcome) == [(9000, 9000)]
    assert outcome.question is not None
    assert outcome.question.moments == (2000, 2500)


def test_what_history_does_not_explain_yet_keeps_nothing_after_it_from_being_told() -> None:
    found = live()
    question = asked(found, update(2000, ("USDT", "11", "0")), update(3000, ("USDT", "13", "0")))
    outcome = answer(found, question, flows=(flow(2500, "2"),))
    assert gaps(outcome) == [(2500, 2500)]
    assert outcome.question is not None
    assert outcome.question.moments == (2000,)


def test_what_waits_for_an_earlier_moment_keeps_nothing_else_from_being_told() -> None:
    found = live()
    asked(found, fill(2000, 7, S="SELL", n="0"))  # its update does not come
    bought = fill(4000, 8, n="0"), update(4000, ("USDT", "10", "0"), BTCUSDT="1")
    again = answer(found, asked(found, *bought, update(5000, ("USDT", "13", "0")))).question
    assert again is not None
    outcome = answer(found, again, flows=(flow(4800, "3"),))
    assert gaps(outcome) == [(4800, 4800)]
    assert outcome.question is not None
    assert outcome.question.moments == (4000,)


def test_every_doubt_is_counted() -> None:
    found = live()
    for number, time in enumerate((2000, 3000), 1):
        outcome = found.take(batch(update(time, BTCUSDT=str(1000 * number)), time_ms=CAME_MS))
        question = found.doubts.after(outcome, LATER_MS).question
        while question is not None:
            question = answer(found, question).question
        assert found.counts.doubts == number

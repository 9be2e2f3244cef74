"""What moments may cost in a minute, and that history is asked of no more than is in question."""

from dataclasses import replace
from typing import Any

import pytest

from binfut_cli.resources.history.past import WEIGHT
from binfut_cli.stream.coverage.history import moment_search
from binfut_cli.stream.coverage.history.moment_search import AHEAD_S, UNIT_S, MomentSearch
from binfut_cli.stream.coverage.history.questions import Questions
from binfut_cli.stream.coverage.limits.weight import Pace
from binfut_cli.stream.messages import MomentQuestion, MomentsLookedUp
from tests.support.archive import Archive
from tests.support.simulation import EPOCH_MS


@pytest.mark.parametrize("cost", [5, 20, 30])
def test_no_minute_sees_more_than_a_hundred(cost: int) -> None:
    pace, spent = Pace(UNIT_S, AHEAD_S), list[int]()
    for second in range(1000, 1600):
        spent.append(0)
        while pace.may_spend(second):
            pace.spend(cost, second)
            spent[-1] += cost
    minutes = [sum(spent[start : start + 60]) for start in range(len(spent) - 60)]
    assert 50 <= max(minutes) <= 100


def question(archive: Archive, *symbols: str, **more: Any) -> MomentQuestion:
    """About the last minute."""
    now_ms = archive.sim.now_ms()
    found = MomentQuestion((now_ms,), now_ms - 60_000, now_ms, symbols, False, 5.0)
    return replace(found, **more)


def looked_up(archive: Archive, asked: MomentQuestion) -> MomentsLookedUp:
    found = archive.answer(asked)
    assert isinstance(found, MomentsLookedUp)
    assert (found.lane, found.question) == (archive.context.lane, asked)
    return found


def fill(archive: Archive, symbol: str) -> None:
    archive.act(action="fill", symbol=symbol, side="BUY", quantity="0.1")


def test_fills_of_each_symbol_are_told_and_flows_only_if_they_are_wanted() -> None:
    archive = Archive()
    for symbol in ("BTCUSDT", "ETHUSDT", "BTCUSDT"):
        fill(archive, symbol)
    asked = question(archive, "BTCUSDT", "ETHUSDT")
    found = looked_up(archive, asked)
    assert sorted(row["symbol"] for row in found.fills) == ["BTCUSDT", "BTCUSDT", "ETHUSDT"]
    assert (found.flows, found.is_whole) == (None, True)
    assert found.time_ms == archive.sim.watch_ms()
    assert archive.asked("income") == 0
    found = looked_up(archive, replace(asked, flows=True))
    assert {row["symbol"] for row in found.flows or ()} == {"BTCUSDT", "ETHUSDT"}


def test_nothing_is_asked_before_it_is_time() -> None:
    archive = Archive()
    archive.worker.add(question(archive, "BTCUSDT"))
    archive.wait(4)
    assert archive.asked("userTrades") == 0
    assert archive.wait_for(lambda: bool(archive.told)) <= 3


def test_a_flow_that_is_told_with_its_second_only_is_found() -> None:
    archive = Archive()
    archive.sim.now_s = 10.3
    archive.act(action="deposit", asset="USDT", amount="1")
    archive.sim.now_s = 100.0
    begin_ms = EPOCH_MS + 11_000
    asked = question(archive, from_ms=begin_ms, flows=True)
    assert [row["income"] for row in looked_up(archive, asked).flows or ()] == ["1.00000000"]


@pytest.mark.parametrize("name", ["userTrades", "income"])
def test_what_cannot_be_read_leaves_the_answer_in_part(name: str) -> None:
    archive = Archive()
    fill(archive, "BTCUSDT")
    archive.sim.refused = f"/fapi/v1/{name}"
    found = looked_up(archive, question(archive, "BTCUSDT", flows=True))
    assert not found.is_whole
    assert (len(found.fills), len(found.flows or ())) == (
        (0, 1) if name == "userTrades" else (1, 0)
    )


def test_symbols_beyond_a_bound_leave_the_answer_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment_search, "MOST_SYMBOLS", 1)
    archive = Archive()
    fill(archive, "BTCUSDT")
    fill(archive, "ETHUSDT")
    found = looked_up(archive, question(archive, "BTCUSDT", "ETHUSDT"))
    assert [row["symbol"] for row in found.fills] == ["BTCUSDT"]
    assert not found.is_whole


def test_many_questions_about_moments_keep_their_pace() -> None:
    archive, spent = Archive(), list[int]()
    for _ in range(20):
        archive.worker.add(question(archive, "BTCUSDT", wait_s=0.0))
    for _ in range(3):
        archive.wait(30)
        spent.append(archive.asked("userTrades") * WEIGHT)
    assert 20 < spent[0] <= (AHEAD_S + 30) / UNIT_S + WEIGHT
    assert 20 <= spent[2] - spent[1] <= 30 / UNIT_S + WEIGHT


def test_what_the_pace_does_not_allow_is_looked_at_again_every_second() -> None:
    archive = Archive()
    search = MomentSearch(archive.context, Questions(archive.context))
    steps = search.steps(question(archive, "BTCUSDT"))
    search._pace.spend(int(AHEAD_S / UNIT_S) + 1, 0.0)
    assert [next(steps) for _ in range(2)] == [1.0, 1.0]
    archive.sim.now_s = UNIT_S
    assert next(steps) == 0.0


def test_pages_beyond_the_first_are_made_up_for() -> None:
    archive = Archive()
    archive.act(action="flows", symbol="BTCUSDT", count=2001, days=1)
    asked = question(archive, flows=True, wait_s=0.0)
    archive.worker.add(replace(asked, from_ms=asked.to_ms - 86_400_000))
    archive.wait_for(lambda: len(archive.told) == 1)
    assert archive.asked("income") == 3
    archive.worker.add(asked)
    assert archive.wait_for(lambda: len(archive.told) == 2) > 60  # a page alone: 12

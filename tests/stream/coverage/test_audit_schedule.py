"""When the account is read again: whose verdict counts, and how often something odd may ask."""

import itertools
import math

import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import RateLimitedError
from binfut_cli.sandbox.actions import perform
from binfut_cli.stream.coverage.audit_schedule import SPACE_S, AuditSchedule
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.fold.audit import Verdict
from tests.support.simulation import EPOCH_MS, Simulation


def checks(sim: Simulation, numbers: "itertools.count[int]") -> AuditSchedule:
    return AuditSchedule(sim.engine.supervisors[Lane(Market.USDM)]._context, EPOCH_MS, numbers)


def wait_s(sim: Simulation, found: AuditSchedule) -> float:
    """In how many seconds the next look is due, to a tenth; time goes on until then."""
    begun_s, tenths = sim.now_s, 0
    while not found.is_due:
        tenths += 1
        sim.now_s = begun_s + tenths / 10
    return tenths / 10


def steady(chance: float = 0.5) -> tuple[Simulation, AuditSchedule]:
    """Time passes only by hand."""
    sim = Simulation(Market.USDM, 1)
    sim.lag_s = 0.0
    sim.chance.random = lambda: chance  # type: ignore[method-assign]
    return sim, checks(sim, itertools.count(7))


def test_the_first_look_comes_soon_and_confirms_and_the_next_do_not() -> None:
    sim, found = steady()
    assert wait_s(sim, found) == 2.0
    for number, confirms, verdict in ((7, True, "doubt"), (8, True, "clean"), (9, False, "clean")):
        checked = found.read()
        assert checked is not None
        assert (checked.number, checked.confirms) == (number, confirms)
        assert (checked.lane, checked.time_ms) == (Lane(Market.USDM), sim.now_ms())
        assert not found.is_due  # while its verdict is waited for
        assert found.judge(checked.number, verdict) is False  # type: ignore[arg-type]
        wait_s(sim, found)


@pytest.mark.parametrize(
    ("verdict", "chance", "seconds"),
    [("doubt", 0.5, 2.0), ("clean", 0.0, 0.0), ("clean", 1.0, 0.98 * 56)],
)
def test_when_the_next_look_is_due(verdict: Verdict, chance: float, seconds: float) -> None:
    sim, found = steady(chance)
    sim.now_s = 100.0
    assert found.read() is not None
    assert found.judge(7, verdict) is False
    assert wait_s(sim, found) == pytest.approx(seconds, abs=0.11)
    clean_s = 100.0 if verdict == "clean" else 0.0
    assert found.clean_s == clean_s
    assert found.clean_ms == EPOCH_MS + clean_s * 1000 - LATENCY_MS


def test_only_drift_means_that_the_stream_is_deaf_and_a_verdict_counts_once() -> None:
    _, found = steady()
    assert found.judge(0, "drift") is False  # of no look
    assert found.read() is not None
    assert found.judge(7, "drift") is True
    assert found.judge(7, "drift") is False


def test_a_reading_that_fails_is_tried_again_and_said_to() -> None:
    sim, found = steady()
    sim.bend = lambda _, reply: {"id": reply["id"], "status": 400, "error": {"code": -1, "msg": ""}}
    sim.mute_rest, waits = True, []
    assert found.trouble is None
    for _ in range(4):
        assert found.read() is None
        waits.append(wait_s(sim, found))
    assert waits == [5.0, 10.0, 20.0, 20.0]
    assert found.trouble is not None
    sim.bend, sim.mute_rest = lambda _, reply: reply, False
    assert found.read() is not None
    found.judge(7, "doubt")
    assert found.trouble is None
    assert found.read() is not None
    found.judge(8, "part")
    assert wait_s(sim, found) == 5.0  # as at first


def test_nothing_is_asked_while_the_exchange_says_to_wait() -> None:
    sim, found = steady()
    gate = found._context.gate
    gate.close(RateLimitedError("x", hint="", retry_at_ms=sim.now_ms() + 90_000))
    sim.now_s = 89.9
    assert not found.takes_turn()
    sim.now_s = 90.0
    assert found.takes_turn()
    assert not sim.asked


def test_while_the_exchange_is_asked_for_much_only_the_first_look_is_made() -> None:
    sim, found = steady()
    sim.bend = lambda _, reply: {**reply, "rateLimits": []}
    sim.now_s = 2.0
    found._context.gate.budget.told(2400, 2400, 200.0)
    assert found.takes_turn()  # what it weighs was claimed with what it confirms
    assert found.read() is not None
    found.judge(7, "clean")
    sim.now_s = 199.0
    assert found.is_due
    assert not found.takes_turn()
    sim.now_s = 200.0
    assert found.takes_turn()


def test_when_to_look_again_is_told_and_something_odd_overrules_it() -> None:
    sim, found = steady()
    assert found.look_s == 2.0
    gate = found._context.gate
    gate.close(RateLimitedError("x", hint="", retry_at_ms=sim.now_ms() + 90_000))
    sim.now_s = 2.0
    assert not found.takes_turn()
    assert found.look_s == 90.0
    found.soon()
    assert found.look_s == 2.0


def test_whose_turn_has_not_come_asks_again_in_a_second() -> None:
    sim, found = steady(0.0)
    sim.bend = lambda _, reply: {**reply, "rateLimits": []}
    assert found.read() is not None
    found.judge(7, "clean")
    sim.now_s = 50.0
    found._context.gate.budget.told(2400, 2400, 50.5)
    assert not found.takes_turn()
    assert found.look_s == 51.0


def test_a_look_that_something_odd_asked_for_is_no_audit() -> None:
    """And does not put off the next."""
    sim, found = steady()
    assert found.read() is not None
    found.judge(7, "clean")
    audit_s = found.look_s
    found.soon()
    sim.now_s = 10.0
    assert found.takes_turn()
    assert found._context.audited_s == -math.inf
    assert found.read() is not None
    found.judge(8, "clean")
    sim.now_s = 10.0 + audit_s
    assert found.takes_turn()
    assert found._context.audited_s == sim.now_s


def test_what_a_look_weighs_is_spent_with_its_turn_and_not_again() -> None:
    sim, found = steady()
    assert found.read() is not None  # opens the connection
    found.judge(7, "doubt")
    sim.now_s = 2.0
    minute = found._context.gate.budget._minute
    before = minute.own(2.0)
    assert found.takes_turn()
    assert minute.own(2.0) == before + 15
    assert found.read() is not None
    assert minute.own(2.0) == before + 15


def test_a_look_tells_whether_positions_are_held() -> None:
    sim, found = steady()
    account = next(iter(sim.exchange.accounts.values()))
    for number, is_held in ((7, True), (8, False)):
        assert any(row.amt for row in account.books["usdm"].positions.values()) is is_held
        assert found.read() is not None
        found.judge(number, "clean")
        assert found._context.is_held is is_held
        account.books["usdm"].positions.clear()


def test_audits_of_many_accounts_take_turns() -> None:
    sim, found = steady(0.0)
    budget = found._context.gate.budget
    for _ in range(119):
        budget.enter(Market.USDM)
    assert budget.every_s == 120
    for _ in range(2):
        sim.now_s += 10
        assert found.takes_turn()
        found.read()
        found.judge(found._number, "clean")
    assert wait_s(sim, found) == pytest.approx(0.98 * 120, abs=0.11)


def test_what_is_odd_is_looked_at_soon_but_not_more_often_than_is_fair() -> None:
    sim, found = steady()
    assert found.read() is not None
    found.judge(7, "clean")
    sim.now_s += 4.0
    found.soon()
    assert wait_s(sim, found) == 6.0
    assert found.read() is not None
    found.judge(8, "clean")
    assert wait_s(sim, found) == pytest.approx(0.49 * 56, abs=0.11)  # once


def test_what_is_odd_puts_nothing_off() -> None:
    sim, found = steady()
    assert found.read() is not None
    found.judge(7, "doubt")
    found.soon()
    assert wait_s(sim, found) == 2.0


def test_a_verdict_that_comes_after_its_coverage_ended_says_nothing_of_the_next() -> None:
    sim, numbers = Simulation(Market.USDM, 1), itertools.count(1)
    late = checks(sim, numbers).read()
    after = checks(sim, numbers)
    found = after.read()
    assert late is not None
    assert found is not None
    assert after.judge(late.number, "drift") is False
    after.judge(late.number, "clean")
    assert not after.audited
    after.judge(found.number, "clean")
    assert after.audited


def test_what_a_reading_proves_ends_before_it_was_asked_for() -> None:
    """A copy of the account may lag, and the answer takes its time."""
    sim = Simulation(Market.USDM, 1)
    sim.lag_s = 4.0
    found = checks(sim, itertools.count(1))
    checked = found.read()
    assert checked is not None
    assert sim.now_ms() > checked.asked_ms == EPOCH_MS
    found.judge(checked.number, "clean")
    assert found.clean_ms == EPOCH_MS - LATENCY_MS


def test_a_key_that_is_refused_is_tried_less_and_less() -> None:
    """Who was refused is not helped by asking: four times an hour in the end."""
    sim = Simulation(Market.USDM, 1)
    sim.exchange.keys.clear()
    found, waits = checks(sim, itertools.count(1)), []
    for _ in range(10):
        assert found.read() is None
        asked_s = sim.now_s
        while not found.is_due:
            sim.now_s += 0.1
        waits.append(round(sim.now_s - asked_s))
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_a_reading_in_part_proves_nothing_and_is_soon_repeated() -> None:
    sim = Simulation(Market.USDM, 1)
    found, waits = checks(sim, itertools.count(1)), []
    clean = found.clean_ms, found.clean_s
    for _ in range(4):
        checked = found.read()
        assert checked is not None
        found.judge(checked.number, "part")
        asked_s = sim.now_s
        while not found.is_due:
            sim.now_s += 0.1
        waits.append(round(sim.now_s - asked_s))
    assert waits == [5, 10, 20, 20]
    assert (found.clean_ms, found.clean_s, found.audited) == (*clean, False)
    assert found.trouble is not None
    assert found.trouble.message == "It was read in part."
    assert found.trouble.hint == "It is read again soon."
    checked = found.read()
    assert checked is not None
    found.judge(checked.number, "clean")
    assert found.trouble is None


def test_what_is_odd_while_a_check_is_under_way_is_looked_at_after_it() -> None:
    sim = Simulation(Market.USDM, 1)
    found = checks(sim, itertools.count(1))
    checked = found.read()
    assert checked is not None
    found.soon()
    found.judge(checked.number, "clean")
    assert not found.is_due
    sim.now_s += SPACE_S
    assert found.is_due


def test_a_stream_of_odd_messages_does_not_use_up_what_may_be_asked() -> None:
    sim = Simulation(Market.USDM, 1, every_s=10**9)
    account = next(iter(sim.exchange.accounts))

    def odd() -> None:
        perform(sim.exchange, {"account": account, "market": "usdm", "action": "raw", "text": "{"})

    for second in range(60, 660):
        sim.at(second, odd)
    sim.run(660)
    assert sim.records["raw"] == 600
    assert 50 < sim.asked["v2/account.status"] < 80

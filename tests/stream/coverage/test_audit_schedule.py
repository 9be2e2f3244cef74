"""When the account is read again: whose verdict counts, and how often something odd may ask."""

import itertools

from binfut_cli.endpoints import Lane, Market
from binfut_cli.sandbox.actions import perform
from binfut_cli.stream.coverage.audit_schedule import SPACE_S, AuditSchedule
from binfut_cli.stream.coverage.errors import LATENCY_MS
from tests.support.simulation import EPOCH_MS, Simulation


def checks(sim: Simulation, numbers: "itertools.count[int]") -> AuditSchedule:
    return AuditSchedule(sim.engine.supervisors[Lane(Market.USDM)]._context, EPOCH_MS, numbers)


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

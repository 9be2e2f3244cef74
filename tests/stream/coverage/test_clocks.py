"""The exchange's clock is looked at now and then; a sleep of this computer is noticed."""

from dataclasses import replace

import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import BinfutError
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.coverage.clocks import MEASURE_S, ExchangeClock, SleepDetector
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import Suspended
from binfut_cli.stream.messages import ClockMeasured, LaneMessage
from tests.support.simulation import Simulation

LANE = Lane(Market.USDM)


def measured(skew_ms: int = 0) -> tuple[Simulation, LaneContext, ExchangeClock, list[LaneMessage]]:
    sim, told = Simulation(Market.USDM, 1, skew_ms=skew_ms), list[LaneMessage]()
    sim.lag_s = 0.0
    context = replace(sim.engine.supervisors[LANE]._context, put=told.append)
    return sim, context, ExchangeClock(context), told


def test_it_is_measured_at_once_and_again_every_quarter_of_an_hour() -> None:
    sim, _, clock, told = measured(skew_ms=-3000)
    assert clock.offset == ClockOffset(2999, 3001)
    sim.skew_ms = -5000
    due = []
    for second in range(2701):
        sim.now_s = float(second)
        if clock.tend():
            due.append(second)
    assert due == [900, 1800, 2700]
    assert told == [ClockMeasured(LANE, ClockOffset(4999, 5001))] * 3
    assert clock.offset == ClockOffset(4999, 5001)


def test_a_measurement_that_fails_may_wait_for_the_next() -> None:
    sim, _, clock, told = measured()
    before = clock.offset
    sim.bend = lambda _, reply: {"id": reply["id"], "status": 400, "error": {"code": -1, "msg": ""}}
    sim.mute_rest = True
    sim.now_s = MEASURE_S
    assert not clock.tend()
    assert (clock.offset, told) == (before, [])
    sim.bend = lambda _, reply: reply
    sim.now_s += MEASURE_S - 1
    assert not clock.tend()
    sim.now_s += 1
    assert clock.tend()
    assert len(told) == 1


def test_a_clock_that_cannot_be_measured_at_first_is_a_fault() -> None:
    sim, context, _, _ = measured()
    sim.bend = lambda _, reply: {"id": reply["id"], "status": 400, "error": {"code": -1, "msg": ""}}
    sim.mute_rest = True
    with pytest.raises(BinfutError):
        ExchangeClock(context)


def test_a_sleep_is_what_one_clock_has_seen_and_the_other_not() -> None:
    sim, context, _, _ = measured()
    sim.now_s, sim.asleep_s = 40.0, 7.0
    awake = SleepDetector(context.runtime)
    assert awake.began_s == 47.0
    sim.now_s, sim.asleep_s = 90.0, 17.0
    awake.check()
    sim.asleep_s += 0.6
    with pytest.raises(Suspended, match="slept for 11 s"):
        awake.check()

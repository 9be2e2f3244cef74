"""What becomes of what was received, when a watch ends before it is printed."""

import pytest

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.endpoints import Market
from binfut_cli.stream import engine as engines
from binfut_cli.stream.messages import Batch, CoverageLost
from binfut_cli.stream.records import Gap
from tests.stream.fold.test_reducer import lost, opened, taken
from tests.support.bodies import bodies
from tests.support.simulation import EPOCH_MS, Simulation


@pytest.fixture
def sim() -> Simulation:
    """A watch that is LIVE, and whose threads bring nothing."""
    found = Simulation(Market.USDM, 1)
    found.engine.take(opened())
    found.engine.take(taken())
    return found


def batch(sim: Simulation, number: int = 3) -> Batch:
    return Batch(sim.account.lane, EPOCH_MS - 9000, [(TEXT, b'{"e":"x"}')] * number)


def test_what_nobody_takes_any_more_is_a_certain_gap_with_its_number(sim: Simulation) -> None:
    for _ in range(2):
        sim._setup.backlog.put(batch(sim))
    (gap,) = bodies(sim.engine.ended(), Gap)
    assert (gap.messages, gap.certainty, gap.cause, gap.is_open) == (6, "certain", "consumer", True)
    assert gap.from_ms <= EPOCH_MS - 9000 <= gap.to_ms
    assert sim.engine.ended() == []


def test_what_is_beyond_a_limit_is_no_gap(sim: Simulation) -> None:
    sim._setup.backlog.put(batch(sim))
    assert sim.engine.ended(wanted=False) == []


def test_what_was_being_printed_counts_as_not_printed(sim: Simulation) -> None:
    sim._setup.backlog.put(batch(sim))
    shown = sim.engine.run()
    assert len(next(shown)) == 3
    (gap,) = bodies(sim.engine.ended(), Gap)
    assert gap.messages == 3
    next(shown)
    assert sim.engine.ended() == []


def test_what_cannot_be_counted_in_time_is_a_gap_of_every_market(
    sim: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LEFTOVER_S", -1.0)
    sim._setup.backlog.put(batch(sim))
    sim.engine._in_hand = batch(sim), []
    (gap,) = bodies(sim.engine.ended(), Gap)
    assert gap.messages is None


def test_a_loss_that_was_not_told_yet_is_told(sim: Simulation) -> None:
    sim._setup.backlog.put(batch(sim))
    sim._setup.backlog.put(late(sim))
    dropped, left = bodies(sim.engine.ended(), Gap)
    assert (dropped.cause, left.cause) == ("consumer", "transport")
    (end,) = sim.engine.lane_ends(None)
    assert end.unreported == (left.number,)


def late(sim: Simulation) -> CoverageLost:
    return CoverageLost(sim.account.lane, EPOCH_MS - 500, EPOCH_MS - 900, lost().error, 1.0)

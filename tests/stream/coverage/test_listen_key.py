"""The listenKey's proof is as old as the question, however late the answer."""

from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.coverage.listen_key import ListenKey
from tests.support.simulation import EPOCH_MS, Simulation


def test_a_key_is_proven_from_when_it_was_asked_for() -> None:
    sim = Simulation(Market.USDM, 1)
    sim.lag_s = 4.0
    key = ListenKey(sim.engine.supervisors[Lane(Market.USDM)]._context)
    assert key.proven_ms == EPOCH_MS
    assert key.age_s == 4.0
    sim.now_s = 100.0
    key.prove()
    assert key.proven_ms == EPOCH_MS + 100_000
    sim.now_s = 200.0
    key.confirm()
    assert key.proven_ms == EPOCH_MS + 200_000
    assert key.age_s == 4.0

"""The whole watch over real sockets in trouble, for some seconds."""

import pytest

from bench.chaos.run import Outcome, chaos


def told_whole(outcome: Outcome) -> None:
    """Hold a run to all promises, and to have been worth running."""
    assert not outcome.failed, outcome.story or outcome.differences
    assert outcome.told.printed > 100
    assert outcome.fired.total() > 50


def test_some_seconds_of_trouble() -> None:
    told_whole(chaos(1, 2.0, redundant=False))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
@pytest.mark.parametrize("redundant", [False, True])
def test_a_minute_of_trouble(seed: int, redundant: bool) -> None:
    told_whole(chaos(seed, 10.0, redundant=redundant))

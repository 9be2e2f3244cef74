"""The waits between attempts: doubling, capped, spread."""

from itertools import islice

import pytest

from binfut_cli.stream.coverage.backoff import CAP_S, FLOOR_S, STABLE_S, delays


def first(count: int, chance: float) -> list[float]:
    return list(islice(delays(lambda: chance), count))


def test_the_longest_waits_double_up_to_a_minute() -> None:
    assert first(9, 1.0) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_shortest_waits_are_half_of_those() -> None:
    assert first(9, 0.0) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_chance_spreads_a_wait_over_that_half() -> None:
    assert first(3, 0.5) == [0.75, 1.5, 3]


def test_each_wait_draws_its_own_chance() -> None:
    draws = iter([0.0, 1.0, 0.0])
    assert list(islice(delays(lambda: next(draws)), 3)) == [0.5, 2, 2]


def test_left_to_chance_no_wait_leaves_its_bounds() -> None:
    for wait, ceiling in zip(delays(), first(200, 1.0), strict=False):
        assert ceiling / 2 <= wait <= ceiling


@pytest.mark.parametrize(("figure", "seconds"), [(FLOOR_S, 1), (CAP_S, 60), (STABLE_S, 60)])
def test_the_figures(figure: float, seconds: float) -> None:
    assert figure == seconds

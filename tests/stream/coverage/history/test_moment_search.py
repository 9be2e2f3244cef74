"""What moments may cost in a minute, and that history is asked of no more than is in question."""

import pytest

from binfut_cli.stream.coverage.history.moment_search import AHEAD_S, UNIT_S
from binfut_cli.stream.coverage.limits.weight import Pace


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

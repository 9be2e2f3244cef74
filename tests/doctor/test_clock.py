"""How far the clock is off, and when that matters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.api.clock import Sample
from binfut_cli.doctor.clock import judged
from binfut_cli.doctor.findings import Verdict
from binfut_cli.errors import ClockError, ExitStatus

NOW = 1_795_000_000_000


def sample(offset_ms: int, trip_ms: int = 40) -> Sample:
    return Sample(NOW, NOW + trip_ms, NOW + trip_ms // 2 + offset_ms)


@pytest.mark.parametrize(
    ("offset_ms", "verdict", "said"),
    [
        (0, Verdict.OK, "0 ms off the exchange's, ± 20 ms"),
        (500, Verdict.OK, "500 ms behind the exchange's"),
        (-500, Verdict.OK, "500 ms ahead of the exchange's"),
        (501, Verdict.WARN, "accepted are 5000 ms behind and 1000 ms ahead"),
        (-60_000, Verdict.WARN, "60000 ms ahead of"),
    ],
)
def test_the_offset_is_told_and_judged(offset_ms: int, verdict: Verdict, said: str) -> None:
    found = judged([sample(offset_ms)] * 3)
    assert found.verdict is verdict
    assert said in found.detail
    assert bool(found.hint) is (verdict is Verdict.WARN)


@pytest.mark.parametrize("offset_ms", [60_001, -60_001, 3_600_000])
def test_a_clock_that_must_be_set_is_a_failure(offset_ms: int) -> None:
    with pytest.raises(ClockError) as caught:
        judged([sample(offset_ms)])
    assert caught.value.exit_status is ExitStatus.EXCHANGE


@given(st.integers(-400, 400), st.integers(0, 30_000), st.integers(0, 30_000))
def test_two_slow_answers_of_five_cannot_mislead(offset: int, one: int, other: int) -> None:
    """A slow answer is late on one way only, so its half way point is wrong by half of that."""
    slow = [Sample(NOW, NOW + 40 + late, NOW + 20 + offset) for late in (one, other)]
    assert judged([*slow, *[sample(offset)] * 3]).verdict is Verdict.OK

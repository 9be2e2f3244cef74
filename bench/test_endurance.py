"""The measurements of `bench.endurance` that no clock decides, a few seconds of each."""

import pytest

from bench.endurance import kills, rotations, stopped, waiting
from bench.endurance.figure import Effort


@pytest.mark.slow
@pytest.mark.parametrize("figure", [kills, rotations, stopped, waiting])
def test_what_is_promised_holds(figure: object) -> None:
    found = figure.measure(Effort(fast=True, seed=7))  # type: ignore[attr-defined]
    assert not found.failures, found.rows

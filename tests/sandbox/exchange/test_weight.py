"""The weight pool: a minute's limit, patience, and the ban."""

import pytest

from binfut_cli.sandbox.exchange.refusal import Refusal
from binfut_cli.sandbox.exchange.weight import BAN_MS, PATIENCE, WeightPool

MINUTE = 1_790_000_040_000


def test_weight_adds_up_and_starts_anew_each_minute() -> None:
    pool = WeightPool(100)
    assert [pool.spend(40, MINUTE), pool.spend(60, MINUTE + 59_999)] == [40, 100]
    assert pool.used(MINUTE + 60_000) == 0


def test_above_the_limit_is_429_until_the_minute_ends() -> None:
    pool = WeightPool(10)
    with pytest.raises(Refusal) as refused:
        pool.spend(11, MINUTE + 20_000)
    assert (refused.value.status, refused.value.code) == (429, -1003)
    assert refused.value.retry_after_s == 40


def test_going_on_is_a_ban_with_its_end_in_the_text() -> None:
    pool = WeightPool(1)
    for _ in range(PATIENCE):
        with pytest.raises(Refusal, match="Too many requests"):
            pool.spend(2, MINUTE)
    with pytest.raises(Refusal, match=f"banned until {MINUTE + BAN_MS}") as refused:
        pool.spend(2, MINUTE)
    assert refused.value.status == 418
    with pytest.raises(Refusal, match="banned until"):
        pool.spend(0, MINUTE + BAN_MS - 1)
    assert pool.spend(1, MINUTE + BAN_MS) == 1

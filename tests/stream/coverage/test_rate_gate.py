"""The one gate of both markets: closed on the exchange's word, and remembered."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.api.envelope import RateLimit
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.rate_gate import (
    BUSY,
    LONGEST_MS,
    UNTOLD_MS,
    RateLimitGate,
    state_file,
)

NOW = 1_791_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ms = NOW

    def __call__(self) -> int:
        return self.ms


def refusal(retry_at_ms: int | None) -> RateLimitedError:
    return RateLimitedError("x", hint="y", retry_at_ms=retry_at_ms)


def test_it_is_open_until_it_is_closed_and_opens_in_time() -> None:
    clock = Clock()
    gate = RateLimitGate(now_ms=clock, steady_ms=clock)
    gate.check()
    gate.close(refusal(NOW + 5000))
    with pytest.raises(RateLimitedError) as caught:
        gate.check()
    assert caught.value.retry_at_ms == NOW + 5000
    clock.ms += 4999
    assert gate.wait_ms() == 1
    clock.ms += 1
    gate.check()


def test_a_refusal_without_a_time_closes_for_a_minute() -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    gate.close(refusal(None))
    assert gate.wait_ms() == UNTOLD_MS


def test_a_shorter_word_does_not_open_it_earlier() -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    gate.close(refusal(NOW + 9000))
    gate.close(refusal(NOW + 100))
    assert gate.wait_ms() == 9000


def test_a_restart_finds_it_closed(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "limits.json"
    RateLimitGate(file, Clock(), Clock()).close(refusal(NOW + 60_000))
    assert RateLimitGate(file, Clock(), Clock()).wait_ms() == 60_000
    assert [each.name for each in file.parent.iterdir()] == ["limits.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"notBefore":"1"}', b'{"notBefore":9e99}',
                b'{"notBefore":99999999999999999}', b"\xff"],
)  # fmt: skip
def test_a_file_that_says_nothing_sane_closes_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "limits.json"
    file.write_bytes(content)
    assert RateLimitGate(file, Clock(), Clock()).wait_ms() == 0


def test_nowhere_to_write_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    gate = RateLimitGate(tmp_path / "file" / "limits.json", Clock(), Clock())
    gate.close(refusal(NOW + 1000))
    assert gate.wait_ms() == 1000


def test_a_pool_nearly_empty_makes_what_can_wait_wait_until_the_next_minute() -> None:
    clock = Clock()
    gate = RateLimitGate(now_ms=clock, steady_ms=clock)
    gate.saw(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, int(2400 * BUSY)))
    assert not gate.is_busy
    gate.saw(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, int(2400 * BUSY) + 1))
    assert gate.is_busy
    clock.ms += 60_000
    assert not gate.is_busy


def test_who_finds_it_nearly_empty_within_the_minute_waits_for_the_rest_of_it() -> None:
    clock = Clock()
    clock.ms += 45_000
    gate = RateLimitGate(now_ms=clock, steady_ms=clock)
    gate.saw(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, 2400))
    clock.ms += 14_999
    assert gate.is_busy
    clock.ms += 1
    assert not gate.is_busy


@given(st.lists(st.one_of(st.none(), st.integers(-(10**15), 10**15)), max_size=10))
def test_it_is_never_closed_for_longer_than_a_ban_lasts(times: list[int | None]) -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    for time in times:
        gate.close(refusal(None if time is None else NOW + time))
    assert 0 <= gate.wait_ms() <= LONGEST_MS


def test_it_is_kept_where_state_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_file("limits-prod") == tmp_path / "binfut" / "limits-prod.json"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_file("x").parts[-4:] == (".local", "state", "binfut", "x.json")


def test_rest_tells_no_limit_and_the_last_known_one_stands() -> None:
    found = RateLimitGate(now_ms=lambda: NOW, steady_ms=lambda: NOW)
    found.saw(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 0, 2300))
    assert not found.is_busy
    found.saw(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, 20))
    found.saw(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 0, 2300))
    assert found.is_busy


def test_what_is_not_urgent_has_a_pace_and_gives_way() -> None:
    found, busy, shut = RateLimitGate(), RateLimitGate(), RateLimitGate()
    assert found.may_spend(100.0)
    for _ in range(15):
        found.spend(5, 100.0)
    assert found.may_spend(100.0)  # 75 units are allowed at once
    found.spend(5, 100.0)
    assert not found.may_spend(100.0)
    assert not found.may_spend(101.9)
    assert found.may_spend(102.0)  # then 5 in 2 s
    busy.saw(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, 2300))
    shut.close(RateLimitedError("x", hint="", retry_at_ms=None))
    assert not busy.may_spend(10**9)
    assert not shut.may_spend(10**9)


@pytest.mark.parametrize("step_ms", [-3_600_000, 3_600_000])
def test_nobody_opens_or_shuts_it_by_setting_the_clock(tmp_path: Path, step_ms: int) -> None:
    wall, steady, file = Clock(), Clock(), tmp_path / "limits.json"
    gate = RateLimitGate(file, wall, steady)
    gate.close(refusal(NOW + 5000))
    wall.ms += step_ms
    assert gate.wait_ms() == 5000
    with pytest.raises(RateLimitedError) as caught:
        gate.check()
    assert caught.value.retry_at_ms == wall.ms + 5000
    gate.close(refusal(wall.ms + 9000))
    assert RateLimitGate(file, wall, steady).wait_ms() == gate.wait_ms() == 9000
    steady.ms += 9000
    gate.check()


def test_another_programs_longer_word_is_taken_and_not_overwritten(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "limits.json"
    ours, theirs = RateLimitGate(file, clock, clock), RateLimitGate(file, clock, clock)
    theirs.close(refusal(NOW + 60_000))
    ours.close(refusal(NOW + 1000))
    assert ours.wait_ms() == RateLimitGate(file, clock, clock).wait_ms() == 60_000


@pytest.mark.parametrize("told_ms", [NOW, NOW - 5000, 0])
def test_a_refusal_until_a_moment_that_is_past_closes_for_a_minute(told_ms: int) -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    gate.close(refusal(told_ms))
    assert gate.wait_ms() == UNTOLD_MS

"""The one gate of both markets: closed on the exchange's word, and remembered."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.api.client import system_ms
from binfut_cli.api.envelope import RateLimit
from binfut_cli.api.host_limits import HostLimit, remember
from binfut_cli.codec import dumps
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.limits.rate_gate import (
    LONGEST_MS,
    MINUTE_MS,
    UNTOLD_MS,
    HostGate,
    RateLimitGate,
)
from binfut_cli.stream.coverage.limits.weight import Claim, Purpose

NOW = 1_791_000_000_000  # 2026-10-03 04:00:00 UTC
HOST, GIVEN = "fapi.binance.com", "127.0.0.1:4711"


class Clock:
    def __init__(self) -> None:
        self.ms = NOW

    def __call__(self) -> int:
        return self.ms


def refusal(retry_at_ms: int | None, host: str = HOST) -> RateLimitedError:
    found = RateLimitedError("x", hint="y", retry_at_ms=retry_at_ms)
    found.host = host
    return found


def gate_of(
    directory: Path, wall: Clock | None = None, steady: Clock | None = None
) -> RateLimitGate:
    """The gate of a new run, of the exchange's host and one that was given."""
    wall, steady = wall or Clock(), steady or wall or Clock()
    hosts = [HostGate(each, directory, wall, steady) for each in (HOST, GIVEN)]
    return RateLimitGate(hosts, wall, steady)


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
    with pytest.raises(RateLimitedError):
        gate.check()
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
    gate_of(tmp_path / "deep").close(refusal(NOW + 60_000))
    assert gate_of(tmp_path / "deep").wait_ms() == 60_000
    (file,) = (tmp_path / "deep").iterdir()
    assert file.name == "limits-fapi.binance.com.json"


@pytest.mark.parametrize("host", [GIVEN, "", "elsewhere.invalid"])
def test_what_no_published_host_said_ends_with_the_run(tmp_path: Path, host: str) -> None:
    gate = gate_of(tmp_path)
    gate.close(refusal(NOW + 60_000, host))
    assert (gate.wait_ms(), gate_of(tmp_path).wait_ms()) == (60_000, 0)
    assert not list(tmp_path.iterdir())


def test_a_planted_file_of_a_given_host_is_not_read(tmp_path: Path) -> None:
    gate_of(tmp_path).close(refusal(NOW + 60_000))
    (tmp_path / f"limits-{HOST}.json").rename(tmp_path / f"limits-{GIVEN}.json")
    assert gate_of(tmp_path).wait_ms() == 0


def told(gate: RateLimitGate) -> tuple[str, str]:
    with pytest.raises(RateLimitedError) as caught:
        gate.check()
    return caught.value.message, caught.value.hint


def test_it_is_said_by_whose_word_it_is_closed_and_how_that_is_forgotten(tmp_path: Path) -> None:
    gate, later = gate_of(tmp_path), Clock()
    gate.close(refusal(NOW + 60_000))
    assert told(gate) == (
        "The exchange asked to wait, and nothing is sent until then: "
        "fapi.binance.com said so at 2026-10-03 04:00:00 UTC.",
        "Wait until 2026-10-03 04:01:00 UTC; every program behind this IP address counts together.",
    )
    later.ms += 10_000
    assert told(gate_of(tmp_path, later)) == (
        "The exchange asked to wait, and nothing is sent until then: "
        "fapi.binance.com said so at 2026-10-03 04:00:00 UTC, to an earlier run.",
        "Wait until 2026-10-03 04:01:00 UTC; to ask all the same, which makes a ban longer, "
        f"remove {tmp_path}/limits-fapi.binance.com.json.",
    )
    (tmp_path / "limits-fapi.binance.com.json").unlink()
    gate_of(tmp_path, later).check()


def test_of_several_words_the_longest_is_told() -> None:
    gate = RateLimitGate([HostGate("a"), HostGate("b")])
    gate.close(refusal(None, "a"))
    gate.close(RateLimitedError("x", hint="y"))
    gate.close(refusal(system_ms() + 90_000, "b"))
    assert "b said so at" in told(gate)[0]


SANE = {"notBefore": NOW + 9000, "told": NOW}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff", dumps({"notBefore": NOW + 9000}),
                *(dumps(SANE | {key: value}) for key in SANE
                  for value in ("1", True, None, -1, 9e99, 99999999999999999))],
)  # fmt: skip
def test_a_file_that_says_nothing_sane_closes_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / f"limits-{HOST}.json"
    file.touch(mode=0o600)
    file.write_bytes(dumps(SANE))
    assert gate_of(tmp_path).wait_ms() == 9000
    file.write_bytes(content)
    assert gate_of(tmp_path).wait_ms() == 0


def test_it_is_kept_by_us_alone_and_followed_nowhere(tmp_path: Path) -> None:
    file, other = tmp_path / f"limits-{HOST}.json", tmp_path / "other"
    other.write_bytes(b"other")
    file.symlink_to(other)
    gate_of(tmp_path).close(refusal(NOW + 60_000))
    assert (file.is_symlink(), other.read_bytes()) == (False, b"other")
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 2
    file.chmod(0o644)  # then another may have opened it to write
    assert gate_of(tmp_path).wait_ms() == 0


def test_nowhere_to_write_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    gate = gate_of(tmp_path / "file")
    gate.close(refusal(NOW + 1000))
    assert gate.wait_ms() == 1000


def counted(count: int, limit: int = 2400) -> RateLimit:
    return RateLimit("REQUEST_WEIGHT", "MINUTE", 1, limit, count)


def test_what_the_exchange_counts_holds_for_the_rest_of_its_minute() -> None:
    clock = Clock()
    clock.ms += 45_000
    gate = RateLimitGate(now_ms=clock, steady_ms=clock)
    gate.saw(None, 100.0)
    gate.saw(counted(2300), 100.0)
    audit = Claim.of(Purpose.AUDIT, 15, 100.0)
    assert gate.take(audit, 114.99) > 0
    assert gate.take(audit, 115.0) == 0


def test_of_how_much_the_exchange_counts_is_taken_note_of() -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    gate.saw(counted(1910), 100.0)
    assert gate.take(Claim.of(Purpose.COVER, 10, 100.0), 100.0) == 0  # up to four fifths
    assert gate.take(Claim.of(Purpose.COVER, 11, 100.0), 100.0) > 0


@given(st.lists(st.one_of(st.none(), st.integers(-(10**15), 10**15)), max_size=10))
def test_it_is_never_closed_for_longer_than_a_ban_lasts(times: list[int | None]) -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    for time in times:
        gate.close(refusal(None if time is None else NOW + time))
    assert 0 <= gate.wait_ms() <= LONGEST_MS


def test_nothing_is_taken_while_it_is_closed() -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    gate.close(refusal(None))
    audit = Claim.of(Purpose.AUDIT, 15, 100.0)
    assert gate.take(audit, 100.0) == UNTOLD_MS / 1000
    assert gate.budget.take(audit, 100.0) == 0


@pytest.mark.parametrize("step_ms", [-3_600_000, 3_600_000])
def test_nobody_opens_or_shuts_it_by_setting_the_clock(tmp_path: Path, step_ms: int) -> None:
    wall, steady = Clock(), Clock()
    gate = gate_of(tmp_path, wall, steady)
    gate.close(refusal(NOW + 5000))
    wall.ms += step_ms
    assert gate.wait_ms() == 5000
    with pytest.raises(RateLimitedError) as caught:
        gate.check()
    assert caught.value.retry_at_ms == wall.ms + 5000
    gate.close(refusal(wall.ms + 9000))
    assert gate_of(tmp_path, wall, steady).wait_ms() == gate.wait_ms() == 9000
    steady.ms += 9000
    gate.check()


def test_another_programs_longer_word_is_taken_and_not_overwritten(tmp_path: Path) -> None:
    ours, theirs = gate_of(tmp_path), gate_of(tmp_path)
    theirs.close(refusal(NOW + 60_000))
    ours.close(refusal(NOW + 1000))
    assert ours.wait_ms() == gate_of(tmp_path).wait_ms() == 60_000


@pytest.mark.parametrize(("more_ms", "found_ms"), [(0, LONGEST_MS), (1, 0)])
def test_what_is_remembered_is_believed_as_far_as_a_ban_and_a_minute_go(
    more_ms: int, found_ms: int, tmp_path: Path
) -> None:
    """Another program's clock may be ahead of this one's."""
    remember(tmp_path, HostLimit(HOST, NOW + LONGEST_MS + MINUTE_MS + more_ms, NOW))
    assert gate_of(tmp_path).wait_ms() == found_ms


@pytest.mark.parametrize("told_ms", [NOW, NOW - 5000, 0])
def test_a_refusal_until_a_moment_that_is_past_closes_for_a_minute(told_ms: int) -> None:
    gate = RateLimitGate(now_ms=Clock(), steady_ms=Clock())
    gate.close(refusal(told_ms))
    assert gate.wait_ms() == UNTOLD_MS


def test_without_a_home_a_published_hosts_word_ends_with_the_run() -> None:
    clock = Clock()
    host = HostGate(HOST, None, clock, clock)
    host.close(500)
    assert host.wait_ms() == 500

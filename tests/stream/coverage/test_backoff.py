"""The waits between attempts: doubling, capped, spread; and a budget that is never overdrawn."""

import threading
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.auth.private_files import locked
from binfut_cli.stream.coverage.backoff import (
    AT_ONCE_S,
    CAP_S,
    FLOOR_S,
    LANE,
    LANE_AT_ONCE,
    PROCESS,
    PROCESS_AT_ONCE,
    WINDOW_S,
    HandshakeBudget,
    HandshakeFile,
    delays,
)
from binfut_cli.stream.records import Status
from tests.stream.coverage.test_coverage import BEFORE_S, Watched, second

FIVE_MINUTES_S = 300.0


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


@pytest.mark.parametrize(("figure", "seconds"), [(FLOOR_S, 1), (CAP_S, 60), (AT_ONCE_S, 0.25)])
def test_the_figures(figure: float, seconds: float) -> None:
    assert figure == seconds


# -- the budget of handshakes ------------------------------------------------------------------


def made(cuts: list[float], budget: HandshakeBudget, most_s: float = 1e9) -> list[float]:
    """When a handshake is made after each cut, so many seconds after the handshake before."""
    found, now = [0.0], 0.0
    budget.take(now)
    for cut in cuts:
        now += cut
        while wait_s := budget.take(now):
            now += wait_s
        if now > most_s:
            break
        found.append(now)
    return found


def most(times: list[float]) -> int:
    """The most of them in any five minutes."""
    return max(sum(at <= each <= at + FIVE_MINUTES_S for each in times) for at in times)


@given(st.lists(st.floats(0, 40), min_size=1, max_size=200))
def test_whatever_is_cut_five_minutes_never_have_more_than_the_budget(cuts: list[float]) -> None:
    assert most(made(cuts, HandshakeBudget())) <= LANE


@given(st.lists(st.floats(0, 40), min_size=1, max_size=200))
def test_no_cut_waits_for_a_minute(cuts: list[float]) -> None:
    times = made(cuts, HandshakeBudget())
    waits = [
        after - before - cut for (before, after), cut in zip(pairwise(times), cuts, strict=True)
    ]
    assert max(waits) < 60


def test_the_first_are_made_at_once() -> None:
    times = made([1.0] * 40, HandshakeBudget())
    assert times[:LANE_AT_ONCE] == [float(n) for n in range(LANE_AT_ONCE)]
    assert times[LANE_AT_ONCE] - times[LANE_AT_ONCE - 1] > 20


def test_in_the_long_run_the_whole_budget_is_used() -> None:
    times = made([0.0] * 2000, HandshakeBudget(), most_s=7200.0)
    assert len(times) >= 0.95 * 7200 / FIVE_MINUTES_S * LANE


def test_what_is_left_is_spread_over_the_time_until_the_first_counts_no_longer() -> None:
    budget = HandshakeBudget(4, 2)
    for now_s in (0.0, 10.0):
        assert budget.take(now_s) == 0
    assert budget.take(10.0) == pytest.approx((WINDOW_S - 10) / 3)


def test_what_was_made_unasked_counts() -> None:
    budget = HandshakeBudget()
    for _ in range(LANE + 5):
        budget.spend(0.0)
    assert budget.wait_s(1.0) == pytest.approx(309.0)
    assert budget.take(310.0) == 0
    assert not budget.wait_s(700.0)


def test_several_lanes_share_a_larger_one() -> None:
    whole = HandshakeBudget(PROCESS, PROCESS_AT_ONCE)
    lanes = [HandshakeBudget(whole=whole) for _ in range(12)]
    at_once = sum(not lane.take(0.0) for lane in lanes for _ in range(LANE_AT_ONCE))
    assert at_once == PROCESS_AT_ONCE
    assert 0 < lanes[-1].wait_s(0.0) < 15


def test_what_a_program_has_spent_the_next_one_has_not(tmp_path: Path) -> None:
    now_ms = 1_000_000
    file = HandshakeFile(tmp_path / "state" / "handshakes.json", lambda: now_ms)
    first = HandshakeBudget(PROCESS, PROCESS_AT_ONCE, file=file)
    for second_ in range(PROCESS):
        first.spend(float(second_))
        now_ms += 1000
    now_ms += 9_000
    again = HandshakeBudget(PROCESS, PROCESS_AT_ONCE, file=file, now_s=5000.0)
    assert again.wait_s(5000.0) == pytest.approx(first.wait_s(PROCESS - 1 + 10.0))
    now_ms += 400_000
    assert file.ages_s() == []


def test_two_programs_do_not_forget_each_others(tmp_path: Path) -> None:
    path, now_ms = tmp_path / "handshakes.json", 1_000_000
    budgets = [HandshakeBudget(file=HandshakeFile(path, lambda: now_ms)) for _ in range(2)]
    for second_ in range(10):
        budgets[second_ % 2].spend(float(second_))
        now_ms += 1000
    assert HandshakeFile(path, lambda: now_ms).ages_s() == [float(10 - n) for n in range(10)]


def test_a_disk_that_takes_its_time_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "handshakes.json"
    whole = HandshakeBudget(PROCESS, PROCESS_AT_ONCE, file=HandshakeFile(path))
    lanes = [HandshakeBudget(whole=whole) for _ in range(2)]
    with locked(path.with_suffix(".lock")):
        slow = threading.Thread(target=lanes[0].take, args=(0.0,))
        slow.start()
        while lanes[0].wait_s(0.0) == 0 and not lanes[0]._made:
            pass
        assert lanes[1].wait_s(1.0) == 0
        assert slow.is_alive()
    slow.join()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b'{"made":7}',
        b'{"made":["x"]}',
        b'{"made":[999999.5]}',
        b'{"made":[-1e30]}',
        b'{"made":[%s]}' % (b"9" * 400),
    ],
)
def test_a_file_of_something_else_says_nothing(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(text)
    (tmp_path / "made").chmod(0o600)
    assert HandshakeFile(tmp_path / "made", lambda: 1_000_000).ages_s() == []


def test_a_home_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"no folder")
    HandshakeBudget(file=HandshakeFile(tmp_path / "home" / "made")).spend(0.0)


@pytest.mark.parametrize(
    ("figure", "number"), [(LANE, 30), (LANE_AT_ONCE, 25), (PROCESS, 150), (PROCESS_AT_ONCE, 125)]
)
def test_the_figures_of_the_budgets(figure: int, number: int) -> None:
    assert figure == number


# -- a whole watch, under a clock moved by hand -----------------------------------------------


def opened(watched: Watched) -> list[float]:
    return [wire._born_s for wire in watched.sim.wires]


def cut(watched: Watched) -> None:
    """Cut what is open now, once."""
    for wire in watched.sim.wires:
        wire.is_over = True


def test_a_stream_that_was_live_is_opened_again_at_once() -> None:
    watched = Watched(every_s=10**9)
    watched.when(lambda: cut(watched))
    _, again = opened(watched)
    assert again - BEFORE_S <= AT_ONCE_S + 1.0  # of round trips: the key, the clock
    (gap,) = watched.all("gap")
    assert second(gap.time_ms) - BEFORE_S < 2


def test_a_stream_that_is_cut_all_the_time_is_opened_as_often_as_is_fair() -> None:
    watched = Watched(every_s=10**9)
    for n in range(450):
        watched.sim.at(10 + 2.0 * n, lambda: cut(watched))
    watched.sim.run(900)
    times = opened(watched)
    assert most(times) <= LANE
    assert len(times) > 0.85 * 900 / FIVE_MINUTES_S * LANE
    assert max(after - before for before, after in pairwise(times)) < 60


def test_an_exchange_that_accepts_and_closes_is_not_hammered() -> None:
    watched = Watched(every_s=10**9)
    watched.sim.at(BEFORE_S, lambda: setattr(watched.sim, "cut", True))
    watched.sim.run(BEFORE_S + 600)
    times = [at for at in opened(watched) if at > BEFORE_S]
    assert len(times) <= 22
    assert min(after - before for before, after in pairwise(times[7:])) >= 30


def test_a_start_that_has_to_wait_says_so() -> None:
    watched = Watched(every_s=10**9)
    for _ in range(PROCESS_AT_ONCE):
        watched.sim.engine._handshakes.spend(watched.sim.now_s)
    watched.sim.run(60.0)
    said = [each.body for each in watched.all("status") if isinstance(each.body, Status)]
    assert [each.verdict for each in said] == ["GAP", "CONNECTED", "LIVE"]
    assert said[0].retry_in_ms is not None
    assert 1000 < said[0].retry_in_ms < 60_000
    assert not watched.all("gap")


def test_a_cut_costs_no_second_handshake() -> None:
    """The connection to the WebSocket API stays; it is opened anew when the network has gone."""
    watched = Watched(every_s=10**9)
    apart = 30.0
    for n in range(5):
        watched.sim.at(BEFORE_S + apart * n, lambda: cut(watched))
    watched.sim.run(BEFORE_S + 5 * apart)
    assert watched.sim.account.connections == 1


def test_there_is_room_again_at_the_moment_at_which_one_may_be_made() -> None:
    budget = HandshakeBudget(2, 1)
    budget.spend(0.0)
    assert budget.wait_s(0.0) == WINDOW_S / 2
    assert [budget.room(second) for second in (154.9, 155.0)] == [0, 1]

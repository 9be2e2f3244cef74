"""The account read again against the fold: when it is drift, and when it only looks so."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli.codec import Row
from binfut_cli.stream.fold.audit import (
    LAG_MS,
    Auditor,
    Finding,
    Stamps,
    all_changed_by,
    differing,
    kept,
    stamps,
)
from binfut_cli.stream.state import State


def document(wallet: str, time: int = 10, **position: Any) -> Row:
    positions = [{"symbol": "BTCUSDT", "positionSide": "BOTH", **position}] if position else []
    row = {"asset": "USDT", "walletBalance": wallet, "updateTime": time}
    return {"assets": [row], "positions": positions}


def judged(auditor: Auditor, ours: State, known: Stamps, found: Row) -> Finding:
    return auditor.judge(ours, known, State(found), stamps(found))


def looks(*documents: Row, ours: str = "5", known: int = 10) -> list[str]:
    auditor, state = Auditor(), State(document(ours))
    return [judged(auditor, state, {"USDT": known}, one).verdict for one in documents]


def test_what_agrees_is_clean_whatever_its_time() -> None:
    assert looks(document("5", 3), document("5.0", 99)) == ["clean", "clean"]


def test_what_differs_twice_is_drift() -> None:
    assert looks(document("6", 20), document("6", 20)) == ["doubt", "drift"]
    assert looks(document("6", 10), document("6", 10)) == ["doubt", "drift"]  # one millisecond


def test_what_differs_once_was_on_its_way() -> None:
    assert looks(document("6", 20), document("5", 20), document("6", 30)) == [
        "doubt",
        "clean",
        "doubt",
    ]


def test_an_older_answer_proves_nothing_unless_it_insists() -> None:
    assert looks(document("6", 5), document("4", 6), document("6", 7)) == ["clean"] * 3
    assert looks(*[document("6", 5)] * 3) == ["clean", "clean", "drift"]


def test_an_older_answer_insists_by_saying_the_same_three_times() -> None:
    assert looks(document("6", 5), *[document("4", 6)] * 3) == ["clean"] * 3 + ["drift"]


def test_a_row_that_no_event_came_for_is_never_older() -> None:
    state, auditor = State(document("5")), Auditor()
    assert judged(auditor, state, {}, document("6", 1)).verdict == "doubt"


def test_a_row_that_does_not_say_when_it_changed_is_never_older() -> None:
    for odd in (0, None, "5", 5.0, True):
        found = document("5", odd, positionAmt="1", updateTime=odd)  # type: ignore[arg-type]
        assert stamps(found) == {}


def test_a_position_too_is_known_by_when_it_last_changed() -> None:
    ours, auditor = State(document("5", positionAmt="1", updateTime=9)), Auditor()
    older = document("5", positionAmt="2", updateTime=8)
    found = [judged(auditor, ours, {("BTCUSDT", "BOTH"): 9}, older) for _ in range(3)]
    assert [each.verdict for each in found] == ["clean", "clean", "drift"]
    assert [each.differences for each in found[:2]] == [(), ()]


def test_all_had_changed_by_a_moment_if_every_row_says_so() -> None:
    new = document("6", 7, positionAmt="2", updateTime=8)
    found = differing(State(document("5", 7, positionAmt="1", updateTime=8)), State(new))
    assert {each.kind for each in found} == {"balance", "position"}
    assert all_changed_by(8, found, stamps(new))
    assert not all_changed_by(7, found, stamps(new))
    assert not all_changed_by(8, found, stamps(document("6", 7)))


def test_a_row_that_keeps_moving_is_given_a_few_looks() -> None:
    auditor = Auditor()
    found = [
        judged(auditor, State(document(str(n))), {"USDT": n}, document(str(n + 1), n)).verdict
        for n in range(10, 22)
    ]
    assert found == (["doubt"] * 5 + ["drift"]) * 2


def test_a_missing_row_stands_for_nothing_held() -> None:
    ours = State(document("5", positionAmt="1", entryPrice="7"))
    auditor = Auditor()
    verdicts = [judged(auditor, ours, {}, document("5")) for _ in range(2)]
    assert [each.verdict for each in verdicts] == ["doubt", "drift"]
    assert {d.field for d in verdicts[1].differences} == {"positionAmt", "entryPrice"}


def test_averages_may_be_written_with_fewer_digits() -> None:
    long = State(document("5", positionAmt="1", entryPrice="83479.51305130473"))
    short = State(document("5", positionAmt="1", entryPrice="83479.51305130"))
    other = State(document("5", positionAmt="1", entryPrice="83479.51305230"))
    next_ = State(document("5", positionAmt="1", entryPrice="83479.51305131"))
    assert not differing(long, short)
    for one, two in ((long, other), (short, next_), (next_, short)):
        assert [d.field for d in differing(one, two)] == ["entryPrice"]


@pytest.mark.parametrize("odd", ["x", None, {}])
def test_an_average_that_cannot_be_read_proves_no_difference(odd: Any) -> None:
    read = State(document("5", positionAmt="1", entryPrice="83479.5"))
    other = State(document("5", positionAmt="1", entryPrice="83479.5"))
    other.positions["BTCUSDT", "BOTH"]["entryPrice"] = odd
    assert differing(read, other) == [] == differing(other, read)


def test_a_position_that_the_stream_told_later_is_kept_and_one_that_nobody_knows_is_not() -> None:
    old = State(document("7", positionAmt="1"))
    new, leg = State(document("7", positionAmt="2")), ("BTCUSDT", "BOTH")
    kept(old, {leg: 9, "ETHUSDT": 9}, new, {leg: 5, "ETHUSDT": 5}, 9)
    assert new.positions[leg]["positionAmt"] == "1"
    assert [*new.positions] == [leg]
    assert [*new.balances] == ["USDT"]


def test_what_the_stream_told_later_is_kept() -> None:
    old, new = State(document("7")), State(document("6", 5))
    assert kept(old, {"USDT": 9}, new, stamps(document("6", 5)), 9) == {}
    assert new.balances["USDT"]["walletBalance"] == "7"
    new = State(document("6", 9))
    assert kept(old, {"USDT": 9}, new, stamps(document("6", 9)), 9) == {"USDT": 9}
    assert new.balances["USDT"]["walletBalance"] == "6"


@pytest.mark.parametrize(("late_ms", "wallet"), [(LAG_MS - 1, "7"), (LAG_MS, "6")])
def test_what_was_told_long_before_a_reading_is_not_kept(late_ms: int, wallet: str) -> None:
    old, new = State(document("7")), State(document("6", 5))
    kept(old, {"USDT": 9}, new, stamps(document("6", 5)), 9 + late_ms)
    assert new.balances["USDT"]["walletBalance"] == wallet


@settings(max_examples=settings.default.max_examples * 6)  # type: ignore[union-attr]
@given(st.integers(0, 2**32), st.integers(0, 100))
def test_subscribe_snapshot_merge_confirm_ends_in_the_truth(seed: int, lag: int) -> None:
    """One row, changed at random; a snapshot may lag behind; an answer takes its time."""
    chance = random.Random(seed)
    changes = sorted(chance.sample(range(1000), chance.randrange(1, 40)))
    subscribed = chance.randrange(1000)
    asked = subscribed + chance.randrange(1, 50)

    def at(time: int) -> tuple[str, int]:
        before = [t for t in changes if t <= time]
        return (str(len(before)), before[-1]) if before else ("0", 1)

    value, time = at(asked - chance.randrange(lag + 1))
    state, known = State(document(value, time)), stamps(document(value, time))
    for change in [t for t in changes if t > subscribed]:
        state.balances["USDT"]["walletBalance"] = at(change)[0]
        known["USDT"] = change
    settle(state, known, *at(2000))
    assert state.balances["USDT"]["walletBalance"] == at(2000)[0]


def settle(state: State, known: Stamps, value: str, time: int) -> None:
    """The confirming looks, and what a drift found by them does."""
    auditor = Auditor()
    for _ in range(2):
        if judged(auditor, state, known, document(value, time)).verdict == "drift":
            state.balances.update(State(document(value, time)).balances)

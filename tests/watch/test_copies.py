"""Two streams that bring the same: each event once, whatever the interleaving."""

from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli.watch.copies import WINDOW_MS, Copies

EVENTS = st.lists(st.sampled_from("abc"), max_size=12)


def merged(one: list[str], two: list[str], turns: list[bool]) -> list[str]:
    """Print what two streams bring, in the order of the turns."""
    copies, shown = Copies(), []
    left = {1: list(one), 2: list(two)}
    order = [1 if turn else 2 for turn in turns] + [1] * len(one) + [2] * len(two)
    for stream in order:
        if left[stream]:
            event = left[stream].pop(0)
            if copies.is_new(stream, event, 0):
                shown.append(event)
    return shown


@settings(derandomize=True, max_examples=500)
@given(EVENTS, st.lists(st.booleans(), max_size=24))
def test_each_event_is_shown_as_often_as_it_happened(events: list[str], turns: list[bool]) -> None:
    assert sorted(merged(events, events, turns)) == sorted(events)


@settings(derandomize=True, max_examples=500)
@given(EVENTS, st.integers(0, 12), st.lists(st.booleans(), max_size=24))
def test_nothing_is_lost_when_one_stream_dies(
    events: list[str], died_after: int, turns: list[bool]
) -> None:
    assert sorted(merged(events[:died_after], events, turns)) == sorted(events)


@settings(derandomize=True, max_examples=500)
@given(EVENTS, st.integers(0, 12), st.lists(st.booleans(), max_size=24))
def test_nothing_is_lost_when_the_second_joins_late(
    events: list[str], joined_at: int, turns: list[bool]
) -> None:
    shown = merged(events, events[joined_at:], turns)
    assert sorted(shown) == sorted(events)


@settings(derandomize=True, max_examples=500)
@given(EVENTS, st.integers(0, 12), st.integers(0, 12))
def test_an_event_as_one_long_ago_is_shown_though_only_the_newcomer_brings_it(
    events: list[str], joins_at: int, leaves_at: int
) -> None:
    copies, shown = Copies(), []
    for number, event in enumerate(events):
        if number == joins_at:
            copies.join(2)
        if number < max(joins_at, leaves_at) and copies.is_new(1, event, 0):
            shown.append(event)
        if number >= joins_at and copies.is_new(2, event, 0):
            shown.append(event)
    assert shown == events


def test_two_equal_events_are_two() -> None:
    assert merged(["a", "a"], ["a", "a"], [True, False, True, False]) == ["a", "a"]


def test_what_is_older_than_the_window_is_forgotten() -> None:
    copies = Copies()
    for number in range(1000):
        assert copies.is_new(1, number, number * 1000)
    assert len(copies._seen) <= WINDOW_MS / 1000 + 2
    assert copies.removed == 0

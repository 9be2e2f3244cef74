"""Two streams that bring the same: each event once, whatever the interleaving."""

from collections.abc import Iterator
from itertools import product
from random import Random

import pytest

from binfut_cli.stream.fold.streams import dedup
from binfut_cli.stream.fold.streams.dedup import WINDOW_MS, Deduplicator

MANY = 2000


def courses() -> Iterator[tuple[list[str], list[bool], Random]]:
    """Events, of which many are equal, and whose turn it is: all short courses, and many long."""
    chance = Random(1)
    for length in range(4):
        for short in product("ab", repeat=length):
            for turns in product((True, False), repeat=2 * length):
                yield list(short), list(turns), chance
    for _ in range(MANY):
        events = chance.choices("abc", k=chance.randint(0, 12))
        yield events, chance.choices((True, False), k=chance.randint(0, 24)), chance


def merged(one: list[str], two: list[str], turns: list[bool]) -> list[str]:
    """Print what two streams bring, in the order of the turns."""
    copies, shown = Deduplicator(), []
    left = {1: list(one), 2: list(two)}
    order = [1 if turn else 2 for turn in turns] + [1] * len(one) + [2] * len(two)
    for stream in order:
        if left[stream]:
            event = left[stream].pop(0)
            if copies.is_new(stream, event, 0):
                shown.append(event)
    return shown


def test_each_event_is_shown_as_often_as_it_happened() -> None:
    for events, turns, _ in courses():
        assert sorted(merged(events, events, turns)) == sorted(events)


def test_nothing_is_lost_when_one_stream_dies() -> None:
    for events, turns, chance in courses():
        died_after = chance.randint(0, 12)
        assert sorted(merged(events[:died_after], events, turns)) == sorted(events)


def test_nothing_is_lost_when_the_second_joins_late() -> None:
    for events, turns, chance in courses():
        joined_at = chance.randint(0, 12)
        shown = merged(events, events[joined_at:], turns)
        assert sorted(shown) == sorted(events)


def test_an_event_as_one_long_ago_is_shown_though_only_the_newcomer_brings_it() -> None:
    for events, _, chance in courses():
        joins_at, leaves_at = chance.randint(0, 12), chance.randint(0, 12)
        copies, shown = Deduplicator(), []
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
    copies = Deduplicator()
    for number in range(1000):
        assert copies.is_new(1, number, number * 1000)
    assert len(copies._seen) <= WINDOW_MS / 1000 + 2
    assert copies.removed == 0


def test_a_copy_a_minute_behind_is_known_and_one_further_behind_is_new() -> None:
    for late_ms, new in ((60_000, False), (60_001, True)):
        copies = Deduplicator()
        assert copies.is_new(1, "a", 0)
        assert copies.is_new(2, "a", late_ms) is new


def test_so_many_are_remembered_and_the_oldest_is_forgotten_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dedup, "MOST", 100)
    copies = Deduplicator()
    for number in range(110):
        assert copies.is_new(1, number, 0)
    assert len(copies._seen) == 100
    assert not copies.is_new(2, 100, 0)
    assert copies.is_new(2, 0, 0)  # printed twice, rather than lost

"""A recorded course of things over two streams, in any order of arrival: nothing is in doubt."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.codec import Row
from binfut_cli.stream.fold.continuity.doubts import SETTLE_MS
from binfut_cli.stream.fold.outcome import Outcome
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.messages import Batch, MomentQuestion, StreamJoined, StreamJoining
from tests.stream.fold.continuity.test_chains import recorded
from tests.stream.fold.test_reducer import LANE, audit, opened, records, taken
from tests.support.samples import encoded

EVENTS = recorded()
PLACES = range(len(EVENTS))
CAME_MS = EVENTS[-1]["T"]


def two() -> Reducer:
    """A watch of two streams, on which nothing was held when it began."""
    found = Reducer(LANE)
    read = taken("0", "0", time_ms=1000)
    records(found, opened(), read, audit(read), StreamJoining(LANE, 2), StreamJoined(LANE, 2))
    return found


def otherwise(message: Row) -> bytes:
    """The message as a server writes it that is newer, and likes zeros."""
    said: Any = json.loads(json.dumps(message), object_hook=_otherwise)
    return encoded({**said, "new": 1})


def _otherwise(row: Row) -> Row:
    amounts = {"wb", "bc", "pa", "l", "z", "n", "rp"} & row.keys()
    return dict(reversed({**row, **{key: f"{float(row[key]):.9f}" for key in amounts}}.items()))


def asked(turns: list[bool], odd: set[int], twice: set[int], missing: set[int]) -> object:
    """What is asked of history, if the streams have their turns in this order."""
    found, next_, kept = two(), [0, 0], [place for place in PLACES if place not in missing]
    for turn in [*turns, *([False, True] * len(EVENTS))]:
        if next_[turn] == len(kept):
            continue
        place = kept[next_[turn]]
        next_[turn] += 1
        text = otherwise(EVENTS[place]) if turn and place in odd else encoded(EVENTS[place])
        count = 2 if turn and place in twice else 1
        found.take(Batch(LANE, CAME_MS, [(TEXT, text)] * count, 1 + turn))
    return found.doubts.after(Outcome([]), CAME_MS + SETTLE_MS).question


FEW = settings(max_examples=settings.default.max_examples // 3)  # type: ignore[union-attr]
TURNS = st.lists(st.booleans(), max_size=2 * len(EVENTS))
SOME = st.sets(st.sampled_from(PLACES))


@FEW
@example([False] * 4, set(), set(PLACES))  # a fill told twice behind the one after it
@given(TURNS, SOME, SOME)
def test_copies_in_any_order_and_spelling_leave_nothing_in_doubt(
    turns: list[bool], odd: set[int], twice: set[int]
) -> None:
    assert asked(turns, odd, twice, set()) is None


@FEW
@given(TURNS, SOME, SOME, st.sampled_from(PLACES[3:-1]))
def test_what_neither_stream_brings_is_asked_of(
    turns: list[bool], odd: set[int], twice: set[int], missing: int
) -> None:
    question = asked(turns, odd, twice, {missing})
    assert isinstance(question, MomentQuestion)
    assert max(question.moments) >= EVENTS[missing]["T"]

"""Which of a run's records are missing, twice there, or of another run."""

import pytest

from binfut_cli.recording.continuity import Continuity
from binfut_cli.recording.recorded import Recorded, recorded
from tests.support.recordings import line


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("a1 a2 a3", []),
        ("a1 a2 b1 b2", []),
        ("a1 a3", ["seq 3 follows 1: 1 record is missing"]),
        ("a1 a9 a10", ["seq 9 follows 1: 7 records are missing"]),
        ("a4 a5", ["run a begins with seq 4: 3 records are missing"]),
        ("a1 b2", ["run b begins with seq 2: 1 record is missing"]),
        ("a1 a2 a2", ["seq 2 follows 2: records are twice there, or out of order"]),
        ("a1 a2 a3 a2 a4", ["seq 2 follows 3: records are twice there, or out of order"]),
        ("a1 b1 a2", ["run a goes on after another had begun: two runs are mixed"]),
    ],
)
def test_what_is_wrong_is_told_where_it_is(given: str, told: list[str]) -> None:
    continuity = Continuity()
    said = [continuity.see(recorded(line(int(name[1:]), run=name[0]))) for name in given.split()]
    assert [text for text in said if text] == told


def test_a_reading_that_begins_inside_misses_nothing_before() -> None:
    continuity = Continuity(inside=True)
    assert [continuity.see(recorded(line(seq))) for seq in (57, 58)] == [None, None]
    assert continuity.see(recorded(line(5, run="b"))) is not None


def one(name: str) -> Recorded:
    return recorded(line(int(name[1:]), run=name[0]))


def many(names: str) -> list[Recorded]:
    return [one(name) for name in names.split()]


@pytest.mark.parametrize(
    ("given", "places", "found"),
    [
        ("a2", [0], True),
        ("a2 a3 a4", [0, 1, 2], True),
        ("a3 a6", [1, 4], True),  # between them others were skimmed over
        ("a3 a4", [0, 1], False),
        ("a2 a4", [0, 1], False),
        ("a1 a2", [0, 1], False),
        ("a2 b3", [0, 1], False),
        ("b2 b3", [0, 1], False),
    ],
)
def test_many_are_next_if_each_is_of_the_run_and_in_its_place(
    given: str, places: list[int], found: bool
) -> None:
    continuity, those = Continuity(), many(given)
    assert continuity.are_next(many("a1"), [0]) is False  # another run begins
    continuity.see(one("a1"))
    assert continuity.are_next(those, places) is found
    follows = those[-1].seq + 1 if found else 2
    assert not continuity.is_next(one(f"b{follows}"))
    assert not continuity.is_next(one(f"a{follows}"), places=2)
    assert continuity.is_next(one(f"a{follows}"))


def test_a_segment_begins_inside_a_run() -> None:
    assert Continuity().see(recorded(line(57, "segment"))) is None


def test_a_run_that_goes_on_after_another_goes_on_where_it_is() -> None:
    continuity = Continuity()
    said = [continuity.see(each) for each in many("a1 b1 b2 a2 b4")]
    mixed = "run {} goes on after another had begun: two runs are mixed"
    assert said == [None, None, None, mixed.format("a"), mixed.format("b")]
    assert continuity.see(one("b7")) == "seq 7 follows 4: 2 records are missing"

"""Which of a run's records are missing, twice there, or of another run."""

import pytest

from binfut_cli.recording.continuity import Continuity
from binfut_cli.recording.recorded import recorded
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

"""Files that are put away under a name that says when they began."""

from pathlib import Path

import pytest

from binfut_cli.recording.writing.rotation import Rotation, latest, put_away

T0 = 1_795_794_300_000  # 2026-11-27 15:45:00 UTC


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("day.ndjson", "day.20261127T154500Z.ndjson"),
        ("day.ndjson.zst", "day.20261127T154500Z.ndjson.zst"),
        ("my.day.ndjson.gz", "my.day.20261127T154500Z.ndjson.gz"),
        ("day", "day.20261127T154500Z"),
        ("day.gz", "day.20261127T154500Z.gz"),
    ],
)
def test_a_name_says_when_the_file_began(tmp_path: Path, name: str, becomes: str) -> None:
    (tmp_path / name).write_text("1")
    assert put_away(tmp_path / name, T0).name == becomes
    assert [each.name for each in tmp_path.iterdir()] == [becomes]


def test_nothing_is_overwritten_and_names_sort_by_time(tmp_path: Path) -> None:
    path, names = tmp_path / "day.ndjson", []
    for number, second in enumerate((0, 0, 0, 7, 7)):
        path.write_text(str(number))
        names.append(put_away(path, T0 + second * 1000).name)
        assert latest(path) == tmp_path / names[-1]
    assert sorted(names) == names
    assert [(tmp_path / name).read_text() for name in names] == ["0", "1", "2", "3", "4"]


def test_other_files_are_no_part_of_it(tmp_path: Path) -> None:
    for name in ("day.ndjson.torn", "day.old.ndjson", "x.20261127T154500Z.ndjson",
                 "day.20261127T154500Z.ndjson.gz", "dayx20261127T154500Z.ndjson"):  # fmt: skip
        (tmp_path / name).write_text("1")
    assert latest(tmp_path / "day.ndjson") is None


def test_a_bound_of_size_or_age() -> None:
    assert not Rotation().is_due(10**12, 10**9)
    assert [Rotation(size=100).is_due(size, 0) for size in (99, 100)] == [False, True]
    assert [Rotation(age_s=60).is_due(0, age_s) for age_s in (59, 60)] == [False, True]

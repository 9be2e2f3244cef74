"""The file for a bug report: whose it is, and what it is never written through."""

import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from binfut_cli.doctor.report import Report
from binfut_cli.errors import ConfigError


def written(path: Path, text: bytes) -> None:
    with closing(Report(path)) as report:
        report.write(text)


def test_a_new_file_is_its_writers_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    written(path, b"found\n")
    assert path.read_bytes() == b"found\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_old_file_is_replaced_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("what was there before, and longer")
    path.chmod(0o644)
    written(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_there_stays_until_there_is_something_new(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("before")
    with closing(Report(path)):
        assert path.read_text() == "before"


@pytest.mark.parametrize("target", ["real.txt", "nowhere.txt"])
def test_a_link_is_never_followed(tmp_path: Path, target: str) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("precious")
    link.symlink_to(tmp_path / target)
    with pytest.raises(ConfigError, match="symbolic link"):
        Report(link)
    assert real.read_text() == "precious"
    assert not (tmp_path / "nowhere.txt").exists()


def test_a_file_with_two_names_is_left_alone(tmp_path: Path) -> None:
    real, other = tmp_path / "real.txt", tmp_path / "other.txt"
    real.write_text("precious")
    real.chmod(0o644)
    os.link(real, other)
    with pytest.raises(ConfigError, match="one name"):
        Report(other)
    assert real.read_text() == "precious"
    assert stat.S_IMODE(real.stat().st_mode) == 0o644


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", tmp_path / "none" / "report.txt"):
        with pytest.raises(ConfigError, match="cannot be written"):
            Report(place)

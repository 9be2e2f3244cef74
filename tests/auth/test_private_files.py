"""A file is read only if nobody else can read it, and written only so."""

import os
import stat
import threading
from pathlib import Path

import pytest

from binfut_cli.auth.private_files import (
    LIMIT,
    locked,
    read_private,
    read_private_text,
    write_private,
)
from binfut_cli.errors import ConfigError

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def made(path: Path, mode: int = 0o600, data: bytes = b"x") -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


def refused(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_private(path, "The file")
    assert caught.value.message.startswith("The file ")
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_ours_alone_is_read(mode: int, tmp_path: Path) -> None:
    assert read_private(made(tmp_path / "f", mode, b"text\n"), "The file") == b"text\n"


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666, 0o777])
def test_every_bit_of_others_is_refused_with_what_to_type(mode: int, tmp_path: Path) -> None:
    found = refused(made(tmp_path / "a file", mode))
    assert f"(mode {mode:04o})" in found.message
    assert found.hint == f"Type: chmod 600 '{tmp_path}/a file'"


def test_a_link_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    assert "symbolic link" in refused(tmp_path / "link").message


@ROOT
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(made(tmp_path / "f"), 12345, 12345)
    found = refused(tmp_path / "f")
    assert "belongs to another user" in found.message
    assert "chown" in found.hint


def test_what_is_no_file_is_refused_and_waited_for_never(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "not a regular file" in refused(tmp_path / "pipe").message
    assert "is a directory" in refused(tmp_path).message
    assert "no such file" in refused(tmp_path / "missing").message
    assert "not a directory" in refused(made(tmp_path / "f") / "below").message
    assert "null" in refused(Path("a\x00b")).message


def test_a_directory_that_everybody_writes_to_is_refused_unless_it_is_sticky(
    tmp_path: Path,
) -> None:
    place = tmp_path / "open"
    place.mkdir()
    made(place / "f")
    place.chmod(0o1777)
    assert read_private(place / "f", "The file") == b"x"
    place.chmod(0o777)
    found = refused(place / "f")
    assert "everybody can write" in found.message
    assert found.hint == f"Type: chmod o-w {place}"


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    assert len(read_private(made(tmp_path / "f", data=b"x" * LIMIT), "The file")) == LIMIT
    assert "larger than 1024 KiB" in refused(made(tmp_path / "f", data=b"x" * (LIMIT + 1))).message


def test_what_a_service_manager_serves_may_show_the_group_bit(tmp_path: Path) -> None:
    path = made(tmp_path / "f", 0o440)
    assert read_private(path, "The file", served=True) == b"x"
    for mode in (0o460, 0o444, 0o404):
        path.chmod(mode)
        with pytest.raises(ConfigError, match="open to other users"):
            read_private(path, "The file", served=True)


def test_text_loses_the_line_end_that_editors_put_last(tmp_path: Path) -> None:
    assert read_private_text(made(tmp_path / "f", data=b"one\ntwo\r\n"), "The file") == "one\ntwo"
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_private_text(made(tmp_path / "f", data=b"\xff"), "The file")


def test_a_file_and_its_directories_are_made_for_us_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "a" / "b" / "f", b"secret")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / each).stat().st_mode) for each in ("a", "a/b", "a/b/f")]
    assert modes == [0o700, 0o700, 0o600]
    assert read_private(tmp_path / "a/b/f", "The file") == b"secret"


def test_a_file_is_replaced_whole_and_a_link_is_not_followed(tmp_path: Path) -> None:
    made(tmp_path / "other", data=b"other")
    (tmp_path / "f").symlink_to("other")
    write_private(tmp_path / "f", b"new")
    assert (tmp_path / "other").read_bytes() == b"other"
    assert not (tmp_path / "f").is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["f", "other"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_private(tmp_path / "f", b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["f"]
    with pytest.raises(ConfigError, match="cannot be written: file exists"):
        write_private(made(tmp_path / "file") / "f", b"x")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_we_cannot_open_is_told(tmp_path: Path) -> None:
    assert "permission denied" in refused(made(tmp_path / "f", 0o000)).message


@pytest.mark.parametrize("name", ["x" * 5000, "x/" * 3000 + "x", "a\x00b"])
def test_what_can_be_no_path_is_told_in_two_sentences(tmp_path: Path, name: str) -> None:
    assert "cannot be read" in refused(tmp_path / name).message
    with pytest.raises(ConfigError, match=r"(is not|cannot be) written"):
        write_private(tmp_path / name, b"x")
    with (
        pytest.raises(ConfigError, match=r"(is not|cannot be) written"),
        locked(tmp_path / name),
    ):
        pass


def test_nothing_is_written_where_it_would_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(ConfigError, match="is not written, because it lies in") as caught:
        write_private(tmp_path / "open" / "deep" / "f", b"x")
    assert caught.value.hint == f"Type: chmod o-w {tmp_path}/open"
    assert not list((tmp_path / "open").iterdir())


def test_under_a_lock_nobody_changes_what_another_has_read(tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0")

    def add() -> None:
        for _ in range(50):
            with locked(tmp_path / "deep" / ".lock"):
                found = int(count.read_text())
                count.write_text(f"{found + 1}")

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count.read_text() == "400"
    assert (tmp_path / "deep" / ".lock").stat().st_mode & 0o777 == 0o600


def test_a_planted_link_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to("elsewhere")
    with pytest.raises(ConfigError, match="cannot be written"), locked(tmp_path / ".lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()

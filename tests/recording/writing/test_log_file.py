"""A file that is appended to: private, locked, whole lines or none."""

import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from binfut_cli.errors import ConfigError, RecordingError
from binfut_cli.recording.files import opened
from binfut_cli.recording.writing.framing import framing_of
from binfut_cli.recording.writing.log_file import LogFile
from tests.support.program import no_room
from tests.support.recordings import line

LINES = [line(seq) for seq in range(1, 6)]
NAMES = ("day.ndjson", "day.ndjson.gz", "day.ndjson.zst")


@contextmanager
def log(path: Path) -> Iterator[LogFile]:
    file, _ = LogFile.opened(path)
    try:
        yield file
    finally:
        file.close()


def text(path: Path) -> bytes:
    file = opened(str(path))
    try:
        return b"".join(file.blocks())
    finally:
        file.close()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_appended_is_read_again_whatever_the_form(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for some in (LINES[:2], LINES[2:]):
        with log(path) as file:
            file.append(b"".join(some[:1]))
            file.append(b"".join(some[1:]))
            file.sync()
    assert text(path) == b"".join(LINES)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_compressed_file_is_one_for_every_decompressor(tmp_path: Path) -> None:
    with log(tmp_path / "day.ndjson.gz") as file:
        for each in LINES:
            file.append(each)
    assert gzip.decompress((tmp_path / "day.ndjson.gz").read_bytes()) == b"".join(LINES)


def test_a_second_writer_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with log(tmp_path / "day.ndjson") as file:
        with pytest.raises(ConfigError, match="Another watch is writing"):
            LogFile.opened(tmp_path / "day.ndjson")
        file.append(LINES[0])
    with log(tmp_path / "day.ndjson") as file:
        assert file.size == len(LINES[0])


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o666])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "day.ndjson"
    path.write_bytes(LINES[0])
    path.chmod(mode)
    with pytest.raises(ConfigError, match="open to other users") as refused:
        LogFile.opened(path)
    assert "chmod 600" in refused.value.hint
    assert path.read_bytes() == LINES[0]


def test_no_link_is_followed_and_no_pipe_or_folder_taken(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "pipe", "nowhere/day.ndjson", "."):
        with pytest.raises(ConfigError):
            LogFile.opened(tmp_path / name)
    assert (tmp_path / "real").read_bytes() == b""


def test_a_directory_in_which_everybody_may_write_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(ConfigError, match="everybody can write"):
        LogFile.opened(open_to_all / "day.ndjson")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kept", [1, 17, -1])
def test_a_torn_end_is_moved_beside_and_the_file_goes_on(
    tmp_path: Path, name: str, kept: int
) -> None:
    path = tmp_path / name
    with log(path) as file:
        file.append(LINES[0])
        whole = file.size
        file.append(LINES[1])
    before = path.read_bytes()
    torn = before[whole:][:kept]
    os.truncate(path, whole + len(torn))
    file, moved = LogFile.opened(path)
    assert (moved, file.size) == (len(torn), whole)
    file.append(LINES[2])
    file.close()
    assert text(path) == LINES[0] + LINES[2]
    beside = path.with_name(f"{name}.torn")
    assert beside.read_bytes() == torn + b"\n"
    assert beside.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("torn", [LINES[0][:2], LINES[0][:-1], bytes(4096)])
def test_what_a_power_cut_leaves_of_a_first_line_is_moved_out(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "day.ndjson"
    path.write_bytes(torn)
    path.chmod(0o600)
    file, moved = LogFile.opened(path)
    file.close()
    assert (moved, file.size) == (len(torn), 0)


def test_torn_pieces_are_kept_one_behind_the_other(tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    for piece in (b"{one", b"{two"):
        with log(path) as file:
            file.append(LINES[0])
        with path.open("ab") as end:
            end.write(piece)
        LogFile.opened(path)[0].close()
    assert path.read_bytes() == LINES[0] * 2
    assert (tmp_path / "day.ndjson.torn").read_bytes() == b"{one\n{two\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("day.ndjson.gz", LINES[0]),
        ("day.ndjson", gzip.compress(LINES[0], mtime=0)),
        ("day.ndjson.zst", gzip.compress(LINES[0], mtime=0)),
        ("day.ndjson.gz", gzip.compress(LINES[0], mtime=0) + bytes(100)),
        ("day.ndjson.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 100),
        ("settings.json", b'{"colour":1}'),
        ("data", b"\0\1\n\2"),
        ("notes.gz", gzip.compress(b"a,b\n", mtime=0) + gzip.compress(b"c,d\n", mtime=0)[:9]),
    ],
)
def test_what_is_otherwise_than_its_name_says_or_damaged_is_left_as_it_is(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(RecordingError):
        LogFile.opened(path)
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_without_room_nothing_of_it_is_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with log(path) as file:
        file.append(LINES[0])
        with no_room(len(path.read_bytes()) + 10), pytest.raises(OSError, match="File too large"):
            file.append(b"".join(LINES[1:]))
        assert path.stat().st_size == file.size
        file.append(LINES[1])
    assert text(path) == LINES[0] + LINES[1]


def test_a_file_that_was_moved_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    with log(path) as file:
        assert not file.is_moved
        path.rename(tmp_path / "day.ndjson.1")
        assert file.is_moved
        with log(path) as other:
            assert file.is_moved
            assert not other.is_moved


def test_a_slow_disk_is_waited_for_and_gets_all_of_it(tmp_path: Path) -> None:
    """Whoever writes waits, as for a slow reader of standard output: records wait elsewhere."""
    path, (slow, fd) = tmp_path / "day.ndjson", os.pipe()
    file, data = LogFile(path, fd, 0, framing_of(path)), LINES[0] * 20_000
    writing = threading.Thread(target=file.append, args=(data,))
    writing.start()
    came = os.read(slow, 1 << 16)
    assert writing.is_alive()
    assert file.size == 0
    while len(came) < len(data):
        came += os.read(slow, 1 << 16)
    writing.join()
    assert (came, file.size) == (data, len(data))
    file.close()
    os.close(slow)


def test_the_disk_is_waited_for_once_something_was_appended_and_again_if_it_fails(
    tmp_path: Path,
) -> None:
    path, (_, fd) = tmp_path / "day.ndjson", os.pipe()  # a pipe has no disk: waiting for it fails
    file = LogFile(path, fd, 0, framing_of(path))
    file.sync()
    file.append(LINES[0])
    for _ in range(2):
        with pytest.raises(OSError, match="Invalid argument"):
            file.sync()
    file.close()

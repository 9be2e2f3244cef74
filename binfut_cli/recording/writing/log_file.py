"""A file that one watch appends to, and nobody else: what it reports as written is whole.

file, torn = LogFile.opened(path)  # `torn` bytes were moved out of the way
file.append(b'{"v":1,…}\\n')       # all of it, or OSError and none
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from binfut_cli.auth.private_files import open_private
from binfut_cli.errors import ConfigError
from binfut_cli.recording.writing.framing import Framing, framing_of

WHAT = "The recording"
TORN = ".torn"
"""What is put behind a file's name for the pieces of lines that were found at its end."""
BLOCK = 1 << 16

_sync = getattr(os, "fdatasync", os.fsync)


class LogFile:
    """An open file, locked; `size` is how much of it is whole."""

    def __init__(self, path: Path, fd: int, size: int, framing: Framing) -> None:
        self.path, self.size = path, size
        self._fd, self._framing = fd, framing
        self._is_synced = True

    @classmethod
    def opened(cls, path: Path) -> tuple[Self, int]:
        """Open or make a file; also, how many bytes of a torn line were moved to `….torn`.

        Raises ConfigError if it is not private, cannot be opened, or another watch writes to it;
        RecordingError if it is damaged.
        """
        framing, fd = framing_of(path), _locked(path)
        try:
            end = os.fstat(fd).st_size
            size = framing.whole(str(path), end, lambda length, place: os.pread(fd, length, place))
            if size < end:
                _move_out(path, fd, size, end)
            return cls(path, fd, size, framing), end - size
        except BaseException as exc:
            os.close(fd)
            if not isinstance(exc, OSError):
                raise
            raise ConfigError(
                f"{WHAT} {str(path)!r} cannot be mended: {(exc.strerror or str(exc)).lower()}.",
                hint="Look at the disk, or name another file.",
            ) from exc

    @property
    def is_packed(self) -> bool:
        """Whether lines are better appended many at a time."""
        return self._framing.unpacker is not None

    def append(self, lines: bytes) -> None:
        """Append all of them; raise OSError, and leave the file as it was, if that cannot be."""
        self._is_synced, data = False, self._framing.frame(lines)
        try:
            _write(self._fd, data)
        except OSError:
            os.ftruncate(self._fd, self.size)  # takes no room
            raise
        except BaseException:  # a signal's: the rest must not be lost for it
            _write(self._fd, data[os.fstat(self._fd).st_size - self.size :])
            self.size += len(data)
            raise
        self.size += len(data)

    def sync(self) -> None:
        """Wait until the disk has all that was appended; raise OSError if it cannot."""
        if not self._is_synced:
            _sync(self._fd)
            self._is_synced = True

    @property
    def is_moved(self) -> bool:
        """Whether the path leads to another file now, or to none."""
        return not _is_at(self._fd, self.path)

    def is_also(self, fd: int) -> bool:
        """Whether another descriptor leads to the same file."""
        try:
            return os.path.samestat(os.fstat(self._fd), os.fstat(fd))
        except OSError:  # it is closed
            return False

    def close(self) -> None:
        """Close it, and with it give the lock back."""
        os.close(self._fd)


def _locked(path: Path) -> int:
    """Open a file, and lock it: the one that is there once it is locked."""
    while True:
        fd = open_private(path, WHAT)
        try:
            _lock(fd, path)
        except BaseException:
            os.close(fd)
            raise
        if _is_at(fd, path):
            return fd
        os.close(fd)


def _lock(fd: int, path: Path) -> None:
    with suppress(ImportError):  # Windows has none
        import fcntl

        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise ConfigError(
                f"Another watch is writing to {str(path)!r}.",
                hint="Name another file, or end that watch first.",
            ) from exc
        except OSError as exc:  # a network's file system may know none
            raise ConfigError(
                f"{WHAT} {str(path)!r} cannot be locked: {(exc.strerror or str(exc)).lower()}.",
                hint="Name a file on a disk of this computer.",
            ) from exc


def _is_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _move_out(path: Path, fd: int, start: int, end: int) -> None:
    """Move the end of a file to the one beside it: it is cut off only once it is safe there."""
    beside = open_private(path.with_name(path.name + TORN), "The file for torn lines")
    try:
        for place in range(start, end, BLOCK):
            _write(beside, os.pread(fd, min(BLOCK, end - place), place))
        _write(beside, b"\n")
        os.fsync(beside)
    finally:
        os.close(beside)
    os.ftruncate(fd, start)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]

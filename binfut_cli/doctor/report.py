"""A file for a bug report, which nobody else can read before its writer has."""

import os
import stat
from pathlib import Path

from binfut_cli.errors import ConfigError

MODE = 0o600
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hold the program up


class Report:
    """A file opened before the checks, so that a bad place is told at once; close it in any case.

    What it held before stays until it is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = _opened(path)

    def write(self, text: bytes) -> None:
        """Replace what the file holds."""
        view = memoryview(text)
        try:
            os.ftruncate(self._fd, 0)
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as exc:
            raise _refused(self._path, exc.strerror) from exc

    def close(self) -> None:
        """Give the file back."""
        os.close(self._fd)


def _opened(path: Path) -> int:
    """Open a plain file of our own, through no link; make it unreadable to others."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | _NO_LINK | _NO_WAIT, MODE)
    except OSError as exc:
        why = "it is a symbolic link" if os.path.islink(path) else exc.strerror
        raise _refused(path, why) from exc
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise _refused(path, "it is not a plain file with one name")
        os.fchmod(fd, MODE)
    except OSError as exc:
        os.close(fd)
        raise _refused(path, exc.strerror) from exc
    except ConfigError:
        os.close(fd)
        raise
    return fd


def _refused(path: Path, why: str | None) -> ConfigError:
    return ConfigError(
        f"The report cannot be written to {os.fspath(path)!r}: {why}.",
        hint="Name a new file in a directory of yours.",
    )

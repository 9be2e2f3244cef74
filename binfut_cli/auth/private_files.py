"""Files that are nobody else's: read only if nobody else can read them, never written otherwise.

What is checked is the open file itself, so that nothing can be put in its place in between.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from binfut_cli.auth import directories
from binfut_cli.errors import ConfigError

LIMIT = 1024 * 1024  # more than any key, and a configuration of thousands of profiles, needs

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hold the program up


class UnsafeFile(msgspec.Struct, frozen=True):
    """Why a file is not safe to read a secret from, and what to type against it."""

    why: str
    hint: str


def read_private(path: Path, what: str, *, served: bool = False) -> bytes:
    """Read a file that only we may read; raise ConfigError for any other.

    `served` is for a service manager's files: root's are as good as ours, and the group bit is
    allowed, because systemd grants access by an ACL that shows itself there.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _NO_LINK | _NO_WAIT), "rb") as file:
            found = flaw(os.fstat(file.fileno()), path, served=served) or around(path)
            data = b"" if found else file.read(LIMIT + 1)
    except (OSError, ValueError) as exc:
        raise _unreadable(path, what, exc) from exc
    if found:
        raise ConfigError(f"{what} {_shown(path)} {found.why}.", hint=found.hint)
    if len(data) > LIMIT:
        raise ConfigError(
            f"{what} {_shown(path)} is larger than {LIMIT // 1024} KiB.", hint="Check the path."
        )
    return data


def read_private_text(path: Path, what: str, *, served: bool = False) -> str:
    """Read text that only we may read, without the line end that editors put last."""
    try:
        return read_private(path, what, served=served).decode().rstrip("\r\n")
    except UnicodeDecodeError as exc:
        raise ConfigError(
            f"{what} {_shown(path)} is not UTF-8 text.", hint="Write it again as plain text."
        ) from exc


def flaw(found: os.stat_result, path: Path, *, served: bool = False) -> UnsafeFile | None:
    """What makes an open file unfit to hold a secret; None if it is fit."""
    typed = directories.typed(path)
    if stat.S_ISDIR(found.st_mode):
        return UnsafeFile("is a directory", "Give a file.")
    if not stat.S_ISREG(found.st_mode):
        return UnsafeFile("is not a regular file", "Give a file, not a device or a pipe.")
    if hasattr(os, "geteuid") and found.st_uid not in {os.geteuid()} | ({0} if served else set()):
        return UnsafeFile("belongs to another user", f'Type: chown "$(id -un)" {typed}')
    if found.st_mode & (0o027 if served else 0o077):
        mode = stat.S_IMODE(found.st_mode)
        return UnsafeFile(f"is open to other users (mode {mode:04o})", f"Type: chmod 600 {typed}")
    return None


def open_private(path: Path, what: str) -> int:
    """Open a file for reading and appending that only we can read; make it if there is none.

    Raises ConfigError for any other, and if it cannot be opened.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | _NO_LINK | _NO_WAIT
    try:
        handle = os.open(path, flags, 0o600)
    except (OSError, ValueError) as exc:
        raise _unreadable(path, what, exc, "opened") from exc
    if found := flaw(os.fstat(handle), path) or around(path):
        os.close(handle)
        raise ConfigError(f"{what} {_shown(path)} {found.why}.", hint=found.hint)
    return handle


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only we can read, whole or not at all; make its directory if need be."""
    _refuse_around(path)
    try:
        _make(path.parent)
        _replace(path, data)
    except (OSError, ValueError) as exc:
        raise _unwritable(path, exc) from exc


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock, a file that only we can open, while something is read, changed and written.

    The system gives it back when the process ends. Windows has no such lock.
    """
    _refuse_around(path)
    try:
        _make(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
    except (OSError, ValueError) as exc:
        raise _unwritable(path, exc) from exc
    try:
        _lock(handle, path)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as exc:  # a network's file system may know none
            raise _unwritable(path, exc) from exc


def _refuse_around(path: Path) -> None:
    """Raise ConfigError for a place that we would refuse to read from."""
    if found := around(path):
        raise ConfigError(
            f"{_shown(path)} is not written, because it {found.why}.", hint=found.hint
        )


def _unwritable(path: Path, exc: OSError | ValueError) -> ConfigError:
    return ConfigError(
        f"{_shown(path)} cannot be written: {_why(exc)}.",
        hint="Check who owns the directory, and that the disk is not full.",
    )


def _make(directory: Path) -> None:
    """Make a directory and what is missing above it, all closed to others (mkdir -p is not)."""
    if not directory.is_dir():
        _make(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def around(path: Path) -> UnsafeFile | None:
    """A directory in which another may put a file in this one's place; None if there is none."""
    found = directories.flaw_on_the_way(path)
    return UnsafeFile(*found) if found else None


def _unreadable(
    path: Path, what: str, exc: OSError | ValueError, done: str = "read"
) -> ConfigError:
    if _NO_LINK and os.path.islink(path):  # unlike Path's, this never raises
        return ConfigError(
            f"{what} {_shown(path)} is a symbolic link.", hint="Give the file it leads to."
        )
    return ConfigError(
        f"{what} {_shown(path)} cannot be {done}: {_why(exc)}.",
        hint="Check the path, and that the file is yours.",
    )


def _why(exc: OSError | ValueError) -> str:
    return ((exc.strerror if isinstance(exc, OSError) else None) or str(exc)).lower()


def _shown(path: Path) -> str:
    return repr(os.fspath(path))

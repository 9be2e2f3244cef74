"""Where binfut keeps its files, and whether another could put a file in one's place.

Where they are, by https://specifications.freedesktop.org/basedir-spec/latest/: a relative value
counts as not set.
"""

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from binfut_cli.errors import ConfigError

CONFIG_DIR = "BINFUT_CONFIG_DIR"
MOST_LINKS = 40  # on one way; the system gives up there, too


class NoHome(ConfigError):
    """There is no directory to keep files in: for who can do without."""


def config_dir(environ: Mapping[str, str]) -> Path:
    """The directory of `config.toml` and the stored keys."""
    if not (given := environ.get(CONFIG_DIR)):
        return _place(environ, "XDG_CONFIG_HOME", ".config")
    place = expanded(given)
    if not place.is_absolute():  # else the keys used would hang on the working directory
        raise ConfigError(
            f"{CONFIG_DIR} is {given!r}, which is not an absolute path.",
            hint="Write it from / on, or unset it to use the usual place.",
        )
    return Path(os.path.normpath(place))


def cache_dir(environ: Mapping[str, str]) -> Path:
    """The directory of what can be asked again."""
    return _place(environ, "XDG_CACHE_HOME", ".cache")


def state_dir(environ: Mapping[str, str]) -> Path:
    """The directory of what the next run should know."""
    return _place(environ, "XDG_STATE_HOME", ".local/state")


def expanded(text: str) -> Path:
    """A path as it was given, with a home directory for `~`; what cannot be one stays as it is."""
    try:
        return Path(os.path.expanduser(text))
    except ValueError:  # a NUL, which whoever opens it will tell
        return Path(text)


def flaw_on_the_way(path: Path) -> tuple[str, str] | None:
    """Why another could put a file in this one's place, and what to do; None if nobody can.

    As sshd looks at a user's files: every directory on the way, links followed one by one, must be
    ours or root's, and nobody else may write to it; or it is sticky, so that what is in it can be
    replaced by its owner only. Nothing is looked at above the user's own home: who can replace
    that has the user's shell already. Windows has no such modes.
    """
    if not hasattr(os, "geteuid"):
        return None
    way: list[Path] = []
    try:
        for step in _way(path):
            way.append(step)
            flaw = _judged(step, os.lstat(step))
            if flaw is not None and not _is_above_home(step, path):
                return flaw
    except (FileNotFoundError, NotADirectoryError):
        pass  # the rest of the way is not there yet
    except OSError as exc:
        why = f"lies in a directory that cannot be looked at ({(exc.strerror or '').lower()})"
        return why, f"Check who may enter {typed(way[-1] if way else path)}."
    return None


def _way(path: Path) -> Iterator[Path]:
    """Each directory and each link that is passed from the root to a file's directory."""
    whole = path.absolute()
    place, ahead, links = Path(whole.anchor), list(whole.parts[-2:0:-1]), 0
    yield place
    while ahead:
        if (name := ahead.pop()) == "..":
            place = place.parent
            continue
        step = place / name
        yield step
        if links < MOST_LINKS and os.path.islink(step):
            links += 1
            target = Path(os.readlink(step))
            place = Path(target.anchor) if target.anchor else place
            ahead += [part for part in reversed(target.parts) if part != target.anchor]
        else:
            place = step


def _judged(step: Path, found: os.stat_result) -> tuple[str, str] | None:
    if found.st_uid not in (0, os.geteuid()):
        hint = f"Move it to a directory of yours: {typed(step)} belongs to another user."
        return "lies in a directory of another user", hint
    if stat.S_ISLNK(found.st_mode) or found.st_mode & stat.S_ISVTX:
        return None
    if found.st_mode & stat.S_IWOTH:
        return "lies in a directory that everybody can write to", f"Type: chmod o-w {typed(step)}"
    if found.st_mode & stat.S_IWGRP and not _is_of_one(found.st_gid, found.st_uid):
        return "lies in a directory that its group can write to", f"Type: chmod g-w {typed(step)}"
    return None


def typed(path: Path) -> str:
    """A path as it is typed into a shell."""
    import shlex  # which a run without a fault need not load

    return shlex.quote(os.fspath(path))


def _is_of_one(group: int, user: int) -> bool:
    """Whether a group is the user's own, as where a umask of 002 is usual: theirs by its name."""
    import grp
    import pwd

    try:
        name, found = pwd.getpwuid(user).pw_name, grp.getgrgid(group)
    except KeyError:
        return False
    return found.gr_name == name and set(found.gr_mem) <= {name}


def _is_above_home(step: Path, path: Path) -> bool:
    """Whether a directory lies above the user's home, and the file in it."""
    import pwd

    try:
        home = Path(os.path.realpath(pwd.getpwuid(os.geteuid()).pw_dir))
    except KeyError:
        return False
    return step in home.parents and home in Path(os.path.realpath(path)).parents


def _place(environ: Mapping[str, str], variable: str, below_home: str) -> Path:
    given = environ.get(variable, "")
    if os.path.isabs(given):
        return Path(given, "binfut")
    if sys.platform in ("darwin", "win32"):
        return _of_the_platform(variable)
    home = environ.get("HOME") or os.path.expanduser("~")
    if not os.path.isabs(home):
        raise NoHome(
            "There is no home directory to keep files in.",
            hint=f"Set HOME, or {variable}, to an absolute path.",
        )
    return Path(home, below_home, "binfut")


def _of_the_platform(variable: str) -> Path:
    import platformdirs  # 5 ms that Linux need not pay

    places = {
        "XDG_CONFIG_HOME": platformdirs.user_config_path,
        "XDG_CACHE_HOME": platformdirs.user_cache_path,
        "XDG_STATE_HOME": platformdirs.user_state_path,
    }
    return places[variable]("binfut", appauthor=False)

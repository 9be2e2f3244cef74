"""Which profiles are meant: by their names, by patterns, all there are, or those a file names.

A file has one name or pattern a line; what follows a `#` is a comment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from binfut_cli.errors import ConfigError, UsageError, did_you_mean

MOST_BYTES = 1 << 20
WILD = "*?["


@dataclass(frozen=True, slots=True)
class Choice:
    """Names and patterns, the file that has them, or all."""

    names: tuple[str, ...] = ()
    file: Path | None = None
    is_all: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may mean others when it is asked again."""
        return self.is_all or self.file is not None or any(map(is_pattern, self.names))

    def among(self, known: Sequence[str]) -> list[str]:
        """The names that are meant of those there are, each once.

        Raises ConfigError for a file that cannot be read or names what is not there, and for
        patterns that nothing matches; UsageError for a name that is given twice.
        """
        if self.is_all:
            if not known:
                raise ConfigError("There are no profiles.", hint="Make one: binfut profile add.")
            return list(known)
        if self.file is not None:
            return _of_file(self.file, known)
        found: dict[str, None] = {}
        for name in self.names:
            if not is_pattern(name) and self.names.count(name) > 1:
                raise UsageError(
                    f"Profile {name!r} is given twice.", hint="Name each profile once."
                )
            found |= dict.fromkeys(_matching(name, known) if is_pattern(name) else [name])
        return list(found)


def is_pattern(name: str) -> bool:
    """Whether it stands for the names that are like it."""
    return any(sign in name for sign in WILD)


@lru_cache(maxsize=1024)
def is_meant(profile: str | None, names: frozenset[str]) -> bool:
    """Whether an account is named, or like a pattern; of a key without a name, like `*` alone."""
    return profile in names or any(
        is_pattern(each) and fnmatchcase(profile or "", each) for each in names
    )


def _matching(pattern: str, known: Sequence[str], where: str = "") -> list[str]:
    found = [name for name in known if fnmatchcase(name, pattern)]
    if not found:
        raise ConfigError(f"{where}No profile matches {pattern!r}.", hint=_there(known))
    return found


def _there(known: Sequence[str]) -> str:
    return f"There are: {', '.join(known)}." if known else "There are none yet."


def _of_file(file: Path, known: Sequence[str]) -> list[str]:
    found: dict[str, int] = {}
    for number, name in _lines(file):
        where = f"{str(file)!r}, line {number}: "
        if is_pattern(name):
            found |= {each: number for each in _matching(name, known, where) if each not in found}
        elif name not in known:
            raise ConfigError(
                f"{where}there is no profile {name!r}.{did_you_mean(name, known)}",
                hint=_there(known),
            )
        elif name in found:
            raise ConfigError(
                f"{where}profile {name!r} is in line {found[name]} already.",
                hint="Name each profile once.",
            )
        else:
            found[name] = number
    if not found:
        raise ConfigError(
            f"{str(file)!r} names no profile.", hint="Write one name or pattern a line."
        )
    return list(found)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The names and patterns of a file, with their lines."""
    for number, line in enumerate(_text(file).split("\n"), 1):
        if name := line.partition("#")[0].strip():
            yield number, name


def _text(file: Path) -> str:
    data = _read(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _no_text(file, data[: exc.start]) from exc
    for place, sign in enumerate(text):
        if not sign.isprintable() and sign not in "\t\r\n":
            raise _no_text(file, text[:place].encode())
    return text


def _no_text(file: Path, before: bytes) -> ConfigError:
    number = before.count(b"\n") + 1
    return ConfigError(
        f"{str(file)!r}, line {number} is not text.", hint="Write one name or pattern a line."
    )


def _read(file: Path) -> bytes:
    try:
        if file.exists() and not file.is_file():
            raise ConfigError(
                f"{str(file)!r} is not a file.",
                hint="Name a file: it is read again when SIGHUP comes.",
            )
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no path"
        raise ConfigError(
            f"{str(file)!r} cannot be read: {why}.", hint="Look at the path and its permissions."
        ) from exc
    if len(data) > MOST_BYTES:
        raise ConfigError(
            f"{str(file)!r} is larger than 1 MiB.", hint="Write one name or pattern a line."
        )
    return data

"""What may stand after an option, or as an argument."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Values:
    """Words to choose from, one or several with commas between; or a file; or free text."""

    words: tuple[str, ...] = ()
    several: bool = False
    file: bool = False


FREE = Values()
_FILES = frozenset(("path", "file", "filename", "directory"))  # Click's names of these types


def _events() -> Values:
    from binfut_cli.stream.events import NAMES

    return Values(NAMES, several=True)


def _profiles() -> Values:
    from binfut_cli.commands.open_accounts import SANDBOX_PROFILES

    return Values(SANDBOX_PROFILES)


# Texts to the parser, though there is a list to choose from. A name means the same everywhere.
BY_NAME: Mapping[str, Callable[[], Values]] = {"--events": _events, "--profile": _profiles}


def values(parameter: Any) -> Values:
    """What a Click parameter takes."""
    for name in parameter.opts:
        if name in BY_NAME:
            return BY_NAME[name]()
    if choices := getattr(parameter.type, "choices", None):
        return Values(tuple(str(choice) for choice in choices))
    return Values(file=parameter.type.name in _FILES)

"""What may stand after an option, or as an argument."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Values:
    """Words to choose from, one or several with commas between; or a file; or free text.

    `profiles` are the user's own, which the shell reads from the configuration as Tab is pressed.
    """

    words: tuple[str, ...] = ()
    several: bool = False
    file: bool = False
    profiles: bool = False


FREE = Values()
_FILES = frozenset(("path", "file", "filename", "directory"))  # Click's names of these types


def _events() -> Values:
    from binfut_cli.render.watch.shown import KINDS
    from binfut_cli.stream.events import NAMES

    return Values((*KINDS, *NAMES), several=True)


def _profiles() -> Values:
    from binfut_cli.commands.open_accounts import SANDBOX_PROFILES

    return Values(SANDBOX_PROFILES, profiles=True)


def _income_types() -> Values:
    from binfut_cli.resources.income import INCOME_TYPES

    return Values(tuple(dict.fromkeys(kind for each in INCOME_TYPES.values() for kind in each)))


def _records() -> Values:
    from binfut_cli.render.json_schema import RECORDS

    return Values(tuple(RECORDS))


def _fields(command: Any) -> Values:
    """The fields of the rows that a command is about; none for a command that is about no rows."""
    from binfut_cli.resources.result.resource import declared, fields

    about = declared(*getattr(command.callback, "about", ()))
    return Values(tuple(dict.fromkeys(name for each in about for name in fields(each))), True)


# Texts to the parser, though there is a list to choose from. A name means the same everywhere.
BY_NAME: Mapping[str, Callable[[], Values]] = {
    "--events": _events,
    "--profile": _profiles,
    "--type": _income_types,
    "record": _records,
}


def values(parameter: Any, command: Any) -> Values:
    """What a Click parameter of a command takes."""
    for name in parameter.opts:
        if name in BY_NAME:
            return BY_NAME[name]()
    if "--fields" in parameter.opts:
        return _fields(command)
    if "name" in parameter.opts and command.name != "add":  # of a profile that there is
        return Values(profiles=True)
    if choices := getattr(parameter.type, "choices", None):
        return Values(tuple(str(choice) for choice in choices))
    return Values(file=parameter.type.name in _FILES)

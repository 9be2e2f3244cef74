"""What the command line says of alerts, read and looked at before the watch begins."""

import shlex
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from binfut_cli.commands.options.option_types import duration
from binfut_cli.commands.process.context import Context
from binfut_cli.errors import ConfigError, UsageError
from binfut_cli.resources.conditions.doubts import mistakes
from binfut_cli.resources.conditions.expression import Condition
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.status import KINDS

NOTIFIER = "notify-send"


@dataclass(frozen=True, slots=True)
class Said:
    """The options as they were given."""

    alerts: Sequence[str] = ()
    until: str | None = None
    again: str | None = None
    command: str | None = None
    notify: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The conditions, which of them end the watch, and the programs that are told.

    With `again_ms`, what still holds so long after it was told is told again. `command` is run with
    each alert on its standard input; `notifier` is the path of notify-send.
    """

    conditions: tuple[Condition, ...]
    until: frozenset[str] = frozenset()
    again_ms: int | None = None
    command: tuple[str, ...] | None = None
    notifier: str | None = None


def wanted(said: Said, context: Context) -> Wanted | None:
    """What is to be watched for; None if nothing is.

    Raises UsageError for what cannot be read, ConfigError for a program that is not there.
    """
    conditions = tuple(_conditions(said))
    if not conditions:
        _need_alerts(said)
        return None
    for option, each in conditions:
        for mistake in mistakes(each):
            context.say(f"binfut: {option} {each.text!r}: {mistake}")
    again_s = duration(said.again)
    return Wanted(
        tuple({each.text: each for _, each in conditions}.values()),
        frozenset([said.until] if said.until is not None else ()),
        None if again_s is None else round(again_s * 1000),
        None if said.command is None else _command(said.command),
        _notifier() if said.notify else None,
    )


def _conditions(said: Said) -> Iterator[tuple[str, Condition]]:
    texts: Iterable[tuple[str, str]] = (("--alert", text) for text in said.alerts)
    until = () if said.until is None else (("--until", said.until),)
    for option, text in (*texts, *until):
        yield option, condition(text, KINDS, option)


def _need_alerts(said: Said) -> None:
    """Raise UsageError for an option that has nothing to do."""
    given = {
        "--alert-again": said.again is not None,
        "--exec": said.command is not None,
        "--notify": said.notify,
    }
    for option in (option for option, is_given in given.items() if is_given):
        raise UsageError(
            f"{option} is of --alert.",
            hint="Add --alert 'liquidationDistance<5%', or leave it out.",
        )


def _command(text: str) -> tuple[str, ...]:
    """A command line in words, as a shell would part it; no shell reads it."""
    try:
        words = shlex.split(text)
    except ValueError as exc:
        raise UsageError(
            f"--exec cannot be read: {exc}.", hint="Close the quotation; no shell reads it."
        ) from exc
    if not words:
        raise UsageError("--exec names no program.", hint="Write one, as in --exec ./alert.sh.")
    path = shutil.which(words[0])
    if path is None:
        raise ConfigError(
            f"--exec: there is no program {words[0]!r}.",
            hint="Give a path to a file that may be executed, or a name that is in PATH.",
        )
    return (path, *words[1:])


def _notifier() -> str:
    path = shutil.which(NOTIFIER)
    if path is None:
        raise ConfigError(
            f"There is no {NOTIFIER} here to show notifications with.",
            hint="Install libnotify's, or have --exec run what this desktop has.",
        )
    return path

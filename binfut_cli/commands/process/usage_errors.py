"""What typer says of a command line it cannot read, in two sentences as every failure.

It quotes what was typed; that may be a secret in the wrong place, and its owner has it before them.
So neither a stray word nor a value is repeated, only the names of options, and known names that are
most like it.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

import typer

from binfut_cli.errors import UsageError, did_you_mean

COMPLAINT: Any = typer.BadParameter.__base__
"""Everything typer raises for a command line; only this child of it has a public name."""

STDIN_AT = "-@"
"""How a moment of standard input begins."""
STAYING_LIVE = "binfut balances and positions take -w; binfut watch --live shows a whole account."

_OPTION = r"'[^']*'(?: / '[^']*')*(?: \(env var: '[^']*'\))?"
_QUOTED = (
    (rf"^(Invalid value for {_OPTION}): .* is not ", r"\1: it is not "),
    ("is not a valid int(eger)?( range)?", "is not a whole number"),
    ("is not a valid float( range)?", "is not a number"),
    (r"(unexpected extra argument).*", r"\1."),
    (r"(No such command) .*", r"\1."),
    (r"(No such option): (?!(-[A-Za-z]|--[a-z][a-z-]{0,30})( \(|$)).*", r"\1."),
    (r"(No such option: \S+) \(Possible .*", r"\1."),
)
_WATCHED = ("No such option: -w", "No such option: --watch")


def is_help(complaint: Any) -> bool:
    """Whether nothing is wrong but that nothing was asked: the text is the help."""
    return str(complaint.format_message()).startswith("Usage:")


def worded(complaint: Any) -> UsageError:
    """The same as a failure of ours."""
    said = text = str(complaint.format_message())
    if text.startswith(f"No such option: {STDIN_AT}"):
        return UsageError(
            f"{STDIN_AT}TIME reads like an option.", hint="Write -- before it, behind all options."
        )
    for quoted, instead in _QUOTED:
        text = re.sub(quoted, instead, text, flags=re.DOTALL)
    sentence = " ".join(text.split()).rstrip(".")
    command = complaint.ctx.command_path if complaint.ctx else "binfut"
    hint = STAYING_LIVE if sentence in _WATCHED else f"See {command} --help."
    return UsageError(f"{sentence}.{_meant(said, complaint.ctx)}", hint=hint)


def _meant(said: str, ctx: Any) -> str:
    """Which name was likely meant; "" if it was about none, or is like none."""
    for pattern, known in _NAMES:
        if ctx is not None and (found := re.search(pattern, said, re.DOTALL)):
            return did_you_mean(found[1], known(ctx, found[0]))
    return ""


def _commands(ctx: Any, _: str) -> Iterable[str]:
    found: list[str] = ctx.command.list_commands(ctx)
    return found


def _options(ctx: Any, _: str) -> Iterable[str]:
    return (name for each in ctx.command.get_params(ctx) for name in each.opts)


def _choices(_: Any, said: str) -> Iterable[str]:
    """The values that an option takes, as they stand at the end of what is said of another."""
    return re.findall(r"'([^']*)'", said.rpartition(" is not one of ")[2])


_NAMES: tuple[tuple[str, Callable[[Any, str], Iterable[str]]], ...] = (
    (r"^No such command '(.*?)'", _commands),
    (r"^No such option: (\S+)", _options),
    (rf"^Invalid value for {_OPTION}: '(.*)' is not one of .*", _choices),
)


def wants_json() -> bool:
    """Whether the command line, or else the environment, asks for JSON: it was not read to its end.

    An option's value that looks so counts as well; that costs a person nothing but braces.
    """
    line = " ".join(sys.argv[1:])
    asked = re.findall(r"(?:^| )(?:-o ?|--output[ =])(\w+)", line)
    last = asked[-1] if asked else os.environ.get("BINFUT_OUTPUT", "")
    return "--json" in sys.argv or last in ("json", "ndjson")

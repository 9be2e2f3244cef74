"""What typer says of a command line it cannot read, in two sentences as every failure.

It quotes what was typed; that may be a secret in the wrong place, and its owner has it before them.
So neither a stray word nor a value is repeated, only the names of options.
"""

import re
from typing import Any

import typer

from binfut_cli.errors import UsageError

COMPLAINT: Any = typer.BadParameter.__base__
"""Everything typer raises for a command line; only this child of it has a public name."""

STDIN_AT = "-@"
"""How a moment of standard input begins."""

_OPTION = r"'[^']*'(?: / '[^']*')*(?: \(env var: '[^']*'\))?"
_QUOTED = (
    (rf"^(Invalid value for {_OPTION}): .* is not ", r"\1: it is not "),
    (r"(unexpected extra argument).*", r"\1."),
    (r"(No such command) .*?\.( Did you mean .*)?$", r"\1.\2"),
    (r"(No such option): (?!(-[A-Za-z]|--[a-z][a-z-]{0,30})( \(|$)).*", r"\1."),
)


def is_help(complaint: Any) -> bool:
    """Whether nothing is wrong but that nothing was asked: the text is the help."""
    return str(complaint.format_message()).startswith("Usage:")


def worded(complaint: Any) -> UsageError:
    """The same as a failure of ours."""
    text = str(complaint.format_message())
    if text.startswith(f"No such option: {STDIN_AT}"):
        return UsageError(
            f"{STDIN_AT}TIME reads like an option.", hint="Write -- before it, behind all options."
        )
    for quoted, instead in _QUOTED:
        text = re.sub(quoted, instead, text, flags=re.DOTALL)
    sentence = " ".join(text.split()).rstrip(".")
    command = complaint.ctx.command_path if complaint.ctx else "binfut"
    return UsageError(
        sentence if sentence.endswith("?") else f"{sentence}.", hint=f"See {command} --help."
    )

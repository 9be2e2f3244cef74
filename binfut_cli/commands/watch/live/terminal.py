"""The terminal that a full screen needs: refused in a sentence, and given back as it was."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from binfut_cli.commands.process import pictures
from binfut_cli.errors import UsageError

NARROWEST, LOWEST = 40, 10
LINES = "Leave --live out for lines."
RESET = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h"
)
"""No mouse, focus or paste told, no keys of its own; the first screen, a cursor, wrapped lines."""


def check(for_programs: bool) -> None:
    """Raise UsageError if there is no terminal that a dashboard could be shown on."""
    if for_programs:
        raise UsageError(
            "--live is a screen, and --json and --raw are for programs.",
            hint="Leave out either; --record FILE keeps the JSON beside the screen.",
        )
    are_terminals = all(map(os.isatty, (0, 1, 2)))
    if refused := refusal(are_terminals, os.environ.get("TERM", ""), shutil.get_terminal_size()):
        raise refused


def refusal(are_terminals: bool, term: str, size: tuple[int, int]) -> UsageError | None:
    """Why a dashboard cannot be shown; `size` is in columns and lines."""
    columns, lines = size
    if not are_terminals:
        hint = f"Standard input, output and error must all be one. {LINES}"
        return UsageError("--live needs a terminal.", hint=hint)
    if term in ("", "dumb"):
        return UsageError("--live needs a terminal that can move its cursor.", hint=LINES)
    if columns < NARROWEST or lines < LOWEST:
        return UsageError(
            f"--live needs {NARROWEST} columns and {LOWEST} lines, and here are {columns} and "
            f"{lines}.",
            hint=f"Make the terminal larger. {LINES}",
        )
    return None


def exported(name: str | None) -> Path | None:
    """Where a picture of the screen is to go, if anywhere."""
    return None if name is None else pictures.checked(name, for_programs=False)


@contextmanager
def given_back() -> Iterator[None]:
    """Whatever happens inside, the terminal is afterwards as it was before.

    Textual sees to it itself, unless it was interrupted in the middle of that.
    """
    if sys.platform == "win32":
        yield
        return
    import termios

    before = termios.tcgetattr(0)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.write(2, RESET)
        raise
    finally:
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)

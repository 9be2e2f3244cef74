"""The terminal that a full screen needs: refused in a sentence, and given back as it was."""

import os
import select
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
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
LOOK_S, TAKES_S = 0.5, 1.5
"""How often is looked whether the screen is over, and how long nothing may then be taken."""
WAKES = getattr(signal, "SIGURG", signal.SIGINT)  # nothing else listens to it; none on Windows


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
def given_back(is_over: Callable[[], bool]) -> Iterator[None]:
    """Whatever happens inside, the terminal is afterwards as it was before.

    Textual sees to it itself, unless it was interrupted in the middle of that. A terminal that
    takes nothing holds up no end, once the screen `is_over`: that is asked on another thread.
    """
    if sys.platform == "win32":
        yield
        return
    import termios

    before, left = termios.tcgetattr(0), threading.Event()
    heard = signal.signal(WAKES, lambda *_: None)
    threading.Thread(target=_give_up_if_stuck, args=(is_over, left), daemon=True).start()
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.write(2, RESET)
        raise
    finally:
        left.set()
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)
        signal.signal(WAKES, heard)


def _give_up_if_stuck(is_over: Callable[[], bool], left: threading.Event) -> None:
    """Once the screen is over, write no more to a terminal that takes nothing.

    One behind a dead connection does not. Else the end would wait for it, and for locks that
    Textual's writer holds while it waits: no signal but SIGKILL would be heard there.
    """
    while not left.wait(LOOK_S):
        if is_over() and not select.select([], [2], [], TAKES_S)[1]:
            _give_up()
            return


def _give_up() -> None:
    """Write elsewhere; a write that waits is interrupted by a signal, and begins again there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    for thread in threading.enumerate():
        if thread.ident is not None:
            signal.pthread_kill(thread.ident, WAKES)

"""What Python prints of a bug, on any thread, without the secrets that its texts may hold."""

import os
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from binfut_cli.auth.redaction import Redactor
from binfut_cli.commands.process import signals
from binfut_cli.render.output import STDERR

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def redact(redactor: Redactor) -> None:
    """Print every traceback from now on through this redactor."""

    def tell(exc: BaseException | None, before: str = "") -> None:
        import traceback  # only a bug needs it

        text = before + "".join(traceback.format_exception(exc) if exc else ())
        os.write(STDERR, redactor.scrub(text.encode("utf-8", "backslashreplace")))

    def main(_: type[BaseException], exc: BaseException, __: TracebackType | None) -> None:
        tell(exc)

    def thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            name = args.thread.name if args.thread else "a thread"
            tell(args.exc_value, f"Exception in {name}:\n")

    def unraisable(args: "UnraisableHookArgs") -> None:
        if not signals.repeated(args.exc_value):
            tell(args.exc_value, f"{args.err_msg or 'Exception ignored in'}: {args.object!r}\n")

    sys.excepthook, threading.excepthook, sys.unraisablehook = main, thread, unraisable

"""The program's entry: `binfut`, or `python -m binfut_cli`."""

import gc
import os
import sys

from binfut_cli import __version__

INTERRUPTED = 130
YOUNG = 50_000
"""Objects made and not yet freed before the collector looks at them. By default it would look 60
times while modules load, and at every second read of a busy stream, and find nothing."""


def main() -> None:
    """Run the command line and leave with its exit status."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # answered before anything is imported
        print(f"binfut {__version__}")
        return
    gc.set_threshold(YOUNG)
    status = _run()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # None where it was closed before we began
            stream.flush()
    # Everything is written and closed: taking the interpreter apart would cost another 12 ms.
    os._exit(status)


def _run() -> int:
    """Load and run; a signal may come before there is a command that it ends."""
    from binfut_cli.commands.process import loading, signals

    signals.listen()
    try:
        loading.lean()
        from binfut_cli.commands.app import run

        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except signals.Terminated as exc:
        return 128 + exc.number


if __name__ == "__main__":
    main()

"""The program's entry: `binfut`, or `python -m binfut_cli`."""

import os
import sys

from binfut_cli import __version__


def main() -> None:
    """Run the command line and leave with its exit status."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # answered before anything is imported
        print(f"binfut {__version__}")
        return
    from binfut_cli.cli.app import run

    status = run()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # None where it was closed before we began
            stream.flush()
    # Everything is written and closed: taking the interpreter apart would cost another 12 ms.
    os._exit(status)


if __name__ == "__main__":
    main()

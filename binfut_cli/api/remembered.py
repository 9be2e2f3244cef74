"""What one run keeps for the next, as JSON in a file that is ours alone.

It only saves asking: what cannot be read was never said, and what cannot be kept ends with the run.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from binfut_cli.auth.private_files import locked, read_private, write_private
from binfut_cli.codec import Row, Unreadable, dumps, parse
from binfut_cli.errors import ConfigError


def read(file: Path) -> Row:
    """The object in a file; empty if there is none, or none that only we could have written."""
    try:
        kept = parse(read_private(file, "The file"))
    except (ConfigError, Unreadable):
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(file: Path, kept: Row) -> None:
    """Write an object, whole; a home that cannot be written is no reason to stop."""
    with contextlib.suppress(ConfigError):
        write_private(file, dumps(kept) + b"\n")


def change(file: Path, changed: Callable[[Row], Row]) -> None:
    """Keep what is made of what is kept by then: no other program writes in between."""
    with contextlib.suppress(ConfigError), locked(file.with_suffix(".lock")):
        keep(file, changed(read(file)))

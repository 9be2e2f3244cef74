"""`--export FILE.svg`: where a picture goes. It shows an account: only its owner reads it."""

import os
from pathlib import Path

from binfut_cli.auth.private_files import write_private
from binfut_cli.commands.process.context import Context
from binfut_cli.errors import UsageError

BEGINS = b"<svg"


def checked(name: str, *, for_programs: bool) -> Path:
    """The file of a picture; raise UsageError for one that is none, before anything is asked."""
    path = Path(name)
    if for_programs:
        raise UsageError("--export makes a picture of what people read.", hint="Leave -o out.")
    if path.suffix.lower() != ".svg":
        raise UsageError(
            f"--export writes SVG, and {os.fspath(path)!r} does not say so.",
            hint="Name it FILE.svg.",
        )
    try:
        with path.open("rb") as file:
            is_other = file.read(len(BEGINS)) not in (BEGINS, b"")
    except OSError:
        return path  # there is none, or whoever writes it will say why not
    if is_other:
        raise UsageError(
            f"{os.fspath(path)!r} is no picture, and it would be replaced.", hint="Name a new file."
        )
    return path


def write(context: Context, path: Path, picture: bytes) -> None:
    """Write it, private and whole; one that is there already is replaced."""
    write_private(path.absolute(), context.redactor.clean(picture))
    context.say(f"binfut: the picture is in {path}.")

"""Write completion scripts, man/ and docs/errors.md anew, in the project this file stands in.

    python -m tools.manual

Run it whenever a command, an option or an error has changed. It prints each file that is different
now, and removes the pages of commands that are no more.
"""

import sys
from pathlib import Path

import typer

from binfut_cli.commands.app import app
from tools.manual.files import generated
from tools.manual.tree import Command, read

PROJECT = Path(__file__).parents[2]


def program() -> Command:
    """The program's own commands."""
    return read(typer.main.get_command(app), ("binfut",))


def main(project: Path = PROJECT) -> None:
    """Write what differs, remove what is left over."""
    if not (project / "pyproject.toml").is_file():
        sys.exit(f"{project} is not the project: run this from its source.")
    files = generated(program())
    for name, text in files.items():
        _write(project / name, text, name)
    for page in sorted((project / "man").glob("*.1")):
        if f"man/{page.name}" not in files:
            page.unlink()
            print(f"removed man/{page.name}")


def _write(path: Path, text: str, name: str) -> None:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"wrote {name}")


if __name__ == "__main__":
    main()

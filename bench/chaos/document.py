"""Put measured figures into a page of docs, between the marks of their section."""

import fcntl
import platform
import re
from collections.abc import Callable
from pathlib import Path

from binfut_cli import __version__

DOCS = Path(__file__).parent.parent.parent / "docs"


def put(
    section: str, command: str, table: str | Callable[[str], str], page: str = "reliability.md"
) -> None:
    """Replace a section's figures, or make them of it; runs side by side may write to one page."""
    document = DOCS / page
    machine = f"{platform.python_implementation()} {platform.python_version()}"
    head = f"`{command}` with binfut {__version__}, {machine}:"
    begin, end = f"<!-- {section}: generated -->", f"<!-- end of {section} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    with document.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        before = pattern.search(text)
        if before is None:
            raise ValueError(f"{page} has no section {section}")
        figures = table if isinstance(table, str) else table(before[0])
        made = f"{head}\n\n{figures.strip()}\n"
        file.seek(0)
        file.write(pattern.sub(lambda _: f"{begin}\n\n{made}\n{end}", text))
        file.truncate()


def rows(figures: dict[str, object]) -> str:
    """Figures as a table of two columns."""
    lines = [f"| {name} | {value} |" for name, value in figures.items()]
    return "\n".join(["| figure | value |", "|---|---|", *lines])

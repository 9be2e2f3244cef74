"""Put measured figures into docs/reliability.md, between the marks of their section."""

import platform
import re
from pathlib import Path

from binfut_cli import __version__

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "reliability.md"


def put(section: str, command: str, table: str) -> None:
    """Replace a section's figures."""
    machine = f"{platform.python_implementation()} {platform.python_version()}"
    made = f"`{command}` with binfut {__version__}, {machine}:\n\n{table.strip()}\n"
    text = DOCUMENT.read_text(encoding="utf-8")
    begin, end = f"<!-- {section}: generated -->", f"<!-- end of {section} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{DOCUMENT.name} has no section {section}")
    DOCUMENT.write_text(pattern.sub(lambda _: f"{begin}\n\n{made}\n{end}", text), encoding="utf-8")


def rows(figures: dict[str, object]) -> str:
    """Figures as a table of two columns."""
    lines = [f"| {name} | {value} |" for name, value in figures.items()]
    return "\n".join(["| figure | value |", "|---|---|", *lines])

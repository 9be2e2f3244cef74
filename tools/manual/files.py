"""Every generated file: where it stands in the project, and its text."""

from collections.abc import Callable, Mapping

from tools.manual import bash, errors_page, fish, pages, zsh
from tools.manual.tree import Command

SCRIPTS: Mapping[str, Callable[[Command], str]] = {
    "bash": bash.script,
    "zsh": zsh.script,
    "fish": fish.script,
}
"""What writes the completion script of a shell."""


def generated(root: Command) -> dict[str, str]:
    """The text of every file, by its path in the project."""
    program = root.name
    scripts = {
        f"completions/{program}.bash": SCRIPTS["bash"](root),
        f"completions/_{program}": SCRIPTS["zsh"](root),
        f"completions/{program}.fish": SCRIPTS["fish"](root),
    }
    manual = {f"man/{pages.name(command.path)}.1": pages.page(command) for command in root.walk()}
    return {**scripts, **manual, "docs/errors.md": errors_page.page()}

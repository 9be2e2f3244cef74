"""Every generated file: where it stands in the project, and its text."""

from collections.abc import Callable, Mapping

from binfut_cli.commands.completion.app import SCRIPTS as FILES
from binfut_cli.commands.completion.app import Shell
from tools.manual import bash, errors_page, fish, pages, zsh
from tools.manual.tree import Command

FOLDER = "binfut_cli/commands/completion"
SCRIPTS: Mapping[str, Callable[[Command], str]] = {
    Shell.BASH: bash.script,
    Shell.ZSH: zsh.script,
    Shell.FISH: fish.script,
}
"""What writes the completion script of a shell."""


def generated(root: Command) -> dict[str, str]:
    """The text of every file, by its path in the project."""
    scripts = {f"{FOLDER}/{FILES[shell]}": SCRIPTS[shell](root) for shell in Shell}
    manual = {f"man/{pages.name(command.path)}.1": pages.page(command) for command in root.walk()}
    return {**scripts, **manual, "docs/errors.md": errors_page.page()}

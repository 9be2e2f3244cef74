"""`binfut completion SHELL`: the completion script."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Shell(StrEnum):
    """The shells there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


SCRIPTS = {Shell.BASH: "binfut.bash", Shell.ZSH: "_binfut", Shell.FISH: "binfut.fish"}
"""The file of each script, beside this one."""


@app.command()
def completion(
    ctx: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="Whose script.")],
) -> None:
    """Print a shell's completion script.

    It is fixed text: pressing Tab starts no process. An installation puts it in its place by
    itself, as share/bash-completion/completions/binfut and the like.

    Examples:

    eval "$(binfut completion bash)"

    binfut completion zsh > "${fpath[1]}/_binfut"

    binfut completion fish > ~/.config/fish/completions/binfut.fish
    """
    script = Path(__file__).with_name(SCRIPTS[shell])
    opt.context(ctx).out.write(script.read_bytes())

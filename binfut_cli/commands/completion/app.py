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

    It is fixed text: pressing Tab starts no process; the names of profiles are read from the
    configuration. What is installed for all users brings it along, as
    share/bash-completion/completions/binfut and the like. After pipx, uv, or in a virtual
    environment, put it where the shell looks, once; in zsh, a folder that ~/.zshrc has in fpath
    before it calls compinit.

    Examples:

    binfut completion bash > ~/.local/share/bash-completion/completions/binfut

    binfut completion zsh > ~/.zfunc/_binfut

    binfut completion fish > ~/.config/fish/completions/binfut.fish

    eval "$(binfut completion bash)"
    """
    script = Path(__file__).with_name(SCRIPTS[shell])
    opt.context(ctx).out.write(script.read_bytes())

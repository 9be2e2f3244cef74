"""`binfut completion SHELL`: the completion script."""

from enum import StrEnum
from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Shell(StrEnum):
    """The shells there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


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
    from tools.manual.files import SCRIPTS
    from tools.manual.tree import read

    root = read(ctx.find_root().command, ("binfut",))
    opt.context(ctx).out.write(SCRIPTS[shell](root).encode())

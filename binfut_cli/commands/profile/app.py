"""`binfut profile …`: keep keys and preferences under names."""

from typing import Annotated, Literal

import typer

from binfut_cli.commands.options import options as opt
from binfut_cli.endpoints import Env
from binfut_cli.errors import UsageError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The profile.")]
Existing = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="The profile; the default one if left out.")
]


@app.callback()
def profile() -> None:
    """Keep keys and preferences under names."""


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of letters and digits.")],
    env: Annotated[Env, typer.Option("--env", "-e", help="Which exchange.")] = Env.PROD,
    market: Annotated[
        opt.Markets | None, typer.Option("--market", "-m", help="The market to ask by default.")
    ] = None,
    output: Annotated[
        opt.Format | None, typer.Option("--output", "-o", help="The format to use by default.")
    ] = None,
    private_key_file: Annotated[
        str | None,
        typer.Option(
            "--private-key-file", metavar="PEM", help="Sign with this key; it stays where it is."
        ),
    ] = None,
    secret_stdin: Annotated[
        bool,
        typer.Option("--secret-stdin", help="Read API key and secret from standard input."),
    ] = False,
    secret_file: Annotated[
        str | None,
        typer.Option("--secret-file", metavar="FILE", help="Read API key and secret from a file."),
    ] = None,
    store: Annotated[
        Literal["file", "keyring"], typer.Option("--store", help="Where to keep the key.")
    ] = "file",
    default: Annotated[bool, typer.Option("--default", help="Use it when none is named.")] = False,
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not try the key.")] = False,
    no_key_check: opt.NoKeyCheckOption = False,
    withdrawal: opt.WithdrawalOption = False,
    quiet: opt.QuietOption = False,
    timeout: opt.TimeoutOption = 10.0,
    rest_url: opt.RestUrlOption = None,
    ws_api_url: opt.WsApiUrlOption = None,
    stream_url: opt.StreamUrlOption = None,
) -> None:
    """Ask for a key, try it with one question, and keep it.

    What is asked for is not shown. From a file or standard input, the API key is the first line and
    the secret the second; a private key in PEM may stand there instead. With --private-key-file the
    second line is its passphrase, if it has one.

    Examples:

    binfut profile add main

    binfut profile add main --private-key-file ~/keys/binfut.pem
    """
    from binfut_cli.commands.profile.add import NewProfile, add_profile

    if env is Env.SANDBOX:
        raise UsageError(
            "The sandbox needs no profile of yours.", hint="Use --env sandbox as it is."
        )
    addresses = opt.overrides(market or opt.Markets.USDM, rest_url, ws_api_url, stream_url)
    wanted = NewProfile(
        name,
        env,
        market.value if market else "",
        output.value if output else "",
        private_key_file or "",
        store,
        default,
        addresses,
    )
    add_profile(opt.context(ctx), wanted, secret_stdin, secret_file, None if no_check else timeout)


@app.command("list")
def list_(ctx: typer.Context, json: opt.JsonOption = False) -> None:
    """List the profiles; a star marks the default one."""
    from binfut_cli.commands.profile import manage

    manage.show_all(opt.context(ctx))


@app.command()
def show(ctx: typer.Context, name: Existing = None, json: opt.JsonOption = False) -> None:
    """Show what a profile says and where each value comes from; never its secrets."""
    from binfut_cli.commands.profile import manage

    manage.show_one(opt.context(ctx), name)


@app.command()
def remove(ctx: typer.Context, name: Name, quiet: opt.QuietOption = False) -> None:
    """Forget a profile and the key stored for it; a private key's own file stays."""
    from binfut_cli.commands.profile import manage

    manage.remove(opt.context(ctx), name)


@app.command()
def default(ctx: typer.Context, name: Name, quiet: opt.QuietOption = False) -> None:
    """Choose the profile that is used when none is named."""
    from binfut_cli.commands.profile import manage

    manage.set_default(opt.context(ctx), name)

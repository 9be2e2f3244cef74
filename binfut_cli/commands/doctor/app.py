"""`binfut doctor`: what is wrong with the set-up, and what to do about it."""

from pathlib import Path
from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt
from binfut_cli.endpoints import Endpoints, Env, overridden

NOWHERE = Endpoints("", "", "")

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def doctor(
    ctx: typer.Context,
    market: opt.MarketOption = opt.Markets.USDM,
    env: opt.EnvOption = Env.PROD,
    profile: opt.ProfileOption = None,
    json: opt.JsonOption = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Also write it for a bug report: no key."),
    ] = None,
    color: opt.ColourOption = "auto",
    palette: opt.PaletteOption = opt.PALETTE,
    quiet: opt.QuietOption = False,
    no_key_check: opt.NoKeyCheckOption = False,
    withdrawing: opt.WithdrawalOption = False,
    timeout: opt.TimeoutOption = 10.0,
    sandbox: opt.SandboxOption = None,
    rest_url: opt.RestUrlOption = None,
    ws_api_url: opt.WsApiUrlOption = None,
    stream_url: opt.StreamUrlOption = None,
) -> None:
    """Look at the set-up from the interpreter to the stream; say what is wrong, and what to do.

    It asks for nothing that other commands do not ask for, and changes nothing. --timeout is for
    each check. The exit status is that of the first failure.

    Examples:

    binfut doctor --env sandbox

    binfut doctor --market all --report binfut-report.txt
    """
    from binfut_cli.commands.doctor.run import visit
    from binfut_cli.commands.open_accounts import Target

    given = opt.overrides(market, rest_url, ws_api_url, stream_url, sandbox)
    for each in market.each():
        overridden(NOWHERE, each, given)  # a malformed address is told before anything is looked at
    target = Target(env, market.each(), profile, given, timeout)
    raise typer.Exit(visit(opt.context(ctx), target, report))

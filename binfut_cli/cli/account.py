"""`binfut account …`: ask once, print the answer."""

import typer

from binfut_cli.cli import options as opt
from binfut_cli.cli.context import Context
from binfut_cli.cli.opening import Opened, Target, opened
from binfut_cli.errors import BinfutError
from binfut_cli.markets import Env

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def account() -> None:
    """Ask the account once."""


@app.command()
def status(
    ctx: typer.Context,
    market: opt.MarketOption = opt.Markets.USDM,
    env: opt.EnvOption = Env.PROD,
    profile: opt.ProfileOption = None,
    output: opt.OutputOption = opt.Format.TABLE,
    json: opt.JsonOption = False,
    whole: opt.AllOption = False,
    color: opt.ColourOption = opt.Colour.AUTO,
    quiet: opt.QuietOption = False,
    timeout: opt.TimeoutOption = 10.0,
    rest_url: opt.RestUrlOption = None,
    ws_api_url: opt.WsApiUrlOption = None,
) -> None:
    """Show totals, assets and positions.

    Examples:

    binfut account status --market all --env sandbox

    binfut account status --json | jq -r .totalWalletBalance
    """
    given = opt.overrides(market, rest_url, ws_api_url)
    with opened(Target(env, market.each(), profile, given, timeout)) as found:
        _show_status(opt.context(ctx), found, whole)


def _show_status(context: Context, found: Opened, whole: bool) -> None:
    """Print every market's answer, then fail if one had none."""
    from binfut_cli.cli.asking import gather
    from binfut_cli.cli.showing import status_writer

    writers = []
    answers = gather(
        found.lanes,
        lambda account: account.status(),
        lambda: writers.append(status_writer(context, found.scope, whole)),
    )
    (write,) = writers
    refusals = [answer for answer in answers if isinstance(answer, BinfutError)]
    write([answer for answer in answers if not isinstance(answer, BinfutError)])
    for refusal in refusals[:-1]:
        context.report(refusal)
    if refusals:
        raise refusals[-1]

"""`binfut account …`: ask once, print the answer."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from binfut_cli.cli import options as opt
from binfut_cli.cli.questioning import asks
from binfut_cli.markets import Market

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Question = Callable[..., Any]
SymbolOption = Annotated[
    str | None, typer.Option("--symbol", metavar="SYMBOL", help="Only this symbol.")
]


@app.callback()
def account() -> None:
    """Ask the account once."""


@app.command()
@asks("totals", "assets", "positions")
def status() -> Question:
    """Show totals, assets and positions.

    Examples:

    binfut account status --market all --env sandbox

    binfut account status --json | jq -r .totalWalletBalance
    """
    from binfut_cli.questions.status import status

    return status


@app.command()
@asks("balances", live="balances")
def balances() -> Question:
    """Show what the futures wallet holds, one row an asset, with its margin ratio.

    Example:

    binfut account balances -o csv --fields asset,balance
    """
    from binfut_cli.questions.balances import balances

    return balances


@app.command()
@asks("positions", live="positions")
def positions() -> Question:
    """Show every position: prices, distance to liquidation, leverage, margin ratio, profit.

    Example:

    binfut account positions --market all --fail-if 'liquidationDistance<0.05'
    """
    from binfut_cli.questions.status import positions

    return positions


@app.command()
@asks("symbols")
def config(
    symbol: Annotated[
        list[str] | None,
        typer.Option("--symbol", metavar="SYMBOL", help="Only this symbol; may be repeated."),
    ] = None,
) -> Question:
    """Show fee tier, permissions, modes, and each symbol's leverage and margin type.

    Example:

    binfut account config --symbol BTCUSDT --symbol ETHUSDT
    """
    from binfut_cli.questions.config import config

    return partial(config, symbols=frozenset(symbol or ()))


@app.command()
@asks("orders")
def orders(symbol: SymbolOption = None) -> Question:
    """Show open orders and open conditional orders, and how far the mark price is from them.

    Example:

    binfut account orders --symbol BTCUSDT -o wide
    """
    from binfut_cli.questions.orders import orders

    return partial(orders, symbol=symbol)


@app.command()
@asks("income")
def income(
    ctx: typer.Context,
    markets: tuple[Market, ...],
    since: Annotated[
        str | None, typer.Option("--since", metavar="7d", help="How far back: 12h, 7d, 4w.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First moment, UTC: 2026-11-01[T12:00]."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last moment, UTC; a day means its end."),
    ] = None,
    income_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only this type, as FUNDING_FEE.")
    ] = None,
    symbol: SymbolOption = None,
    chart: Annotated[bool, typer.Option("--chart", help="Draw a bar for each day.")] = False,
) -> Question:
    """Show funding, realised profit, commission and transfers, and their totals by day and type.

    Examples:

    binfut account income --since 30d --type FUNDING_FEE --chart

    binfut account income --from 2026-11-01 --to 2026-11-07 -o csv > week.csv
    """
    from binfut_cli.cli.incoming import income_question

    context = opt.context(ctx)
    context.chart = chart
    return income_question(context, markets, since, start, end, income_type, symbol)

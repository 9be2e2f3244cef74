"""`binfut account …`: ask once, print the answer."""

from collections.abc import Callable
from functools import cache, partial
from typing import Annotated, Any, Literal

import typer

from binfut_cli.commands.account.declare import asks
from binfut_cli.commands.options import options as opt
from binfut_cli.commands.options.option_types import exchange_name
from binfut_cli.endpoints import Market

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Question = Callable[..., Any]


SymbolOption = Annotated[
    str | None,
    typer.Option("--symbol", metavar="SYMBOL", callback=exchange_name, help="Only this symbol."),
]
SymbolsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--symbol",
        metavar="SYMBOL",
        callback=lambda symbols: [exchange_name(symbol) for symbol in symbols or ()],
        help="Only this symbol; may be repeated.",
    ),
]


Grouping = Literal["type", "symbol", "asset", "day", "month"]
"""What flows of income can be added up by."""


@app.callback()
def account() -> None:
    """Ask the account once."""


@app.command()
@asks("status", "positions")
def status() -> Question:
    """Show totals, assets and positions.

    Examples:

    binfut account status --market all --env sandbox

    binfut account status --json | jq -r .totalWalletBalance
    """
    from binfut_cli.resources.status import status

    return status


@app.command()
@asks("balances", live=True)
def balances() -> Question:
    """Show what the futures wallet holds, one row an asset, with its margin ratio.

    Example:

    binfut account balances -o csv --fields asset,balance
    """
    from binfut_cli.resources.balances import balances

    return balances


@app.command()
@asks("positions", live=True)
def positions() -> Question:
    """Show every position: prices, distance to liquidation, leverage, margin ratio, profit.

    Example:

    binfut account positions --market all --fail-if 'liquidationDistance<5%'
    """
    from binfut_cli.resources.positions import positions

    return positions


@app.command()
@asks("config")
def config(
    ctx: typer.Context,
    symbol: SymbolsOption = None,
) -> Question:
    """Show fee tier, permissions, modes, and each symbol's leverage and margin type.

    Example:

    binfut account config --symbol BTCUSDT --symbol ETHUSDT
    """
    from binfut_cli.commands.key_check import teller
    from binfut_cli.resources.config import config

    return partial(config, symbols=frozenset(symbol or ()), key=teller(opt.context(ctx)))


@app.command()
@asks("orders")
def orders(symbol: SymbolOption = None) -> Question:
    """Show open orders and open conditional orders, and how far the mark price is from them.

    Example:

    binfut account orders --symbol BTCUSDT -o wide
    """
    from binfut_cli.resources.orders import orders

    return partial(orders, symbol=symbol)


@app.command()
@asks("commission")
def commission(ctx: typer.Context, symbol: SymbolsOption = None) -> Question:
    """Show maker, taker and RPI rates, of the symbols that are held or of those given.

    Examples:

    binfut account commission --market all

    binfut account commission --symbol BTCUSDT --fail-if 'takerCommissionRate>0.05%'
    """
    from binfut_cli.resources.commission import commission
    from binfut_cli.resources.history.pace import Pace

    say = cache(opt.context(ctx).say)  # each reason for a wait once
    pace = Pace(resting=lambda why: say(f"binfut: {why}."))
    return partial(commission, symbols=symbol or (), pace=pace)


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
        typer.Option(
            "--from", metavar="DATE", help="First moment: 2026-11-01[T12:00], of --tz or else UTC."
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last moment, likewise; a day means its end."),
    ] = None,
    income_type: Annotated[
        str | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            callback=exchange_name,
            help="Only this type, as FUNDING_FEE.",
        ),
    ] = None,
    symbol: SymbolOption = None,
    by: Annotated[
        Grouping | None,
        typer.Option(
            "--by",
            help="What to add up by; else by day and type. Days are those of --tz, in JSON UTC's.",
        ),
    ] = None,
    chart: Annotated[bool, typer.Option("--chart", help="Draw a bar for each day.")] = False,
    max_weight: Annotated[
        int,
        typer.Option(
            "--max-weight", min=30, metavar="N", help="Most to use of the address's 2400 a minute."
        ),
    ] = 1200,
) -> Question:
    """Show funding, realised profit, commission and transfers, and their totals.

    Examples:

    binfut account income --since 30d --type FUNDING_FEE --chart

    binfut account income --from 2026-11-01 --to 2026-11-07 -o csv > week.csv

    binfut account income --market all --since 4w --by type
    """
    from binfut_cli.commands.account import income_options

    context = opt.context(ctx)
    question = income_options.Question(
        context,
        markets,
        income_options.Options(since, start, end, income_type, symbol, by, max_weight),
    )
    context.chart, context.so_far = chart, question.so_far
    return question.ask

"""`binfut summary`: a recording added up."""

from pathlib import Path
from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt
from binfut_cli.commands.recording.replay import (
    AnyMarketOption,
    AnyProfileOption,
    FilesArgument,
    FromOption,
    ToOption,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def summary(
    ctx: typer.Context,
    files: FilesArgument,
    start: FromOption = None,
    end: ToOption = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with tables and charts."),
    ] = None,
    market: AnyMarketOption = opt.Markets.ALL,
    profile: AnyProfileOption = None,
    output: opt.OutputOption = opt.Format.TABLE,
    json: opt.JsonOption = False,
    fields: opt.FieldsOption = None,
    fail_if: opt.FailIfOption = None,
    color: opt.ColourOption = "auto",
    palette: opt.PaletteOption = opt.PALETTE,
    tz: opt.ZoneOption = "local",
    quiet: opt.QuietOption = False,
) -> None:
    """Add a recording up: what came and went, fills, fees, funding, coverage, near liquidations.

    For each account, by day (UTC), asset and reason; with curves of the balances and of the margin
    ratio.

    Examples:

    binfut summary day.ndjson

    binfut summary *.ndjson.gz --html november.html

    binfut summary day.ndjson --json | jq -r .derived.coverage
    """
    from binfut_cli.commands.options.option_types import span
    from binfut_cli.commands.recording.adding import Question, add_up
    from binfut_cli.commands.recording.playing import Choice
    from binfut_cli.render.watch.shown import ALL

    chosen = Choice(
        market.each(),
        frozenset(profile) if profile else None,
        ALL,
        *span(start, end),
    )
    question = Question(output, fields, tuple(fail_if or ()), html)
    add_up(opt.context(ctx), files, chosen, question)

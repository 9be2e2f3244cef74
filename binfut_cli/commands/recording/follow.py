"""`binfut follow`: what watches write to an engine, as it comes."""

from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt
from binfut_cli.commands.recording.replay import AnyMarketOption, AnyProfileOption
from binfut_cli.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

TAKE_OVER_S = 60.0


@app.command()
def follow(
    ctx: typer.Context,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The engine, as watch --to has it: redis://host.")
    ],
    beginning: Annotated[
        bool, typer.Option("--from-beginning", help="From the first record that is kept.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="From that moment, of --tz (else UTC), or ms."),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group", metavar="NAME", help="Share the records with all who follow as this group."
        ),
    ] = None,
    take_over: Annotated[
        str | None,
        typer.Option(
            "--take-over",
            metavar="60s",
            help="Of --group: what another has had for so long, else 60s.",
        ),
    ] = None,
    limit: opt.LimitOption = None,
    lasting: opt.DurationOption = None,
    live: opt.ScreenOption = False,
    events: opt.EventsOption = None,
    symbol: opt.SymbolsOption = None,
    detail: opt.DetailOption = False,
    market: AnyMarketOption = opt.Markets.ALL,
    profile: AnyProfileOption = None,
    output: opt.OutputOption = opt.Format.TABLE,
    json: opt.JsonOption = False,
    color: opt.ColourOption = "auto",
    palette: opt.PaletteOption = opt.PALETTE,
    tz: opt.ZoneOption = "local",
    quiet: opt.QuietOption = False,
    timeout: opt.TimeoutOption = 10.0,
) -> None:
    """Show what watches write with --to, from now on, as they would show it.

    What is missing among the records is told, and the exit status is then 8.

    Examples:

    binfut follow redis://localhost

    binfut follow redis://localhost --at 2026-11-20T10:59:03 --json

    binfut follow redis://localhost --group ledger --json
    """
    from binfut_cli.commands.options.option_types import duration, moment
    from binfut_cli.commands.recording.playing import Choice
    from binfut_cli.commands.watch.recording.engines import engine
    from binfut_cli.render.watch.shown import Shown

    context = opt.context(ctx)
    opt.need_lines(ctx, output, "What is followed", "Use json, or leave -o out for lines.")
    if beginning and at is not None:
        raise UsageError("--from-beginning and --at are both given.", hint="Choose one.")
    if live and (beginning or {group, at, limit, lasting} != {None}):
        raise UsageError(
            "--live shows the accounts as they are now.", hint="Leave the other options out."
        )
    idle_s = _take_over_s(group, take_over)
    chosen = Choice(
        market.each(),
        frozenset(profile) if profile else None,
        Shown.of(events, symbol),
        moment(at, "--at") if at is not None else None,
        detail=detail,
    )
    found = engine(context, url, "URL", timeout)
    from binfut_cli.commands.recording.following import Bounds, Sharing, follow

    sharing = Sharing(group, idle_s) if group is not None else None
    bounds = Bounds(beginning, limit, duration(lasting))
    if live:
        from binfut_cli.commands.recording.follow_live import follow_on_screen
        from binfut_cli.commands.watch.live.terminal import check

        check(context.as_json)
        follow_on_screen(context, found, chosen)
    else:
        follow(context, found, chosen, bounds, sharing)


def _take_over_s(group: str | None, text: str | None) -> float:
    """After how long the share of another is taken; raise UsageError where there are no shares."""
    from binfut_cli.commands.options.option_types import duration

    if group == "":
        raise UsageError("The name of --group is empty.", hint="Write one, such as ledger.")
    if group is None and text is not None:
        raise UsageError("--take-over is of --group.", hint="Add --group NAME, or leave it out.")
    return duration(text) or TAKE_OVER_S

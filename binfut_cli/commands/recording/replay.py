"""`binfut replay`: a recording, as the watch showed it; the account at a moment of it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from binfut_cli.commands.options import options as opt
from binfut_cli.commands.process.context import Context
from binfut_cli.errors import UsageError

if TYPE_CHECKING:
    from binfut_cli.commands.recording.playing import Choice

app = typer.Typer(rich_markup_mode=None, add_completion=False)

FilesArgument = Annotated[
    list[str],
    typer.Argument(metavar="FILE", help="What watch --json wrote, .gz and .zst too; - for stdin."),
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="First moment, of --tz (else UTC), or ms."),
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Last moment; a day means its end.")
]
AnyMarketOption = Annotated[
    opt.Markets, typer.Option("--market", "-m", help="Only this market's records.")
]
AnyProfileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME",
        help="Only this account's, or those of a pattern; may be repeated.",
    ),
]


class Shown(StrEnum):
    """What of an account is shown at a moment."""

    STATUS = "status"
    BALANCES = "balances"
    POSITIONS = "positions"


@app.command()
def replay(
    ctx: typer.Context,
    files: FilesArgument,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="The account at that moment, of --tz (else UTC), or ms."
        ),
    ] = None,
    show: Annotated[
        Shown, typer.Option("--show", help="With --at: as which question's answer.")
    ] = Shown.STATUS,
    start: FromOption = None,
    end: ToOption = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed",
            min=0.1,
            max=100_000,
            metavar="N",
            callback=opt.number,
            help="As it happened, so many times faster.",
        ),
    ] = None,
    live: opt.ScreenOption = False,
    export: opt.ExportOption = None,
    step: Annotated[
        bool, typer.Option("--step", help="Wait for Enter at the terminal after each record.")
    ] = False,
    events: opt.EventsOption = None,
    symbol: opt.SymbolsOption = None,
    detail: opt.DetailOption = False,
    market: AnyMarketOption = opt.Markets.ALL,
    profile: AnyProfileOption = None,
    output: opt.OutputOption = opt.Format.TABLE,
    json: opt.JsonOption = False,
    fields: opt.FieldsOption = None,
    whole: opt.AllOption = False,
    fail_if: opt.FailIfOption = None,
    color: opt.ColourOption = "auto",
    palette: opt.PaletteOption = opt.PALETTE,
    tz: opt.ZoneOption = "local",
    quiet: opt.QuietOption = False,
) -> None:
    """Show what a watch recorded: its lines again, or the account at a moment.

    Several files are one recording, in the order in which they are given. What is missing or cannot
    be read is told with its line, and the exit status is then 8.

    Examples:

    binfut watch --env sandbox --duration 5s --json > day.ndjson; binfut replay day.ndjson

    binfut replay day.ndjson --at 2026-11-20T10:59:03 --show positions

    binfut replay day.ndjson --live --speed 60

    binfut replay monday.ndjson.gz tuesday.ndjson --from 2026-11-20T22:00 --json
    """
    from binfut_cli.commands.options.option_types import moment, span
    from binfut_cli.commands.recording.at_moment import Question, show_moment
    from binfut_cli.commands.recording.playing import Choice, Pace, play
    from binfut_cli.render.watch.shown import Shown

    chosen = Choice(
        market.each(),
        frozenset(profile) if profile else None,
        Shown.of(events, symbol),
        *span(start, end),
        detail=detail,
    )
    context = opt.context(ctx)
    if live and (step or at is not None):
        raise UsageError(
            "--live shows time going by; --at and --step do not.", hint="Leave out either."
        )
    if live:
        _live(context, files, chosen, speed, export)
    elif export is not None:
        raise UsageError("--export is a picture of --live.", hint="Add --live, or leave it out.")
    elif at is None:
        opt.need_lines(
            ctx, output, "A replay", "Use json, leave -o out for lines, or give a moment with --at."
        )
        play(context, files, chosen, Pace(speed, step))
    else:
        question = Question(show.value, output, fields, whole, tuple(fail_if or ()))
        show_moment(context, files, moment(at, "--at"), chosen, question)


def _live(
    context: Context, files: list[str], chosen: "Choice", speed: float | None, export: str | None
) -> None:
    """Show it on a screen; a picture of its end needs no terminal."""
    from binfut_cli.commands.recording import on_screen
    from binfut_cli.commands.recording.playing import Pace
    from binfut_cli.commands.watch.live.terminal import check, exported

    picture = exported(export)
    if picture is not None:
        on_screen.draw(context, files, chosen, picture)
    else:
        check(context.as_json)
        on_screen.play_on_screen(context, files, chosen, Pace(speed or 1.0))

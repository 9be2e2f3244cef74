"""`binfut diff`: what is otherwise between two moments."""

from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt

app = typer.Typer(rich_markup_mode=None, add_completion=False)

MOMENT = "FILE@TIME, of --tz (else UTC), or ms; FILE for its end; or now, for the account as it is."


@app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A@TIME", help=MOMENT)],
    after: Annotated[str, typer.Argument(metavar="B@TIME", help="The same.")],
    market: Annotated[
        opt.Markets, typer.Option("--market", "-m", help="Only this market.")
    ] = opt.Markets.ALL,
    profile: Annotated[
        list[str] | None,
        typer.Option("--profile", "-p", metavar="NAME", help="Only this; may be repeated."),
    ] = None,
    output: opt.OutputOption = opt.Format.TABLE,
    json: opt.JsonOption = False,
    fields: opt.FieldsOption = None,
    fail_if: opt.FailIfOption = None,
    color: opt.ColourOption = "auto",
    palette: opt.PaletteOption = opt.PALETTE,
    tz: opt.ZoneOption = "local",
    quiet: opt.QuietOption = False,
    timeout: opt.TimeoutOption = 10.0,
    no_key_check: opt.NoKeyCheckOption = False,
    withdrawal: opt.WithdrawalOption = False,
) -> None:
    """Show what changed between two moments of recordings, or until now.

    In the words of a watch: each changed balance, position and setting, old → new. What moves with
    the mark price is no difference.

    Examples:

    binfut diff day.ndjson@2026-11-20T10:00 day.ndjson@2026-11-20T18:00

    binfut diff friday.ndjson now --fail-if 'field==positionAmt'
    """
    from binfut_cli.commands.recording.comparing import Question, Side, compare
    from binfut_cli.commands.recording.playing import Choice

    chosen = Choice(market.each(), frozenset(profile) if profile else None)
    question = Question(output, fields, tuple(fail_if or ()), timeout)
    compare(opt.context(ctx), Side.of(before), Side.of(after), chosen, question)

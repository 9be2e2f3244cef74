"""`binfut watch`: follow the account live."""

from dataclasses import replace
from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt
from binfut_cli.endpoints import Env
from binfut_cli.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def watch(
    ctx: typer.Context,
    market: opt.MarketOption = opt.Markets.USDM,
    env: opt.EnvOption = Env.PROD,
    profile: opt.ProfilesOption = None,
    profiles: Annotated[
        str | None,
        typer.Option(
            "--profiles",
            metavar="FILE",
            help="The profiles that this file names, one a line; SIGHUP has it read again.",
        ),
    ] = None,
    all_profiles: Annotated[
        bool, typer.Option("--all-profiles", help="All profiles; SIGHUP looks for others.")
    ] = False,
    output: opt.OutputOption = opt.Format.TABLE,
    json: opt.JsonOption = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="The exchange's own bytes, listenKeys replaced.")
    ] = False,
    events: opt.EventsOption = None,
    symbol: opt.SymbolsOption = None,
    detail: opt.DetailOption = False,
    limit: opt.LimitOption = None,
    lasting: opt.DurationOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Leave with 9 if changes were certainly missed.")
    ] = False,
    redundant: Annotated[
        bool, typer.Option("--redundant", help="Keep two streams, so that one may break.")
    ] = False,
    max_weight: Annotated[
        int,
        typer.Option(
            "--max-weight",
            min=100,
            metavar="N",
            help="Most to use of the address's 2400 a minute.",
        ),
    ] = 1200,
    record: Annotated[
        str | None,
        typer.Option("--record", metavar="FILE", help="Append every record to this file, as JSON."),
    ] = None,
    rotate: Annotated[
        str | None,
        typer.Option(
            "--rotate", metavar="100MB|1d", help="Begin another --record file by size or age."
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="FILE", help="Go on from this recording (a --record's)."),
    ] = None,
    to: opt.ToOption = None,
    most: Annotated[
        int | None,
        typer.Option("--maxlen", min=1, metavar="N", help="Of --to: keep about N entries."),
    ] = None,
    least: Annotated[
        str | None,
        typer.Option("--minid", metavar="ID", help="Of --to: keep no entry below this id."),
    ] = None,
    replicas: Annotated[
        int, typer.Option("--replicas", min=0, metavar="N", help="Of --to: wait for N replicas.")
    ] = 0,
    share: Annotated[
        str | None,
        typer.Option(
            "--share", metavar="NAME", help="Of --to: share the accounts with others of this name."
        ),
    ] = None,
    live: opt.ScreenOption = False,
    export: opt.ExportOption = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed",
            min=0.1,
            max=1000,
            metavar="N",
            callback=opt.number,
            help="How fast the sandbox's story plays.",
        ),
    ] = None,
    alert: Annotated[
        list[str] | None,
        typer.Option(
            "--alert",
            metavar="EXPR",
            help="Tell when a row matches, as in 'liquidationDistance<5%'; what --fail-if reads. "
            "May be repeated.",
        ),
    ] = None,
    again: Annotated[
        str | None,
        typer.Option("--alert-again", metavar="15m", help="Tell of what still matches after that."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="EXPR", help="Leave with 10 when a row matches."),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="COMMAND",
            help="Run this with each alert, as JSON, on its standard input; without a shell.",
        ),
    ] = None,
    notify: Annotated[
        bool, typer.Option("--notify", help="Show alerts on the desktop, by notify-send.")
    ] = False,
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics", metavar="HOST:PORT", help="Serve figures to Prometheus at this address."
        ),
    ] = None,
    others_may_read: Annotated[
        bool,
        typer.Option(
            "--i-know-others-can-read-metrics", help="Serve them to other computers as well."
        ),
    ] = False,
    color: opt.ColourOption = "auto",
    palette: opt.PaletteOption = opt.PALETTE,
    tz: opt.ZoneOption = "local",
    quiet: opt.QuietOption = False,
    timeout: opt.TimeoutOption = 10.0,
    no_key_check: opt.NoKeyCheckOption = False,
    withdrawal: opt.WithdrawalOption = False,
    sandbox: opt.SandboxOption = None,
    rest_url: opt.RestUrlOption = None,
    ws_api_url: opt.WsApiUrlOption = None,
    stream_url: opt.StreamUrlOption = None,
) -> None:
    """Follow balances, positions, settings and orders as they change.

    Reconnects for ever; what may have been missed is printed as a gap. With several profiles,
    one that cannot be read stops nobody else.

    Started again with the same --record, it tells what was missed between the two runs.

    Examples:

    binfut watch --env sandbox --market all

    binfut watch --env sandbox --profile hedge --profile multi-assets

    binfut watch --env sandbox --market all --live

    binfut watch --record day.ndjson

    binfut watch --to redis://localhost --maxlen 1000000

    binfut watch --alert 'liquidationDistance<5%' --exec ./alert.sh

    binfut watch --metrics 127.0.0.1:9464

    binfut watch --json | jq -c --unbuffered 'select(.event == "MARGIN_CALL")'
    """
    from binfut_cli.commands.open_accounts import Target
    from binfut_cli.commands.options.option_types import duration, size_or_age
    from binfut_cli.commands.watch.accounts.several_profiles import chosen, opened_each, targets
    from binfut_cli.commands.watch.going_on import recorded
    from binfut_cli.commands.watch.limits import Limits, Options
    from binfut_cli.commands.watch.run import run
    from binfut_cli.render.watch.shown import Shown
    from binfut_cli.stream.coverage.context import StreamOptions

    given = opt.overrides(market, rest_url, ws_api_url, stream_url, sandbox)
    opt.need_lines(ctx, output, "A watch", "Use json, or leave -o out for lines.")
    if speed is not None and env is not Env.SANDBOX:
        raise UsageError("--speed is the sandbox's.", hint="Add --env sandbox, or leave it out.")
    choice = chosen(ctx, profile or (), profiles, all_profiles)
    if raw and (choice.is_open or len(choice.names) > 1):
        raise UsageError(
            "--raw does not tell whose a message is, and several profiles are given.",
            hint="Watch one profile, or use --json.",
        )
    picture = None
    if live:
        from binfut_cli.commands.watch.live.terminal import check, exported

        check(opt.context(ctx).as_json or raw)
        picture = exported(export)
    elif export is not None:
        raise UsageError("--export is a picture of --live.", hint="Add --live, or leave it out.")
    limits = Limits(Shown.of(events, symbol), limit, duration(lasting))
    base = Target(env, market.each(), None, given, timeout, story=True, speed=speed or 1.0)
    wanted_of = targets(ctx, base, choice)
    several = choice.is_open or share is not None
    several = several or sum(len(target.markets) for target in wanted_of.each()) > 1
    alerts = None
    if alert or notify or not (until is again is command is None):
        from binfut_cli.commands.watch.alerting.wanted import Said, wanted

        alerts = wanted(Said(alert or (), until, again, command, notify), opt.context(ctx))
    stream = StreamOptions(raw, redundant, forgiving=several)
    options = Options(limits, stream, strict, detail, alerts, max_weight)
    if metrics is not None or others_may_read:
        from binfut_cli.commands.watch.metrics.wanted import exposition

        server = exposition(opt.context(ctx), metrics, others_may_read=others_may_read)
        options = replace(options, metrics=ctx.with_resource(server))
    if rotate is not None and record is None:
        raise UsageError("--rotate is of --record.", hint="Add --record FILE, or leave it out.")
    if record in ("", "-"):
        raise UsageError("--record is of a file.", hint="For standard output there is --json.")
    if share is not None and (record or resume):
        raise UsageError(
            "A share has no file: what others watch would be missing in it.",
            hint="Leave out --record and --resume, and have `binfut follow --json` write one.",
        )
    where = named = None
    if replicas or {to, most, least, share} != {None}:
        from binfut_cli.commands.watch.recording.engines import destination, share_name

        where = destination(opt.context(ctx), to, most, least, replicas, timeout)
        named = share_name(share)
    bounds = size_or_age(rotate) if rotate is not None else (None, None)
    recording = recorded(opt.context(ctx), record, resume, bounds)
    if where is not None:
        recording = replace(recording, to=where, share=named)
    with opened_each(wanted_of, opt.context(ctx)) as found:
        if live:
            from binfut_cli.commands.watch.live.run import run as run_live

            run_live(opt.context(ctx), found, options, recording, picture)
        else:
            run(opt.context(ctx), found, options, recording)

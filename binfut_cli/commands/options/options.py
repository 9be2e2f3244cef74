"""The options that mean the same in every command, declared once."""

import math
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import typer

from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Env, Market, Overrides, sandbox_base
from binfut_cli.errors import UsageError
from binfut_cli.render.palette import PaletteName


class Markets(StrEnum):
    """The markets a command can be asked for."""

    USDM = "usdm"
    COINM = "coinm"
    ALL = "all"

    def each(self) -> tuple[Market, ...]:
        """The market, or both."""
        return tuple(Market) if self is Markets.ALL else (Market(self.value),)


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


Colour = Literal["auto", "always", "never"]
"""When to colour."""
PALETTE = PaletteName.DEFAULT


def context(ctx: typer.Context) -> Context:
    """The run's surroundings, which the root command made."""
    found = ctx.obj
    assert isinstance(found, Context)
    return found


def _use_json(ctx: typer.Context, chosen: bool) -> bool:
    if chosen:
        context(ctx).as_json = True
    return chosen


def _use_format(ctx: typer.Context, chosen: Format) -> Format:
    if chosen in (Format.JSON, Format.NDJSON):
        context(ctx).as_json = True
    return chosen


def need_lines(ctx: typer.Context, chosen: Format, what: str, hint: str) -> None:
    """Raise UsageError if lines or JSON are to be another format, and somebody wrote so.

    What the environment or a profile merely prefers is left aside, and that is said.
    """
    if chosen not in (Format.WIDE, Format.CSV):
        return
    source, run = ctx.get_parameter_source("output"), context(ctx)
    if source is not None and source.name == "COMMANDLINE":
        raise UsageError(f"{what} is not written as {chosen}.", hint=hint)
    if not run.as_json:
        whose = "BINFUT_OUTPUT" if source and source.name == "ENVIRONMENT" else "the profile"
        run.say(f"binfut: {whose} prefers {chosen}, and {what.lower()} is lines or JSON: lines.")


def _use_colour(ctx: typer.Context, chosen: Colour) -> Colour:
    context(ctx).set_colour(chosen)
    return chosen


def _use_palette(ctx: typer.Context, chosen: PaletteName) -> PaletteName:
    context(ctx).set_palette(chosen)
    return chosen


def _use_zone(_ctx: typer.Context, name: str) -> str:
    if name != "local":
        from binfut_cli.render import zone

        zone.use(name)
    return name


def _use_env(ctx: typer.Context, chosen: Env) -> Env:
    """The sandbox if one is served somewhere; that it is eager, has told so before."""
    if ctx.params.get("sandbox") is None:
        return chosen
    source = ctx.get_parameter_source("env")
    if source is not None and source.name == "COMMANDLINE" and chosen is not Env.SANDBOX:
        raise UsageError(
            f"--sandbox is no address of {chosen}.", hint="Leave --env out, or --sandbox."
        )
    return Env.SANDBOX


def _use_sandbox(url: str | None) -> str | None:
    return None if url is None else sandbox_base(url)


def number(value: float | None) -> float | None:
    """A number of an option with a range: of `nan` no range says that it is beyond."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is not a number.")
    return value


def _use_profile(ctx: typer.Context, name: str | None) -> str | None:
    """Let the profile fill in what neither the command line nor the environment says."""
    from binfut_cli.commands.options.preferences import preferences

    ctx.default_map = {**(ctx.default_map or {}), **preferences(name)}
    return name


def _use_profiles(ctx: typer.Context, names: list[str] | None) -> list[str] | None:
    """Let the profiles fill in what nobody else says, as far as they agree."""
    from binfut_cli.commands.options.preferences import preferences

    said = [set(preferences(name).items()) for name in names or (None,)]
    ctx.default_map = {**(ctx.default_map or {}), **dict(set.intersection(*said))}
    return names


def _skip_key_check(ctx: typer.Context, chosen: bool) -> bool:
    context(ctx).key_check = not chosen
    return chosen


def _know_withdrawal(ctx: typer.Context, chosen: bool) -> bool:
    context(ctx).withdrawal_is_known = chosen
    return chosen


def _be_quiet(ctx: typer.Context, chosen: bool) -> bool:
    context(ctx).quiet = chosen
    return chosen


def _debug(ctx: typer.Context, chosen: bool) -> bool:
    context(ctx).debug = chosen
    return chosen


MarketOption = Annotated[
    Markets,
    typer.Option("--market", "-m", envvar="BINFUT_MARKET", help="Which market, or both."),
]
EnvOption = Annotated[
    Env,
    typer.Option(
        "--env",
        "-e",
        envvar="BINFUT_ENV",
        callback=_use_env,
        help="Which exchange; sandbox is built in, no key.",
    ),
]
SandboxOption = Annotated[
    str | None,
    typer.Option(
        "--sandbox",
        metavar="URL",
        callback=_use_sandbox,
        is_eager=True,
        help="The sandbox that is served there, both markets; with its key.",
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        "-p",
        envvar="BINFUT_PROFILE",
        metavar="NAME",
        callback=_use_profile,
        is_eager=True,
        help="Which account; in the sandbox: one-way, multi-assets, hedge or coinm.",
    ),
]
ProfilesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        envvar="BINFUT_PROFILE",
        metavar="NAME",
        callback=_use_profiles,
        is_eager=True,
        help="Which account, or several, also as 'sub-*'; in the sandbox: one-way, multi-assets, "
        "hedge or coinm.",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", callback=_use_json, is_eager=True, help="The same as -o json."),
]
OutputOption = Annotated[
    Format,
    typer.Option(
        "--output",
        "-o",
        envvar="BINFUT_OUTPUT",
        callback=_use_format,
        is_eager=True,
        help="How to write it.",
    ),
]
LiveOption = Annotated[
    bool, typer.Option("--watch", "-w", help="Keep the table live from the stream.")
]
FieldsOption = Annotated[
    str | None,
    typer.Option("--fields", metavar="A,B", help="Only these fields, in this order."),
]
FailIfOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-if",
        metavar="EXPR",
        help="Exit 10 if a row matches, as in 'marginRatio>80% and roe<0'; also with or, ( ). "
        "May be repeated.",
    ),
]
DebugOption = Annotated[
    bool, typer.Option("--debug", callback=_debug, is_eager=True, help="Tell what is asked.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Show zero rows too.")]
ColourOption = Annotated[
    Colour,
    typer.Option("--color", callback=_use_colour, is_eager=True, help="When to use colour."),
]
PaletteOption = Annotated[
    PaletteName,
    typer.Option(
        "--palette",
        envvar="BINFUT_PALETTE",
        callback=_use_palette,
        is_eager=True,
        help="Which colours; mono has none.",
    ),
]
ZoneOption = Annotated[
    str,
    typer.Option(
        "--tz",
        envvar="BINFUT_TZ",
        metavar="ZONE",
        callback=_use_zone,
        is_eager=True,
        help="Times in this zone, as Europe/Berlin or UTC; the system's is local.",
    ),
]
EventsOption = Annotated[
    str | None,
    typer.Option(
        "--events",
        metavar="A,B",
        help="Show only these: balance, position, order, fill, margin-call, setting, strategy; or "
        "the exchange's names.",
    ),
]
SymbolsOption = Annotated[
    str | None,
    typer.Option("--symbol", metavar="A,B", help="Show only what happens to these symbols."),
]
DetailOption = Annotated[
    bool, typer.Option("--detail", help="A line for each event, with every digit.")
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Stop after N events.")
]
DurationOption = Annotated[
    str | None, typer.Option("--duration", metavar="30s", help="Stop after 30s, 5m, 2h or 1d.")
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", callback=_be_quiet, is_eager=True, help="No talk on stderr."),
]
NoKeyCheckOption = Annotated[
    bool,
    typer.Option(
        "--no-key-check",
        envvar="BINFUT_NO_KEY_CHECK",
        callback=_skip_key_check,
        is_eager=True,
        help="Do not ask what the key may do.",
    ),
]
WithdrawalOption = Annotated[
    bool,
    typer.Option(
        "--i-know-this-key-can-withdraw",
        callback=_know_withdrawal,
        is_eager=True,
        help="Use a key that can withdraw.",
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0.1,
        max=600,
        metavar="SECONDS",
        callback=number,
        help="Longest wait in all.",
    ),
]
RestUrlOption = Annotated[
    str | None, typer.Option("--rest-url", metavar="BASE", help="Another REST address.")
]
WsApiUrlOption = Annotated[
    str | None, typer.Option("--ws-api-url", metavar="URL", help="Another WebSocket-API address.")
]
ExportOption = Annotated[
    str | None,
    typer.Option("--export", metavar="FILE.svg", help="Write a picture of it, as SVG, too."),
]
ScreenOption = Annotated[bool, typer.Option("--live", help="On a full screen, kept up to date.")]
StreamUrlOption = Annotated[
    str | None,
    typer.Option(
        "--stream-url",
        metavar="URL",
        help="Another stream address: a base, or a template with {listenKey} and {events}.",
    ),
]


ToOption = Annotated[
    str | None,
    typer.Option("--to", metavar="URL", help="Write every record to Redis Streams there, too."),
]
EveryOption = Annotated[
    str | None,
    typer.Option(
        "--every",
        metavar="5s",
        help="How often what you look at is read; less than 5 % of the weight is used.",
    ),
]


def overrides(
    markets: Markets,
    rest: str | None,
    ws_api: str | None,
    stream: str | None = None,
    sandbox: str | None = None,
) -> Overrides:
    """The addresses given; a complete one can only serve one market.

    A sandbox's one address is as good as its REST base: the others follow from that.
    """
    if sandbox is not None and rest is not None:
        raise UsageError("--sandbox and --rest-url are both given.", hint="Choose one.")
    whole = [url for url in (ws_api, stream) if url and ("-fapi" in url or "-dapi" in url)]
    if markets is Markets.ALL and whole:
        raise UsageError(
            f"{whole[0].partition('?')[0]!r} serves one market, but both are asked for.",
            hint="Give one --market, or the address without its path; a sandbox that is served "
            "needs --sandbox alone, for both.",
        )
    return Overrides(sandbox or rest, ws_api, stream)


class SharedOptions(msgspec.Struct, frozen=True):
    """The options that every question has."""

    market: MarketOption = Markets.USDM
    env: EnvOption = Env.PROD
    profile: ProfileOption = None
    output: OutputOption = Format.TABLE
    json: JsonOption = False
    fields: FieldsOption = None
    whole: AllOption = False
    fail_if: FailIfOption = None
    export: ExportOption = None
    color: ColourOption = "auto"
    palette: PaletteOption = PALETTE
    tz: ZoneOption = "local"
    quiet: QuietOption = False
    debug: DebugOption = False
    timeout: TimeoutOption = 10.0
    no_key_check: NoKeyCheckOption = False
    withdrawal: WithdrawalOption = False
    sandbox: SandboxOption = None
    rest_url: RestUrlOption = None
    ws_api_url: WsApiUrlOption = None


class LiveOptions(msgspec.Struct, frozen=True):
    """The options of a question whose table can be kept live."""

    live: LiveOption = False
    every: EveryOption = None
    stream_url: StreamUrlOption = None

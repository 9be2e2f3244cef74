"""The root command, loaded lazily, and the one place where a failure becomes an exit status."""

import copy
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandInfo

from binfut_cli import __version__
from binfut_cli.commands.process import tracebacks, usage_errors
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.process.signals import Terminated
from binfut_cli.errors import BinfutError, ExitStatus, UsageError

QUESTIONS = {
    "status": "Totals, assets, positions",
    "balances": "What the wallet holds",
    "positions": "Positions: prices, liquidation, profit",
    "config": "Fee tier, modes, leverage, powers of the key",
    "orders": "Open orders",
    "commission": "Maker and taker rates",
    "income": "Funding, realised profit, commission",
}
"""The commands below `account`, which may be left out before them."""
COMMANDS = {  # name: where it is, what it does. Help and completion load none of them.
    "account": (
        "binfut_cli.commands.account.app",
        "Ask once: status, balances, positions, orders …",
    ),
    **{
        name: ("binfut_cli.commands.account.app", f"{summary} (account {name}).")
        for name, summary in QUESTIONS.items()
    },
    "watch": ("binfut_cli.commands.watch.app", "Follow the account live."),
    "replay": ("binfut_cli.commands.recording.replay", "Show what a watch recorded."),
    "follow": ("binfut_cli.commands.recording.follow", "Show what watches write to Redis."),
    "diff": ("binfut_cli.commands.recording.diff", "Show what changed between two moments."),
    "summary": ("binfut_cli.commands.recording.summary", "Add a recording up; draw its balances."),
    "profile": ("binfut_cli.commands.profile.app", "Keep keys and preferences under names."),
    "doctor": ("binfut_cli.commands.doctor.app", "Look for what is wrong with the set-up."),
    "schema": (
        "binfut_cli.commands.completion.schema",
        "Print the JSON Schema of what is printed.",
    ),
    "sandbox": ("binfut_cli.commands.sandbox.app", "Run the embedded exchange on its own."),
    "completion": ("binfut_cli.commands.completion.app", "Print a shell's completion script."),
}


class Root(TyperGroup):
    """Loads a command when it is run, and reports what it could not do."""

    _rest: list[str] | None = None
    """What follows the command that is being resolved; None where none is to be run."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command; only its name and help until it is to be run."""
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        if self._rest is None:
            return TyperCommand(cmd_name, help=summary, rich_markup_mode=None)
        is_short = cmd_name in QUESTIONS
        rest = [cmd_name] if is_short else self._rest
        command: Any = typer.main.get_command(narrowed(import_module(module).app, rest))
        command = command.commands[cmd_name] if is_short else command
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command to run, and load it."""
        self._rest = args[1:]
        try:
            return super().resolve_command(ctx, args)
        finally:
            self._rest = None

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn every foreseeable end into an exit status."""
        try:
            return super().invoke(ctx)
        except BinfutError as exc:
            _report(ctx.obj, exc)
            raise typer.Exit(exc.exit_status) from exc
        except BrokenPipeError as exc:  # the reader has seen enough: `binfut watch | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitStatus.DONE) from exc
        except KeyboardInterrupt as exc:
            raise typer.Exit(ExitStatus.INTERRUPTED) from exc
        except Terminated as exc:
            raise typer.Exit(128 + exc.number) from exc

    def _main_shell_completion(self, *_: Any) -> None:
        """Nothing: the scripts need no process, and the environment steers none."""


def narrowed(app: typer.Typer, rest: list[str]) -> typer.Typer:
    """Leave the one command that is asked for: to make the options of all costs 10 ms a run."""
    named = [each for each in app.registered_commands if rest and _name(each) == rest[0]]
    if not named or app.registered_callback is None:  # without it, a group of one is no group
        return app
    narrowed = copy.copy(app)
    narrowed.registered_commands = named
    return narrowed


def _name(command: CommandInfo) -> str:
    assert command.callback is not None
    return command.name or typer.main.get_command_name(command.callback.__name__)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"binfut {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Root,
    name="binfut",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", help="Show the version.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Inspect Binance futures accounts. It cannot trade.

    Try it without a key:

    binfut status --env sandbox

    binfut watch --env sandbox --market coinm
    """


def run() -> int:
    """Run the command line; return the exit status."""
    context = Context()
    tracebacks.redact(context.redactor)
    command = typer.main.get_command(app)
    try:
        status = command.main(prog_name="binfut", obj=context, standalone_mode=False)
    except usage_errors.COMPLAINT as exc:
        return _complained(context, exc)
    except SystemExit as exc:
        status = exc.code
    context.say_what_is_hidden()
    return status if isinstance(status, int) else ExitStatus.DONE


def _complained(context: Context, complaint: Any) -> int:
    """Tell what is wrong with a command line, or the help that stands for an empty one."""
    if usage_errors.is_help(complaint):
        context.err.line(_help(complaint))
    else:
        _report(context, usage_errors.worded(complaint))
    return ExitStatus.USAGE


def _help(complaint: Any) -> str:
    """The help; before there is a key, how to begin."""
    from binfut_cli.commands.process import welcome

    is_first = complaint.ctx.parent is None and welcome.is_without_key()
    return welcome.WELCOME if is_first else str(complaint.format_message())


def _report(context: Context, exc: BinfutError) -> None:
    """Tell a failure; one of the command line comes before all of it was read."""
    if isinstance(exc, UsageError) and usage_errors.wants_json():
        context.as_json = True
    context.report(exc)

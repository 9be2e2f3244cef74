"""The commands as frozen values: what completion and manual need to know of them."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperGroup

from tools.manual.values import FREE, Values, values

_METAVARS = {"int": "N", "int range": "N", "float": "NUMBER", "float range": "NUMBER"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option or an argument.

    `names` of an option are its spellings, short ones first; `negations` are those that switch it
    off. An argument has its metavar for a name. A flag has no metavar. `default` is as one would
    type it, and None when leaving the option out is not the same as any value.
    """

    names: tuple[str, ...]
    negations: tuple[str, ...] = ()
    metavar: str | None = None
    help: str = ""
    values: Values = FREE
    default: str | None = None
    envvar: str | None = None
    bounds: tuple[Any, Any] = (None, None)
    required: bool = False
    repeats: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to write the option."""
        return self.names + self.negations


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or a group of them; `path` is what one types, the program's name in front."""

    path: tuple[str, ...]
    summary: str
    help: str
    options: tuple[Parameter, ...]
    arguments: tuple[Parameter, ...]
    commands: tuple["Command", ...]

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path[-1]

    @property
    def spoken(self) -> str:
        """The path as one types it."""
        return " ".join(self.path)

    def walk(self) -> Iterator["Command"]:
        """This command, then all below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


def read(command: Any, path: tuple[str, ...], summary: str = "", parent: Any = None) -> Command:
    """Read a Click command and all below it; hidden ones and hidden options are left out."""
    ctx = typer.Context(
        command, info_name=path[-1], parent=parent, **(command.context_settings or {})
    )
    shown = [p for p in command.get_params(ctx) if not getattr(p, "hidden", False)]
    text = inspect.cleandoc(command.help or "")
    return Command(
        path,
        summary or _first_sentence(text),
        text,
        tuple(_option(p, ctx) for p in shown if p.param_type_name == "option"),
        tuple(_argument(p, ctx) for p in shown if p.param_type_name == "argument"),
        tuple(_below(command, ctx, path)),
    )


def _below(group: Any, ctx: typer.Context, path: tuple[str, ...]) -> Iterator[Command]:
    if not isinstance(group, TyperGroup):
        return
    for name in group.list_commands(ctx):
        listed: Any = group.get_command(ctx, name)
        if listed is None or listed.hidden:
            continue
        _, command, _ = group.resolve_command(ctx, [name])  # what a lazy group runs, not lists
        yield read(command, (*path, name), _first_sentence(listed.help or ""), ctx)


def _first_sentence(text: str) -> str:
    return " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())


def _option(parameter: Any, ctx: typer.Context) -> Parameter:
    flag = parameter.is_flag or parameter.count
    return Parameter(
        names=tuple(sorted(parameter.opts, key=len)),  # Click keeps those of help in a set
        negations=tuple(parameter.secondary_opts),
        metavar=None if flag else _metavar(parameter, ctx.command),
        help=parameter.help or "",
        values=FREE if flag else values(parameter, ctx.command),
        default=None if flag else _default(parameter, ctx),
        envvar=parameter.envvar,
        bounds=(getattr(parameter.type, "min", None), getattr(parameter.type, "max", None)),
        required=parameter.required,
        repeats=parameter.multiple or bool(parameter.count),
    )


def _argument(parameter: Any, ctx: typer.Context) -> Parameter:
    name = parameter.metavar or parameter.name.upper()
    return Parameter(
        names=(name,),
        metavar=name,
        help=getattr(parameter, "help", None) or "",
        values=values(parameter, ctx.command),
        default=_default(parameter, ctx),
        envvar=parameter.envvar,
        required=parameter.required,
        repeats=parameter.nargs == -1,
    )


def _metavar(parameter: Any, command: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    if choices := getattr(parameter.type, "choices", None):
        return "|".join(str(choice) for choice in choices)
    return "FILE" if values(parameter, command).file else _METAVARS.get(parameter.type.name, "TEXT")


def _default(parameter: Any, ctx: typer.Context) -> str | None:
    """The declared default; never the environment's, which is this run's and not the program's."""
    found = parameter.get_default(ctx, call=False)
    if found is None or callable(found) or isinstance(found, list | tuple):
        return None
    return f"{found:g}" if isinstance(found, float) else str(found)

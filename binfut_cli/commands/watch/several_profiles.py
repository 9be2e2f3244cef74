"""Several profiles in one run: what each is asked for, their keys, and one sandbox for all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

import typer

from binfut_cli.commands.open_accounts import (
    OpenedAccounts,
    Target,
    embedded,
    in_sandbox,
    is_embedded,
    opened,
    with_key,
)
from binfut_cli.commands.options.options import Markets
from binfut_cli.commands.options.preferences import preferences
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Env, Scope
from binfut_cli.errors import AuthError, BinfutError, UsageError

_GIVEN = ("COMMANDLINE", "ENVIRONMENT")


def each_profile(ctx: typer.Context, base: Target, names: Sequence[str]) -> list[Target]:
    """A target for every profile: in its own environment and market, unless one was asked for."""
    if len(names) < 2:
        return [replace(base, profile=name) for name in names or (None,)]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise UsageError(f"Profile {name!r} is given twice.", hint="Name each profile once.")
    return [replace(base, profile=name, **_own(ctx, name)) for name in names]


def _own(ctx: typer.Context, name: str) -> dict[str, Any]:
    said, own = preferences(name), dict[str, Any]()
    if "env" in said and not _is_given(ctx, "env"):
        own["env"] = Env(said["env"])
    if "market" in said and not _is_given(ctx, "market"):
        own["markets"] = Markets(said["market"]).each()
    return own


def _is_given(ctx: typer.Context, option: str) -> bool:
    source = ctx.get_parameter_source(option)
    return source is not None and source.name in _GIVEN


@contextmanager
def opened_each(targets: Sequence[Target], run: Context) -> Iterator[OpenedAccounts]:
    """Make the accounts of all targets; a key that must not be used stands in nobody's way.

    A profile that is missing, or whose key cannot be read, does: nothing of it will mend itself.
    """
    if len(targets) == 1:
        with opened(targets[0], run) as found:
            yield found
    elif is_embedded(targets[0]):
        with embedded(targets) as sandbox:
            yield _together([in_sandbox(sandbox, target) for target in targets])
    else:
        yield _with_keys(targets, run)


def _with_keys(targets: Sequence[Target], run: Context) -> OpenedAccounts:
    from binfut_cli.auth import sources

    wanted = [(target.profile or "", target.env) for target in targets]
    keys = sources.find_each(wanted, sources.here(run.redactor, run.say))
    found: list[OpenedAccounts] = []
    refused: list[tuple[Scope, BinfutError]] = []
    for target, key in zip(targets, keys, strict=True):
        try:
            found.append(with_key(target, key, run, _saying(run, target)))
        except AuthError as exc:
            refused.append((Scope(target.env, target.profile), exc))
    return _together(found, refused)


def _saying(run: Context, target: Target) -> Callable[[str], None]:
    """How something is said of one of several keys: with its profile's name."""
    return lambda text: run.say(f"binfut: {target.profile}: {text.removeprefix('binfut: ')}")


def _together(
    found: Sequence[OpenedAccounts], refused: Sequence[tuple[Scope, BinfutError]] = ()
) -> OpenedAccounts:
    scopes = [*(each.scope for each in found), *(scope for scope, _ in refused)]
    lanes = tuple(chain.from_iterable(each.lanes for each in found))
    return OpenedAccounts(lanes, scopes[0]._replace(profile=None), tuple(refused))

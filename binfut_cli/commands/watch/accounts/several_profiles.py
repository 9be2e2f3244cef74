"""Several profiles in one run: what each is asked for, their keys, and one sandbox for all."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from msgspec.structs import replace

from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.commands.open_accounts import (
    SANDBOX_PROFILES,
    OpenedAccounts,
    Target,
    embedded,
    in_sandbox,
    is_embedded,
    opened,
    with_key,
)
from binfut_cli.commands.options.chosen_profiles import Choice
from binfut_cli.commands.options.options import Markets
from binfut_cli.commands.options.preferences import preferences
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Env, Scope
from binfut_cli.errors import AuthError, BinfutError, UsageError

if TYPE_CHECKING:  # a watch of one account, or of the sandbox, need not load them
    from binfut_cli.auth.credentials import Variable
    from binfut_cli.auth.sources import FoundKey

_GIVEN = ("COMMANDLINE", "ENVIRONMENT")


@dataclass(frozen=True, slots=True)
class Targets:
    """What is asked for of each profile that is chosen: now, and whenever it is asked again."""

    base: Target
    choice: Choice
    own: Callable[[str], Mapping[str, Any]]
    """What a profile says of itself that nobody else does."""
    known: Callable[[], Sequence[str]]

    def each(self) -> list[Target]:
        """A target for every profile: in its own environment and market, unless one was asked for.

        Raises as `Choice.among` does, and ConfigError for profiles that cannot be read.
        """
        names = self.choice.among(self.known() if self.choice.is_open else ())
        if not names:
            return [self.base]
        if len(names) == 1 and not self.choice.is_open:
            return [replace(self.base, profile=names[0])]
        return [replace(self.base, profile=name, **self.own(name)) for name in names]


def chosen(ctx: typer.Context, names: Sequence[str], file: str | None, is_all: bool) -> Choice:
    """The profiles that options choose; raise UsageError if they do so in two ways.

    What the environment names gives way to an option.
    """
    source = ctx.get_parameter_source("profile")
    is_named = bool(names) and source is not None and source.name == "COMMANDLINE"
    if is_named + (file is not None) + is_all > 1:
        raise UsageError(
            "Profiles are chosen in two ways.",
            hint="Use either --profile, or --profiles FILE, or --all-profiles.",
        )
    if file is not None or is_all:
        return Choice(file=None if file is None else Path(file), is_all=is_all)
    return Choice(tuple(names))


def targets(ctx: typer.Context, base: Target, choice: Choice) -> Targets:
    """What is asked for of each profile that is chosen."""
    return Targets(base, choice, lambda name: _own(ctx, name, choice), lambda: _known(ctx, base))


def _own(ctx: typer.Context, name: str, choice: Choice) -> dict[str, Any]:
    said, own = preferences(name), dict[str, Any]()
    if "env" in said and not _is_given(ctx, "env"):
        own["env"] = Env(said["env"])
    if not _is_given(ctx, "market"):
        if "market" in said:
            own["markets"] = Markets(said["market"]).each()
        elif choice.is_open:  # of which the default profile need not be one
            own["markets"] = Markets.USDM.each()
    return own


def _known(ctx: typer.Context, base: Target) -> list[str]:
    """The profiles there are; of an environment that was asked for, if one was."""
    if is_embedded(base):
        return list(SANDBOX_PROFILES)
    from binfut_cli.auth import sources

    env = str(base.env) if _is_given(ctx, "env") else None
    named = sources.stored(sources.here(ctx.obj.redactor)).named
    return [name for name, profile in named.items() if env in (None, profile.env)]


def _is_given(ctx: typer.Context, option: str) -> bool:
    source = ctx.get_parameter_source(option)
    return source is not None and source.name in _GIVEN


@contextmanager
def opened_each(wanted: Targets, run: Context) -> Iterator[OpenedAccounts]:
    """Make the accounts of all targets; a key that must not be used stands in nobody's way.

    A profile that is missing, or whose key cannot be read, does: nothing of it will mend itself.
    Those that may become others can be opened `again`.
    """
    each, is_open = wanted.each(), wanted.choice.is_open
    if len(each) == 1 and not is_open:
        with opened(each[0], run) as found:
            yield found
    elif is_embedded(each[0]):
        everybody = [replace(each[0], profile=name) for name in SANDBOX_PROFILES]
        with embedded(everybody if is_open else each) as sandbox:
            yield Opener(wanted, _InSandbox(lambda one: in_sandbox(sandbox, one))).opened()
    else:
        yield Opener(wanted, _WithKeys(run)).opened()


@dataclass(slots=True)
class Opener:
    """Opens the accounts of targets; of those that are opened already it gives the same again."""

    wanted: Targets
    keys: "_InSandbox | _WithKeys"
    asked: threading.Event = field(default_factory=Bell)
    """Set it to have them opened again."""
    _before: dict[Target, tuple[object, OpenedAccounts]] = field(default_factory=dict)

    def opened(self) -> OpenedAccounts:
        """All that are to be watched now, and those whose keys must not be used."""
        each = self.wanted.each()
        found, refused = dict[Target, tuple[object, OpenedAccounts]](), []
        for target, (mark, open_) in zip(each, self.keys.of(each), strict=True):
            before = self._before.get(target)
            try:
                found[target] = before if before and before[0] == mark else (mark, open_())
            except AuthError as exc:
                refused.append((Scope(target.env, target.profile), exc))
        self._before = found
        together = _together([accounts for _, accounts in found.values()], refused)
        return replace(together, again=self if self.wanted.choice.is_open else None)


Opening = tuple[object, Callable[[], OpenedAccounts]]
"""What two openings have alike that come to the same, and how the accounts are opened."""


@dataclass(frozen=True, slots=True)
class _InSandbox:
    """The accounts of the sandbox, which has their keys."""

    open_: Callable[[Target], OpenedAccounts]

    def of(self, each: Sequence[Target]) -> list[Opening]:
        """How each is opened."""
        return [("", lambda target=target: self.open_(target)) for target in each]  # type: ignore[misc]


class _WithKeys:
    """The accounts of profiles; what the environment has for their keys is read once."""

    def __init__(self, run: Context) -> None:
        self._run = run
        self._given: dict[str, Variable] | None = None

    def of(self, each: Sequence[Target]) -> list[Opening]:
        """How each is opened; raise ConfigError for a key that cannot be read."""
        from binfut_cli.auth import sources

        wanted = [(target.profile or "", target.env) for target in each]
        place = sources.here(self._run.redactor, self._run.say)
        if self._given is None:
            self._given = sources.given(place)
        keys = sources.find_each(wanted, place, self._given)
        return [self._opening(*both) for both in zip(each, keys, strict=True)]

    def _opening(self, target: Target, key: "FoundKey") -> Opening:
        mark = key.credentials.fingerprint, key.profile
        return mark, lambda: with_key(target, key, self._run, _saying(self._run, target))


def _saying(run: Context, target: Target) -> Callable[[str], None]:
    """How something is said of one of several keys: with its profile's name."""
    return lambda text: run.say(f"binfut: {target.profile}: {text.removeprefix('binfut: ')}")


def _together(
    found: Sequence[OpenedAccounts], refused: Sequence[tuple[Scope, BinfutError]]
) -> OpenedAccounts:
    scopes = [*(each.scope for each in found), *(scope for scope, _ in refused)]
    lanes = list(chain.from_iterable(each.lanes for each in found))
    return OpenedAccounts(lanes, scopes[0]._replace(profile=None), tuple(refused))

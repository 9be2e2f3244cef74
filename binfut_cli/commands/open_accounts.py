"""From options to accounts that can be asked: addresses, credentials, the embedded sandbox."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from binfut_cli.api.client import AccountClient
from binfut_cli.auth import credentials
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import (
    MARKET_APIS,
    Endpoints,
    Env,
    Market,
    Overrides,
    Scope,
    endpoints,
    overridden,
)
from binfut_cli.errors import BinfutError, ConfigError, did_you_mean

if TYPE_CHECKING:
    from binfut_cli.auth.environment import Say
    from binfut_cli.auth.sources import FoundKey
    from binfut_cli.sandbox import Sandbox

Reached = tuple[AccountClient, Endpoints]

SANDBOX_PROFILES = ("one-way", "multi-assets", "hedge", "coinm")


class Target(msgspec.Struct, frozen=True):
    """Which accounts are asked for, and how they are reached."""

    env: Env
    markets: tuple[Market, ...]
    profile: str | None = None
    overrides: Overrides = Overrides()
    timeout_s: float = 10.0
    story: bool = False  # whether an embedded sandbox moves by itself
    speed: float = 1.0


class OpenedAccounts(msgspec.Struct, frozen=True):
    """One lane for each market asked for, and what every record says of them.

    `refused` are the accounts whose keys must not be used, or are not taken. Which accounts these
    are may be asked `again`, if that can change: then `lanes` change too, so that nobody who has
    these keeps the keys of one that is gone.
    """

    lanes: list[Reached]
    scope: Scope
    refused: tuple[tuple[Scope, BinfutError], ...] = ()
    again: "Again | None" = None


class Again(Protocol):
    """Opens accounts again; an account that is the same is the same object then."""

    asked: threading.Event
    """Set when that is to be done."""

    def opened(self) -> OpenedAccounts:
        """Those that there are now; raise ConfigError if that cannot be told."""


@contextmanager
def opened(target: Target, run: Context) -> Iterator[OpenedAccounts]:
    """Make the accounts; nothing is asked before the account is, but what its key may do."""
    if is_embedded(target):
        with embedded([target]) as sandbox:
            yield in_sandbox(sandbox, target)
        return
    from binfut_cli.auth import sources

    key = sources.find(target.profile, target.env, sources.here(run.redactor, run.say))
    yield with_key(target, key, run)


def with_key(
    target: Target, key: "FoundKey", run: Context, say: "Say | None" = None
) -> OpenedAccounts:
    """The accounts that a key opens; raise AuthError if it can do what no reader needs."""
    if key.profile is not None:
        target = replace(target, overrides=target.overrides.over(key.profile.overrides))
    places = {market: _place(target, market) for market in target.markets}
    if run.key_check and target.env is Env.PROD:
        _check_powers(target, key, run, say or run.say)
    return _opened(places, key.credentials, Scope(target.env, key.name), target.timeout_s)


def _check_powers(target: Target, key: "FoundKey", run: Context, say: "Say") -> None:
    """Look at what the key may do besides reading; only the real exchange tells that."""
    from binfut_cli.commands import key_check

    base = key_check.address(target.env, target.overrides)
    if base is not None:
        how = key_check.KeyCheck(say, run.withdrawal_is_known, target.timeout_s)
        place = key_check.at(_place(target, Market.USDM), base)
        run.powers = key_check.check(key.credentials, place, how)


def _opened(
    places: dict[Market, Endpoints],
    found: credentials.Credentials,
    scope: Scope,
    timeout_s: float,
) -> OpenedAccounts:
    lanes = [
        (AccountClient(market, place, found, timeout_s=timeout_s, scope=scope), place)
        for market, place in places.items()
    ]
    return OpenedAccounts(lanes, scope)


def _place(target: Target, market: Market) -> Endpoints:
    if target.env is Env.SANDBOX:
        return overridden(_served(target.overrides, market), market, target.overrides)
    return overridden(endpoints(target.env, market), market, target.overrides)


def _served(given: Overrides, market: Market) -> Endpoints:
    """A sandbox served elsewhere: it has one address for everything, so one given is enough."""
    parts = urlsplit(given.rest or given.ws_api or given.stream or "")
    secure = "s" if parts.scheme in ("https", "wss") else ""
    base = f"ws{secure}://{parts.netloc}"
    market_api = MARKET_APIS[market]
    return Endpoints(
        f"http{secure}://{parts.netloc}",
        base + market_api.ws_api_path,
        base + market_api.stream_path,
    )


def is_embedded(target: Target) -> bool:
    """Whether it is the sandbox of this very process."""
    return target.env is Env.SANDBOX and target.overrides == Overrides()


@contextmanager
def embedded(targets: Sequence[Target]) -> Iterator["Sandbox"]:
    """A sandbox in which each of the targets' accounts lives its story, if that is wanted."""
    from binfut_cli.sandbox import Sandbox

    names = [target.profile or SANDBOX_PROFILES[0] for target in targets]
    for name in names:
        if name not in SANDBOX_PROFILES:
            raise ConfigError(
                f"The sandbox has no account {name!r}.{did_you_mean(name, SANDBOX_PROFILES)}",
                hint=f"Choose one of {', '.join(SANDBOX_PROFILES)}.",
            )
    moving = {"story": names, "speed": targets[0].speed} if targets[0].story else {}
    with Sandbox.start(account=names[0], **moving) as sandbox:
        yield sandbox


def in_sandbox(sandbox: "Sandbox", target: Target) -> OpenedAccounts:
    """A target's accounts in a sandbox; the first one's if it names none."""
    chosen = next(each for each in sandbox.accounts if target.profile in (each.name, None))
    places = {
        market: overridden(
            Endpoints(sandbox.rest[market], sandbox.ws_api[market], ""),
            market,
            Overrides(stream=sandbox.stream[market]),
        )
        for market in target.markets
    }
    key = credentials.sandbox(chosen.api_key, chosen.secret)
    return _opened(places, key, Scope(Env.SANDBOX, chosen.name), target.timeout_s)

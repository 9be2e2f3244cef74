"""From options to accounts that can be asked: addresses, credentials, the embedded sandbox."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from binfut_cli import config, credentials
from binfut_cli.account import Account
from binfut_cli.errors import ConfigError
from binfut_cli.markets import DIALECTS, Endpoints, Env, Market, Overrides, endpoints, overridden
from binfut_cli.render.documents import Scope

if TYPE_CHECKING:
    from binfut_cli.sandbox import Sandbox

Lane = tuple[Account, Endpoints]

SANDBOX_PROFILES = ("one-way", "multi-assets", "hedge", "coinm")


@dataclass(frozen=True, slots=True)
class Target:
    """Which accounts are asked for, and how they are reached."""

    env: Env
    markets: tuple[Market, ...]
    profile: str | None = None
    overrides: Overrides = field(default_factory=Overrides)
    timeout_s: float = 10.0
    story: bool = False  # whether an embedded sandbox moves by itself
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Opened:
    """One lane for each market asked for, and what every record says of them."""

    lanes: tuple[Lane, ...]
    scope: Scope


@contextmanager
def opened(target: Target) -> Iterator[Opened]:
    """Make the accounts; no connection is opened before something is asked."""
    if target.env is Env.SANDBOX and target.overrides == Overrides():
        with _embedded(target) as box:
            yield _in_sandbox(box, target)
        return
    if target.profile is not None:
        raise ConfigError(
            f"There is no profile {target.profile!r}.",
            hint="Profiles exist in the sandbox only; set the key in the environment or in .env.",
        )
    found = credentials.load(config.variables(os.environ, Path.cwd()))
    places = {market: _place(target, market) for market in target.markets}
    yield _opened(places, found, Scope(target.env, None), target.timeout_s)


def _opened(
    places: dict[Market, Endpoints],
    found: credentials.Credentials,
    scope: Scope,
    timeout_s: float,
) -> Opened:
    lanes = tuple(
        (Account(market, place, found, timeout_s=timeout_s), place)
        for market, place in places.items()
    )
    return Opened(lanes, scope)


def _place(target: Target, market: Market) -> Endpoints:
    if target.env is Env.SANDBOX:
        return overridden(_served(target.overrides, market), market, target.overrides)
    return overridden(endpoints(target.env, market), market, target.overrides)


def _served(given: Overrides, market: Market) -> Endpoints:
    """A sandbox served elsewhere: it has one address for everything, so one given is enough."""
    parts = urlsplit(given.rest or given.ws_api or given.stream or "")
    secure = "s" if parts.scheme in ("https", "wss") else ""
    base = f"ws{secure}://{parts.netloc}"
    dialect = DIALECTS[market]
    return Endpoints(
        f"http{secure}://{parts.netloc}", base + dialect.ws_api_path, base + dialect.stream_path
    )


@contextmanager
def _embedded(target: Target) -> Iterator["Sandbox"]:
    from binfut_cli.sandbox import Sandbox

    name = target.profile or SANDBOX_PROFILES[0]
    if name not in SANDBOX_PROFILES:
        raise ConfigError(
            f"The sandbox has no account {name!r}.",
            hint=f"Choose one of {', '.join(SANDBOX_PROFILES)}.",
        )
    moving = {"story": True, "speed": target.speed} if target.story else {}
    with Sandbox.start(account=name, **moving) as box:
        yield box


def _in_sandbox(box: "Sandbox", target: Target) -> Opened:
    chosen = box.accounts[0]
    places = {
        market: overridden(
            Endpoints(box.rest[market], box.ws_api[market], ""),
            market,
            Overrides(stream=box.stream[market]),
        )
        for market in target.markets
    }
    key = credentials.sandbox(chosen.api_key, chosen.secret)
    return _opened(places, key, Scope(Env.SANDBOX, chosen.name), target.timeout_s)

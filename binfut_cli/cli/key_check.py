"""Ask what a key may do before anything else is asked with it, and say what should be known."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from binfut_cli import permissions
from binfut_cli.account import Account, Get, system_ms
from binfut_cli.credentials import Credentials
from binfut_cli.errors import AuthError, BinfutError, ConfigError
from binfut_cli.keys import places
from binfut_cli.markets import KEY_BASE, Endpoints, Env, Market, Overrides
from binfut_cli.permissions import Powers

LONGEST_S = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """How strictly a key is looked at, and who is told."""

    say: Callable[[str], object]
    withdrawal_is_known: bool = False
    timeout_s: float = LONGEST_S


def address(env: Env, given: Overrides) -> str | None:
    """The base address to ask; None where nobody tells what a key may do.

    An address given for the account's own questions is used for this one too: a key that is meant
    for one host is not shown to another.
    """
    if env is not Env.PROD:
        return None
    if given.rest is not None:
        return given.rest.rstrip("/")
    return KEY_BASE if given == Overrides() else None


def check(credentials: Credentials, place: Endpoints, how: Check) -> None:
    """Raise AuthError for a key that can withdraw; warn of every other power.

    `place` is usdm's, with the address to ask as its REST base.
    """
    found = _powers(credentials, place, how)
    if found is None:
        return
    if not how.withdrawal_is_known:
        permissions.refuse_withdrawals(found)
    for warning in permissions.warnings(found):
        how.say(f"binfut: {warning}")


def _powers(credentials: Credentials, place: Endpoints, how: Check) -> Powers | None:
    """What is known of the key, asked if it is not; None if the exchange does not know the key."""
    key, now = credentials.api_key.reveal(), system_ms()
    try:
        cache = places.cache_dir(os.environ)
    except ConfigError:  # no home: nothing is kept
        cache = None
    kept = permissions.recall(cache, key, now) if cache else None
    if kept is not None:
        return kept
    try:
        answer = _ask(credentials, place, how.timeout_s)
    except AuthError:
        return None  # the account's own answer will say so, and better
    if cache:
        permissions.remember(cache, key, now, answer)
    return permissions.powers(answer)


def _ask(credentials: Credentials, place: Endpoints, timeout_s: float) -> object:
    account = Account(Market.USDM, place, credentials, timeout_s=min(timeout_s, LONGEST_S))
    try:
        with account:
            (answer,) = account.get(Get(permissions.PATH))
    except AuthError:
        raise
    except BinfutError:
        return None
    return answer


def at(place: Endpoints, base: str) -> Endpoints:
    """The market's addresses with another REST base."""
    return replace(place, rest=base)

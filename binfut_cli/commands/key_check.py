"""Ask what a key may do before anything else is asked with it, and say what should be known."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from binfut_cli.api import key_permissions
from binfut_cli.api.client import AccountClient, Get, system_ms
from binfut_cli.api.key_permissions import UNKNOWN, KeyPermissions
from binfut_cli.auth import directories
from binfut_cli.auth.credentials import Credentials
from binfut_cli.codec import Row
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import KEY_BASE, Endpoints, Env, Market, Overrides
from binfut_cli.errors import AuthError, BinfutError, ConfigError

LONGEST_S = 5.0


class KeyCheck(msgspec.Struct, frozen=True):
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


def check(credentials: Credentials, place: Endpoints, how: KeyCheck) -> KeyPermissions:
    """Raise AuthError for a key that can withdraw; warn of every other power, and return all.

    `place` is usdm's, with the address to ask as its REST base.
    """
    found = _powers(credentials, place, how)
    if found is None:
        return UNKNOWN
    if not how.withdrawal_is_known:
        key_permissions.refuse_withdrawals(found)
    for warning in key_permissions.warnings(found):
        how.say(f"binfut: {warning}")
    return found


def teller(run: Context) -> Callable[[AccountClient], Row | None]:
    """What tells the powers of an account's key: from the check before, or asked of a sandbox."""

    def told(account: AccountClient) -> Row | None:
        scope = account.lane.scope
        if not run.key_check or scope is None or scope.env is not Env.SANDBOX:
            return run.powers.as_row() if run.powers else None
        try:
            return key_permissions.key_permissions(_asked(account)).as_row()
        except AuthError:
            return None

    return told


def _powers(credentials: Credentials, place: Endpoints, how: KeyCheck) -> KeyPermissions | None:
    """What is known of the key, asked if it is not; None if the exchange does not know the key."""
    key, now = credentials.api_key.reveal(), system_ms()
    cache = _cache(place.rest)
    kept = key_permissions.recall(cache, key, place.rest, now) if cache else None
    if kept is not None:
        return kept
    try:
        answer = _ask(credentials, place, how.timeout_s)
    except AuthError:
        return None  # the account's own answer will say so, and better
    if cache:
        key_permissions.remember(cache, key, place.rest, now, answer)
    return key_permissions.key_permissions(answer)


def _cache(base: str) -> Path | None:
    """Where answers are kept: nowhere if somebody gave the address, or without a home."""
    if base != KEY_BASE:
        return None
    try:
        return directories.cache_dir(os.environ)
    except ConfigError:
        return None


def _ask(credentials: Credentials, place: Endpoints, timeout_s: float) -> object:
    account = AccountClient(Market.USDM, place, credentials, timeout_s=min(timeout_s, LONGEST_S))
    with account:
        return _asked(account)


def _asked(account: AccountClient) -> object:
    """The exchange's answer, None if there is none; raise AuthError if it refuses the key."""
    try:
        (answer,) = account.get(Get(key_permissions.PATH))
    except AuthError:
        raise
    except BinfutError:
        return None
    return answer


def at(place: Endpoints, base: str) -> Endpoints:
    """The market's addresses with another REST base."""
    return replace(place, rest=base)

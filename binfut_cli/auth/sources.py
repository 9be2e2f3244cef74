"""Which key a run uses: what is nearer to the command comes first.

A named profile, the environment, `.env` of the working directory, the default profile, and last
what a service manager hands over. A key is used whole from one of them, and in its own environment
only: a profile's is the profile's, any other's is production unless BINFUT_ENV says otherwise.
"""

import os
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from binfut_cli.auth import credentials, directories, environment, harden_process
from binfut_cli.auth.credentials import (
    API_KEY,
    API_SECRET,
    PASSPHRASE,
    PRIVATE_KEY,
    PRIVATE_KEY_FILE,
    Credentials,
    Secret,
    Variable,
)
from binfut_cli.auth.environment import Say
from binfut_cli.auth.redaction import Redactor
from binfut_cli.endpoints import Env
from binfut_cli.errors import ConfigError

if TYPE_CHECKING:  # a run without a profile need not load them
    from binfut_cli.auth.profiles import Profile, Profiles
    from binfut_cli.auth.stored_key import StoredKey


class Surroundings(msgspec.Struct, frozen=True):
    """Where a run looks for its key; `environ` is emptied of what it holds of one."""

    environ: MutableMapping[str, str]
    directory: Path
    redactor: Redactor = msgspec.field(default_factory=Redactor)
    say: Say = bool


class FoundKey(msgspec.Struct, frozen=True):
    """The key of a run, and the name and profile it came by, if it came by one."""

    credentials: Credentials
    name: str | None = None
    profile: "Profile | None" = None


def here(redactor: Redactor, say: Say = bool) -> Surroundings:
    """This process and its working directory."""
    return Surroundings(os.environ, Path(), redactor, say)  # which may have been removed


def find(name: str | None, env: Env, place: Surroundings) -> FoundKey:
    """The key to use in an environment; raise ConfigError if there is none that fits.

    The process is closed before the key comes in.
    """
    harden_process.close()
    if name is not None:
        return _of_profile(name, stored(place).get(name), env, place)
    found = environment.variables(place.environ, place.directory, place.say)
    if set(found) <= {PASSPHRASE}:  # of a profile's private key, perhaps
        known = stored(place)
        profile = known.named.get(known.default)
        if profile is not None and profile.env == env:
            return _of_profile(known.default, profile, env, place, found)
        found = found or environment.served(place.environ)
    _refuse_elsewhere(found, env)
    return FoundKey(credentials.load(found, place.redactor))


def given(place: Surroundings) -> dict[str, Variable]:
    """What the environment has of a key; it has that no longer then."""
    harden_process.close()
    return environment.taken(place.environ)


def find_each(
    wanted: Sequence[tuple[str, Env]], place: Surroundings, given: dict[str, Variable]
) -> list[FoundKey]:
    """The keys of several profiles; a passphrase that was `given` is tried with each of them.

    The process is closed before they come in.
    """
    harden_process.close()
    known = stored(place)
    return [_of_profile(name, known.get(name), env, place, given) for name, env in wanted]


def stored(place: Surroundings) -> "Profiles":
    """The profiles there are; none where there cannot be any, because there is no home."""
    from binfut_cli.auth import profiles

    try:
        directory = directories.config_dir(place.environ)
    except directories.NoHome:
        return profiles.Profiles()
    return profiles.load(directory)


def variables_of(kept: "StoredKey", key_file: str, source: str) -> dict[str, Variable]:
    """A stored key under the names that credentials are made of."""
    texts = {
        API_KEY: kept.api_key,
        API_SECRET: kept.api_secret,
        PRIVATE_KEY: kept.private_key,
        PRIVATE_KEY_FILE: Secret(key_file),
        PASSPHRASE: kept.passphrase,
    }
    return {name: Variable(secret, source) for name, secret in texts.items() if secret}


def _refuse_elsewhere(found: dict[str, Variable], env: Env) -> None:
    """Raise ConfigError for a key that is for another environment than the one asked for."""
    key = found.get(API_KEY)
    if key is not None and key.env != env:
        raise ConfigError(
            f"The key from {key.source} is for {key.env}, not for {env}.",
            hint=f"Ask {key.env} with --env {key.env}. If it is a key of {env}, "
            f"set {environment.ENV}={env} where it is.",
        )


def _of_profile(
    name: str,
    profile: "Profile",
    env: Env,
    place: Surroundings,
    given: dict[str, Variable] | None = None,
) -> FoundKey:
    if profile.env != env:
        raise ConfigError(
            f"The key of profile {name!r} is for {profile.env}, not for {env}.",
            hint="Leave --env and BINFUT_ENV out, or name another profile.",
        )
    from binfut_cli.auth import stores

    given = environment.taken(place.environ) if given is None else given
    kept = stores.store(profile.store, directories.config_dir(place.environ)).get(name)
    found = variables_of(kept, profile.private_key_file, f"profile {name}")
    if PASSPHRASE in given and PASSPHRASE not in found:
        found[PASSPHRASE] = given[PASSPHRASE]
    return FoundKey(credentials.load(found, place.redactor), name, profile)

"""Make a profile: get the key, try it, and only then write anything."""

import os
from dataclasses import dataclass
from pathlib import Path

from binfut_cli.auth import credentials, directories, harden_process, profiles, stores
from binfut_cli.auth.profiles import Profile, Profiles
from binfut_cli.auth.sources import FoundKey, variables_of
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.auth.stores import Store
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.profile import ask_key
from binfut_cli.endpoints import Env, Market, Overrides
from binfut_cli.errors import BinfutError, ConfigError, UsageError


@dataclass(frozen=True, slots=True)
class NewProfile:
    """What the profile is to be; "" for what it leaves open."""

    name: str
    env: Env
    market: str
    output: str
    private_key_file: str
    store: str
    is_default: bool
    addresses: Overrides


def add_profile(
    context: Context,
    wanted: NewProfile,
    from_stdin: bool,
    file: str | None,
    timeout_s: float | None,
) -> None:
    """Add a profile; without `timeout_s` its key is not tried."""
    harden_process.close()  # before a key is typed
    directory = directories.config_dir(os.environ)
    known = profiles.load(directory)
    _check_name(wanted.name, known)
    store = stores.store(wanted.store, directory)
    kept, key_file = _asked(wanted, from_stdin, file)
    key_file = os.path.abspath(directories.expanded(key_file)) if key_file else ""
    made = credentials.load(variables_of(kept, key_file, "your answer"), context.redactor)
    profile = _profile(wanted, kept, key_file, made.signer.kind)
    if timeout_s is not None:
        _try(context, wanted, FoundKey(made, wanted.name, profile), timeout_s)
    with profiles.changing(directory):
        known = profiles.load(directory)  # another may have been added meanwhile
        _check_name(wanted.name, known)
        more = known.with_profile(wanted.name, profile, as_default=wanted.is_default)
        _write(store, directory, wanted.name, kept, more)
    tried = "" if timeout_s is None else " It works."
    context.say(
        f"Profile {wanted.name} ({wanted.env}, {profile.key_type}) is kept in "
        f"{store.where(wanted.name)}.{tried}"
    )


def _write(store: Store, directory: Path, name: str, kept: StoredKey, known: Profiles) -> None:
    """Store the key, then the profile; without the one, there shall not be the other."""
    store.put(name, kept)
    try:
        profiles.save(directory, known)
    except BinfutError:
        store.drop(name)
        raise


def _check_name(name: str, known: Profiles) -> None:
    if not profiles.is_name(name):
        raise UsageError(f"{name!r} cannot name a profile.", hint=profiles.NAMES)
    if (same := known.like(name)) is not None:
        raise ConfigError(
            f"There is a profile {same!r} already.",
            hint=f"Remove it first (binfut profile remove {same}), or choose another name.",
        )


def _asked(wanted: NewProfile, from_stdin: bool, file: str | None) -> tuple[StoredKey, str]:
    credentials.refuse_private_key("--private-key-file", wanted.private_key_file)
    credentials.refuse_private_key("--secret-file", file or "")
    if from_stdin and file is not None:
        raise UsageError("--secret-stdin and --secret-file are both given.", hint="Choose one.")
    if from_stdin:
        return ask_key.from_stdin(wanted.private_key_file)
    if file is not None:
        return ask_key.from_file(file, wanted.private_key_file)
    return ask_key.from_terminal(wanted.private_key_file)


def _profile(wanted: NewProfile, kept: StoredKey, key_file: str, kind: str) -> Profile:
    return Profile(
        env=wanted.env.value,
        key_type=kind,
        api_key=profiles.masked(kept.api_key.reveal()),
        store=wanted.store,
        private_key_file=key_file,
        market=wanted.market,
        output=wanted.output,
        rest_url=wanted.addresses.rest or "",
        ws_api_url=wanted.addresses.ws_api or "",
        stream_url=wanted.addresses.stream or "",
    )


def _try(context: Context, wanted: NewProfile, key: FoundKey, timeout_s: float) -> None:
    """Read the account once; whatever refuses is raised, and nothing has been written."""
    from binfut_cli.commands.open_accounts import Target, with_key
    from binfut_cli.resources.status import status

    market = Market.COINM if wanted.market == Market.COINM else Market.USDM
    target = Target(wanted.env, (market,), wanted.name, timeout_s=timeout_s)
    ((account, _),) = with_key(target, key, context).lanes
    with account:
        status(account)

"""Make a profile: get the key, try it, and only then write anything."""

import os
from dataclasses import dataclass
from pathlib import Path

from binfut_cli import credentials, profiles
from binfut_cli.cli import asking_keys
from binfut_cli.cli.context import Context
from binfut_cli.errors import BinfutError, ConfigError, UsageError
from binfut_cli.keys import places, stores
from binfut_cli.keys.entry import Entry
from binfut_cli.keys.sources import Key, variables_of
from binfut_cli.keys.stores import Store
from binfut_cli.markets import Env, Market, Overrides
from binfut_cli.profiles import Profile, Profiles


@dataclass(frozen=True, slots=True)
class Wish:
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
    context: Context, wish: Wish, from_stdin: bool, file: str | None, timeout_s: float | None
) -> None:
    """Add a profile; without `timeout_s` its key is not tried."""
    directory = places.config_dir(os.environ)
    known = profiles.load(directory)
    _check_name(wish.name, known)
    store = stores.store(wish.store, directory)
    kept, key_file = _asked(wish, from_stdin, file)
    key_file = os.path.abspath(os.path.expanduser(key_file)) if key_file else ""
    made = credentials.load(variables_of(kept, key_file, "your answer"), context.redactor.learn)
    profile = _profile(wish, kept, key_file, made.signer.kind)
    if timeout_s is not None:
        _try(context, wish, Key(made, wish.name, profile), timeout_s)
    _write(
        store,
        directory,
        wish.name,
        kept,
        known.with_profile(wish.name, profile, as_default=wish.is_default),
    )
    tried = "" if timeout_s is None else " It works."
    context.say(
        f"Profile {wish.name} ({wish.env}, {profile.key_type}) is kept in "
        f"{store.where(wish.name)}.{tried}"
    )


def _write(store: Store, directory: Path, name: str, kept: Entry, known: Profiles) -> None:
    """Store the key, then the profile; without the one, there shall not be the other."""
    store.put(name, kept)
    try:
        profiles.save(directory, known)
    except BinfutError:
        store.drop(name)
        raise


def _check_name(name: str, known: Profiles) -> None:
    if not profiles.is_name(name):
        raise UsageError(
            f"{name!r} cannot name a profile.", hint="Use letters, digits, - and _, 64 at most."
        )
    if name in known.named:
        raise ConfigError(
            f"There is a profile {name!r} already.",
            hint=f"Remove it first (binfut profile remove {name}), or choose another name.",
        )


def _asked(wish: Wish, from_stdin: bool, file: str | None) -> tuple[Entry, str]:
    credentials.refuse_private_key("--private-key-file", wish.private_key_file)
    credentials.refuse_private_key("--secret-file", file or "")
    if from_stdin and file is not None:
        raise UsageError("--secret-stdin and --secret-file are both given.", hint="Choose one.")
    if from_stdin:
        return asking_keys.from_stdin(wish.private_key_file)
    if file is not None:
        return asking_keys.from_file(file, wish.private_key_file)
    return asking_keys.from_terminal(wish.private_key_file)


def _profile(wish: Wish, kept: Entry, key_file: str, kind: str) -> Profile:
    return Profile(
        env=wish.env.value,
        key_type=kind,
        api_key=profiles.masked(kept.api_key.reveal()),
        store=wish.store,
        private_key_file=key_file,
        market=wish.market,
        output=wish.output,
        rest_url=wish.addresses.rest or "",
        ws_api_url=wish.addresses.ws_api or "",
        stream_url=wish.addresses.stream or "",
    )


def _try(context: Context, wish: Wish, key: Key, timeout_s: float) -> None:
    """Read the account once; whatever refuses is raised, and nothing has been written."""
    from binfut_cli.cli.opening import Target, with_key
    from binfut_cli.questions.status import status

    market = Market.COINM if wish.market == Market.COINM else Market.USDM
    target = Target(wish.env, (market,), wish.name, timeout_s=timeout_s)
    ((account, _),) = with_key(target, key, context).lanes
    with account:
        status(account)

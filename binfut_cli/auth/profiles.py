"""Profiles: an environment, a key and some preferences under one name, kept in `config.toml`.

No secret is in that file: it says where the key is stored, and shows four characters of each end
of the API key, so that the key can be found on the exchange's page.
"""

import functools
import os
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from binfut_cli.auth import private_files, toml
from binfut_cli.auth.signing import Kind
from binfut_cli.endpoints import Env, Market, Overrides
from binfut_cli.errors import ConfigError, did_you_mean

FILE = "config.toml"
STORES = ("file", "keyring")
MARKETS = (*map(str, Market), "all")
KINDS: tuple[Kind, ...] = ("hmac", "ed25519", "rsa")

LOCK = ".lock"
NAMES = "Use letters, digits, - and _, 64 at most, and no name of a device (con, nul, com1 …)."

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# On Windows a file of such a name, whatever comes behind a dot, is the device.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)


class Profile(Struct, frozen=True, kw_only=True):
    """One profile; "" for what it leaves open.

    `private_key_file` names a PEM that stays where its owner put it; all else of the key is in the
    store.
    """

    env: str = Env.PROD.value
    key_type: str
    api_key: str
    store: str = STORES[0]
    private_key_file: str = ""
    market: str = ""
    output: str = ""
    rest_url: str = ""
    ws_api_url: str = ""
    stream_url: str = ""

    @property
    def overrides(self) -> Overrides:
        """The addresses that take the place of the table's."""
        return Overrides(self.rest_url or None, self.ws_api_url or None, self.stream_url or None)


FIELDS = tuple(Profile.__struct_fields__)
_CHOICES = {
    "env": tuple(env.value for env in Env if env is not Env.SANDBOX),
    "key_type": KINDS,
    "store": STORES,
    "market": ("", *MARKETS),
}


class Profiles(Struct, frozen=True):
    """All profiles by name, and the one that is used when none is named; "" for none."""

    named: Mapping[str, Profile] = {}
    default: str = ""

    def get(self, name: str) -> Profile:
        """A profile by its name; raise ConfigError if there is none."""
        if name in self.named:
            return self.named[name]
        have = f"There are: {', '.join(self.named)}." if self.named else "There are none yet."
        make = f"Make one with binfut profile add {name if is_name(name) else 'NAME'}."
        raise ConfigError(
            f"There is no profile {name!r}.{did_you_mean(name, self.named)}",
            hint=f"{have} {'Only watch takes several by a pattern.' if '*' in name else make}",
        )

    def like(self, name: str) -> str | None:
        """The name that some file systems could not tell from this one: but for the case, equal."""
        return next((each for each in self.named if each.lower() == name.lower()), None)

    def with_profile(self, name: str, profile: Profile, *, as_default: bool) -> "Profiles":
        """These and one more; the first one becomes the default."""
        default = name if as_default or not self.named else self.default
        return Profiles({**self.named, name: profile}, default)

    def without(self, name: str) -> "Profiles":
        """These but one."""
        left = {each: profile for each, profile in self.named.items() if each != name}
        return Profiles(left, "" if self.default == name else self.default)

    def with_default(self, name: str) -> "Profiles":
        """These, with another default."""
        self.get(name)
        return replace(self, default=name)


def is_name(text: str) -> bool:
    """Whether a text can name a profile, and so a file and a table."""
    return _NAME.fullmatch(text) is not None and _DEVICE.fullmatch(text) is None


def masked(api_key: str) -> str:
    """Enough of an API key to recognise it, and too little to use it."""
    return f"{api_key[:4]}…{api_key[-4:]}" if len(api_key) >= 16 else "…"


def load(directory: Path) -> Profiles:
    """Read the profiles of a configuration directory; none if it has no file."""
    path = directory / FILE
    if _is_missing(path):
        return Profiles()
    import tomllib  # 5 ms that a run without a profile need not pay

    text = private_files.read_private_text(path, "The configuration")
    try:
        return _parsed(text)
    except (tomllib.TOMLDecodeError, _Wrong) as exc:
        raise ConfigError(
            f"{path} is not a configuration of binfut: {str(exc).rstrip('.')}.",
            hint="Mend it, or move it away and add the profiles again; nothing was changed.",
        ) from exc


@functools.lru_cache(maxsize=1)
def _parsed(text: str) -> Profiles:
    """What a file says; parsed once, for each of hundreds of profiles asks for it."""
    import tomllib

    return _profiles(tomllib.loads(text))


def changing(directory: Path) -> AbstractContextManager[None]:
    """Hold the profiles of a directory to read, change and write them: one program at a time."""
    return private_files.locked(directory / LOCK)


def save(directory: Path, profiles: Profiles) -> None:
    """Write the profiles, whole or not at all."""
    head = {"default": profiles.default} if profiles.default else {}
    tables = {f"profiles.{name}": _table(profile) for name, profile in profiles.named.items()}
    text = "# Written by `binfut profile`; comments are not kept.\n" + toml.document(head, tables)
    try:
        data = text.encode()
    except UnicodeEncodeError as exc:
        raise ConfigError(
            "A path in this profile is not UTF-8.", hint="Rename the file, and try again."
        ) from exc
    private_files.write_private(directory / FILE, data)


class _Wrong(ValueError):
    """What a configuration says that it cannot mean."""


def _table(profile: Profile) -> dict[str, str]:
    return {name: value for name, value in asdict(profile).items() if value}


def _profiles(read: Mapping[str, object]) -> Profiles:
    if strange := set(read) - {"default", "profiles"}:
        raise _Wrong(f"it has an unknown entry {min(strange)!r}")
    tables, default = read.get("profiles", {}), read.get("default", "")
    if not isinstance(tables, dict) or not isinstance(default, str):
        raise _Wrong("`default` must be a text and `profiles` a table")
    named = {name: _profile(name, table) for name, table in tables.items()}
    if len({name.lower() for name in named}) < len(named):
        raise _Wrong("two names of profiles differ in case only")
    if default and default not in named:
        raise _Wrong(f"its default {default!r} is no profile of it")
    return Profiles(named, default)


def _profile(name: str, table: object) -> Profile:
    if not is_name(name):
        raise _Wrong(f"{name!r} cannot name a profile")
    if not isinstance(table, dict):
        raise _Wrong(f"profile {name!r} is not a table")
    for key, value in table.items():
        if key not in FIELDS:
            raise _Wrong(f"profile {name!r} has an unknown entry {key!r}")
        if not isinstance(value, str):
            raise _Wrong(f"{key} of profile {name!r} is not a text")
        if value not in _CHOICES.get(key, (value,)):
            raise _Wrong(f"{key} of profile {name!r} is {value!r}, not one of {_listed(key)}")
    if missing := [each for each in ("key_type", "api_key") if each not in table]:
        raise _Wrong(f"profile {name!r} has no {missing[0]}")
    return Profile(**{key: sys.intern(value) for key, value in table.items()})


def _is_missing(path: Path) -> bool:
    """Whether there is nothing; what cannot even be looked at is left to be told by the reading."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _listed(key: str) -> str:
    return ", ".join(filter(None, _CHOICES[key]))

"""The API key and what signs with it. A secret here cannot print, format, pickle or compare."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from binfut_cli.errors import ConfigError
from binfut_cli.signing import Signer, UnreadableKey, hmac_signer, private_key_signer

API_KEY = "BINFUT_API_KEY"
API_SECRET = "BINFUT_API_SECRET"
PRIVATE_KEY_FILE = "BINFUT_PRIVATE_KEY_FILE"
PASSPHRASE = "BINFUT_PRIVATE_KEY_PASSPHRASE"
NAMES = (API_KEY, API_SECRET, PRIVATE_KEY_FILE, PASSPHRASE)

_MAX_KEY_FILE = 64 * 1024
_HOW = (
    f"Set {API_KEY} and {API_SECRET} (or {PRIVATE_KEY_FILE}) in the environment or in .env here; "
    "--env sandbox needs no key."
)


class Secret:
    """Text that only `reveal` gives out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself: for the wire and the signer, for nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("secrets are not compared")

    def __hash__(self) -> NoReturn:
        raise TypeError("secrets are not hashed")

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key, what signs for it, and where both came from (in words, for people)."""

    api_key: Secret = field(compare=False)
    signer: Signer = field(compare=False, repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A setting's value and the place it was read from."""

    value: Secret
    source: str


def load(variables: Mapping[str, Variable]) -> Credentials:
    """Make credentials of what was found; raise ConfigError for what cannot be a key."""
    key = variables.get(API_KEY)
    if key is None:
        raise ConfigError("No API key is set.", hint=_HOW)
    _check_text(API_KEY, key)
    secret, key_file = variables.get(API_SECRET), variables.get(PRIVATE_KEY_FILE)
    if secret and key_file:
        raise ConfigError(
            f"Both {API_SECRET} and {PRIVATE_KEY_FILE} are set.", hint="Remove one of the two."
        )
    if secret:
        _check_text(API_SECRET, secret)
        return Credentials(key.value, hmac_signer(secret.value.reveal()), key.source)
    if key_file:
        return Credentials(key.value, _from_file(key_file, variables.get(PASSPHRASE)), key.source)
    raise ConfigError(f"{API_KEY} is set, but nothing to sign with.", hint=_HOW)


def sandbox(api_key: str, secret: str) -> Credentials:
    """Credentials of a sandbox account."""
    return Credentials(Secret(api_key), hmac_signer(secret), "the sandbox")


def _check_text(name: str, variable: Variable) -> None:
    """Refuse what a copy-and-paste leaves behind: quotes, spaces, line ends, a PEM."""
    if not re.fullmatch(r"[!#-&(-~]+", variable.value.reveal()):
        raise ConfigError(
            f"{name} from {variable.source} holds spaces, quotes or other stray characters.",
            hint="Copy the text again, without quotes around it and without a line break.",
        )


def _from_file(variable: Variable, passphrase: Variable | None) -> Signer:
    path = Path(os.path.expanduser(variable.value.reveal()))  # unlike Path's own, never raises
    try:
        with path.open("rb") as file:
            pem = file.read(_MAX_KEY_FILE)
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise ConfigError(
            f"The private key {os.fspath(path)!r} cannot be read: {why}.",
            hint=f"Check {PRIVATE_KEY_FILE} ({variable.source}).",
        ) from exc
    words = passphrase.value.reveal().encode() if passphrase else None
    try:
        return private_key_signer(pem, words)
    except UnreadableKey as exc:
        raise ConfigError(
            f"{os.fspath(path)!r} is no key to sign with: {exc}.",
            hint=f"Give an Ed25519 or RSA key in PEM; its passphrase goes into {PASSPHRASE}.",
        ) from exc

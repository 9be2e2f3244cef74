"""The API key and what signs with it. A secret here cannot print, format, pickle or compare."""

import hashlib
import os
import re
from collections.abc import Mapping
from typing import NoReturn

import msgspec

from binfut_cli.auth.redaction import Redactor
from binfut_cli.auth.signing import (
    Kind,
    Signer,
    UnreadableKey,
    hmac_signer,
    private_key_signer,
)
from binfut_cli.errors import ConfigError

API_KEY = "BINFUT_API_KEY"
API_SECRET = "BINFUT_API_SECRET"
PRIVATE_KEY_FILE = "BINFUT_PRIVATE_KEY_FILE"
PASSPHRASE = "BINFUT_PRIVATE_KEY_PASSPHRASE"
NAMES = (API_KEY, API_SECRET, PRIVATE_KEY_FILE, PASSPHRASE)
PRIVATE_KEY = "private key"  # the PEM itself: never a variable's name, because stores alone have it

_HOW = (
    "Keep one with binfut profile add NAME, or "
    f"set {API_KEY} and {API_SECRET} (or {PRIVATE_KEY_FILE}) in the environment or in .env here; "
    "--env sandbox needs no key, and sandbox serve tells one as it begins."
)
_PRIVATE_KEY = re.compile(r"-----BEGIN|\AM(C4CAQAwBQYDK2Vw|I[A-Za-z0-9+/]{100})")
"""A private key in PEM, or without its frame: the base64 of an Ed25519 or a longer key."""


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


class Credentials(msgspec.Struct, frozen=True, eq=False):
    """An API key, what signs for it, and where both came from (in words, for people)."""

    api_key: Secret
    signer: Signer
    source: str

    @property
    def fingerprint(self) -> bytes:
        """Alike of two only if both the keys and what signs are; it tells nothing of either."""
        signer = self.signer._signer if isinstance(self.signer, _Heard) else self.signer
        return hashlib.sha256(f"{self.api_key.reveal()} {signer.sign(b'')}".encode()).digest()


class Variable(msgspec.Struct, frozen=True):
    """A setting's value, the place it was read from, and the environment that this place is for.

    `env` is "" where nothing but the variable's own place could say it: a profile knows its own.
    """

    value: Secret
    source: str
    env: str = ""


class _Heard:
    """A signer whose signatures the redactor hears of, so that no answer can bring them out."""

    def __init__(self, signer: Signer, redactor: Redactor) -> None:
        self._signer, self._redactor = signer, redactor

    @property
    def kind(self) -> Kind:
        return self._signer.kind

    def sign(self, payload: bytes) -> str:
        signature = self._signer.sign(payload)
        self._redactor.learn_signature(signature)
        return signature


def load(variables: Mapping[str, Variable], redactor: Redactor | None = None) -> Credentials:
    """Make credentials of what was found; raise ConfigError for what cannot be a key.

    The redactor is told every secret first, and of every signature when it is made.
    """
    redactor = redactor or Redactor()
    for name, variable in variables.items():
        if name != PRIVATE_KEY_FILE:
            redactor.learn(variable.value.reveal())
    key = variables.get(API_KEY)
    if key is None:
        raise ConfigError("No API key is set.", hint=_HOW)
    _check_text(API_KEY, key)
    return Credentials(key.value, _Heard(_signer(variables, redactor), redactor), key.source)


def sandbox(api_key: str, secret: str) -> Credentials:
    """Credentials of a sandbox account."""
    return Credentials(Secret(api_key), hmac_signer(secret), "the sandbox")


def nobody() -> Credentials:
    """No key at all, for what is public."""
    return Credentials(Secret(""), hmac_signer("nobody"), "nobody")


def _signer(variables: Mapping[str, Variable], redactor: Redactor) -> Signer:
    """What signs: exactly one of an HMAC secret, a private key and a private key's file."""
    ways = [name for name in (API_SECRET, PRIVATE_KEY, PRIVATE_KEY_FILE) if name in variables]
    if not ways:
        raise ConfigError(f"{API_KEY} is set, but nothing to sign with.", hint=_HOW)
    if len(ways) > 1:
        raise ConfigError(f"Both {ways[0]} and {ways[1]} are set.", hint="Remove one of the two.")
    found = variables[ways[0]]
    if ways == [API_SECRET]:
        _check_text(API_SECRET, found)
        return hmac_signer(found.value.reveal())
    if ways == [PRIVATE_KEY_FILE]:
        return _from_file(found, variables.get(PASSPHRASE), redactor)
    return _from_pem(found.value.reveal().encode(), found.source, variables.get(PASSPHRASE))


def refuse_private_key(what: str, text: str) -> None:
    """Raise ConfigError, which shows none of it, for a private key where something else belongs."""
    if _PRIVATE_KEY.search(text):
        raise ConfigError(
            f"{what} holds the text of a key file (PEM), which does not belong there.",
            hint=f"Put the key into a file that only you can read and its path into "
            f"{PRIVATE_KEY_FILE}, or type: binfut profile add NAME --private-key-file PATH.",
        )


def _check_text(name: str, variable: Variable) -> None:
    """Refuse what a copy-and-paste leaves behind: quotes, spaces, line ends, a PEM."""
    text = variable.value.reveal()
    refuse_private_key(f"{name} from {variable.source}", text)
    is_clean = text.isascii() and text.isprintable() and not set(" \"'") & set(text)
    if not (text and is_clean):
        raise ConfigError(
            f"{name} from {variable.source} holds spaces, quotes or other stray characters.",
            hint="Copy the text again, without quotes around it and without a line break.",
        )


def _from_file(variable: Variable, passphrase: Variable | None, redactor: Redactor) -> Signer:
    from binfut_cli.auth import (  # a key in the environment needs none of it
        directories,
        private_files,
    )

    refuse_private_key(f"{PRIVATE_KEY_FILE} from {variable.source}", variable.value.reveal())
    path = directories.expanded(variable.value.reveal())
    pem = private_files.read_private(path, "The private key")
    redactor.learn(pem.decode("utf-8", "surrogateescape"))
    return _from_pem(pem, repr(os.fspath(path)), passphrase)


def _from_pem(pem: bytes, where: str, passphrase: Variable | None) -> Signer:
    said = passphrase.value.reveal() if passphrase else None
    words = said.encode("utf-8", "surrogateescape") if said is not None else None  # any bytes
    try:
        return private_key_signer(pem, words)
    except UnreadableKey as exc:
        raise ConfigError(
            f"{where} is no key to sign with: {exc}.",
            hint=f"Give an Ed25519 or RSA key in PEM; its passphrase goes into {PASSPHRASE}.",
        ) from exc

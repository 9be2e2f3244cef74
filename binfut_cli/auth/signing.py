"""Sign requests as Binance futures asks: HMAC-SHA256, Ed25519 or RSA.

Pure: no clock, no file, no environment. The rules and the published vectors are on
https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info and
https://github.com/binance/binance-spot-api-docs (web-socket-api.md, rest-api.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol
from urllib.parse import quote

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

Param = str | int | bool
"""A request parameter: amounts as decimal strings, times as integer milliseconds."""

Kind = Literal["hmac", "ed25519", "rsa"]
"""The three key types of Binance's API management page."""


class UnreadableKey(ValueError):
    """A secret or private key that cannot sign: one sentence, no key material."""


class Signer(Protocol):
    """Whatever can sign; its `repr` never shows the key."""

    @property
    def kind(self) -> Kind:
        """The key type."""

    def sign(self, payload: bytes) -> str:
        """Return the signature of `payload`: lower-case hex (HMAC) or base64 on one line."""


def ws_payload(params: Mapping[str, Param]) -> bytes:
    """Return what a WebSocket-API request signs: all but `signature`, by name, raw UTF-8."""
    names = sorted(name for name in params if name != "signature")
    return "&".join(f"{name}={_text(params[name])}" for name in names).encode()


def rest_query(params: Mapping[str, Param]) -> str:
    """Return the query string, percent-encoded and in the order given: what REST signs."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in params.items())


def sign_ws(params: Mapping[str, Param], signer: Signer) -> dict[str, Param]:
    """Return the parameters of a WebSocket-API request with their `signature`."""
    return {**params, "signature": signer.sign(ws_payload(params))}


def sign_rest(params: Mapping[str, Param], signer: Signer) -> str:
    """Return the query string of a REST request with its `signature` last."""
    query = rest_query(params)
    return f"{query}&signature={_quoted(signer.sign(query.encode()))}"


def hmac_signer(secret: str) -> Signer:
    """Sign with an HMAC secret, the text shown once when the API key was made."""
    if "-----BEGIN" in secret:
        raise UnreadableKey("the secret is a PEM file: give it as a private key instead")
    if not secret or not secret.isascii():
        raise UnreadableKey("an HMAC secret is plain ASCII text, and not empty")
    return _Hmac(secret.encode())


def private_key_signer(pem: bytes, passphrase: bytes | None = None) -> Signer:
    """Sign with an Ed25519 or RSA private key in PEM (PKCS#8), encrypted or not."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    match _load(pem, passphrase or None):
        case Ed25519PrivateKey() as key:
            return _Ed25519(key)
        case RSAPrivateKey() as key:
            return _Rsa(key)
    raise UnreadableKey("the private key is neither Ed25519 nor RSA")


class _Silent:
    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _Hmac(_Silent):
    kind: ClassVar[Kind] = "hmac"

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, payload: bytes) -> str:
        return hmac.new(self._secret, payload, hashlib.sha256).hexdigest()


class _Ed25519(_Silent):
    kind: ClassVar[Kind] = "ed25519"

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, payload: bytes) -> str:
        return base64.b64encode(self._key.sign(payload)).decode()


class _Rsa(_Silent):
    kind: ClassVar[Kind] = "rsa"

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    def sign(self, payload: bytes) -> str:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return base64.b64encode(self._key.sign(payload, PKCS1v15(), SHA256())).decode()


def _load(pem: bytes, passphrase: bytes | None) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    encrypted = b"ENCRYPTED" in pem
    _check_pem(pem, encrypted, passphrase)
    try:
        return load_pem_private_key(pem, passphrase)
    except UnsupportedAlgorithm:
        raise UnreadableKey("the private key is of a type that cannot be read") from None
    except (TypeError, ValueError):
        reason = "cannot be decrypted: wrong passphrase, or damaged" if encrypted else "is damaged"
        raise UnreadableKey(f"the private key {reason}") from None


def _check_pem(pem: bytes, encrypted: bool, passphrase: bytes | None) -> None:
    if b"-----BEGIN" not in pem:
        raise UnreadableKey("the private key is not a PEM file")
    if b"PRIVATE KEY-----" not in pem:
        raise UnreadableKey("the PEM file holds no private key: is it the public one?")
    if b"BEGIN OPENSSH" in pem:
        raise UnreadableKey("the private key is in OpenSSH's format: Binance wants PKCS#8")
    if encrypted and passphrase is None:
        raise UnreadableKey("the private key is encrypted: it needs a passphrase")
    if passphrase is not None and not encrypted:
        raise UnreadableKey("a passphrase is given, but the private key is not encrypted")


def _text(value: Param) -> str:
    # bool is an int in Python, and the exchange reads JSON's spelling.
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(value: Param) -> str:
    return quote(_text(value), safe="")

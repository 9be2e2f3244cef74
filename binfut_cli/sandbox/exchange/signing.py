"""Signatures as the exchange checks them: HMAC-SHA256, RSA PKCS#1 v1.5 over SHA-256, Ed25519.

WS-API payload: every parameter but `signature`, sorted by name, `k=v` joined by `&`. The documents
show it as raw UTF-8, the official SDKs sign it percent-encoded; either is accepted.
REST payload: the query string as sent, then the body as sent, without the signature.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class HmacKey(msgspec.Struct, frozen=True):
    """A shared secret; the signature is hex in either case."""

    secret: str

    def __repr__(self) -> str:
        return "HmacKey(***)"

    def accepts(self, payload: str, signature: str) -> bool:
        """Compare with the digest of our own."""
        text = payload.encode(errors="surrogatepass")  # JSON may hold half a pair
        digest = hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()
        return hmac.compare_digest(digest.encode(), signature.lower().encode())


class Ed25519Key(msgspec.Struct, frozen=True):
    """A public key; the signature is base64."""

    key: "Ed25519PublicKey"

    def accepts(self, payload: str, signature: str) -> bool:
        """Verify the signature over the payload."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(base64.b64decode(signature, validate=True), payload.encode())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


class RsaKey(msgspec.Struct, frozen=True):
    """A public key; the signature is base64."""

    key: "RSAPublicKey"

    def accepts(self, payload: str, signature: str) -> bool:
        """Verify the signature over the payload."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            raw = base64.b64decode(signature, validate=True)
            self.key.verify(raw, payload.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


Verifier = HmacKey | Ed25519Key | RsaKey


def public_key(pem: str) -> Verifier:
    """Read an Ed25519 or RSA public key; ValueError says what is wrong with it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ValueError("publicKey is not a public key in PEM form") from exc
    if isinstance(key, Ed25519PublicKey):
        return Ed25519Key(key)
    if isinstance(key, RSAPublicKey):
        return RsaKey(key)
    raise ValueError("publicKey must be Ed25519 or RSA")


def ws_api_payloads(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts that a WS-API request may sign: raw UTF-8, or percent-encoded if that differs."""
    pairs = [(name, _written(params[name])) for name in sorted(params) if name != "signature"]
    raw, encoded = "&".join(f"{name}={value}" for name, value in pairs), _encoded(pairs)
    return (raw,) if raw == encoded else (raw, encoded)


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="surrogatepass")


def rest_payload(query: str, body: str) -> str:
    """The text that a REST request signs."""
    return _unsigned(query) + _unsigned(body)


def _unsigned(text: str) -> str:
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

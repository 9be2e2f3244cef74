"""Keys of every kind that the exchange knows, for the first account of a sandbox."""

from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from binfut_cli.sandbox import Sandbox

KINDS = ("hmac", "rsa", "ed25519")


@dataclass(frozen=True)
class Key:
    """An API key as an SDK's configuration takes it: with a secret, or with a PEM text."""

    kind: str
    api_key: str
    secret: dict[str, str] = field(repr=False)

    def words(self) -> dict[str, str]:
        return {"api_key": self.api_key, **self.secret}


def key_of(sandbox: Sandbox, kind: str = "hmac") -> Key:
    account = sandbox.accounts[0]
    if kind == "hmac":
        return Key(kind, account.api_key, {"api_secret": account.secret})
    private = _private(kind)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    api_key = sandbox.add_key(account.name, public.decode())
    return Key(kind, api_key, {"private_key": pem.decode()})


@cache
def _private(kind: str) -> RSAPrivateKey | Ed25519PrivateKey:
    if kind == "rsa":
        return generate_private_key(public_exponent=65537, key_size=2048)
    return Ed25519PrivateKey.generate()

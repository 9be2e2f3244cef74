"""A throw-away certificate authority for loopback, and certificates that are right or wrong."""

import datetime
import ssl
import tempfile
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Variant = Literal["good", "expired", "wrongHost", "selfSigned"]
VARIANTS: tuple[Variant, ...] = ("good", "expired", "wrongHost", "selfSigned")
DAY = datetime.timedelta(days=1)


class Certificates:
    """A folder with `ca.pem` for the client, and the server's context. `close` removes it."""

    def __init__(self, variant: Variant) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="binfut-sandbox-")  # made 0700
        folder = Path(self._folder.name)
        authority, key = new_key(SECP256R1()), new_key(SECP256R1())
        ca = _certificate("binfut sandbox CA", authority, "binfut sandbox CA", authority, ca=True)
        self.ca = _write(folder / "ca.pem", ca.public_bytes(Encoding.PEM))
        leaf = _leaf(variant, key, authority)
        chain = _write(folder / "server.pem", leaf.public_bytes(Encoding.PEM) + _private(key))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)

    def close(self) -> None:
        """Remove the files."""
        self._folder.cleanup()


def _leaf(
    variant: Variant, key: EllipticCurvePrivateKey, authority: EllipticCurvePrivateKey
) -> x509.Certificate:
    if variant == "selfSigned":
        return _certificate("localhost", key, "localhost", key)
    age = 30 * DAY if variant == "expired" else DAY
    life = 10 * DAY if variant == "expired" else 30 * DAY
    host = "elsewhere.invalid" if variant == "wrongHost" else "localhost"
    return _certificate(host, key, "binfut sandbox CA", authority, age=age, life=life)


def _certificate(
    subject: str,
    key: EllipticCurvePrivateKey,
    issuer: str,
    signer: EllipticCurvePrivateKey,
    *,
    ca: bool = False,
    age: datetime.timedelta = DAY,
    life: datetime.timedelta = 30 * DAY,
) -> x509.Certificate:
    begin = datetime.datetime.now(datetime.UTC) - age
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(_usage(ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
        .add_extension(x509.SubjectAlternativeName(_hosts(subject)), critical=False)
        .sign(signer, SHA256())
    )


def _usage(ca: bool) -> x509.KeyUsage:
    """What Python's strict verification (3.13) asks of a CA and of a server."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _hosts(subject: str) -> list[x509.GeneralName]:
    if subject == "localhost":
        return [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    return [x509.DNSName(subject.replace(" ", "-"))]


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _private(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(data)
    return path

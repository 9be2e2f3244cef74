"""One TLS context for both transports: the system's certificates, TLS 1.2 or later, no key log."""

import functools
import os
import ssl
from collections.abc import Mapping
from contextlib import suppress

from binfut_cli.errors import ConfigError, NetworkError


@functools.cache
def context() -> ssl.SSLContext:
    """The context that every connection verifies with.

    A hashed certificate directory is looked up one certificate at a time, while reading the bundle
    file costs 16 ms at every start; what is trusted is the same. SSL_CERT_FILE and SSL_CERT_DIR
    are honoured, as OpenSSL does; raises ConfigError for one that cannot be read.
    """
    check(os.environ)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    paths = ssl.get_default_verify_paths()
    if "SSL_CERT_FILE" not in os.environ and _is_hashed(paths.capath):
        made.load_verify_locations(capath=paths.capath)
    else:
        made.load_default_certs()
    return made


def check(environ: Mapping[str, str]) -> None:
    """Raise ConfigError if the environment names certificates that cannot be read.

    OpenSSL says nothing of that, and trusts nobody. A list of directories needs one that can be.
    """
    for name, look in (("SSL_CERT_FILE", _read), ("SSL_CERT_DIR", _listed)):
        if given := environ.get(name):
            try:
                look(given)
            except (OSError, ValueError) as exc:
                why = (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
                raise ConfigError(
                    f"The certificates that {name} names cannot be read: {why.lower()}.",
                    hint=f"Correct {name}, or unset it to trust what the system trusts.",
                ) from exc


def untrusted(host: str, exc: BaseException) -> NetworkError:
    """The error for a handshake that failed, with the plain reason inside an exception."""
    found: BaseException | None = exc
    while found is not None and not isinstance(found, ssl.SSLError):
        found = found.__cause__ or found.__context__
    reason = f": {said(found)}" if found else ""
    return NetworkError(
        f"The TLS connection to {host} cannot be trusted{reason}.",
        hint="Do not go on over this connection: check the computer's clock, whether the network "
        "has a login page (sign in with a browser), and whether a proxy or virus scanner replaces "
        "certificates (its CA can be given in SSL_CERT_FILE).",
    )


def said(exc: BaseException) -> str:
    """The plain reason of an error of TLS."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message.rstrip(".")
    if isinstance(exc, ssl.SSLError) and (reason := getattr(exc, "reason", None)):
        return str(reason).replace("_", " ").lower()
    text = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
    return text.strip().rstrip(".").lower() or type(exc).__name__


def _read(file: str) -> None:
    with open(file, "rb") as opened:
        opened.read(1)


def _listed(directories: str) -> None:
    *some, last = directories.split(os.pathsep)
    for each in some:
        with suppress(OSError, ValueError), os.scandir(each):
            return
    os.scandir(last).close()


def _is_hashed(directory: str | None) -> bool:
    """Whether OpenSSL can look certificates up in a directory by their hash."""
    if not directory:
        return False
    with suppress(OSError), os.scandir(directory) as entries:  # the system's own may be closed
        return any(entry.name.endswith(".0") for entry in entries)
    return False

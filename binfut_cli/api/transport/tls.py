"""One TLS context for both transports: the system's certificates, TLS 1.2 or later, no key log."""

import functools
import os
import ssl


@functools.cache
def context() -> ssl.SSLContext:
    """The context that every connection verifies with.

    A hashed certificate directory is looked up one certificate at a time, while reading the bundle
    file costs 16 ms at every start; what is trusted is the same. SSL_CERT_FILE and SSL_CERT_DIR
    are honoured, as OpenSSL does.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    paths = ssl.get_default_verify_paths()
    if "SSL_CERT_FILE" not in os.environ and _is_hashed(paths.capath):
        made.load_verify_locations(capath=paths.capath)
    else:
        made.load_default_certs()
    return made


def _is_hashed(directory: str | None) -> bool:
    """Whether OpenSSL can look certificates up in a directory by their hash."""
    if not directory:
        return False
    with os.scandir(directory) as entries:
        return any(entry.name.endswith(".0") for entry in entries)

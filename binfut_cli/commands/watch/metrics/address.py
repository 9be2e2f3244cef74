"""Where figures are served: an address, and whether others may read what is there."""

from typing import NamedTuple
from urllib.parse import urlsplit

from binfut_cli.endpoints import is_host, is_loopback
from binfut_cli.errors import ConfigError, UsageError

OPTION, CONSENT = "--metrics", "--i-know-others-can-read-metrics"


class Address(NamedTuple):
    """A host and a port of this computer; a port of 0 is any that is free."""

    host: str
    port: int

    @property
    def is_own(self) -> bool:
        """Whether only programs of this computer get there."""
        return is_loopback(self.host)


def address(text: str, *, others_may_read: bool) -> Address:
    """The address that a text names.

    Raises UsageError if it is none, ConfigError if other computers would get there and that was not
    said to be meant: figures are served to whoever asks, without a password.
    """
    found = _read(text)
    if found is None:
        raise UsageError(
            f"{OPTION} {text!r} is not an address.",
            hint="Write HOST:PORT, as in 127.0.0.1:9464 or [::1]:9464.",
        )
    if not found.is_own and not others_may_read:
        raise ConfigError(
            f"{OPTION} would show the account's figures to other computers at {text}.",
            hint=f"Use 127.0.0.1:{found.port}; or, behind a firewall, add {CONSENT}.",
        )
    return found


def _read(text: str) -> Address | None:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or port is None or parts.netloc != text or "@" in text or not is_host(host):
        return None
    return Address(host, port)

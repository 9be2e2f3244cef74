"""Which proxy stands before an address, by the environment: one decision for both ways and doctor.

This machine has none, however its address is spelled: what is sent to it may be plain. Only
http:// proxies are known, because the WebSocket library tunnels through no others. Pure.
"""

import base64
import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from binfut_cli.endpoints import is_host, is_loopback
from binfut_cli.errors import ConfigError, NetworkError

DEFAULT_PORT = 80
FOR_ALL = "all_proxy"
"""What counts where there is none for the scheme, as for curl."""
OTHER_KINDS = ("socks4", "socks4a", "socks5", "socks5h", "https")


class Proxy(msgspec.Struct, frozen=True):
    """A proxy; its name and password are in `words` alone, which nothing prints."""

    host: str
    port: int
    words: tuple[str, str] | None = None
    variable: str = "https_proxy"

    def __repr__(self) -> str:
        return f"Proxy({self.shown})"

    @property
    def shown(self) -> str:
        """What may be told of it: no name, no password, and no host that comes with one."""
        if self.words:
            return f"the proxy of {self.variable}"
        return f"the proxy {self.host}:{self.port}"

    @property
    def authorization(self) -> str | None:
        """The header that opens it."""
        if self.words is None:
            return None
        return "Basic " + base64.b64encode(":".join(self.words).encode()).decode()


def proxy_for(host: str, secure: bool, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for a host, None for none.

    Raises ConfigError, which names the variable alone, for one that cannot be read.
    """
    name = "https_proxy" if secure else "http_proxy"
    if not value(name, environ):
        name = FOR_ALL
    given = value(name, environ)
    if not given or is_loopback(host) or _is_excepted(host, value("no_proxy", environ)):
        return None
    return _read(given, name)


def value(name: str, environ: Mapping[str, str]) -> str:
    """A variable in small or capital letters, without blanks."""
    return (environ.get(name) or environ.get(name.upper()) or "").replace(" ", "")


def _read(given: str, name: str) -> Proxy:
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unreadable(name) from None  # its text repeats pieces of the address
    if parts.scheme in OTHER_KINDS:  # any other may be a piece of a password
        raise _unknown(name, parts.scheme)
    if parts.scheme != "http" or not is_host(host) or _has_more(parts):
        raise _unreadable(name)
    words = None
    if parts.username is not None:
        words = unquote(parts.username), unquote(parts.password or "")
    return Proxy(host, port or DEFAULT_PORT, words, name)


def _has_more(parts: SplitResult) -> bool:
    """Whether anything follows the port: a password with `/`, `?` or `#` in it looks so."""
    return parts.path not in ("", "/") or bool(parts.query or parts.fragment)


def _unreadable(name: str) -> ConfigError:
    return ConfigError(
        f"The proxy in {name} cannot be read.",
        hint="Write http://host:port, with name:password@ before the host where it asks for them, "
        "and in a password %2F, %3F, %23 for / ? #; other kinds of proxy are not known.",
    )


def _unknown(name: str, kind: str) -> ConfigError:
    return ConfigError(
        f"The proxy in {name} is a {kind}:// one; only http:// ones can be used.",
        hint="Name an http:// proxy that can CONNECT: what passes through it is TLS all the same; "
        "or name the exchange's hosts in no_proxy, to go without.",
    )


def refused_by_proxy(proxy: Proxy | None) -> NetworkError:
    """The error for what failed on the way to a proxy, or was refused by it."""
    name = proxy.shown if proxy else "a proxy"
    return NetworkError(
        f"{name[0].upper()}{name[1:]} cannot be reached, or refuses to connect.",
        hint=f"Check {proxy.variable if proxy else 'https_proxy'}, and what the proxy allows; "
        "no_proxy goes around it.",
    )


def _is_excepted(host: str, listed: str) -> bool:
    names = [name.lstrip(".") for name in listed.lower().split(",") if name]
    return any(
        name in ("*", host) or host.endswith(f".{name}") or _is_in(host, name) for name in names
    )


def _is_in(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False

"""How far a connection to an address gets: its name, its port, its certificate."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from binfut_cli.api.transport import dialling, tls
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.proxies import Proxy, proxy_for
from binfut_cli.doctor.findings import Check, Judged
from binfut_cli.endpoints import Endpoints
from binfut_cli.errors import ConfigError, NetworkError

PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
TITLES = {"rest": "REST", "ws-api": "WebSocket API", "stream": "stream"}


@dataclass(frozen=True, slots=True)
class Route:
    """One address and what it is used for; `proxy` is what stands before it.

    `is_hidden` says that this could not be read.
    """

    roles: tuple[str, ...]
    host: str
    port: int
    secure: bool
    proxy: Proxy | None
    is_hidden: bool = False

    @property
    def name(self) -> str:
        """What its checks are called after."""
        return self.roles[0]

    @property
    def uses(self) -> str:
        """What it is used for, in words."""
        return ", ".join(TITLES[role] for role in self.roles)

    @property
    def first_hop(self) -> tuple[str, int]:
        """Where the TCP connection goes."""
        return (self.proxy.host, self.proxy.port) if self.proxy else (self.host, self.port)

    @property
    def hop_shown(self) -> str:
        """The same, as it may be told."""
        return self.proxy.shown if self.proxy else self.host


def routes(place: Endpoints, environ: Mapping[str, str]) -> list[Route]:
    """The addresses of a market, each once, with all it is used for."""
    found: dict[tuple[str, int, bool], list[str]] = {}
    for role, url in (("rest", place.rest), ("ws-api", place.ws_api), ("stream", place.stream)):
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        secure = parts.scheme in ("https", "wss")
        found.setdefault((parts.hostname or "", port, secure), []).append(role)
    return [_route(tuple(roles), *where, environ) for where, roles in found.items()]


def _route(
    roles: tuple[str, ...], host: str, port: int, secure: bool, environ: Mapping[str, str]
) -> Route:
    try:
        return Route(roles, host, port, secure, proxy_for(host, secure, environ))
    except ConfigError:  # which the check of the variable tells
        return Route(roles, host, port, secure, None, is_hidden=True)


def checks(route: Route, timeout_s: float) -> list[Check]:
    """The checks of one route, each needing the one before."""
    dns, tcp, trust = (f"{stage}.{route.name}" for stage in ("dns", "tcp", "tls"))
    return [
        Check(dns, partial(look_up, route, timeout_s), ("proxy",) if route.is_hidden else ()),
        Check(tcp, partial(connect, route, timeout_s), (dns,)),
        Check(trust, partial(shake_hands, route, timeout_s), (tcp,)),
    ]


def look_up(route: Route, timeout_s: float) -> Judged:
    """Look the name up; raise NetworkError when it has no address."""
    deadline = Deadline(timeout_s, f"Looking up {route.hop_shown}")
    try:
        addresses = dialling.addresses(route.first_hop, deadline)
    except (OSError, UnicodeError) as exc:
        raise NetworkError(
            f"{route.hop_shown} has no address.",
            hint="Check the spelling, the network and the name server (DNS).",
        ) from exc
    if addresses == {route.first_hop[0]}:
        return Judged(f"{route.hop_shown} is an address ({route.uses})")
    many = f"{len(addresses)} addresses" if len(addresses) > 1 else "one address"
    return Judged(f"{route.hop_shown} has {many} ({route.uses})")


def connect(route: Route, timeout_s: float) -> Judged:
    """Open a TCP connection and close it; raise NetworkError when none is accepted."""
    _, port = route.first_hop
    try:
        dialling.knock(route.first_hop, Deadline(timeout_s, f"{route.hop_shown}, port {port},"))
    except OSError as exc:
        raise NetworkError(
            f"{route.hop_shown}, port {port}, cannot be reached: {tls.said(exc)}.",
            hint="Check the network, the firewall and the proxy.",
        ) from exc
    return Judged(f"{route.hop_shown}, port {port}, accepts connections")


def shake_hands(route: Route, timeout_s: float) -> Judged:
    """Make a TLS connection, through the proxy if there is one, and tell who vouches for it."""
    if not route.secure:
        return Judged("not used: plain text, which stays on this machine")
    deadline = Deadline(timeout_s, f"The TLS handshake with {route.host}")
    authorization = route.proxy.authorization if route.proxy else None
    try:
        version, certificate = dialling.shake_hands(
            route.first_hop, (route.host, route.port), authorization, deadline
        )
    except ssl.SSLError as exc:
        raise tls.untrusted(route.host, exc) from exc
    except OSError as exc:
        raise NetworkError(
            f"The TLS handshake with {route.host} broke: {tls.said(exc)}.",
            hint="Check the proxy and the firewall: something ends encrypted connections.",
        ) from exc
    return Judged(f"{version}, {vouched(certificate)}")


def vouched(certificate: Mapping[str, Any]) -> str:
    """Who signed a certificate and until when it holds, in words."""
    issuer = {key: value for entry in certificate.get("issuer", ()) for key, value in entry}
    names = dict.fromkeys((issuer.get("organizationName"), issuer.get("commonName")))
    signer = ", ".join(filter(None, names)) or "nobody named"
    end = certificate.get("notAfter")
    if end is None:
        return f"signed by {signer}"
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC)
    return f"signed by {signer}, valid until {until:%Y-%m-%d}"

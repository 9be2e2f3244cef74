"""Where an engine is: its address in the forms that are understood, and without any secret. Pure.

redis://[user@]host[:port][/db]                        one server
redis+sentinel://[user@]host[:port],…/service[/db]     the primary that Sentinels name
redis+cluster://[user@]host[:port],…                   a Cluster, known by some of its nodes

With `rediss` in place of `redis` each of them is over TLS.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

from binfut_cli.auth.environment import ENGINE_PASSWORD as PASSWORD
from binfut_cli.auth.environment import ENGINE_PASSWORD_FILE as PASSWORD_FILE
from binfut_cli.endpoints import bracketed, is_host, is_loopback
from binfut_cli.errors import ConfigError

PORT, SENTINEL_PORT = 6379, 26379
FORMS = (
    "Write redis://host[:port][/db], rediss:// for TLS, redis+sentinel://host,host/service, or "
    "redis+cluster://host,host."
)


class Kind(StrEnum):
    """What is asked at an address."""

    SERVER = "redis"
    SENTINEL = "redis+sentinel"
    CLUSTER = "redis+cluster"


_SCHEMES = {
    scheme: (kind, tls)
    for kind in Kind
    for scheme, tls in ((str(kind), False), (kind.replace("redis", "rediss", 1), True))
}


@dataclass(frozen=True, slots=True)
class Address:
    """Hosts with their ports; of a `service` only Sentinels know where it is."""

    kind: Kind
    tls: bool
    hosts: tuple[tuple[str, int], ...]
    user: str | None = None
    db: int = 0
    service: str = ""

    def __str__(self) -> str:
        """The address without who asks."""
        scheme = self.kind.replace("redis", "rediss", 1) if self.tls else str(self.kind)
        hosts = ",".join(map(_shown, self.hosts))
        service = f"/{self.service}" if self.service else ""
        return f"{scheme}://{hosts}{service}{f'/{self.db}' if self.db else ''}"

    @property
    def is_overheard(self) -> bool:
        """Whether others on the way can read what is sent."""
        return not (self.tls or all(is_loopback(host) for host, _ in self.hosts))


def address(url: str, what: str) -> Address:
    """Read an address; `what` names where it was given. Raises ConfigError for a malformed one."""
    try:
        parts = urlsplit(url)
    except ValueError as exc:
        raise _malformed(what) from exc
    kind, tls = _SCHEMES.get(parts.scheme, (None, False))
    if kind is None or not url.isprintable() or " " in url or parts.query or parts.fragment:
        raise _malformed(what)
    before, _, hosts = parts.netloc.rpartition("@")
    user, _, password = before.partition(":")
    if password or ":" in before:
        raise ConfigError(
            f"{what} has a password in it, which every user of this computer can read.",
            hint=f"Leave it out, and set {PASSWORD}, or {PASSWORD_FILE} to a file that only you "
            "can read.",
        )
    service, db = _path(kind, parts, what)
    port = SENTINEL_PORT if kind is Kind.SENTINEL else PORT
    found = tuple(_host(each, port, what) for each in hosts.split(","))
    if kind is Kind.SERVER and len(found) > 1:
        raise _malformed(what)
    return Address(kind, tls, found, unquote(user) or None, db, service)


def _path(kind: Kind, parts: SplitResult, what: str) -> tuple[str, int]:
    """The service, of Sentinels, and the number of the database."""
    names = [each for each in parts.path.split("/")[1:] if each] if parts.path != "/" else []
    service = unquote(names.pop(0)) if kind is Kind.SENTINEL and names else ""
    db = names.pop(0) if kind is not Kind.CLUSTER and names else "0"
    if names or not (db.isascii() and db.isdigit()) or (kind is Kind.SENTINEL) != bool(service):
        raise _malformed(what)
    return service, int(db)


def _host(text: str, default: int, what: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise _malformed(what) from exc
    if not host or not is_host(host) or port == 0:
        raise _malformed(what)
    return host, port or default


def _shown(host: tuple[str, int]) -> str:
    name, port = host
    return f"{bracketed(name)}:{port}"


def _malformed(what: str) -> ConfigError:
    """It is not repeated: what may be a password stands in it."""
    return ConfigError(f"{what} is not the address of a Redis.", hint=FORMS)

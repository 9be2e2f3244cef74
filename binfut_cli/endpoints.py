"""Where each market is in each environment, and what its methods and paths are called.

Sources: the exchange's general-info, user-data-stream and WebSocket-API pages, the stream change
notice of 2026-03 and the official SDK's constants of 2026-08. They disagree in places, so every
address can be overridden on the command line.
"""

import ipaddress
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec
from msgspec.structs import replace

from binfut_cli.errors import ConfigError, UsageError


class Market(StrEnum):
    """A futures market of the exchange."""

    USDM = "usdm"  # USDⓈ-M: margined in stablecoins, quantities in the base asset
    COINM = "coinm"  # COIN-M: margined in the coin, quantities in contracts


class Env(StrEnum):
    """An environment: the real exchange, its two practice grounds, or the embedded one."""

    PROD = "prod"
    TESTNET = "testnet"
    DEMO = "demo"
    SANDBOX = "sandbox"


class Scope(NamedTuple):
    """What every record says of where it comes from: `profile` is None where no name was needed.

    A tuple, because one is looked up for every event.
    """

    env: Env
    profile: str | None


class Lane(NamedTuple):
    """One account on one market: what a watch follows, and tells apart from all else."""

    market: Market
    scope: Scope | None = None


class Endpoints(msgspec.Struct, frozen=True):
    """The three addresses of a market.

    `rest` is a base; `ws_api` is complete; `stream` is a template in which `{listenKey}` and
    `{events}` are filled in.
    """

    rest: str
    ws_api: str
    stream: str


class MarketApi(msgspec.Struct, frozen=True):
    """What a market calls its methods and paths, and the units it counts in."""

    market: Market
    title: str
    status_method: str
    position_method: str
    ws_api_path: str
    stream_path: str
    market_path: str
    rest_prefix: str
    size_unit: str

    @property
    def listen_key_path(self) -> str:
        """The REST path that makes (POST) and extends (PUT) the listenKey."""
        return f"{self.rest_prefix}/v1/listenKey"

    @property
    def time_path(self) -> str:
        """The REST path of the server's time."""
        return f"{self.rest_prefix}/v1/time"


# Of the public streams the official SDK opens the combined form, and subscribes then; usdm's are on
# a route of their own since April 2026 (the stream change notice), coinm's are not.
# The path form `/private/ws/<listenKey>` and the query form without `events` are both reported
# silent by somebody; the query form with the full list is the one nobody reports as failing.
USDM_STREAM_PATH = "/private/ws?listenKey={listenKey}&events={events}"
COINM_STREAM_PATH = "/ws/{listenKey}"

MARKET_APIS = {
    Market.USDM: MarketApi(
        market=Market.USDM,
        title="USD-M",
        status_method="v2/account.status",
        position_method="v2/account.position",
        ws_api_path="/ws-fapi/v1",
        stream_path=USDM_STREAM_PATH,
        market_path="/market/stream",
        rest_prefix="/fapi",
        size_unit="base asset",
    ),
    Market.COINM: MarketApi(
        market=Market.COINM,
        title="COIN-M",
        status_method="account.status",
        position_method="account.position",
        ws_api_path="/ws-dapi/v1",
        stream_path=COINM_STREAM_PATH,
        market_path="/stream",
        rest_prefix="/dapi",
        size_unit="contracts",
    ),
}

_BASES = {  # REST base, WS-API base, stream base; demo has no WS-API host of its own
    (Env.PROD, Market.USDM): (
        "https://fapi.binance.com",
        "wss://ws-fapi.binance.com",
        "wss://fstream.binance.com",
    ),
    (Env.PROD, Market.COINM): (
        "https://dapi.binance.com",
        "wss://ws-dapi.binance.com",
        "wss://dstream.binance.com",
    ),
    (Env.TESTNET, Market.USDM): (
        "https://testnet.binancefuture.com",
        "wss://testnet.binancefuture.com",
        "wss://fstream.binancefuture.com",
    ),
    (Env.TESTNET, Market.COINM): (
        "https://testnet.binancefuture.com",
        "wss://testnet.binancefuture.com",
        "wss://dstream.binancefuture.com",
    ),
    (Env.DEMO, Market.USDM): (
        "https://demo-fapi.binance.com",
        "wss://testnet.binancefuture.com",
        "wss://demo-fstream.binance.com",
    ),
    (Env.DEMO, Market.COINM): (
        "https://demo-dapi.binance.com",
        "wss://testnet.binancefuture.com",
        "wss://demo-dstream.binance.com",
    ),
}

# Where the exchange tells what a key may do; the practice grounds have no such host.
KEY_BASE = "https://api.binance.com"


class Overrides(msgspec.Struct, frozen=True):
    """Addresses given by the user in place of the table's; None leaves the table's."""

    rest: str | None = None
    ws_api: str | None = None
    stream: str | None = None

    def over(self, others: "Overrides") -> "Overrides":
        """These, and where they leave the table's, the others."""
        return Overrides(
            self.rest if self.rest is not None else others.rest,
            self.ws_api if self.ws_api is not None else others.ws_api,
            self.stream if self.stream is not None else others.stream,
        )

    def complete(self) -> bool:
        """Whether nothing of the table is needed any more."""
        return None not in (self.rest, self.ws_api, self.stream)


def endpoints(env: Env, market: Market) -> Endpoints:
    """The published addresses of a market; the sandbox has none before it runs."""
    rest, ws_api, stream = _BASES[env, market]
    market_api = MARKET_APIS[market]
    return Endpoints(rest, ws_api + market_api.ws_api_path, stream + market_api.stream_path)


def host_of(url: str) -> str:
    """The host of an address, with its port if that is named."""
    return urlsplit(url).netloc.lower()


def is_published(host: str) -> bool:
    """Whether a host stands in the exchange's own table, of whichever environment."""
    return any(host in _published(env) for env in Env)


def counted_together(env: Env, place: Endpoints) -> frozenset[str]:
    """The hosts whose word to wait holds for a place: its own.

    If one of them is the environment's, so are all published ones of it: they share one pool of
    request weight, and one address that can be banned.
    """
    own = frozenset(map(host_of, (place.rest, place.ws_api, place.stream)))
    published = _published(env)
    return own | published if own & published else own


def _published(env: Env) -> frozenset[str]:
    bases = (base for (its, _), three in _BASES.items() if its is env for base in three)
    return frozenset(map(host_of, bases))


def overridden(table: Endpoints, market: Market, given: Overrides) -> Endpoints:
    """Put the user's addresses in place of the table's, completed with the market's paths.

    Raises UsageError for a malformed address and ConfigError for plaintext off this machine.
    """
    market_api = MARKET_APIS[market]
    changed = table
    if given.rest is not None:
        changed = replace(changed, rest=_checked(given.rest, "--rest-url", "http").rstrip("/"))
    if given.ws_api is not None:
        url = _checked(given.ws_api, "--ws-api-url", "ws")
        bare = urlsplit(url).path in ("", "/")
        changed = replace(changed, ws_api=url.rstrip("/") + market_api.ws_api_path if bare else url)
    if given.stream is not None:
        url = _checked(given.stream, "--stream-url", "ws")
        whole = "{listenKey}" in url
        changed = replace(
            changed, stream=url if whole else url.rstrip("/") + market_api.stream_path
        )
    return changed


def sandbox_base(url: str) -> str:
    """The one address of a sandbox that is served somewhere, for both markets and all they have.

    Raises UsageError for a malformed address and ConfigError for plaintext off this machine.
    """
    base = _checked(url, "--sandbox", "http")
    if urlsplit(base).path.strip("/"):
        raise UsageError("--sandbox has a path in its address.", hint="Write http://host:port.")
    return base.rstrip("/")


def stream_url(template: str, listen_key: str, events: tuple[str, ...]) -> str:
    """Fill a stream template; the result is a secret, because the listenKey is."""
    filled = template.replace("{listenKey}", quote(listen_key, safe=""))
    return filled.replace("{events}", "/".join(events))


def market_stream_url(market: Market, place: Endpoints) -> str:
    """Where a market's public streams are: beside its account streams, and no secret is in it.

    What stands before the account stream's own path is kept, for a given address may lead through
    a path of its own.
    """
    parts = urlsplit(place.stream)
    own = MARKET_APIS[market].stream_path.split("?")[0].split("{")[0].rstrip("/")
    before, found, _ = parts.path.partition(own)
    prefix = before if found and "{" not in before else ""
    return f"{parts.scheme}://{parts.netloc}{prefix}{MARKET_APIS[market].market_path}"


def _checked(url: str, option: str, scheme: str) -> str:
    """Refuse an address that is malformed, or that would send a key in plaintext."""
    # What may be a password or a token is not repeated.
    given = option if set("@?#") & set(url) else f"{option} {url!r}"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as exc:
        raise UsageError(
            f"{given} is not an address.", hint=f"Write {scheme}s://host[:port]."
        ) from exc
    # What a parser strips, others send: "…/order?\n" would make a query of the path behind it.
    clean = url.isprintable() and " " not in url
    bare = scheme == "ws" or not (parts.query or parts.fragment or url.endswith(("?", "#")))
    if parts.username is not None:
        raise UsageError(
            f"{option} has a user name in its address.",
            hint=f"Write {scheme}s://host[:port]; the key is what tells who asks.",
        )
    known = parts.scheme in (scheme, f"{scheme}s")
    if not (known and host and is_host(host) and bare and clean):
        raise UsageError(
            f"{given} is not a {scheme}s:// address.",
            hint=f"Write {scheme}s://host[:port]; plain {scheme}:// only for this machine.",
        )
    if not (parts.path + parts.query + parts.fragment).isascii():  # RFC 3986; a host has IDNA
        raise UsageError(
            f"{given} has characters behind the host that no address can have.",
            hint="Write each of them as the bytes of its UTF-8: %C3%BC for ü.",
        )
    if parts.scheme == scheme and not is_loopback(host):
        raise ConfigError(
            f"{option} would send your key to {host} in plaintext.",
            hint=f"Use {scheme}s://; plain {scheme}:// is for this machine's own address only.",
        )
    return url


def is_host(host: str) -> bool:
    """Whether a text can be a host's name: no part of it is empty or longer than names may be."""
    if host.isascii():  # to ask Python's IDNA, as below, loads its tables
        *parts, last = host.split(".")
        return bool(host) and len(last) < 64 and all(0 < len(each) < 64 for each in parts)
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def bracketed(host: str) -> str:
    """A host as it stands before a port (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, however its address is spelled."""
    bare = host.strip("[]")
    if bare == "127.0.0.1":  # for which no library need be loaded
        return True
    if not (bare[:1].isdigit() or ":" in bare):
        return host.lower() == "localhost"
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False

"""Which proxy stands before an address, by the environment, as both transports see it. Pure."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from binfut_cli.doctor.findings import Judged, Verdict

LOOPBACK = ("localhost", "127.0.0.1", "::1")
DEFAULT_PORT = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; its name and password are in `authorization` alone, which nothing prints."""

    host: str
    port: int
    authorization: str | None

    def __repr__(self) -> str:
        return f"Proxy({self.shown})"

    @property
    def shown(self) -> str:
        """What may be told of it: no name, no password, and no host that comes with one."""
        if self.authorization:
            return "a proxy with a password"
        return f"the proxy {self.host}:{self.port}"


def proxy_for(host: str, secure: bool, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for a host; this machine's own addresses never have one."""
    given = _value("https_proxy" if secure else "http_proxy", environ)
    if host in LOOPBACK or not given or _is_excepted(host, environ):
        return None
    parts = urlsplit(given if "://" in given else f"http://{given}")
    authorization = None
    if parts.username:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(words.encode()).decode()
    return Proxy(parts.hostname or "", _port(parts.netloc), authorization)


def judged(environ: Mapping[str, str]) -> Judged:
    """Judge the variables themselves; whether the proxy works is seen when it is used."""
    given = _value("https_proxy", environ)
    everything = _value("all_proxy", environ)
    if not given:
        if everything:
            return Judged(
                "all_proxy is set, which the WebSocket connections do not read",
                Verdict.WARN,
                "Set https_proxy instead.",
            )
        return Judged("none")
    scheme = given.split("://")[0].lower() if "://" in given else "http"
    proxy = proxy_for("any.invalid", True, {"https_proxy": given})
    seen = proxy.shown if proxy else "none"
    if scheme != "http":
        return Judged(
            f"{seen} is given as {scheme}://",
            Verdict.WARN,
            "WebSocket connections go through http:// proxies only; give one in https_proxy.",
        )
    return Judged(f"{seen}, from https_proxy")


def _is_excepted(host: str, environ: Mapping[str, str]) -> bool:
    listed = [name.lstrip(".") for name in _value("no_proxy", environ).split(",") if name]
    return any(name in ("*", host) or host.endswith(f".{name}") for name in listed)


def _port(netloc: str) -> int:
    try:
        return urlsplit(f"//{netloc}").port or DEFAULT_PORT
    except ValueError:
        return DEFAULT_PORT


def _value(name: str, environ: Mapping[str, str]) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").replace(" ", "")

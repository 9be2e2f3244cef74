"""One REST request: the fallback for the listenKey and the time, and what the WS-API has not.

The only home of `requests`, which costs 60 ms to import: import this file where it is needed.
"""

import os
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter

from binfut_cli import __version__
from binfut_cli.api import allowed
from binfut_cli.api.allowed import Way
from binfut_cli.api.transport import tls
from binfut_cli.api.transport.answers import MAX_BODY, OTHER, Answer, too_long
from binfut_cli.api.transport.deadline import Deadline, within
from binfut_cli.api.transport.proxies import Proxy, proxy_for, refused_by_proxy
from binfut_cli.errors import NetworkError

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Adapter(HTTPAdapter):
    """Verify with the same certificates as the WebSocket connections, and read within bounds."""

    def __init__(self, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        self._deadline, self._context = deadline, context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        self._bound(manager)
        return manager

    def _bound(self, manager: Any) -> None:
        """Have every connection of the manager, also to a proxy, read its answers by `Answer`."""
        answer = staticmethod(partial(Answer, self._deadline))
        manager.pool_classes_by_scheme = {
            scheme: _derived(
                pool, ConnectionCls=_derived(pool.ConnectionCls, response_class=answer)
            )
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }


def _derived(kind: type, **attributes: Any) -> type:
    return type(kind.__name__, (kind,), attributes)


def send(
    method: str, base: str, path: str, query: str, headers: Mapping[str, str], deadline: Deadline
) -> Response:
    """Send one request and read its answer within the deadline; no redirect is followed.

    Raise PermissionError for one that is not allowed, NetworkError if no answer comes. The address
    may be a secret (a signature is in it): errors name the host alone.
    """
    allowed.check(Way.REST, f"{method} {path}")
    url = f"{base}{path}{'?' if query else ''}{query}"
    parts = urlsplit(url)
    host, proxy = parts.netloc, proxy_for(parts.hostname or "", parts.scheme == "https", os.environ)
    with _session(parts.scheme, deadline) as session:
        try:
            return within(
                deadline,
                lambda: _exchange(session, method, url, headers, deadline, proxy),
                session.close,
            )
        except requests.Timeout as exc:
            raise deadline.passed() from exc
        except requests.exceptions.SSLError as exc:
            raise tls.untrusted(host, exc) from exc
        except requests.exceptions.ProxyError as exc:
            raise refused_by_proxy(proxy) from exc
        except requests.RequestException as exc:
            raise NetworkError(
                f"{host} cannot be reached over HTTP ({type(exc).__name__}).",
                hint="Check the network, the proxy and the address.",
            ) from exc


def _session(scheme: str, deadline: Deadline) -> requests.Session:
    """One for addresses of a scheme; certificates are read where they are needed: 25 ms."""
    session, context = requests.Session(), tls.context() if scheme == "https" else None
    session.adapters.clear()
    session.mount(f"{scheme}://", _Adapter(deadline, context))
    session.trust_env = False  # no netrc; proxies are taken from the environment below
    session.headers["User-Agent"] = f"binfut/{__version__}"
    session.headers["Accept-Encoding"] = "gzip"
    return session


def _exchange(
    session: requests.Session,
    method: str,
    url: str,
    headers: Mapping[str, str],
    deadline: Deadline,
    proxy: Proxy | None,
) -> Response:
    with session.request(
        method,
        url,
        headers=headers,
        timeout=deadline.left(),
        allow_redirects=False,
        stream=True,
        proxies=_proxies(proxy),
    ) as answer:
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, found, _body(answer, deadline))


def _proxies(proxy: Proxy | None) -> dict[str, str]:
    if proxy is None:
        return {}
    name, password = (quote(word, safe="") for word in proxy.words or ("", ""))
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    address = f"http://{f'{name}:{password}@' if proxy.words else ''}{host}:{proxy.port}"
    return {"http": address, "https": address}


def _body(answer: requests.Response, deadline: Deadline) -> bytes:
    """The body, whose bound holds of what is unpacked too: urllib3 unpacks without one."""
    unpacked = _unpacking(answer.raw.headers.pop("Content-Encoding", "identity").lower())
    body = bytearray()
    for chunk in answer.iter_content(CHUNK):
        body += unpacked(chunk, MAX_BODY + 1 - len(body))
        deadline.left()
        if len(body) > MAX_BODY:
            raise too_long()
    return bytes(body)


def _unpacking(encoding: str) -> Callable[[bytes, int], bytes]:
    """What makes the plain text of a chunk, no more than so many bytes of it."""
    if encoding == "identity":
        return lambda chunk, most: chunk
    if encoding != "gzip":
        raise NetworkError("An answer came in an encoding that nobody asked for.", hint=OTHER)
    gzip = zlib.decompressobj(wbits=31)

    def unpacked(chunk: bytes, most: int) -> bytes:
        try:
            return gzip.decompress(chunk, most)
        except zlib.error as exc:
            raise NetworkError("An answer cannot be unpacked.", hint=OTHER) from exc

    return unpacked

"""A socket to a host, or why there is none: name, TCP, proxy, TLS, within one deadline.

Both ways begin here, the WebSocket and REST, and whoever looks where a connection ends can take the
first steps alone. Nothing is sent, but a CONNECT to a proxy.
"""

import contextlib
import os
import re
import selectors
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from binfut_cli.api.transport import tls
from binfut_cli.api.transport.deadline import Deadline, within
from binfut_cli.api.transport.proxies import Proxy, proxy_for, refused_by_proxy
from binfut_cli.api.transport.waiting import here
from binfut_cli.endpoints import bracketed
from binfut_cli.errors import NetworkError

T = TypeVar("T")
Hop = tuple[str, int]
"""A host and a port."""

MAX_HEAD = 64 * 1024
UNREACHABLE = "Check the network, the proxy and the address."
_SECURE = ("wss", "https")
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class HandshakeRefused(Exception):
    """The server answered the upgrade with an HTTP status other than 101.

    The names of `headers` are lower-case; `body` is what of it came.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.body = body


class Dialling:
    """One attempt to reach the host of an address, which another thread may abandon.

    The address may be a secret (a listenKey or a signature is in it): errors name the host alone.
    """

    def __init__(self, url: str, deadline: Deadline) -> None:
        self.parts, self._deadline = urlsplit(url), deadline
        self.host = self.parts.netloc
        self._proxy: Proxy | None = None
        self._sock: socket.socket | None = None
        self._finished = self._abandoned = False

    def run(self, speak: Callable[[socket.socket], T]) -> T:
        """What comes of speaking over the socket, which does not block; it is closed if that fails.

        Raise NetworkError for what the system raises.
        """
        try:
            with self._reasons():
                return speak(self._opened())
        except BaseException:
            self._close()
            raise
        finally:
            self._finished = True
            if self._abandoned:
                self._close()

    def abandon(self) -> None:
        """Wake what waits on the socket; it is closed by whoever comes last."""
        self._abandoned = True
        if self._sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        if self._finished:
            self._close()

    def _close(self) -> None:
        if self._sock is not None:
            self._sock.close()

    def _opened(self) -> socket.socket:
        name, is_secure = self.parts.hostname or "", self.parts.scheme in _SECURE
        self._proxy = proxy_for(name, is_secure, os.environ)
        if is_secure:
            tls.context()  # what it lacks is told before all else
        self._sock = self._connected(name, self.parts.port or _usual_port(self.parts))
        if is_secure:
            self._sock = sock = _wrapped(self._sock, name)
            patiently(sock.do_handshake, sock, self._deadline)
        return self._sock

    def _connected(self, name: str, port: int) -> socket.socket:
        """A connection to the host, by way of the proxy if there is one."""
        proxy = self._proxy
        if proxy is None:
            return _connected((name, port), self._deadline)
        try:
            self._sock = _connected((proxy.host, proxy.port), self._deadline)
            _tunnel(self._sock, (name, port), proxy.authorization, self._deadline)
        except TimeoutError:
            raise
        except OSError as exc:
            raise refused_by_proxy(proxy) from exc
        return self._sock

    @contextlib.contextmanager
    def _reasons(self) -> Iterator[None]:
        """Make errors of ours of what the system raises."""
        try:
            yield
        except TimeoutError as exc:
            raise self._deadline.passed() from exc
        except ssl.SSLError as exc:
            raise tls.untrusted(self.host, exc) from exc
        except (OSError, ValueError) as exc:
            raise NetworkError(
                f"{self.host} cannot be reached: {why(exc)}.", hint=UNREACHABLE
            ) from exc


def authority(parts: SplitResult) -> str:
    """What a request's Host says of its address: the port as well, unless it is the scheme's."""
    port = "" if parts.port in (None, _usual_port(parts)) else f":{parts.port}"
    return f"{_written(parts.hostname or '')}{port}"


def _usual_port(parts: SplitResult) -> int:
    return 443 if parts.scheme in _SECURE else 80


def addresses(hop: Hop, deadline: Deadline) -> set[str]:
    """The addresses of a host; raise what the system does."""
    return {str(address[0]) for *_, address in _alone(deadline, lambda: _resolved(hop))}


def knock(hop: Hop, deadline: Deadline) -> None:
    """Open a TCP connection, and close it; raise what the system does."""
    _alone(deadline, lambda: _connected(hop, deadline).close())


def shake_hands(
    first: Hop, last: Hop, authorization: str | None, deadline: Deadline
) -> tuple[str | None, dict[str, Any]]:
    """The version of TLS that a host speaks, and its certificate; raise what the system does.

    A `first` hop that is not the last is a proxy, which takes the `authorization`.
    """
    return _alone(deadline, lambda: _shaken(first, last, authorization, deadline))


def _shaken(
    first: Hop, last: Hop, authorization: str | None, deadline: Deadline
) -> tuple[str | None, dict[str, Any]]:
    with _connected(first, deadline) as plain:
        if first != last:
            _tunnel(plain, last, authorization, deadline)
        with _wrapped(plain, last[0]) as sock:
            patiently(sock.do_handshake, sock, deadline)
            return sock.version(), sock.getpeercert() or {}


def _alone(deadline: Deadline, work: Callable[[], T]) -> T:
    """Bound work that ends by itself soon after; nothing needs to be closed under it."""
    try:
        return within(deadline, work, lambda: None)
    except TimeoutError as exc:
        raise deadline.passed() from exc


def _wrapped(sock: socket.socket, name: str) -> ssl.SSLSocket:
    return tls.context().wrap_socket(
        sock, server_hostname=_spelled(name), do_handshake_on_connect=False
    )


def _connected(hop: Hop, deadline: Deadline) -> socket.socket:
    sock = _dialled(hop, deadline)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return sock


def _resolved(hop: Hop) -> list[Any]:
    name, port = hop
    return _by_turns(socket.getaddrinfo(_spelled(name), port, type=socket.SOCK_STREAM))


def _by_turns(found: list[Any]) -> list[Any]:
    """The addresses, of each family by turns (RFC 8305): often all of one swallow packets."""
    families: dict[int, list[Any]] = {}
    for each in found:
        families.setdefault(each[0], []).append(each)
    return [each for row in zip_longest(*families.values()) for each in row if each is not None]


def _spelled(name: str) -> bytes:
    """A name as it goes over the wire: as text, ASCII too would load Python's IDNA and its tables.

    That one writes the names of other alphabets; raise UnicodeError for what is none.
    """
    return name.encode("ascii" if name.isascii() else "idna")


def _dialled(hop: Hop, deadline: Deadline) -> socket.socket:
    """A socket that does not block, connected to the first address of a name that answers.

    One that swallows packets has its share of the time, and leaves the others theirs.
    """
    found = here.aside(deadline, lambda: _resolved(hop))
    fault: Exception = OSError("its name has no address")
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        share = deadline.share(len(found) - tried)
        try:
            return _reached(socket.socket(family, kind, protocol), address, share)
        except (OSError, NetworkError) as exc:
            fault = exc
    raise fault


def _reached(sock: socket.socket, address: Any, deadline: Deadline) -> socket.socket:
    """The socket, connected; closed again if that fails."""
    try:
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            sock.connect(address)
            return sock
        while not _waited(sock, deadline, for_room=True):
            deadline.left()
        if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(number, os.strerror(number))
    except BaseException:
        sock.close()
        raise
    return sock


def sent(sock: socket.socket, data: bytes, deadline: Deadline) -> None:
    """Send all of it over a socket that does not block."""
    unsent = memoryview(data)

    def some() -> int:
        return sock.send(unsent)

    while unsent:
        unsent = unsent[patiently(some, sock, deadline) :]


def patiently(step: Callable[[], T], sock: socket.socket, deadline: Deadline) -> T:
    """Do something with a socket that does not block, as soon as it is ready for that."""
    while True:
        try:
            return step()
        except (BlockingIOError, ssl.SSLWantReadError):
            _waited(sock, deadline)
        except ssl.SSLWantWriteError:
            _waited(sock, deadline, for_room=True)


def _waited(sock: socket.socket, deadline: Deadline, *, for_room: bool = False) -> bool:
    """Wait as this thread does; whether a socket is ready. Raise NetworkError when it is late."""
    waits, left_s = here.here(), deadline.left()
    if waits is not None:
        wait = waits.writable if for_room else waits.readable
        return wait(sock.fileno(), left_s)
    with selectors.DefaultSelector() as ready:
        ready.register(sock, selectors.EVENT_WRITE if for_room else selectors.EVENT_READ)
        return bool(ready.select(left_s))


def _tunnel(sock: socket.socket, hop: Hop, authorization: str | None, deadline: Deadline) -> None:
    """Have a proxy connect to a host; raise OSError if it will not."""
    name, port = hop
    target = f"{_written(name)}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if authorization:
        lines.append(f"Proxy-Authorization: {authorization}")
    sent(sock, "\r\n".join([*lines, "", ""]).encode(), deadline)
    answered = status(head(sock, deadline))
    if not 200 <= answered < 300:
        raise ConnectionError(f"HTTP {answered}")


def _written(host: str) -> str:
    """A host as HTTP writes it, in ASCII."""
    return bracketed(_spelled(host).decode())


def head(sock: socket.socket, deadline: Deadline) -> bytes:
    """A status line, fields and the empty line behind them; byte by byte, to read nothing more."""
    found = bytearray()
    while not found.endswith((b"\n\r\n", b"\n\n")):
        if len(found) >= MAX_HEAD:
            raise ConnectionError(f"the head of its answer is over {MAX_HEAD // 1024} KiB")
        byte = patiently(lambda: sock.recv(1), sock, deadline)
        if not byte:
            raise ConnectionError("it ended the connection")
        found += byte
    return bytes(found)


def status(found: bytes) -> int:
    """The status that a head begins with; raise ConnectionError for what is none."""
    line = re.match(rb"HTTP/1\.[01] ([1-5][0-9][0-9])\b", found)
    if line is None:
        raise ConnectionError("its answer is not HTTP")
    return int(line[1])


def why(exc: BaseException) -> str:
    """The plain reason inside an exception of the network libraries."""
    return "its name has no address" if isinstance(exc, socket.gaierror) else tls.said(exc)

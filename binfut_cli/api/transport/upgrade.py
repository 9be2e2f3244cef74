"""A socket on which a WebSocket may speak, or why there is none: name, TCP, proxy, TLS, upgrade.

websocket-client asks for the upgrade and checks what was agreed to. It is given a socket that hands
out the answer's head, which is read here: not more than MAX_HEAD, not beyond the deadline, and no
byte further, so that the frames behind it are still there. A refusal keeps its status, whatever
becomes of its body.
"""

import contextlib
import io
import os
import re
import selectors
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import websocket
from websocket._handshake import CookieJar

from binfut_cli import __version__
from binfut_cli.api.transport import tls
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.proxies import Proxy, proxy_for, refused_by_proxy
from binfut_cli.api.transport.waiting import here
from binfut_cli.errors import NetworkError

T = TypeVar("T")

MAX_HEAD = 64 * 1024
INTERIMS = 8  # answers like 103 that may come before the one that counts
UNREACHABLE = "Check the network, the proxy and the address."
_UNASKED = {"sec-websocket-extensions": "an extension", "sec-websocket-protocol": "a subprotocol"}
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


class Opening:
    """One attempt to open a WebSocket, which another thread may abandon.

    No redirect is followed. The address may be a secret (a listenKey is in it): errors name the
    host alone.
    """

    def __init__(self, url: str, deadline: Deadline) -> None:
        self._url, self._deadline = url, deadline
        self.host = urlsplit(url).netloc
        self._proxy: Proxy | None = None
        self._sock: socket.socket | None = None
        self._finished = self._abandoned = False

    def run(self) -> socket.socket:
        """The socket, upgraded; raise HandshakeRefused, or NetworkError for all else."""
        try:
            with self._reasons():
                return self._opened()
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
        parts = urlsplit(self._url)
        name, is_secure = parts.hostname or "", parts.scheme == "wss"
        port = parts.port or (443 if is_secure else 80)
        self._proxy = proxy_for(name, is_secure, os.environ)
        context = tls.context() if is_secure else None  # what it lacks is told before all else
        self._sock = self._connected(name, port)
        if context is not None:
            self._sock = sock = context.wrap_socket(
                self._sock, server_hostname=name, do_handshake_on_connect=False
            )
            _patiently(sock.do_handshake, sock, self._deadline)
        self._upgrade(self._sock)
        return self._sock

    def _connected(self, name: str, port: int) -> socket.socket:
        """A connection to the host, by way of the proxy if there is one."""
        proxy = self._proxy
        if proxy is None:
            return _connected(name, port, self._deadline)
        try:
            self._sock = _connected(proxy.host, proxy.port, self._deadline)
            _tunnel(self._sock, name, port, proxy, self._deadline)
        except TimeoutError:
            raise
        except OSError as exc:
            raise refused_by_proxy(proxy) from exc
        return self._sock

    def _upgrade(self, sock: socket.socket) -> None:
        raw = websocket.WebSocket()
        CookieJar.jar.clear()  # kept for the whole process by the library; we give none back
        raw.connect(  # type: ignore[no-untyped-call]
            self._url,
            socket=_Answered(sock, self._deadline),
            redirect_limit=0,
            suppress_origin=True,
            header=[f"User-Agent: binfut/{__version__}"],
        )
        agreed = raw.handshake_response.headers if raw.handshake_response else {}
        for field, what in _UNASKED.items():
            if agreed.get(field):
                raise NetworkError(
                    f"{self.host} broke the protocol: it chose {what} that nobody asked for.",
                    hint=UNREACHABLE,
                )

    @contextlib.contextmanager
    def _reasons(self) -> Iterator[None]:
        """Make errors of ours of what the system and the library raise."""
        try:
            yield
        except (TimeoutError, websocket.WebSocketTimeoutException) as exc:
            raise self._deadline.passed() from exc
        except ssl.SSLError as exc:
            raise tls.untrusted(self.host, exc) from exc
        except (OSError, ValueError, websocket.WebSocketException) as exc:
            raise NetworkError(
                f"{self.host} cannot be reached: {why(exc)}.", hint=UNREACHABLE
            ) from exc


class _Answered:
    """The socket as websocket-client sees it: all that can be read is the head of a 101."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._head: io.BytesIO | None = None

    def send(self, data: bytes) -> int:
        """Send at least some of it."""
        return _patiently(lambda: self._sock.send(data), self._sock, self._deadline)

    def recv(self, size: int) -> bytes:
        """The next bytes of the head; raise HandshakeRefused for any other answer."""
        if self._head is None:
            self._head = io.BytesIO(_agreed(self._sock, self._deadline))
        return self._head.read(size)

    def gettimeout(self) -> float | None:
        """As of the socket."""
        return self._sock.gettimeout()

    def close(self) -> None:
        """Leave that to the owner of the socket."""


def _connected(name: str, port: int, deadline: Deadline) -> socket.socket:
    sock = _dialled(name, port, deadline)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return sock


def _dialled(name: str, port: int, deadline: Deadline) -> socket.socket:
    """A socket that does not block, connected to the first address of a name that answers."""
    found = here.aside(deadline, lambda: socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    fault = OSError("its name has no address")
    for family, kind, protocol, _, address in found:
        try:
            return _reached(socket.socket(family, kind, protocol), address, deadline)
        except OSError as exc:
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


def _patiently(step: Callable[[], T], sock: socket.socket, deadline: Deadline) -> T:
    """Do something with a socket as soon as it is ready for that."""
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


def _tunnel(sock: socket.socket, name: str, port: int, proxy: Proxy, deadline: Deadline) -> None:
    """Have the proxy connect to the host; raise OSError if it will not."""
    target = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    status = _status(_head(sock, deadline))
    if not 200 <= status < 300:
        raise ConnectionError(f"HTTP {status}")


def _agreed(sock: socket.socket, deadline: Deadline) -> bytes:
    """The head of a 101; raise HandshakeRefused for another status."""
    for _ in range(INTERIMS):
        head = _head(sock, deadline)
        status = _status(head)
        if status == 101:
            return head
        if status >= 200:
            raise _refused(status, head, sock, deadline)
    raise ConnectionError("it answers without end")


def _head(sock: socket.socket, deadline: Deadline) -> bytes:
    """A status line, fields and the empty line behind them; byte by byte, to read no frame."""
    head = bytearray()
    while not head.endswith((b"\n\r\n", b"\n\n")):
        if len(head) >= MAX_HEAD:
            raise ConnectionError(f"the head of its answer is over {MAX_HEAD // 1024} KiB")
        byte = _patiently(lambda: sock.recv(1), sock, deadline)
        if not byte:
            raise ConnectionError("it ended the connection")
        head += byte
    return bytes(head)


def _status(head: bytes) -> int:
    found = re.match(rb"HTTP/1\.[01] ([1-5][0-9][0-9])\b", head)
    if found is None:
        raise ConnectionError("its answer is not HTTP")
    return int(found[1])


def _refused(status: int, head: bytes, sock: socket.socket, deadline: Deadline) -> HandshakeRefused:
    from binfut_cli.api.transport.answers import refusal  # rare, and it costs 10 ms

    return HandshakeRefused(status, *here.aside(deadline, lambda: refusal(head, sock, deadline)))


def why(exc: BaseException) -> str:
    """The plain reason inside an exception of the network libraries."""
    return "its name has no address" if isinstance(exc, socket.gaierror) else tls.said(exc)

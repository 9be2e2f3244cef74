"""One WebSocket connection: websocket-client opens it, our splitter reads it.

The library makes the connection (proxy, TLS, upgrade) and reads the handshake byte by byte, so
nothing is lost when the socket is taken over. Frames are split here because that is ten times
cheaper, bounds a message's size before its bytes arrive, and lets one thread read while another
writes.
"""

import contextlib
import os
import selectors
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import websocket
from websocket._handshake import CookieJar

from binfut_cli import __version__
from binfut_cli.api import allowed
from binfut_cli.api.allowed import Way
from binfut_cli.api.transport import frames, tls
from binfut_cli.api.transport.deadline import Deadline, within
from binfut_cli.api.transport.proxies import Proxy, proxy_for, refused_by_proxy
from binfut_cli.codec import dumps
from binfut_cli.errors import NetworkError

MAX_MESSAGE = 8 * 1024 * 1024  # a COIN-M account in hedge mode is about 1 MB
CHUNK = 64 * 1024  # larger reads are slower
SEND_S = 10.0
UNACKNOWLEDGED_MS = 20_000
"""How long the kernel may wait for the other side to acknowledge what was sent; without this limit
a network that swallows packets is noticed after many minutes, and own pings make it later."""
GOODBYE_S = 0.2
WAKE_S = 1.0
NORMAL = 1000

_UNREACHABLE = "Check the network, the proxy and the address."
_TLS_HINT = (
    "Do not go on over this connection: check the computer's clock, and whether a proxy or virus "
    "scanner replaces certificates (its CA can be given in SSL_CERT_FILE)."
)


Params = Mapping[str, Any] | Sequence[str]


class HandshakeRefused(Exception):
    """The server answered the upgrade with an HTTP status other than 101."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.body = body


class ConnectionClosed(NetworkError):
    """The peer closed the connection, or it broke; `code` is the close code, if one came."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message, hint=_UNREACHABLE)
        self.code = code


class Connection:
    """Requests out, messages in. One thread may receive while others send."""

    def __init__(self, sock: socket.socket, host: str, way: Way) -> None:
        sock.setblocking(False)
        _limit_silence(sock)
        self._sock = sock
        self._host = host
        self._way = way
        self._splitter = frames.Splitter(MAX_MESSAGE)
        # OpenSSL forbids reading and writing one TLS connection at the same moment.
        self._lock = threading.Lock()
        self._receiving = threading.Lock()  # held by the thread that waits for bytes
        self._readable = selectors.DefaultSelector()
        self._readable.register(sock, selectors.EVENT_READ)
        self._end: ConnectionClosed | None = None  # why nothing more will come
        self._has_said_goodbye = False

    def send(self, id_: int, method: str, params: Params = ()) -> None:
        """Send one request; raise ConnectionClosed if it cannot be sent.

        Raise PermissionError for a method that is not allowed: no other text leaves here.
        """
        allowed.check(self._way, method)
        request = {"id": id_, "method": method}
        self._send(frames.TEXT, dumps({**request, "params": params} if params else request))

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping; the pong comes back in `receive`."""
        self._send(frames.PING, payload)

    def say_goodbye(self) -> None:
        """Send a close frame and go on receiving: what the peer had on its way still comes."""
        self._say_goodbye(NORMAL)

    def receive(self, timeout_s: float) -> list[frames.Message]:
        """Wait for what one read brings: data messages and pongs, or [] when nothing came.

        Pings are answered here. Raise ConnectionClosed at the end; the messages that came with the
        end are given out first.
        """
        if self._end is not None:
            raise self._end
        try:
            with self._receiving:
                data = self._read(timeout_s)
        except (OSError, ValueError) as exc:  # ValueError: closed meanwhile by another thread
            raise self._ended(f"The connection to {self._host} broke: {_why(exc)}.") from exc
        return self._split(data) if data is not None else []

    def close(self) -> None:
        """Close at once; a receive under way on another thread ends."""
        self._ended(f"The connection to {self._host} is closed.")
        self._say_goodbye(NORMAL)
        with contextlib.suppress(OSError):  # the peer was gone before
            self._sock.shutdown(socket.SHUT_RDWR)
        # That wakes whoever waits for bytes; a descriptor closed before it woke would let it sleep.
        woken = self._receiving.acquire(timeout=WAKE_S)
        self._readable.close()
        self._sock.close()
        if woken:
            self._receiving.release()

    def _read(self, timeout_s: float) -> bytes | None:
        """The bytes of one read; None when none came in time; b"" at the end."""
        if not self._buffered() and not self._readable.select(timeout_s):
            return None
        with self._lock:
            try:
                return self._sock.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return None

    def _buffered(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def _split(self, data: bytes) -> list[frames.Message]:
        if not data:
            raise self._ended(f"{self._host} ended the connection without a close frame.")
        try:
            messages = self._splitter.feed(data)
        except frames.FrameError as exc:
            self._ended(f"{self._host} broke the protocol: {exc}.", exc.code)
            self._say_goodbye(exc.code)
            messages = exc.messages
        if any(opcode != frames.TEXT for opcode, _ in messages):
            messages = self._without_control(messages)
        if self._end is not None and not messages:
            raise self._end
        return messages

    def _without_control(self, messages: list[frames.Message]) -> list[frames.Message]:
        kept: list[frames.Message] = []
        for opcode, payload in messages:
            if opcode == frames.PING:
                self._answer(payload)
            elif opcode == frames.CLOSE:
                code, reason = frames.close_status(payload)
                said = f"{code} {reason}".strip()
                self._ended(f"{self._host} closed the connection ({said}).", code)
                self._say_goodbye(NORMAL)
            else:
                kept.append((opcode, payload))
        return kept

    def _answer(self, payload: bytes) -> None:
        """Send a pong; if that fails, what came with the ping is given out before the end."""
        try:
            self._send(frames.PONG, payload)
        except NetworkError as exc:
            self._ended(exc.message)

    def _ended(self, message: str, code: int | None = None) -> ConnectionClosed:
        """Remember the first reason why nothing more will come."""
        if self._end is None:
            self._end = ConnectionClosed(message, code)
        return self._end

    def _say_goodbye(self, code: int) -> None:
        """Send one close frame if the peer still listens (RFC 6455 section 7.1)."""
        if self._has_said_goodbye:
            return
        self._has_said_goodbye = True
        frame = frames.encode(frames.CLOSE, code.to_bytes(2), os.urandom(4))
        with contextlib.suppress(OSError, ValueError, NetworkError):
            self._write(frame, Deadline(GOODBYE_S, "The close frame"))

    def _send(self, opcode: int, payload: bytes) -> None:
        frame = frames.encode(opcode, payload, os.urandom(4))
        try:
            self._write(frame, Deadline(SEND_S, f"Sending to {self._host}"))
        except (OSError, ValueError) as exc:
            raise self._ended(f"The connection to {self._host} broke: {_why(exc)}.") from exc

    def _write(self, frame: bytes, deadline: Deadline) -> None:
        view = memoryview(frame)
        with self._lock, selectors.DefaultSelector() as writable:
            writable.register(self._sock, selectors.EVENT_WRITE)
            while view:
                try:
                    view = view[self._sock.send(view) :]
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    writable.select(deadline.left())


def connect(way: Way, url: str, deadline: Deadline) -> Connection:
    """Open a connection within the deadline; no redirect is followed.

    Raise HandshakeRefused for an HTTP answer that is not an upgrade, NetworkError for all else.
    The address may be a secret (a listenKey is in it): errors name the host alone.
    """
    parts = urlsplit(url)
    host, proxy = parts.netloc, proxy_for(parts.hostname or "", parts.scheme == "wss", os.environ)
    raw = websocket.WebSocket(
        sslopt={"context": tls.context()} if url.startswith("wss:") else {},
        skip_utf8_validation=True,
    )
    within(deadline, lambda: _handshake(raw, url, host, deadline, proxy), raw.shutdown)
    if raw.sock is None:
        raise deadline.passed()
    return Connection(raw.sock, host, way)


def _handshake(
    raw: websocket.WebSocket, url: str, host: str, deadline: Deadline, proxy: Proxy | None
) -> None:
    options: dict[str, Any] = {
        "timeout": deadline.left(),
        "redirect_limit": 0,
        "suppress_origin": True,
        "header": [f"User-Agent: binfut/{__version__}"],
        **_by_way_of(proxy),
    }
    CookieJar.jar.clear()  # kept for the whole process by the library; we give none back
    try:
        raw.connect(url, **options)  # type: ignore[no-untyped-call]
    except websocket.WebSocketBadStatusException as exc:
        headers = {str(k).lower(): str(v) for k, v in (exc.resp_headers or {}).items()}
        raise HandshakeRefused(exc.status_code, headers, exc.resp_body or b"") from exc
    except (TimeoutError, websocket.WebSocketTimeoutException) as exc:
        raise deadline.passed() from exc
    except ssl.SSLError as exc:
        raise NetworkError(
            f"The TLS connection to {host} cannot be trusted: {_why(exc)}.", hint=_TLS_HINT
        ) from exc
    except websocket.WebSocketProxyException as exc:
        raise refused_by_proxy(proxy) from exc
    except (OSError, ValueError, websocket.WebSocketException) as exc:
        if proxy is not None and raw.sock is None and isinstance(exc, OSError):
            raise refused_by_proxy(proxy) from exc
        redirect = raw.handshake_response
        if redirect is not None and 300 <= redirect.status < 400:
            raise HandshakeRefused(redirect.status, {}, b"") from exc
        raise NetworkError(f"{host} cannot be reached: {_why(exc)}.", hint=_UNREACHABLE) from exc


def _limit_silence(sock: socket.socket) -> None:
    """Bound the wait for an acknowledgement, where the system can (RFC 5482)."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with contextlib.suppress(OSError):  # not a TCP socket, or a system that refuses it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)


def _by_way_of(proxy: Proxy | None) -> dict[str, Any]:
    """The library's options: given a proxy that is excepted, it looks at no variable of its own."""
    if proxy is None:
        return {"http_proxy_host": "none.invalid", "http_no_proxy": ["*"]}
    return {
        "http_proxy_host": proxy.host,
        "http_proxy_port": proxy.port,
        "http_proxy_auth": proxy.words,
        "http_no_proxy": ["none.invalid"],
    }


def _why(exc: BaseException) -> str:
    """The plain reason inside an exception of the network libraries."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message
    if isinstance(exc, socket.gaierror | websocket.WebSocketAddressException):
        return "its name has no address"
    text = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
    return text.strip().rstrip(".").lower() or type(exc).__name__

"""A stream server that prepares its frames, encrypted already, for another to send."""

import base64
import contextlib
import hashlib
import re
import socket
import ssl
import threading
from pathlib import Path

from bench.answering import answer
from bench.blast import GUID


class Session:
    """A client's connection; its TLS is made in memory, so that frames can be encrypted ahead."""

    def __init__(self, sock: socket.socket, tls: ssl.SSLContext | None) -> None:
        self.sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._in, self._out, server_side=True) if tls else None
        while self._tls is not None:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._in.write(sock.recv(65536))
        self._flush()

    def recv(self, size: int) -> bytes:
        """What comes next, b"" at the end."""
        while self._tls is not None:
            with contextlib.suppress(ssl.SSLWantReadError):
                return self._tls.read(size)
            data = self.sock.recv(size)
            if not data:
                return b""
            self._in.write(data)
        return self.sock.recv(size)

    def sendall(self, data: bytes) -> None:
        """Send at once."""
        self.sock.sendall(self.prepared(data))

    def prepared(self, data: bytes) -> bytes:
        """The bytes that are to be sent for it, in the order in which they are prepared."""
        if self._tls is None:
            return data
        self._tls.write(data)
        return self._out.read()

    def _flush(self) -> None:
        if data := self._out.read():
            self.sock.sendall(data)


class Server:
    """Listens until a private stream is there; answers it until the frames are prepared."""

    def __init__(self, pem: Path | None) -> None:
        self._tls = None
        if pem is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(pem)
            self._tls.num_tickets = 0  # they would be sent whenever it suits
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "wss" if pem else "ws"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._session: Session | None = None
        self._sending = threading.Lock()
        self.is_met = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            session = Session(sock, self._tls)
            key = _upgraded(session)
            if key is not None:
                self._session = session
                self.is_met.set()
            answer(session, key or "", self._sending)  # type: ignore[arg-type]

    def prepared(self, frames: list[bytes]) -> tuple[socket.socket, bytes]:
        """The client's socket, and what is to be sent there; nothing is answered any more."""
        assert self._session is not None
        self._sending.acquire()
        blocks = [self._session.prepared(frame) for frame in frames]
        return self._session.sock, b"".join(
            len(block).to_bytes(4, "little") + block for block in blocks
        )

    def close(self) -> None:
        """Take no more clients."""
        self._listener.close()


def _upgraded(session: Session) -> str | None:
    """Accept the upgrade; the listenKey of a private stream's path."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += session.recv(65536)
    (key,) = re.findall(rb"(?i)sec-websocket-key: *(\S+)", request)
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    session.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    found = re.search(rb"GET /private\S*listenKey=([A-Za-z0-9]+)", request)
    return found[1].decode() if found else None

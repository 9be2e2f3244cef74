"""A listening socket on loopback, one thread a connection, all of it ended by `close`."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from binfut_cli.sandbox.wire.connection import SEND_TIMEOUT_S, Connection
from binfut_cli.sandbox.wire.steps import Steps

if TYPE_CHECKING:
    import ssl

HANDSHAKE_TIMEOUT_S = 5.0


class Wake:
    """A descriptor that another thread can make readable."""

    def __init__(self) -> None:
        self._mine, self._theirs = socket.socketpair()
        self._mine.setblocking(False)
        self._theirs.setblocking(False)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._mine.fileno()

    def set(self) -> None:
        """Wake the waiter up."""
        with contextlib.suppress(OSError):  # full: it is awake; closed: it is gone
            self._theirs.send(b"!")

    def clear(self) -> None:
        """Forget the calls so far."""
        with contextlib.suppress(BlockingIOError):
            self._mine.recv(4096)

    def close(self) -> None:
        """Give both ends back."""
        self._mine.close()
        self._theirs.close()


class Listener:
    """Accept connections until closed, and hand each to `serve` in a thread of its own.

    `admit` gives what happens to a connection first, before TLS.
    """

    def __init__(
        self,
        serve: Callable[[Connection], None],
        *,
        port: int = 0,
        context: "ssl.SSLContext | None" = None,
        admit: Callable[[], Steps] = tuple,
    ) -> None:
        self._serve, self._context, self._admit = serve, context, admit
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._wake = Wake()
        self._closing = False
        self._lock = threading.Lock()
        self._open: dict[Connection, threading.Thread] = {}
        self._thread = threading.Thread(target=self._accept, name="sandbox-accept", daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._closing:
                selector.select()
                with contextlib.suppress(OSError):
                    self._begin(self._socket.accept()[0])

    def _begin(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(HANDSHAKE_TIMEOUT_S)
        connection = Connection(sock)
        thread = threading.Thread(
            target=self._run, args=(connection,), name="sandbox-serve", daemon=True
        )
        with self._lock:
            self._open[connection] = thread
            thread.start()

    def _run(self, connection: Connection) -> None:
        try:
            connection.play(self._admit())
            if connection.muted:
                connection.drain()
            if connection.over.is_set():
                return
            if self._context is not None:
                connection.sock = self._context.wrap_socket(connection.sock, server_side=True)
            connection.sock.settimeout(SEND_TIMEOUT_S)
            self._serve(connection)
        except OSError:
            pass  # the client broke off: nothing to tell anyone
        finally:
            connection.close()
            with self._lock:
                self._open.pop(connection, None)

    def close(self) -> None:
        """Stop accepting, end every connection, and wait for the threads."""
        self._closing = True
        self._wake.set()
        self._thread.join()
        self._socket.close()
        self._wake.close()
        with self._lock:
            left = dict(self._open)
        for connection in left:
            connection.end()
        for thread in left.values():
            thread.join()

"""A way to an engine that can be cut: nothing is refused then, and nothing comes through."""

import contextlib
import socket
import threading
from typing import Self


class Partition:
    """Leads every connection to a port of this computer, unless it is `cut`; `port` is its own."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._whole = threading.Event()
        self._whole.set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.mend()
        self._listener.close()

    @property
    def is_whole(self) -> bool:
        """Whether it is not cut."""
        return self._whole.is_set()

    def cut(self) -> None:
        """Let nothing through, in either direction."""
        self._whole.clear()

    def lead_to(self, port: int) -> None:
        """Lead what is opened from now on to another port; what is open breaks."""
        self._to = port
        self._break()

    def mend(self) -> None:
        """Let all through again; what was open breaks, as if a router had forgotten it."""
        self._break()
        self._whole.set()

    def _break(self) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the end
            while True:
                inner, _ = self._listener.accept()
                threading.Thread(target=self._lead, args=(inner,), daemon=True).start()

    def _lead(self, inner: socket.socket) -> None:
        self._whole.wait()
        address = "127.0.0.1", self._to
        with contextlib.suppress(OSError), inner, socket.create_connection(address) as outer:
            self._open += [inner, outer]
            back = threading.Thread(target=self._pump, args=(outer, inner), daemon=True)
            back.start()
            self._pump(inner, outer)
            back.join()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._whole.wait()
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

"""Events that wake tasks as well as threads, and what wakes a thread that waits for sockets."""

import contextlib
import socket
import threading
from collections.abc import Callable


class Bell(threading.Event):
    """An event for which threads and tasks may wait."""

    def __init__(self) -> None:
        super().__init__()
        self.wakes: set[Callable[[], None]] = set()
        """What is called when it is set; whoever adds to it looks afterwards if it was."""

    def set(self) -> None:
        """Set it, and wake all who wait."""
        super().set()
        for wake in tuple(self.wakes):
            wake()


class Alarm:
    """A pair of sockets: `ring` ends the wait for the one that is `heard`."""

    def __init__(self) -> None:
        self.heard, self._rung = socket.socketpair()
        self.heard.setblocking(False)
        self._rung.setblocking(False)

    def ring(self) -> None:
        """Wake who waits; one ring is enough, and one after the end does no harm."""
        with contextlib.suppress(OSError):
            self._rung.send(b"!")

    def quiet(self) -> None:
        """Take note of all rings so far."""
        with contextlib.suppress(BlockingIOError):
            self.heard.recv(4096)

    def close(self) -> None:
        """Give the sockets back."""
        self.heard.close()
        self._rung.close()

"""Events that wake tasks as well as threads, and what wakes a thread that waits for sockets."""

import contextlib
import io
import os
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
    """A pipe of its own: `ring` ends the wait for the end that is `heard`."""

    def __init__(self) -> None:
        ends = os.pipe()
        for end in ends:
            os.set_blocking(end, False)
        self.heard, self._rung = (
            io.FileIO(end, mode) for end, mode in zip(ends, "rw", strict=True)
        )

    def ring(self) -> None:
        """Wake who waits; one ring is enough, and one after the end does no harm."""
        with contextlib.suppress(ValueError):  # closed
            self._rung.write(b"!")

    def quiet(self) -> None:
        """Take note of all rings so far."""
        self.heard.read(4096)

    def close(self) -> None:
        """Give it back."""
        self.heard.close()
        self._rung.close()

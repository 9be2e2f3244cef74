"""What is done to the watching computer: it sleeps, its reader is slow, its disk is full."""

import contextlib
import resource
import time
from collections.abc import Callable, Iterator, Mapping

SLOW_S = 1.5  # enough for more to come than there is room for
SLEEP_S = 3600.0
NAP_S = 8.0  # too short for the connection to be given up


class Client:
    """The state of a computer: how long it has slept, and whether anyone takes what it prints."""

    def __init__(self) -> None:
        self.asleep_s = 0.0
        self._read_from_s = 0.0
        self._is_full = False

    def sleep(self) -> None:
        """Be suspended for an hour."""
        self.asleep_s += SLEEP_S

    def nap(self) -> None:
        """Be suspended for some seconds."""
        self.asleep_s += NAP_S

    def read_slowly(self) -> None:
        """Have nobody take what is printed, for a while."""
        self._read_from_s = time.monotonic() + SLOW_S

    def fill_disk(self) -> None:
        """The same, without room for what waits beyond memory."""
        self._is_full = True
        self.read_slowly()

    def print(self) -> None:
        """Take as long as the reader does; called with all that is printed."""
        left = self._read_from_s - time.monotonic()
        if left > 0:
            with no_room() if self._is_full else contextlib.nullcontext():
                time.sleep(left)
            self._is_full = False


@contextlib.contextmanager
def no_room() -> Iterator[None]:
    """Let every write into a file fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


TROUBLES: Mapping[str, Callable[[Client], None]] = {
    "the computer sleeps for an hour": Client.sleep,
    "the computer sleeps for seconds": Client.nap,
    "the reader stands still": Client.read_slowly,
    "the reader stands still, the disk is full": Client.fill_disk,
}

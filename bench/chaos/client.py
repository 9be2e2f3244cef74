"""What is done to the watching computer: it sleeps, its clock is set, its reader is slow."""

import contextlib
import itertools
import time
from collections.abc import Callable, Mapping

from binfut_cli.api.client import system_ms
from tests.support.program import no_room

SLOW_S = 1.5  # enough for more to come than there is room for
SLEEP_S = 3600.0
NAP_S = 8.0  # too short for the connection to be given up


class Client:
    """The state of a computer: its clocks, and whether anyone takes what it prints.

    `skew_ms` is how far its clock is ahead at the start; `set_ms` how far it was set ahead since,
    `asleep_s` how long it has slept.
    """

    def __init__(self, skew_ms: int = 0) -> None:
        self.skew_ms, self.set_ms, self.asleep_s = skew_ms, 0, 0.0
        self._settings_ms = itertools.cycle((-20_000, 3_000, 20_000, 0))
        self._read_from_s = 0.0
        self._is_full = False

    def sleep(self) -> None:
        """Be suspended for an hour."""
        self.asleep_s += SLEEP_S

    def nap(self) -> None:
        """Be suspended for some seconds."""
        self.asleep_s += NAP_S

    def set_clock(self) -> None:
        """Have the clock set, rightly or wrongly; what is signed by it may be refused."""
        self.set_ms = next(self._settings_ms)

    def watch_ms(self) -> int:
        """The clock that a watch goes by: nobody sets it."""
        return system_ms() + self.skew_ms

    def wall_ms(self) -> int:
        """The clock that requests are signed by."""
        return self.watch_ms() + self.set_ms

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


TROUBLES: Mapping[str, Callable[[Client], None]] = {
    "the computer sleeps for an hour": Client.sleep,
    "the computer sleeps for seconds": Client.nap,
    "the clock is set": Client.set_clock,
    "the reader stands still": Client.read_slowly,
    "the reader stands still, the disk is full": Client.fill_disk,
}

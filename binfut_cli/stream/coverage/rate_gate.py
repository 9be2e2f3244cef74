"""One gate for all that an environment is asked: closed while it says to wait, and remembered.

Accounts and markets share one pool of request weight and one address that can be banned. The moment
before which nothing may be asked outlives the program, so that a restart does not make it worse.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from binfut_cli.api.client import system_ms
from binfut_cli.api.envelope import RateLimit
from binfut_cli.codec import Unreadable, dumps, parse
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.runtime import steady

UNTOLD_MS = 60_000  # how long to wait when the exchange says that we must, but not how long
LONGEST_MS = 4 * 86_400_000  # bans last up to three days; what is further off is not believed
PACE_S = 0.4  # for each unit of weight that can wait: 150 a minute, of 2400 for the address
AHEAD_S = 30.0  # of that pace, so that what comes alone is done at once
BUSY = 0.8  # above this part of the pool, what can wait waits
MINUTE_MS = 60_000


@dataclass(slots=True)
class Pace:
    """So many seconds for each unit of weight, and so many ahead, for what comes alone."""

    unit_s: float
    ahead_s: float
    _paid_s: float = 0.0  # up to when the pace allows what was spent

    def may_spend(self, now_s: float) -> bool:
        """Whether weight may be spent now."""
        return now_s >= self._paid_s - self.ahead_s

    def spend(self, weight: int, now_s: float) -> None:
        """Take note of weight that is being spent."""
        self._paid_s = max(self._paid_s, now_s) + weight * self.unit_s


def state_file(name: str) -> Path:
    """Where the gate of an environment is remembered (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "binfut" / f"{name}.json"


class RateLimitGate:
    """Shared by all keepers; without a file it is forgotten with the program.

    What it is told and what it remembers is by `now_ms`; it waits by `steady_ms`, so that nobody
    opens it by setting the computer's clock. A refusal that names no moment to come closes it for
    `untold_ms`.
    """

    def __init__(
        self,
        file: Path | None = None,
        now_ms: Callable[[], int] = system_ms,
        steady_ms: Callable[[], int] | None = None,
        untold_ms: int = UNTOLD_MS,
    ) -> None:
        self._file, self._untold_ms = file, untold_ms
        self._now_ms = now_ms
        self._steady_ms = steady_ms or steady()
        self._lock = threading.Lock()
        self._busy_until_ms = 0
        self._pace = Pace(PACE_S, AHEAD_S)
        self._limit = 0  # of weight a minute, as last told
        self._noted_ms = 0  # what was last read of the file, or written into it
        self._open_ms = self._steady_ms() + self._remembered()  # from when on, by that clock

    def check(self) -> None:
        """Raise RateLimitedError while nothing may be asked."""
        if self.wait_ms() > 0:
            raise RateLimitedError(
                "The exchange asked to wait, and nothing is sent until then.",
                hint="Wait; every program behind this IP address counts together.",
                retry_at_ms=self._now_ms() + self.wait_ms(),
            )

    def wait_ms(self) -> int:
        """How long the gate stays closed, in ms."""
        return max(0, self._open_ms - self._steady_ms())

    def close(self, exc: RateLimitedError) -> None:
        """Let nothing through until the moment that a refusal names."""
        now, told_ms = self._now_ms(), exc.retry_at_ms
        wait_ms = self._untold_ms if told_ms is None or told_ms <= now else told_ms - now
        with self._lock:
            wait_ms = max(min(wait_ms, LONGEST_MS), self._remembered())
            if wait_ms > self.wait_ms():
                self._open_ms = self._steady_ms() + wait_ms
                self._remember(now + wait_ms)

    def saw(self, weight: RateLimit | None) -> None:
        """Take note of how much of the minute's weight is used; REST does not tell of how much."""
        if weight is None:
            return
        self._limit = weight.limit or self._limit
        if self._limit and weight.count > BUSY * self._limit:
            left_ms = MINUTE_MS - self._now_ms() % MINUTE_MS
            self._busy_until_ms = self._steady_ms() + left_ms

    @property
    def is_busy(self) -> bool:
        """Whether what can wait should wait until the next minute."""
        return self._steady_ms() < self._busy_until_ms

    def may_spend(self, now_s: float) -> bool:
        """Whether weight may be spent on what is not urgent."""
        return self._pace.may_spend(now_s) and not self.is_busy and not self.wait_ms()

    def spend(self, weight: int, now_s: float) -> None:
        """Take note of weight that is being spent on what is not urgent."""
        with self._lock:
            self._pace.spend(weight, now_s)

    def _remembered(self) -> int:
        """For how long, in ms, it is to be closed by what is new in the file."""
        if self._file is None:
            return 0
        try:
            found = parse(self._file.read_bytes())["notBefore"]
        except (OSError, Unreadable, KeyError, TypeError):
            return 0
        if type(found) is not int or found == self._noted_ms:
            return 0
        self._noted_ms, left = found, found - self._now_ms()
        return min(left, LONGEST_MS) if 0 < left <= LONGEST_MS + MINUTE_MS else 0

    def _remember(self, until_ms: int) -> None:
        if self._file is None:
            return
        self._noted_ms = until_ms
        with contextlib.suppress(OSError):  # a home that cannot be written is no reason to stop
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._file.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(dumps({"notBefore": until_ms}))
            fresh.replace(self._file)

"""One gate for hosts that are counted together: closed while one says to wait (429, 418).

Accounts and markets share one pool of request weight and one address that can be banned. The moment
before which nothing may be asked outlives the program, so that a restart does not make it worse;
what a host says is remembered of that host alone.
"""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from binfut_cli.api.client import system_ms
from binfut_cli.api.envelope import RateLimit
from binfut_cli.api.error_codes import moment
from binfut_cli.api.host_limits import HostLimit, recall, remember
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.limits.weight import Claim, WeightBudget
from binfut_cli.stream.runtime import steady

UNTOLD_MS = 60_000  # how long to wait when the exchange says that we must, but not how long
LONGEST_MS = 4 * 86_400_000  # bans last up to three days; what is further off is not believed
MINUTE_MS = 60_000


class HostGate:
    """Until when one host may not be asked, by its own word; one object a host and run.

    What it is told and what is remembered in `directory` is by `now_ms`; it waits by `steady_ms`,
    so that nobody opens it by setting the computer's clock. Without a directory its word is
    forgotten with the program.
    """

    def __init__(
        self,
        host: str = "",
        directory: Path | None = None,
        now_ms: Callable[[], int] = system_ms,
        steady_ms: Callable[[], int] | None = None,
    ) -> None:
        self.host = host
        self.limit: HostLimit | None = None  # by whose word it is closed
        self._directory, self._now_ms = directory, now_ms
        self._steady_ms = steady_ms or steady()
        self._lock = threading.Lock()
        self._noted_ms = 0  # what was last read of the file, or written into it
        self._open_ms = self._steady_ms()  # from when on, by that clock
        self._look()

    def wait_ms(self) -> int:
        """How long it stays closed, in ms."""
        return max(0, self._open_ms - self._steady_ms())

    def close(self, wait_ms: int) -> None:
        """Let nothing through for so long, and for as long as another program was told."""
        with self._lock:
            self._look()
            if min(wait_ms, LONGEST_MS) > self.wait_ms():
                now_ms = self._now_ms()
                until_ms = now_ms + min(wait_ms, LONGEST_MS)
                self._take(HostLimit(self.host, until_ms, now_ms))
                if self._directory is not None and self.limit is not None:
                    remember(self._directory, self.limit)

    def _look(self) -> None:
        """Take in what is new in the file."""
        found = recall(self._directory, self.host) if self._directory is not None else None
        if found is not None and found.not_before_ms != self._noted_ms:
            self._take(found)

    def _take(self, limit: HostLimit) -> None:
        self._noted_ms = limit.not_before_ms
        left_ms = limit.not_before_ms - self._now_ms()
        if self.wait_ms() < left_ms <= LONGEST_MS + MINUTE_MS:
            self.limit = limit
            self._open_ms = self._steady_ms() + min(left_ms, LONGEST_MS)


class RateLimitGate:
    """Shared by all keepers whose hosts are counted together, as is the `budget` of their weight.

    A refusal that names no moment to come closes it for `untold_ms`; what nobody knows the host of,
    or another's word, is forgotten with the program.
    """

    def __init__(
        self,
        hosts: Iterable[HostGate] = (),
        now_ms: Callable[[], int] = system_ms,
        steady_ms: Callable[[], int] | None = None,
        untold_ms: int = UNTOLD_MS,
        budget: WeightBudget | None = None,
    ) -> None:
        self._untold_ms, self._now_ms = untold_ms, now_ms
        self._steady_ms = steady_ms or steady()
        self._nobodys = HostGate("", None, now_ms, self._steady_ms)
        self._hosts = {each.host: each for each in (*hosts, self._nobodys)}
        self.budget = budget or WeightBudget()

    def check(self) -> None:
        """Raise RateLimitedError, which says by whose word, while nothing may be asked."""
        slowest = max(self._hosts.values(), key=HostGate.wait_ms)
        wait_ms, limit = slowest.wait_ms(), slowest.limit
        if wait_ms > 0 and limit is not None:
            raise _closed(limit, self._now_ms() + wait_ms)

    def wait_ms(self) -> int:
        """How long the gate stays closed, in ms."""
        return max(each.wait_ms() for each in self._hosts.values())

    def close(self, exc: RateLimitedError) -> None:
        """Let nothing through until the moment that a refusal names."""
        now, told_ms = self._now_ms(), exc.retry_at_ms
        wait_ms = self._untold_ms if told_ms is None or told_ms <= now else told_ms - now
        self._hosts.get(exc.host, self._nobodys).close(wait_ms)

    def saw(self, weight: RateLimit | None, now_s: float) -> None:
        """Take note of how much of the minute's weight is used; REST does not tell of how much."""
        if weight is not None:
            left_s = (MINUTE_MS - self._now_ms() % MINUTE_MS) / 1000
            self.budget.told(weight.count, weight.limit, now_s + left_s)

    def take(self, claim: Claim, now_s: float) -> float:
        """Spend what is claimed, if that may be: 0; or else when to ask again, in seconds."""
        return self.wait_ms() / 1000 or self.budget.take(claim, now_s)


def _closed(limit: HostLimit, until_ms: int) -> RateLimitedError:
    """What is said instead of asking: whose word it is, and how it is forgotten."""
    when = f"Wait until {moment(until_ms)}; every program behind this IP address counts together."
    earlier = ""
    if limit.file is not None:
        earlier = ", to an earlier run"
        when = (
            f"Wait until {moment(until_ms)}; to ask all the same, which makes a ban longer, "
            f"remove {limit.file}."
        )
    return RateLimitedError(
        f"The exchange asked to wait, and nothing is sent until then: {limit.words}{earlier}.",
        hint=when,
        retry_at_ms=until_ms,
    )

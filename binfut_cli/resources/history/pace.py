"""How fast long history may be asked for: within a share of the minute's weight, and patiently.

All programs of an address draw on one pool of request weight a minute (2400; REST tells how much of
it is used, never how much there is), and so do both markets. Source: the exchange's general-info
pages, and its notice on the integration of both markets (2026-06-30).
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from binfut_cli.api.client import system_ms
from binfut_cli.api.envelope import RateLimit
from binfut_cli.errors import BinfutError, RateLimitedError

T = TypeVar("T")
Weight = Callable[[], RateLimit | None]

MINUTE_MS = 60_000
MARGIN_MS = 1000  # the exchange takes a clock up to 1 s ahead of its own
HALF = 1200  # of the pool
LONGEST_MS = 300_000  # a refusal that names a later moment is better told than waited for
MOST_FAILURES = 3  # in a row
BACK_OFF_MS = 1000  # then twice as long each time
NAP_S = 1.0
TURN = "waiting for the exchange's minute"
AGAIN = "no answer, asking again"


class Pace:
    """Shared by the markets that are asked at once; takes `most` of each minute's weight.

    `wait` sleeps for seconds; `resting` is told why, before each sleep.
    """

    def __init__(
        self,
        most: int = HALF,
        *,
        now_ms: Callable[[], int] = system_ms,
        wait: Callable[[float], object] = time.sleep,
        resting: Callable[[str], object] = len,
    ) -> None:
        self._most, self._now_ms, self._wait, self._resting = most, now_ms, wait, resting
        self._lock = threading.Lock()
        self._used = 0  # in this minute, by every program of the address, as last told
        self._under_way = 0
        self._turn_ms = 0  # when this minute is over
        self._open_ms = 0  # from when on the exchange lets us ask

    def ask(self, question: Callable[[], T], cost: int, weight: Weight) -> T:
        """Put a question of a weight as soon as the minute has room for it.

        `weight` tells afterwards what the exchange counts, if it says so.
        """
        while (left_ms := self._taken(cost)) > 0:
            self.rest(min(left_ms, NAP_S * 1000), TURN)
        told = None
        try:
            answer = question()
            told = weight()
            return answer
        finally:
            self._settle(cost, told)

    def after(self, exc: BinfutError, failures: int, *, is_begun: bool) -> None:
        """Wait until the same may be asked again; raise what is no use waiting for.

        `failures` are those in a row before this one. Without anything read, nothing is lost by
        ending at a network that does not answer.
        """
        if failures >= MOST_FAILURES or not exc.retryable:
            raise exc
        if isinstance(exc, RateLimitedError):
            self._close(exc)
        elif is_begun:
            self.rest(BACK_OFF_MS << failures, AGAIN)
        else:
            raise exc

    def rest(self, ms: float, why: str) -> None:
        """Sleep, and say why."""
        self._resting(why)
        self._wait(ms / 1000)

    def _taken(self, cost: int) -> int:
        """0 if the weight could be taken, or how many ms to wait."""
        with self._lock:
            now = self._now_ms()
            if not 0 < self._turn_ms - now <= MINUTE_MS:  # over, or the clock was set
                self._turn_ms = now + MINUTE_MS - (now - MARGIN_MS) % MINUTE_MS
                self._used = 0
            if now < self._open_ms:
                return self._open_ms - now
            if self._used + self._under_way + cost > self._most:
                return self._turn_ms - now
            self._under_way += cost
            return 0

    def _settle(self, cost: int, told: RateLimit | None) -> None:
        """Take note of what the exchange counts by now, or else of what was asked."""
        with self._lock:
            self._under_way -= cost
            # With a limit it is the WebSocket API's meter: a proxy took REST's away.
            is_told = told is not None and not told.limit
            self._used = told.count if told is not None and is_told else self._used + cost

    def _close(self, exc: RateLimitedError) -> None:
        """Let nothing through until a refusal's moment, or the minute's turn if it names none."""
        with self._lock:
            now, told_ms = self._now_ms(), exc.retry_at_ms
            until_ms = told_ms if told_ms is not None and told_ms > now else self._turn_ms
            if exc.is_ban or until_ms - now > LONGEST_MS:
                raise exc
            self._open_ms = max(self._open_ms, until_ms)

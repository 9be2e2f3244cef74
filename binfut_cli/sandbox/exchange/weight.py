"""The request weight of one IP: a limit a minute, 429 above it, 418 for going on. Pure."""

from binfut_cli.sandbox.exchange.refusal import banned, too_many_requests

MINUTE_MS = 60_000
BAN_MS = 120_000  # the shortest ban documented
PATIENCE = 10  # requests after the first 429 before the ban


class WeightPool:
    """Count weight by the exchange's own minute."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._minute = 0
        self._used = 0
        self._refused = 0
        self._banned_until_ms = 0

    def used(self, now_ms: int) -> int:
        """The weight used in the running minute."""
        if (minute := now_ms // MINUTE_MS) != self._minute:
            self._minute, self._used, self._refused = minute, 0, 0
        return self._used

    def spend(self, weight: int, now_ms: int) -> int:
        """Add a request's weight; refuse it above the limit."""
        if now_ms < self._banned_until_ms:
            raise banned(self._banned_until_ms, _seconds(self._banned_until_ms - now_ms))
        self._used = self.used(now_ms) + weight
        if self._used > self.limit:
            self._refuse(now_ms)
        return self._used

    def ban(self, until_ms: int) -> None:
        """Refuse everything until a moment."""
        self._banned_until_ms = until_ms

    def _refuse(self, now_ms: int) -> None:
        self._refused += 1
        if self._refused > PATIENCE:
            self._banned_until_ms = now_ms + BAN_MS
            raise banned(self._banned_until_ms, _seconds(BAN_MS))
        raise too_many_requests(self.limit, _seconds(MINUTE_MS - now_ms % MINUTE_MS))

    def rate_limits(self, now_ms: int) -> list[dict[str, str | int]]:
        """`rateLimits` of a WS-API answer."""
        return [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": self.limit,
                "count": self.used(now_ms),
            }
        ]


def _seconds(ms: int) -> int:
    return -(-ms // 1000)

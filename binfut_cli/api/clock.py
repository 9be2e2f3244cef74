"""How far the exchange's clock is from ours, as one answer to `time` tells it."""

from collections.abc import Callable
from typing import Any, Self

import msgspec

from binfut_cli.api.envelope import END_OF_TIME_MS
from binfut_cli.codec import mapping_of
from binfut_cli.errors import AnswerError

EARLIEST_MS = 1_577_836_800_000  # 2020, before any of what is asked here was there


class Sample(msgspec.Struct, frozen=True):
    """One answer: our clock before and after, the exchange's between; ms since 1970 UTC."""

    sent_ms: int
    received_ms: int
    server_ms: int

    @classmethod
    def taken(cls, server_ms: Callable[[], int], now_ms: Callable[[], int]) -> Self:
        """Ask the exchange for its time, which it told somewhere between question and answer."""
        sent_ms = now_ms()
        told_ms = server_ms()
        return cls(sent_ms, now_ms(), told_ms)

    @property
    def offset_ms(self) -> float:
        """How far the exchange's clock is ahead, were it read half way."""
        return self.server_ms - (self.sent_ms + self.received_ms) / 2

    @property
    def round_trip_ms(self) -> int:
        """How long the answer took."""
        return self.received_ms - self.sent_ms


def server_time(answer: Any) -> int:
    """The moment in an answer to `time`; raise AnswerError for one that cannot be now."""
    server = mapping_of(answer, "time").get("serverTime")
    if type(server) is not int or not EARLIEST_MS < server < END_OF_TIME_MS:
        raise AnswerError("The exchange did not tell its time.", hint="Try again later.")
    return server

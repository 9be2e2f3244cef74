"""The WebSocket-API envelope: bytes to replies; and what a stream says that it subscribes to.

Source: the exchange's WebSocket-API general-info pages (both markets say the same).
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from binfut_cli import codec
from binfut_cli.api.error_codes import refused_by_code
from binfut_cli.endpoints import Market
from binfut_cli.errors import AnswerError, BinfutError

MOST_WEIGHT = 10**12  # a minute; the exchange allows 2400
END_OF_TIME_MS = 10**13  # in the year 2286; a moment in ms has 13 digits until then


class RateLimit(msgspec.Struct, frozen=True, rename="camel"):
    """One counter of `rateLimits`: `count` of `limit` used in this interval."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int = 0


class Fault(msgspec.Struct, frozen=True):
    """The `error` of a reply: the exchange's code, its text, and what may come beside them."""

    code: int
    msg: str = ""
    data: Any = None

    @property
    def retry_at_ms(self) -> int | None:
        """When to ask again: `retryAfter` of a refusal for asking too much, a moment in ms."""
        found = self.data.get("retryAfter") if isinstance(self.data, dict) else None
        return found if type(found) is int and 0 < found < END_OF_TIME_MS else None


class Reply(msgspec.Struct, frozen=True, rename="camel"):
    """One reply; `result` stays unread until somebody needs it.

    An `id` of null comes with a revoked key, and means every request under way.
    """

    id: int | str | None
    status: int = 0
    result: msgspec.Raw = msgspec.Raw()
    error: Fault | None = None
    rate_limits: tuple[RateLimit, ...] = ()


_reply_decoder = msgspec.json.Decoder(Reply)


def reply(data: bytes, what: str) -> Reply:
    """Read a reply; raise AnswerError for bytes that are not one."""
    try:
        return _reply_decoder.decode(codec.bounded(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, codec.Unreadable):
        codec.loads(data, what)  # not JSON at all is worth its own sentence
        raise AnswerError(
            f"The answer to {what} is not a reply of the WebSocket API.",
            hint="Check --env and --ws-api-url; binfut asked for nothing else on that connection.",
        ) from None


def result(found: Reply, market: Market, what: str) -> Any:
    """The parsed `result` of a reply; raise what the exchange refused with, or AnswerError."""
    if found.error is not None:
        raise refusal(found.error, market, what)
    raw = bytes(found.result)
    if found.status != 200 or not raw:
        raise AnswerError(
            f"The answer to {what} has no result (status {found.status}).",
            hint="Try again; if it stays so, the exchange has changed and binfut must follow.",
        )
    return codec.loads(raw, what)


def refusal(fault: Fault, market: Market, what: str) -> BinfutError:
    """The error that a reply's `error` stands for."""
    at_ms = fault.retry_at_ms
    return refused_by_code(market, what, fault.code, fault.msg, retry_at_ms=at_ms)


def weight(limits: Sequence[RateLimit]) -> RateLimit | None:
    """The counter of request weight per minute, if the reply carries one that makes sense."""
    for found in limits:
        if (found.rate_limit_type, found.interval) == ("REQUEST_WEIGHT", "MINUTE"):
            makes_sense = 0 < found.limit < MOST_WEIGHT and 0 <= found.count < MOST_WEIGHT
            return found if makes_sense else None
    return None


def subscribes(listed: object, key: str) -> bool | None:
    """Whether the result of LIST_SUBSCRIPTIONS names the listenKey; None if it is no list.

    A key stands there alone, or with the event that it is listened to for.
    """
    if not isinstance(listed, list):
        return None
    return any(isinstance(name, str) and name.partition("@")[0] == key for name in listed)

"""The WebSocket-API envelope: requests to bytes, bytes to replies; and what may be sent at all.

Source: the exchange's WebSocket-API general-info pages (both markets say the same).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from binfut_cli import wire
from binfut_cli.errors import AnswerError, BinfutError
from binfut_cli.markets import Market
from binfut_cli.refusals import refused_by_code
from binfut_cli.signing import Param

# The whole list of what binfut can ask for. Nothing here changes an account; a listenKey is made
# and extended but never closed, because every program of the account shares it.
ALLOWED_METHODS = frozenset(
    {
        "time",
        "account.status",
        "account.balance",
        "account.position",
        "v2/account.status",
        "v2/account.balance",
        "v2/account.position",
        "userDataStream.start",
        "userDataStream.ping",
    }
)
ALLOWED_PATHS = frozenset(
    {
        ("GET", "/sapi/v1/account/apiRestrictions"),
        ("POST", "/fapi/v1/listenKey"),
        ("PUT", "/fapi/v1/listenKey"),
        ("GET", "/fapi/v1/time"),
        ("GET", "/fapi/v1/accountConfig"),
        ("GET", "/fapi/v1/symbolConfig"),
        ("GET", "/fapi/v1/feeBurn"),
        ("GET", "/fapi/v1/openOrders"),
        ("GET", "/fapi/v1/openAlgoOrders"),
        ("GET", "/fapi/v1/premiumIndex"),
        ("GET", "/fapi/v1/income"),
        ("GET", "/fapi/v1/allOrders"),
        ("GET", "/fapi/v1/userTrades"),
        ("POST", "/dapi/v1/listenKey"),
        ("PUT", "/dapi/v1/listenKey"),
        ("GET", "/dapi/v1/time"),
        ("GET", "/dapi/v1/positionSide/dual"),
        ("GET", "/dapi/v1/openOrders"),
        ("GET", "/dapi/v1/openAlgoOrders"),
        ("GET", "/dapi/v1/premiumIndex"),
        ("GET", "/dapi/v1/income"),
        ("GET", "/dapi/v1/allOrders"),
        ("GET", "/dapi/v1/userTrades"),
    }
)
ALLOWED_STREAM_METHODS = frozenset({"SUBSCRIBE", "LIST_SUBSCRIPTIONS"})


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


def request(id_: int, method: str, params: Mapping[str, Param]) -> bytes:
    """The bytes of a request; refuse a method that binfut must never send."""
    if method not in ALLOWED_METHODS:
        raise PermissionError(f"binfut does not send {method}")
    body: dict[str, Any] = {"id": id_, "method": method}
    if params:
        body["params"] = params
    return msgspec.json.encode(body)


def reply(data: bytes, what: str) -> Reply:
    """Read a reply; raise AnswerError for bytes that are not one."""
    try:
        return _reply_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        wire.loads(data, what)  # not JSON at all is worth its own sentence
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
    return wire.loads(raw, what)


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

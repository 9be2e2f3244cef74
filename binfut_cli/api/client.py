"""Signed questions about one account on one market.

One deadline covers name, connection, request and reply. A clock that is off is measured and
corrected once. REST stands in where the WebSocket API fails us or has no method.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

from binfut_cli import codec
from binfut_cli.api.allowed import Way
from binfut_cli.api.clock import Sample, server_time
from binfut_cli.api.envelope import RateLimit
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.threads import in_parallel
from binfut_cli.api.transport.transport import Transport
from binfut_cli.api.ws_api import Request, WsApi, results
from binfut_cli.auth.credentials import Credentials
from binfut_cli.auth.signing import Param, rest_query, sign_rest, sign_ws
from binfut_cli.codec import mapping_of
from binfut_cli.endpoints import MARKET_APIS, Endpoints, Lane, Market, Scope
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    ClockError,
    NetworkError,
    RateLimitedError,
)

RECV_WINDOW_MS = 5000
MAX_OFFSET_MS = 60_000  # a clock further off is wrong, not drifting, and must be set


@dataclass(frozen=True, slots=True)
class Question:
    """A WS-API method with its parameters; the key, the time and a signature are added."""

    method: str
    params: dict[str, Param] = field(default_factory=dict)
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Get:
    """A REST path with its parameters; the key is added, and a signature unless it is public."""

    path: str
    params: dict[str, Param] = field(default_factory=dict)
    signed: bool = True


def system_ms() -> int:
    """The computer's clock, in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class AccountClient:
    """One account on one market; use as a context manager, from one thread at a time.

    `scope` is what records say of where they come from; `transport` is how the market is reached.
    """

    def __init__(
        self,
        market: Market,
        endpoints: Endpoints,
        credentials: Credentials,
        *,
        timeout_s: float = 10.0,
        now_ms: Callable[[], int] = system_ms,
        scope: Scope | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.market = market
        self.lane = Lane(market, scope)
        self.credentials = credentials
        self.now_ms = now_ms
        self.transport = transport or Transport(market, now_ms)
        self._endpoints = endpoints
        self._timeout_s = timeout_s
        self._api = MARKET_APIS[market]
        self._ws_api = WsApi(endpoints.ws_api, self.transport)
        self._rest_weight: RateLimit | None = None
        self._offset_ms = 0

    def clone(self) -> "AccountClient":
        """The same account, with connections of its own, for another thread."""
        return AccountClient(
            self.market,
            self._endpoints,
            self.credentials,
            timeout_s=self._timeout_s,
            now_ms=self.now_ms,
            scope=self.lane.scope,
            transport=self.transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def weight(self) -> RateLimit | None:
        """The request weight used this minute, as last told."""
        return self._rest_weight or self._ws_api.weight

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._ws_api.close()

    def pump(self) -> None:
        """Answer what the idle connection was asked meanwhile (pings); drop it if it has ended."""
        self._ws_api.pump()

    def deadline(self, way: Way) -> Deadline:
        """The time that something may take that goes this way and begins now."""
        return self.transport.deadline(way, self._timeout_s)

    def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Send all questions at once and return their results, in order; raise the first refusal.

        The clock is corrected as by `ask_each`.
        """
        return results(self.ask_each(questions))

    def ask_each(self, questions: Sequence[Question]) -> list[Any | BinfutError]:
        """Send all questions at once; each has its result or its refusal in its place.

        After -1021 the clock's offset is measured and all is asked once more; if that is refused
        again, it is a ClockError.
        """
        deadline = self.deadline(Way.WS_API)
        return self._in_time(deadline, lambda: self._ask_each(questions, deadline))

    def get(self, *requests: Get) -> list[Any]:
        """Send REST requests side by side and return their answers; raise the first refusal.

        For what the WS-API has no method for.
        """
        return results(self.get_each(*requests))

    def get_each(self, *requests: Get) -> list[Any | BinfutError]:
        """Send REST requests side by side; each has its answer or its refusal in its place.

        Corrects the clock as `ask_each` does.
        """
        deadline = self.deadline(Way.REST)
        calls = [partial(self._or_refusal, each, deadline) for each in requests]
        self._rest_weight = None  # of several at once, the greatest counts
        return self._in_time(deadline, lambda: in_parallel(calls))

    def server_ms(self) -> int:
        """The exchange's clock, in ms: `time` (weight 1), over REST if the WS-API fails.

        Raises AnswerError for a moment that cannot be now.
        """
        return self._server_time(self.deadline(Way.WS_API))

    def start_listen_key(self) -> str:
        """Make the listenKey, or extend the account's present one for 60 minutes, and return it.

        `userDataStream.start` (weight 1); POST …/listenKey if the WS-API fails.
        """
        if key := self._listen_key("userDataStream.start", "POST"):
            return key
        raise AnswerError("The exchange sent no listenKey.", hint="Try again in a minute.")

    def extend_listen_key(self) -> str:
        """Extend the account's listenKey for 60 minutes and return it.

        `userDataStream.ping` (weight 1); PUT …/listenKey if the WS-API fails. Raises ExchangeError
        -1125 if the key is gone. Returns "" if the exchange does not say which key it extended.
        """
        return self._listen_key("userDataStream.ping", "PUT")

    def _in_time(
        self, deadline: Deadline, ask: Callable[[], list[Any | BinfutError]]
    ) -> list[Any | BinfutError]:
        """Ask; if our clock is refused, measure it and ask once more."""
        try:
            return _timely(ask())
        except ClockError:
            self._offset_ms = self._measure_offset(deadline)
            return _timely(ask())

    def _ask_each(
        self, questions: Sequence[Question], deadline: Deadline
    ) -> list[Any | BinfutError]:
        self._rest_weight = self._ws_api.weight = None  # what comes now is newer
        requests = [Request(each.method, partial(self._params, each)) for each in questions]
        return self._ws_api.ask(requests, deadline)

    def _params(self, question: Question) -> dict[str, Param]:
        if not question.signed:
            return question.params
        key = self.credentials.api_key.reveal()
        params = {**question.params, "apiKey": key, **self._clock()}
        return sign_ws(params, self.credentials.signer)

    def _clock(self) -> dict[str, Param]:
        return {"recvWindow": RECV_WINDOW_MS, "timestamp": self.now_ms() + self._offset_ms}

    def _measure_offset(self, deadline: Deadline) -> int:
        """How far the exchange's clock is ahead of ours, in ms, as seen half way of a question."""
        seen = Sample.taken(lambda: self._server_time(deadline), self.now_ms)
        offset = round(seen.offset_ms)
        if abs(offset) > MAX_OFFSET_MS:
            raise ClockError(
                f"This computer's clock is {abs(offset) // 1000} s "
                f"{'behind' if offset > 0 else 'ahead of'} the exchange's.",
                hint="Set the clock right first (chrony, ntpd or the system's time settings).",
                exchange_code=-1021,
            )
        return offset

    def _server_time(self, deadline: Deadline) -> int:
        try:
            (answer,) = results(self._ask_each([Question("time", signed=False)], deadline))
        except (RateLimitedError, NetworkError):
            raise
        except BinfutError:
            answer = self._over_rest("GET", self._api.time_path, deadline)
        return server_time(answer)

    def _listen_key(self, method: str, rest_method: str) -> str:
        key: Param = self.credentials.api_key.reveal()
        try:
            (answer,) = self.ask([Question(method, {"apiKey": key}, signed=False)])
        except (RateLimitedError, AuthError):
            raise
        except BinfutError as exc:
            if exc.exchange_code == -1125:
                raise
            path = self._api.listen_key_path
            answer = self._over_rest(rest_method, path, self.deadline(Way.REST))
        return _checked_key(mapping_of(answer, method).get("listenKey", ""))

    def _or_refusal(self, request: Get, deadline: Deadline) -> Any | BinfutError:
        try:
            return self._over_rest("GET", request.path, deadline, request)
        except BinfutError as exc:
            return exc

    def _over_rest(
        self, method: str, path: str, deadline: Deadline, request: Get | None = None
    ) -> Any:
        query = self._query(request) if request else ""
        headers = {"X-MBX-APIKEY": self.credentials.api_key.reveal()}
        response = self.transport.send_rest(
            method, self._endpoints.rest, path, query, headers, deadline
        )
        self._count_weight(response.headers)
        return codec.loads(response.body, f"{method} {path}")

    def _count_weight(self, headers: Mapping[str, str]) -> None:
        """Take in the request weight used this minute, as REST tells it: without the limit."""
        used = headers.get("x-mbx-used-weight-1m", "")
        if re.fullmatch("[0-9]{1,12}", used):
            known = self._rest_weight.count if self._rest_weight else 0
            self._rest_weight = RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 0, max(known, int(used)))

    def _query(self, request: Get) -> str:
        if not request.signed:
            return rest_query(request.params)
        return sign_rest({**request.params, **self._clock()}, self.credentials.signer)


def _timely(found: list[Any | BinfutError]) -> list[Any | BinfutError]:
    """The same; raise ClockError if our clock was refused, because all of it is wrong then."""
    for each in found:
        if isinstance(each, ClockError):
            raise each
    return found


def _checked_key(key: object) -> str:
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", key):
        raise AnswerError("The exchange sent a listenKey of a strange form.", hint="Try again.")
    return key

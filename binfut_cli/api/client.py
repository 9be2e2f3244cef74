"""Signed questions about one account on one market.

One deadline covers name, connection, request and reply. REST stands in where the WebSocket API
fails us or has no method.
"""

import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import Any

import msgspec

from binfut_cli.api.allowed import Way
from binfut_cli.api.clock import server_time
from binfut_cli.api.envelope import RateLimit
from binfut_cli.api.request_signer import RequestSigner
from binfut_cli.api.rest_api import RestApi
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.threads import in_parallel
from binfut_cli.api.transport.transport import Transport
from binfut_cli.api.ws_api import Request, WsApi, results
from binfut_cli.auth.credentials import Credentials
from binfut_cli.auth.signing import Param
from binfut_cli.codec import mapping_of
from binfut_cli.endpoints import MARKET_APIS, Endpoints, Lane, Market, Scope
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    NetworkError,
    RateLimitedError,
)


class Question(msgspec.Struct, frozen=True):
    """A WS-API method with its parameters; the key, the time and a signature are added."""

    method: str
    params: dict[str, Param] = msgspec.field(default_factory=dict)
    signed: bool = True


class Get(msgspec.Struct, frozen=True):
    """A REST path with its parameters; the key is added, and a signature unless it is public."""

    path: str
    params: dict[str, Param] = msgspec.field(default_factory=dict)
    signed: bool = True


def system_ms() -> int:
    """The computer's clock, in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class AccountClient(AbstractContextManager["AccountClient"]):
    """One account on one market; use as a context manager, from one thread at a time.

    `scope` is what records say of where they come from; `transport` is how the market is reached.
    All that is asked of an account is asked through it: that is why it has many methods.
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
        self._endpoints, self._timeout_s = endpoints, timeout_s
        self._ws_api = WsApi(endpoints.ws_api, self.transport)
        self._rest_api = RestApi(endpoints.rest, self.transport, credentials)
        self._signer = RequestSigner(credentials, now_ms)

    def deadline(self, way: Way) -> Deadline:
        """The budget of time for something that is to go this way."""
        return self.transport.deadline(way, self._timeout_s)

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
        return self._rest_api.weight or self._ws_api.weight

    @property
    def connections(self) -> int:
        """How many connections to the WebSocket API were tried so far."""
        return self._ws_api.opened

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._ws_api.close()

    def pump(self) -> None:
        """Answer what the idle connection was asked meanwhile (pings); drop it if it has ended."""
        self._ws_api.pump()

    def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Send all questions at once and return their results, in order; raise the first refusal.

        The clock is corrected as by `ask_each`.
        """
        return results(self.ask_each(questions))

    def ask_each(self, questions: Sequence[Question]) -> list[Any | BinfutError]:
        """Send all questions at once; each has its result or its refusal in its place.

        After -1021 the clock's offset is measured and all is asked once more, unless another
        refusal asks to wait; if that is refused again, it is a ClockError.
        """
        deadline = self.deadline(Way.WS_API)
        return self._signer.in_time(
            lambda: self._ask_each(questions, deadline), lambda: self.server_ms(deadline)
        )

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
        queries = [
            partial(self._signer.query, each.params, signed=each.signed) for each in requests
        ]
        calls = [
            partial(self._rest_api.get, each.path, query, deadline)
            for each, query in zip(requests, queries, strict=True)
        ]
        self._rest_api.weight = None  # of several at once, the greatest counts
        return self._signer.in_time(lambda: in_parallel(calls), lambda: self.server_ms(deadline))

    def server_ms(self, deadline: Deadline | None = None) -> int:
        """The exchange's clock, in ms: `time` (weight 1), over REST if the WS-API fails.

        Raises AnswerError for a moment that cannot be now.
        """
        deadline = deadline or self.deadline(Way.WS_API)
        try:
            (answer,) = results(self._ask_each([Question("time", signed=False)], deadline))
        except (RateLimitedError, NetworkError):
            raise
        except BinfutError:
            path = MARKET_APIS[self.market].time_path
            answer = self._rest_api.send("GET", path, deadline)
        return server_time(answer)

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

    def _ask_each(
        self, questions: Sequence[Question], deadline: Deadline
    ) -> list[Any | BinfutError]:
        self._rest_api.weight = self._ws_api.weight = None  # what comes now is newer
        sign = self._signer.params
        params = [partial(sign, each.params, signed=each.signed) for each in questions]
        requests = [Request(each.method, how) for each, how in zip(questions, params, strict=True)]
        return self._ws_api.ask(requests, deadline)

    def _listen_key(self, method: str, rest_method: str) -> str:
        key: Param = self.credentials.api_key.reveal()
        try:
            (answer,) = self.ask([Question(method, {"apiKey": key}, signed=False)])
        except (RateLimitedError, AuthError):
            raise
        except BinfutError as exc:
            if exc.exchange_code == -1125:
                raise
            path = MARKET_APIS[self.market].listen_key_path
            answer = self._rest_api.send(rest_method, path, self.deadline(Way.REST))
        return _checked_key(mapping_of(answer, method).get("listenKey", ""))


def _checked_key(key: object) -> str:
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", key):
        raise AnswerError("The exchange sent a listenKey of a strange form.", hint="Try again.")
    return key

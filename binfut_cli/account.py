"""Signed questions about one account on one market, over one WebSocket-API connection.

Several questions are under way at once; one deadline covers name, connection, request and reply.
A clock that is off is measured and corrected once. REST stands in where the WS-API fails us.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

from binfut_cli import protocol, wire
from binfut_cli.credentials import Credentials
from binfut_cli.derived import with_derived
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    ClockError,
    NetworkError,
    RateLimitedError,
)
from binfut_cli.markets import DIALECTS, Endpoints, Market
from binfut_cli.models import AccountStatus, joined
from binfut_cli.protocol import RateLimit, Reply
from binfut_cli.refusals import refused_by_status
from binfut_cli.signing import Param, rest_query, sign_rest, sign_ws
from binfut_cli.transport import ws
from binfut_cli.transport.deadline import Deadline
from binfut_cli.transport.frames import PONG
from binfut_cli.transport.parallel import in_parallel
from binfut_cli.wire import Row

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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The account at one moment: the exchange's document, and the same checked."""

    market: Market
    time_ms: int
    document: Row
    status: AccountStatus
    weight: RateLimit | None


def system_ms() -> int:
    """The computer's clock, in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Account:
    """One account on one market; use as a context manager, from one thread at a time."""

    def __init__(
        self,
        market: Market,
        endpoints: Endpoints,
        credentials: Credentials,
        *,
        timeout_s: float = 10.0,
        now_ms: Callable[[], int] = system_ms,
    ) -> None:
        self.market = market
        self._endpoints = endpoints
        self._credentials = credentials
        self._timeout_s = timeout_s
        self.now_ms = now_ms
        self._dialect = DIALECTS[market]
        self._connection: ws.Connection | None = None
        self._last_id = 0
        self._offset_ms = 0
        self.weight: RateLimit | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def status(self, *, settings: bool = False) -> Snapshot:
        """Read the whole account: totals, assets and positions (weight 10).

        With `settings`, usdm is also asked for leverage and modes, which only the old
        account.status tells over this connection (weight 15).
        """
        questions = [
            Question(self._dialect.status_method),
            Question(self._dialect.position_method),
        ]
        if settings and self.market is Market.USDM:
            questions.append(Question("account.status"))
        answers = self.ask(questions)
        status = _mapping(answers[0], questions[0].method)
        _rows(status.get("positions", []), questions[0].method)
        rows = _rows(answers[1], questions[1].method)
        document = joined(status, rows)
        if len(answers) > 2:
            document = with_settings(document, _mapping(answers[2], questions[2].method))
        checked = wire.convert(document, AccountStatus, questions[0].method)
        document = with_derived(self.market, document, checked)
        return Snapshot(self.market, self.now_ms(), document, checked, self.weight)

    def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Send all questions at once and return their results, in order.

        Raises the first refusal. After -1021 the clock's offset is measured and all is asked once
        more; if that is refused again, it is a ClockError.
        """
        deadline = self._deadline()
        try:
            return self._ask(questions, deadline)
        except ClockError:
            self._offset_ms = self._measure_offset(deadline)
            return self._ask(questions, deadline)

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

    def get(self, *requests: Get) -> list[Any]:
        """Send REST requests side by side and return their answers, in order.

        For what the WS-API has no method for. Raises the first refusal; after -1021 the clock's
        offset is measured and all is asked once more.
        """
        deadline = Deadline(self._timeout_s, f"The {self._dialect.title} REST API")
        try:
            return self._get(requests, deadline)
        except ClockError:
            self._offset_ms = self._measure_offset(deadline)
            return self._get(requests, deadline)

    def pump(self) -> None:
        """Answer what the idle connection was asked meanwhile (pings); drop it if it has ended."""
        if self._connection is None:
            return
        try:
            while self._connection.receive(0):
                pass
        except NetworkError:
            self.close()

    def _deadline(self) -> Deadline:
        return Deadline(self._timeout_s, f"The {self._dialect.title} WebSocket API")

    def _ask(self, questions: Sequence[Question], deadline: Deadline) -> list[Any]:
        reused = self._connection is not None
        try:
            replies = self._exchange(questions, deadline)
        except ws.ConnectionClosed:
            self.close()
            if not reused:
                raise
            replies = self._exchange(questions, deadline)
        return [
            protocol.result(reply, self.market, self._named(question))
            for question, reply in zip(questions, replies, strict=True)
        ]

    def _exchange(self, questions: Sequence[Question], deadline: Deadline) -> list[Reply]:
        connection = self._connected(deadline)
        waiting: dict[int | str, Question] = {}
        try:
            for question in questions:
                self._last_id += 1
                waiting[self._last_id] = question
                connection.send(self._signed(self._last_id, question))
            ids = list(waiting)
            found = self._collect(connection, waiting, deadline)
            return [found[id_] for id_ in ids]
        except BaseException:
            self.close()  # a reply that comes late must not meet the next question
            raise

    def _collect(
        self, connection: ws.Connection, waiting: dict[int | str, Question], deadline: Deadline
    ) -> dict[int | str, Reply]:
        found: dict[int | str, Reply] = {}
        while waiting:
            what = self._named(next(iter(waiting.values())))
            for payload in _texts(connection, deadline):
                reply = protocol.reply(payload, what)
                self.weight = protocol.weight(reply.rate_limits) or self.weight
                if reply.id is None and reply.error is not None:
                    raise protocol.refusal(reply.error, self.market, what)
                if reply.id is not None and waiting.pop(reply.id, None) is not None:
                    found[reply.id] = reply
        return found

    def _connected(self, deadline: Deadline) -> ws.Connection:
        if self._connection is None:
            try:
                self._connection = ws.connect(self._endpoints.ws_api, deadline)
            except ws.HandshakeRefused as exc:
                what = f"The connection to the {self._dialect.title} WebSocket API"
                raise refused_by_status(
                    self.market, what, exc.status, exc.headers, exc.body, self.now_ms()
                ) from exc
        return self._connection

    def _signed(self, id_: int, question: Question) -> bytes:
        params = dict(question.params)
        if question.signed:
            params |= {
                "apiKey": self._credentials.api_key.reveal(),
                "recvWindow": RECV_WINDOW_MS,
                "timestamp": self.now_ms() + self._offset_ms,
            }
            params = sign_ws(params, self._credentials.signer)
        return protocol.request(id_, question.method, params)

    def _named(self, question: Question) -> str:
        return f"{question.method} ({self.market})"

    def _measure_offset(self, deadline: Deadline) -> int:
        """How far the exchange's clock is ahead of ours, in ms, as seen half way of a question."""
        sent = self.now_ms()
        server = self._server_time(deadline)
        offset = server - (sent + self.now_ms()) // 2
        if abs(offset) > MAX_OFFSET_MS:
            raise ClockError(
                f"This computer's clock is {abs(offset) // 1000} s "
                f"{'behind' if offset > 0 else 'ahead of'} the exchange's.",
                hint="Set the clock right first (chrony, ntpd or the system's time settings).",
                exchange_code=-1021,
            )
        return offset

    def _server_time(self, deadline: Deadline) -> int:
        question = Question("time", signed=False)
        try:
            (answer,) = self._ask([question], deadline)
        except (RateLimitedError, NetworkError):
            raise
        except BinfutError:
            answer = self._over_rest("GET", self._dialect.time_path, deadline)
        server = _mapping(answer, question.method).get("serverTime")
        if not isinstance(server, int):
            raise AnswerError("The exchange did not tell its time.", hint="Try again later.")
        return server

    def _listen_key(self, method: str, rest_method: str) -> str:
        key: Param = self._credentials.api_key.reveal()
        question = Question(method, {"apiKey": key}, signed=False)
        try:
            (answer,) = self.ask([question])
        except (RateLimitedError, AuthError):
            raise
        except BinfutError as exc:
            if exc.exchange_code == -1125:
                raise
            answer = self._over_rest(rest_method, self._dialect.listen_key_path, self._deadline())
        return _checked_key(_mapping(answer, method).get("listenKey", ""))

    def _get(self, requests: Sequence[Get], deadline: Deadline) -> list[Any]:
        calls = [partial(self._over_rest, "GET", each.path, deadline, each) for each in requests]
        return in_parallel(calls)

    def _query(self, request: Get) -> str:
        if not request.signed:
            return rest_query(request.params)
        clock: dict[str, Param] = {
            "recvWindow": RECV_WINDOW_MS,
            "timestamp": self.now_ms() + self._offset_ms,
        }
        return sign_rest({**request.params, **clock}, self._credentials.signer)

    def _over_rest(
        self, method: str, path: str, deadline: Deadline, request: Get | None = None
    ) -> Any:
        from binfut_cli.transport import rest  # 60 ms that a run without a fault never pays

        if (method, path) not in protocol.ALLOWED_PATHS:
            raise PermissionError(f"binfut does not send {method} {path}")
        what = f"{method} {path}"
        query = self._query(request) if request else ""
        url = f"{self._endpoints.rest}{path}{'?' if query else ''}{query}"
        headers = {"X-MBX-APIKEY": self._credentials.api_key.reveal()}
        response = rest.send(method, url, headers, deadline)
        if response.status != 200:
            raise refused_by_status(
                self.market, what, response.status, response.headers, response.body, self.now_ms()
            )
        self.weight = _used_weight(response.headers) or self.weight
        return wire.loads(response.body, what)


def with_settings(document: Row, old: Row) -> Row:
    """Add to usdm's v2 document what only the old account.status tells: modes and leverage.

    The old reply lists every symbol; of those without a position only the settings are kept, under
    `symbolConfig`, so that a later change can be shown with its value before.
    """
    rows = {(row.get("symbol"), row.get("positionSide")): row for row in old.get("positions", [])}
    modes = {key: value for key, value in old.items() if key not in ("assets", "positions")}
    positions = [
        {**_settings(rows.get((row["symbol"], row.get("positionSide")), {})), **row}
        for row in document["positions"]
    ]
    symbols = {row["symbol"]: {"symbol": row["symbol"], **_settings(row)} for row in rows.values()}
    kept = {**modes, **document, "positions": positions}
    return {**kept, "symbolConfig": list(symbols.values())}


def _settings(row: Row) -> Row:
    return {key: row[key] for key in ("leverage", "isolated") if key in row}


def _used_weight(headers: Mapping[str, str]) -> RateLimit | None:
    """The request weight used this minute, from a REST answer; its limit is not told there."""
    used = headers.get("x-mbx-used-weight-1m", "")
    return RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 0, int(used)) if used.isdecimal() else None


def _texts(connection: ws.Connection, deadline: Deadline) -> Iterator[bytes]:
    for opcode, payload in connection.receive(deadline.left()):
        if opcode != PONG:
            yield payload


def _mapping(answer: Any, what: str) -> Row:
    if not isinstance(answer, dict):
        raise _misshapen(what, "an object")
    return answer


def _rows(answer: Any, what: str) -> list[Row]:
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise _misshapen(what, "a list of objects")
    return answer


def _misshapen(what: str, expected: str) -> AnswerError:
    return AnswerError(
        f"The answer to {what} is not {expected}.",
        hint="Run again with --debug, and report it if it stays so; no figure was guessed.",
    )


def _checked_key(key: object) -> str:
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", key):
        raise AnswerError("The exchange sent a listenKey of a strange form.", hint="Try again.")
    return key

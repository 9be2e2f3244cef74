"""Ask the exchange for its time, without a key: over the WebSocket API and over REST."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from binfut_cli import protocol, wire
from binfut_cli.doctor.clock import Sample
from binfut_cli.errors import AnswerError, BinfutError, ExchangeError
from binfut_cli.markets import DIALECTS, Endpoints, Market
from binfut_cli.protocol import RateLimit
from binfut_cli.refusals import refused_by_status
from binfut_cli.transport import rest, ws
from binfut_cli.transport.deadline import Deadline
from binfut_cli.transport.frames import PONG

ASKS = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """What one connection told: its answers to `time`, or its refusal, and the weight used."""

    samples: tuple[Sample, ...]
    weight: RateLimit | None
    refusal: BinfutError | None = None


def over_ws(market: Market, place: Endpoints, timeout_s: float, now_ms: Callable[[], int]) -> Heard:
    """Open one WS-API connection and ask for `time` (weight 1) a few times.

    The method is not on the futures pages; a market that refuses it still proves its connection.
    """
    deadline = Deadline(timeout_s, f"The {DIALECTS[market].title} WebSocket API")
    samples: list[Sample] = []
    weight = None
    with closing(_connected(market, place.ws_api, deadline, now_ms)) as connection:
        for number in range(1, ASKS + 1):
            sent = now_ms()
            connection.send(protocol.request(number, "time", {}))
            reply = _reply(connection, number, f"time ({market})", deadline)
            weight = protocol.weight(reply.rate_limits) or weight
            try:
                server = _server_time(protocol.result(reply, market, f"time ({market})"))
            except (ExchangeError, AnswerError) as exc:
                return Heard((), weight, exc)
            samples.append(Sample(sent, now_ms(), server))
    return Heard(tuple(samples), weight)


def over_rest(
    market: Market, place: Endpoints, timeout_s: float, now_ms: Callable[[], int]
) -> Sample:
    """GET the market's time (weight 1, public)."""
    path = DIALECTS[market].time_path
    what = f"GET {path}"
    sent = now_ms()
    deadline = Deadline(timeout_s, f"The {DIALECTS[market].title} REST API")
    answer = rest.send("GET", place.rest + path, {}, deadline)
    received = now_ms()
    if answer.status != 200:
        raise refused_by_status(market, what, answer.status, answer.headers, answer.body, received)
    return Sample(sent, received, _server_time(wire.loads(answer.body, what)))


def texts(connection: ws.Connection, deadline: Deadline) -> Iterator[bytes]:
    """The messages that come until the deadline, which ends the iteration with its error."""
    while True:
        for opcode, payload in connection.receive(deadline.left()):
            if opcode != PONG:
                yield payload


def _connected(
    market: Market, url: str, deadline: Deadline, now_ms: Callable[[], int]
) -> ws.Connection:
    try:
        return ws.connect(url, deadline)
    except ws.HandshakeRefused as exc:
        what = f"The connection to the {DIALECTS[market].title} WebSocket API"
        raise refused_by_status(market, what, exc.status, exc.headers, exc.body, now_ms()) from exc


def _reply(connection: ws.Connection, number: int, what: str, deadline: Deadline) -> protocol.Reply:
    for payload in texts(connection, deadline):
        reply = protocol.reply(payload, what)
        if reply.id in (number, None):
            return reply
    raise AssertionError("texts ends with an error")


def _server_time(answer: Any) -> int:
    server = answer.get("serverTime") if isinstance(answer, dict) else None
    if not isinstance(server, int):
        raise AnswerError("The exchange did not tell its time.", hint="Try again later.")
    return server

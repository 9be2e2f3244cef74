"""Ask the exchange for its time, without a key: over the WebSocket API and over REST."""

from contextlib import closing
from dataclasses import dataclass

from binfut_cli import codec
from binfut_cli.api.allowed import Way
from binfut_cli.api.clock import Sample, server_time
from binfut_cli.api.envelope import RateLimit
from binfut_cli.api.transport.rest import Response  # loaded before an answer's time is taken
from binfut_cli.api.transport.transport import Transport
from binfut_cli.api.ws_api import Request, WsApi, results
from binfut_cli.endpoints import MARKET_APIS, Endpoints
from binfut_cli.errors import AnswerError, BinfutError, ExchangeError

ASKS = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """What one connection told: its answers to `time`, or its refusal, and the weight used."""

    samples: tuple[Sample, ...]
    weight: RateLimit | None
    refusal: BinfutError | None = None


def over_ws(transport: Transport, place: Endpoints, timeout_s: float) -> Heard:
    """Open one WS-API connection and ask for `time` (weight 1) a few times.

    The method is not on the futures pages; a market that refuses it still proves its connection.
    """
    deadline = transport.deadline(Way.WS_API, timeout_s)
    samples: list[Sample] = []
    with closing(WsApi(place.ws_api, transport)) as api:
        api.open(deadline)  # which is no part of any answer's time
        for _ in range(ASKS):
            sent = transport.now_ms()
            found = api.ask([Request("time")], deadline)
            received = transport.now_ms()
            try:
                samples.append(Sample(sent, received, server_time(*results(found))))
            except (ExchangeError, AnswerError) as exc:
                return Heard((), api.weight, exc)
    return Heard(tuple(samples), api.weight)


def over_rest(transport: Transport, place: Endpoints, timeout_s: float) -> Sample:
    """GET the market's time (weight 1, public)."""
    deadline = transport.deadline(Way.REST, timeout_s)
    path = MARKET_APIS[transport.market].time_path

    def ask() -> int:
        answer: Response = transport.send_rest("GET", place.rest, path, "", {}, deadline)
        return server_time(codec.loads(answer.body, f"GET {path}"))

    return Sample.taken(ask, transport.now_ms)

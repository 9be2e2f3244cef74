"""One market's WebSocket-API connection: requests out, replies in, several under way at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from binfut_cli import protocol
from binfut_cli.errors import NetworkError
from binfut_cli.markets import DIALECTS, Endpoints, Market
from binfut_cli.protocol import RateLimit, Reply
from binfut_cli.refusals import refused_by_status
from binfut_cli.transport import ws
from binfut_cli.transport.deadline import Deadline
from binfut_cli.transport.frames import PONG


@dataclass(frozen=True, slots=True)
class Request:
    """A request by its name for people, and its bytes once it has an id."""

    what: str
    encode: Callable[[int], bytes]


class WsApi:
    """The connection, opened when it is first needed and again after it was lost while idle."""

    def __init__(self, market: Market, endpoints: Endpoints, now_ms: Callable[[], int]) -> None:
        self._market = market
        self._url = endpoints.ws_api
        self._now_ms = now_ms
        self._connection: ws.Connection | None = None
        self._last_id = 0
        self.weight: RateLimit | None = None

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def pump(self) -> None:
        """Answer what the idle connection was asked meanwhile (pings); drop it if it has ended."""
        connection = self._connection  # another thread may close it at any moment
        try:
            while connection is not None and connection.receive(0):
                pass
        except NetworkError:
            self.close()

    def ask(self, requests: Sequence[Request], deadline: Deadline) -> list[Reply | NetworkError]:
        """Send all requests at once and return their replies, in order.

        A request that got none although others did has the reason in its place. A connection that
        was lost while it was idle is opened again, once.
        """
        reused = self._connection is not None
        try:
            return self._exchange(requests, deadline)
        except ws.ConnectionClosed:
            if not reused:
                raise
            return self._exchange(requests, deadline)

    def _exchange(
        self, requests: Sequence[Request], deadline: Deadline
    ) -> list[Reply | NetworkError]:
        connection = self._connected(deadline)
        waiting: dict[int | str, Request] = {}
        found: dict[int | str, Reply | NetworkError] = {}
        try:
            for request in requests:
                self._last_id += 1
                waiting[self._last_id] = request
                connection.send(request.encode(self._last_id))
            ids = list(waiting)
            self._collect(connection, waiting, found, deadline)
        except BaseException as exc:
            self.close()  # a reply that comes late must not meet the next question
            if not found or not isinstance(exc, NetworkError):
                raise
            found |= dict.fromkeys(waiting, exc)
        return [found[id_] for id_ in ids]

    def _collect(
        self,
        connection: ws.Connection,
        waiting: dict[int | str, Request],
        found: dict[int | str, Reply | NetworkError],
        deadline: Deadline,
    ) -> None:
        while waiting:
            what = next(iter(waiting.values())).what
            for payload in _texts(connection, deadline):
                reply = protocol.reply(payload, what)
                self.weight = protocol.weight(reply.rate_limits) or self.weight
                if reply.id is None and reply.error is not None:
                    raise protocol.refusal(reply.error, self._market, what)
                if reply.id is not None and waiting.pop(reply.id, None) is not None:
                    found[reply.id] = reply

    def _connected(self, deadline: Deadline) -> ws.Connection:
        if self._connection is None:
            try:
                self._connection = ws.connect(self._url, deadline)
            except ws.HandshakeRefused as exc:
                what = f"The connection to the {DIALECTS[self._market].title} WebSocket API"
                raise refused_by_status(
                    self._market, what, exc.status, exc.headers, exc.body, self._now_ms()
                ) from exc
        return self._connection


def _texts(connection: ws.Connection, deadline: Deadline) -> Iterator[bytes]:
    for opcode, payload in connection.receive(deadline.left()):
        if opcode != PONG:
            yield payload

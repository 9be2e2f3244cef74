"""One market's WebSocket-API connection: requests out, replies in, several under way at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from binfut_cli.api import envelope
from binfut_cli.api.allowed import Way
from binfut_cli.api.envelope import RateLimit, Reply
from binfut_cli.api.error_codes import said_by
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.frames import PONG
from binfut_cli.api.transport.transport import Transport, Wire
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.auth.signing import Param
from binfut_cli.errors import BinfutError, NetworkError

PUMPED = 100  # reads at a time; nothing was asked that they could answer


class Request(msgspec.Struct, frozen=True):
    """A method, and its parameters once the connection is there: they carry the time."""

    method: str
    params: Callable[[], Mapping[str, Param]] = dict


class WsApi:
    """The connection, opened when it is first needed and again after it was lost while idle."""

    def __init__(self, url: str, transport: Transport) -> None:
        self._market = transport.market
        self._url = url
        self._transport = transport
        self._connection: Wire | None = None
        self._last_id = 0
        self.opened = 0  # connections so far, with those that failed
        self.weight: RateLimit | None = None

    def open(self, deadline: Deadline) -> Wire:
        """The connection, opened if there is none."""
        if self._connection is None:
            self.opened += 1
            self._connection = self._transport.open_ws(Way.WS_API, self._url, deadline)
        return self._connection

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def pump(self) -> None:
        """Answer what the idle connection was asked meanwhile (pings).

        Drop it if it has ended, or does not stop talking.
        """
        connection = self._connection  # another thread may close it at any moment
        try:
            for _ in range(PUMPED):
                if connection is None or not connection.receive(0):
                    return
        except NetworkError:
            pass
        self.close()

    def ask(self, requests: Sequence[Request], deadline: Deadline) -> list[Any | BinfutError]:
        """Send all requests at once; each has its result or its refusal in its place, in order.

        A request that got no reply although others did has the reason in its place. A connection
        that was lost while it was idle is opened again, once.
        """
        reused = self._connection is not None
        try:
            replies = self._exchange(requests, deadline)
        except ConnectionClosed:
            if not reused:
                raise
            replies = self._exchange(requests, deadline)
        return [self._result(*each) for each in zip(requests, replies, strict=True)]

    def _result(self, request: Request, reply: Reply | NetworkError) -> Any | BinfutError:
        if isinstance(reply, NetworkError):
            return reply
        try:
            return envelope.result(reply, self._market, self._what(request))
        except BinfutError as exc:
            return said_by(self._url, exc)

    def _what(self, request: Request) -> str:
        return f"{request.method} ({self._market})"

    def _exchange(
        self, requests: Sequence[Request], deadline: Deadline
    ) -> list[Reply | NetworkError]:
        connection = self.open(deadline)
        waiting: dict[int | str, Request] = {}
        found: dict[int | str, Reply | NetworkError] = {}
        try:
            for request in requests:
                self._last_id += 1
                waiting[self._last_id] = request
                connection.send(self._last_id, request.method, request.params())
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
        connection: Wire,
        waiting: dict[int | str, Request],
        found: dict[int | str, Reply | NetworkError],
        deadline: Deadline,
    ) -> None:
        while waiting:
            what = self._what(next(iter(waiting.values())))
            for payload in texts(connection, deadline):
                reply = envelope.reply(payload, what)
                self.weight = envelope.weight(reply.rate_limits) or self.weight
                if reply.id is None and reply.error is not None:
                    raise said_by(self._url, envelope.refusal(reply.error, self._market, what))
                if reply.id is not None and waiting.pop(reply.id, None) is not None:
                    found[reply.id] = reply


def results(found: list[Any | BinfutError]) -> list[Any]:
    """All results; raise the first refusal among them."""
    for each in found:
        if isinstance(each, BinfutError):
            raise each
    return found


def texts(connection: Wire, deadline: Deadline) -> Iterator[bytes]:
    """The messages that one receive brings; raise NetworkError once the deadline has passed."""
    for opcode, payload in connection.receive(deadline.left()):
        if opcode != PONG:
            yield payload

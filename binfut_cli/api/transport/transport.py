"""The one way out: connections that send only what `allowed` lists, REST requests likewise.

What the exchange refuses with an HTTP status, an upgrade or a request, is raised as its error.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from binfut_cli.api.allowed import Way
from binfut_cli.api.error_codes import refused_by_status, said_by
from binfut_cli.api.transport import ws
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.dialling import HandshakeRefused
from binfut_cli.api.transport.frames import Message
from binfut_cli.api.transport.ws import Params
from binfut_cli.endpoints import MARKET_APIS, Market

if TYPE_CHECKING:
    from binfut_cli.api.transport.rest import Response


class Wire(Protocol):
    """A connection to the WebSocket API or a stream; `api.transport.ws.Connection` is one."""

    def send(self, id_: int, method: str, params: Params = ()) -> None:
        """Send one request; raise PermissionError if it is not allowed."""

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping; the pong comes back in `receive`."""

    def receive(self, timeout_s: float) -> list[Message]:
        """Wait for what one read brings, not at all for 0 s; raise NetworkError at the end."""

    def fileno(self) -> int:
        """The descriptor of its socket."""

    def has_more(self) -> bool:
        """Whether `receive` would bring something of which the socket does not tell."""

    def say_goodbye(self) -> None:
        """Send a close frame and go on receiving."""

    def close(self) -> None:
        """Close at once."""


class Transport:
    """How one market is reached; `now_ms` is what Retry-After counts from."""

    def __init__(self, market: Market, now_ms: Callable[[], int]) -> None:
        self.market, self.now_ms = market, now_ms

    def deadline(self, way: Way, timeout_s: float) -> Deadline:
        """The budget of time for something that is to go this way."""
        return Deadline(timeout_s, f"The {MARKET_APIS[self.market].title} {way}")

    def open_ws(self, way: Way, url: str, deadline: Deadline, form: str = "") -> Wire:
        """Open a connection within the deadline; no redirect is followed.

        `form` tells several to one place apart, in what is said of them.
        """
        try:
            return ws.connect(way, url, deadline)
        except HandshakeRefused as exc:
            what = f"The connection to the {MARKET_APIS[self.market].title} {way}{form}"
            refusal = refused_by_status(
                self.market, what, exc.status, exc.headers, exc.body, self.now_ms()
            )
            raise said_by(url, refusal) from exc

    def send_rest(
        self,
        method: str,
        base: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> "Response":
        """Send one request, and return its answer if the status is 200; no redirect is followed.

        Raise PermissionError for a method and path that are not allowed.
        """
        from binfut_cli.api.transport import rest  # and http.client, which most runs do without

        answer = rest.send(method, base, path, query, headers, deadline)
        if answer.status != 200:
            what = f"{method} {path}"
            refusal = refused_by_status(
                self.market, what, answer.status, answer.headers, answer.body, self.now_ms()
            )
            raise said_by(base, refusal)
        return answer

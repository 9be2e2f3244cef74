"""The connection for questions, closed by another thread while it is in use."""

from typing import Any

from binfut_cli.api.client import system_ms
from binfut_cli.api.transport.frames import TEXT, Message
from binfut_cli.api.transport.transport import Transport
from binfut_cli.api.ws_api import PUMPED, WsApi
from binfut_cli.endpoints import Market


class Interrupted:
    """A connection during whose use the whole is closed, as a signal would have it."""

    def __init__(self, api: WsApi) -> None:
        self._api = api
        self.receives = self.closes = 0

    def receive(self, timeout_s: float) -> list[Message]:
        self.receives += 1
        self._api.close()
        return [(TEXT, b"{}")] if self.receives == 1 else []

    def close(self) -> None:
        self.closes += 1
        if self.closes == 1:
            self._api.close()


def test_it_may_be_closed_at_any_moment() -> None:
    api = WsApi("ws://nowhere", Transport(Market.USDM, system_ms))
    connection: Any = Interrupted(api)
    api._connection = connection
    api.pump()
    assert connection.receives == 2
    assert connection.closes == 1
    assert api._connection is None


class Talking:
    """A connection that never stops."""

    def __init__(self) -> None:
        self.receives = 0
        self.is_closed = False

    def receive(self, timeout_s: float) -> list[Message]:
        self.receives += 1
        return [(TEXT, b"{}")]

    def close(self) -> None:
        self.is_closed = True


def test_one_that_talks_without_being_asked_is_closed() -> None:
    api = WsApi("ws://nowhere", Transport(Market.USDM, system_ms))
    connection: Any = Talking()
    api._connection = connection
    api.pump()
    assert (connection.receives, connection.is_closed) == (PUMPED, True)
    assert api._connection is None

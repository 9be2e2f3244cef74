"""A runtime whose clocks run faster than ours, over real sockets: a minute takes seconds."""

import threading
import time
from collections.abc import Callable

from binfut_cli.api.allowed import Way
from binfut_cli.api.client import system_ms
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.frames import Message
from binfut_cli.api.transport.transport import Transport, Wire
from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.readers import VISIT_S, Readers
from binfut_cli.endpoints import Market
from binfut_cli.stream.runtime import Runtime


class HastyWire:
    """A connection whose waits are shorter."""

    def __init__(self, wire: Wire, speed: float) -> None:
        self._wire, self._speed = wire, speed
        self.send, self.ping = wire.send, wire.ping
        self.say_goodbye, self.close = wire.say_goodbye, wire.close
        self.fileno, self.has_more = wire.fileno, wire.has_more

    def receive(self, timeout_s: float) -> list[Message]:
        """Receive, for the part of the timeout that passes outside."""
        return self._wire.receive(timeout_s / self._speed)


class Hasty(Transport):
    """The transport of such a world: its streams wait shorter."""

    def __init__(self, market: Market, speed: float, now_ms: Callable[[], int] = system_ms) -> None:
        super().__init__(market, now_ms)
        self._speed = speed

    def open_ws(self, way: Way, url: str, deadline: Deadline, form: str = "") -> Wire:
        """Open a connection."""
        wire = super().open_ws(way, url, deadline, form)
        return HastyWire(wire, self._speed) if way is Way.STREAM else wire


def runtime(
    speed: float,
    asleep_s: Callable[[], float] = lambda: 0.0,
    now_ms: Callable[[], int] = system_ms,
) -> Runtime:
    """A runtime that runs `speed` times as fast; `asleep_s` is how long it has slept so far.

    `now_ms` is the time of day, which is not faster: the exchange's is not either.
    """

    def awake() -> float:
        return time.monotonic() * speed

    def wait(event: threading.Event, seconds: float) -> bool:
        return here.wait(event, seconds / speed)

    readers = Readers(VISIT_S / speed)
    return Runtime(
        seconds=lambda: awake() + asleep_s(),
        monotonic=awake,
        now_ms=now_ms,
        wait=wait,
        read=readers.add,
        attend=readers.attend,
    )

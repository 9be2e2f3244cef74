"""What a keeper works with: its account, the runtime, where to hand things, how to wait."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from binfut_cli.api.client import AccountClient
from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.auth.redaction import Redactor
from binfut_cli.endpoints import Endpoints, Lane, Market
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.rate_gate import RateLimitGate
from binfut_cli.stream.events import Rows
from binfut_cli.stream.messages import LaneMessage, ThreadCrashed
from binfut_cli.stream.runtime import Runtime

T = TypeVar("T")


class Stopped(Exception):
    """The watch is to end; raised out of every wait."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What is wanted of a watch's streams; made once, and handed down as it is.

    If it is `forgiving`, a lane that cannot be read does not end the watch while another may be.
    """

    keep_raw: bool = False  # whether event records carry the message's bytes
    redundant: bool = False
    forgiving: bool = False
    rows: Rows = Rows.MAPPED


@dataclass(slots=True)
class LaneContext:
    """The surroundings of one keeper; everything in it may be used by its task at any time."""

    account: AccountClient
    endpoints: Endpoints
    put: Callable[[LaneMessage], float | None]
    redactor: Redactor
    gate: RateLimitGate
    runtime: Runtime
    options: StreamOptions = field(default_factory=StreamOptions)
    handshakes: HandshakeBudget = field(default_factory=HandshakeBudget)
    attention: threading.Event = field(default_factory=Bell)
    stopped: threading.Event = field(default_factory=Bell)

    @property
    def lane(self) -> Lane:
        """What is kept: whose account, and on which market."""
        return self.account.lane

    @property
    def market(self) -> Market:
        """The market that is kept."""
        return self.account.market

    def ask(self, question: Callable[[], T], account: AccountClient | None = None) -> T:
        """Ask the exchange, if the gate is open; a refusal for asking too much closes it.

        `account` is who asks, if it is not the keeper's own. Connections that it had to open count
        as handshakes.
        """
        self.gate.check()
        account = account or self.account
        opened = account.connections
        try:
            return question()
        except RateLimitedError as exc:
            self.gate.close(exc)
            raise
        finally:
            self.gate.saw(account.weight)
            for _ in range(account.connections - opened):
                self.handshakes.spend(self.runtime.seconds())

    def completes(self, work: Callable[[], object]) -> bool:
        """Do a part of a task's work; False if a bug ended it, which is to be seen.

        It is handed to the thread that prints.
        """
        try:
            work()
        except BaseException as exc:
            self.put(ThreadCrashed(self.lane, exc))
            return False
        return True

    def await_handshake(self) -> None:
        """Wait until one more handshake may be made, and count it."""
        while wait_s := self.handshakes.take(self.runtime.seconds()):
            self.pause(wait_s)

    def pause(self, seconds: float) -> bool:
        """Wait until something wants attention, or so long; whether it does.

        Raise Stopped at the end.
        """
        is_wanted = self.runtime.wait(self.attention, seconds)
        self.attention.clear()
        if self.stopped.is_set():
            raise Stopped
        return is_wanted

    def wait_until(self, met: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition is met; False if it is not within so many seconds."""
        end = self.runtime.monotonic() + seconds
        while not met():
            left = end - self.runtime.monotonic()
            if left <= 0:
                return False
            self.pause(left)
        return True

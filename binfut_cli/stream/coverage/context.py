"""What a keeper works with: its account, the runtime, where to hand things, how to wait."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from binfut_cli.api.client import AccountClient
from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.auth.redaction import Redactor
from binfut_cli.endpoints import Endpoints, Lane, Market
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.limits.rate_gate import RateLimitGate
from binfut_cli.stream.coverage.limits.weight import CONNECTION, SNAPSHOT, Claim, Purpose
from binfut_cli.stream.events import Rows
from binfut_cli.stream.messages import Health, LaneMessage, ThreadCrashed
from binfut_cli.stream.records import Verdict
from binfut_cli.stream.runtime import Runtime

T = TypeVar("T")

LONG_S = 5.0  # for which something need be said
OTHERS = "Other accounts come first: an address may ask and connect only so much in a minute."


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
    """The surroundings of one keeper; everything in it may be used by its task at any time.

    All that a keeper works with is here: that is why it has so many attributes.
    """

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
    is_held: bool = False  # whether the account, as it was read last, holds positions
    audited_s: float = -math.inf  # when an audit's turn came last
    _has_handshake: bool = False  # whether the one for the next stream is counted already

    @property
    def lane(self) -> Lane:
        """What is kept: whose account, and on which market."""
        return self.account.lane

    @property
    def market(self) -> Market:
        """The market that is kept."""
        return self.account.market

    def ask(
        self, question: Callable[[], T], account: AccountClient | None = None, weight: int = 1
    ) -> T:
        """Ask the exchange, if the gate is open; a refusal for asking too much closes it.

        `account` is who asks, if it is not the keeper's own; `weight` is what the question weighs,
        0 if that was claimed before. Connections that it had to open count as handshakes.
        """
        self.gate.check()
        account = account or self.account
        opened = account.connections
        try:
            return here.apart(question)
        except RateLimitedError as exc:
            self.gate.close(exc)
            raise
        finally:
            now_s, made = self.runtime.seconds(), account.connections - opened
            self.gate.saw(account.weight, now_s)
            self.gate.budget.note(weight + made * CONNECTION, now_s)
            for _ in range(made):
                self.handshakes.spend(now_s)

    def admit(self, *, again: bool) -> None:
        """Wait until the account may be covered, for the first time or `again`; say if it is long.

        What it weighs to read it whole, twice, is spent then, and the handshake of a stream. Raises
        RateLimitedError while nothing may be asked.
        """
        self.gate.check()
        now_s, weight = self.runtime.seconds(), 2 * SNAPSHOT[self.market]
        purpose = Purpose.COVER if again else Purpose.START
        handshakes = None if self._has_handshake else self.handshakes
        claim = Claim.of(purpose, weight, now_s, handshakes, is_held=self.is_held)
        is_told = False
        while wait_s := self.gate.take(claim, self.runtime.seconds()):
            is_told = is_told or self._tells_turn(claim)
            self.pause(wait_s)
        if not self._has_handshake:
            self._has_handshake = True
            self.handshakes.spend(self.runtime.seconds())

    def _tells_turn(self, claim: Claim) -> bool:
        """Say when its turn comes, if that is long; whether it is."""
        turn_s = self.gate.budget.turn_s(claim, self.runtime.seconds())
        if turn_s < LONG_S:
            return False
        self.put(Health(self.lane, self.runtime.now_ms(), Verdict.GAP, OTHERS, turn_s))
        return True

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
        """Wait until one more handshake may be made, and count it, unless that was done."""
        if self._has_handshake:
            self._has_handshake = False
            return
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

"""Faults on demand: which are armed, when they strike, and whom they reach. Pure but for its lock.

A fault bends an `Output`, the list of steps that a connection is about to play. There is one hook
a layer: connections accepted, WebSocket handshakes, REST answers, WS-API answers, stream events,
answers to a stream's control messages, pongs, pings, and answers to a client's close frame.
"""

import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Collection
from typing import Literal

import msgspec
from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.wire.steps import Steps

Layer = Literal[
    "accept", "handshake", "rest", "wsApi", "stream", "control", "pong", "ping", "closing"
]
CONVERSATIONS: tuple[Layer, ...] = ("stream", "wsApi")
"""The layers that an open connection belongs to: those that can be struck `now`."""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is about to say. `subject` is `GET /path`, a method, a path or an event.

    `headers` are those of a REST answer. Before a request came there is no market.
    """

    layer: Layer
    market: Market | None
    subject: str = ""
    text: str = ""
    steps: Steps = ()
    headers: tuple[tuple[str, str], ...] = ()


Effect = Callable[[Output], Steps]
"""Give the steps to play in place of an output's own; the same ones are no effect."""


class Armed(msgspec.Struct, frozen=True, kw_only=True):
    """A fault with its conditions: where, on what, from when, how long, how often, how likely."""

    effect: Effect
    name: str
    layer: Layer
    market: Market | None = None
    on: tuple[str, ...] = ()
    after: int = 0
    count: int | None = 1
    probability: float = 1.0
    after_s: float = 0.0
    for_s: float | None = None
    now: bool = False
    seed: int | None = None

    @property
    def kind(self) -> str:
        """What firings are counted by: `reset/stream`."""
        return f"{self.name}/{self.layer}"

    def concerns(self, output: Output) -> bool:
        """Whether an output is of the kind this fault waits for."""
        return (
            output.layer == self.layer
            and self.market in (None, output.market)
            and (not self.on or any(part in output.subject for part in self.on))
        )


class Waiting(msgspec.Struct, kw_only=True):
    """An armed fault's life: what is left of it, and its own dice."""

    armed: Armed
    chance: random.Random
    begins_ms: float
    ends_ms: float

    def strikes(self, now_ms: int) -> bool:
        """Whether it strikes an output that concerns it; throws the dice."""
        if now_ms < self.begins_ms:
            return False
        if self.armed.after > 0:
            self.armed = replace(self.armed, after=self.armed.after - 1)
            return False
        return self.chance.random() < self.armed.probability

    def spend(self) -> None:
        """Count one firing."""
        if self.armed.count is not None:
            self.armed = replace(self.armed, count=self.armed.count - 1)

    def done(self, now_ms: int) -> bool:
        """Whether it will never strike again."""
        return self.armed.count == 0 or now_ms >= self.ends_ms


class Connected(msgspec.Struct, frozen=True):
    """An open connection that a fault can strike at once; a stream's, with its listenKeys."""

    layer: Layer
    market: Market
    push: Callable[[Steps], None]
    keys: Collection[str] = ()


class Faults:
    """The armed faults, how often each kind fired, and the open connections."""

    def __init__(self, seed: int, now_ms: Callable[[], int]) -> None:
        self._seed, self._now_ms = seed, now_ms
        self._lock = threading.Lock()
        self._waiting: list[Waiting] = []
        self._fired: Counter[str] = Counter()
        self._made = 0
        self._connected: list[Connected] = []

    def arm(self, armed: Armed) -> None:
        """Set a fault; one that is for `now` strikes the open connections, and is done."""
        if armed.now:
            self._strike(armed)
            return
        with self._lock:
            self._waiting.append(self._begun(armed))

    def _begun(self, armed: Armed) -> Waiting:
        """Give each fault dice of its own, so that other connections do not change its course."""
        self._made += 1
        begins = self._now_ms() + armed.after_s * 1000
        return Waiting(
            armed=armed,
            chance=random.Random(
                f"{self._seed}/{self._made}" if armed.seed is None else armed.seed
            ),
            begins_ms=begins,
            ends_ms=math.inf if armed.for_s is None else begins + armed.for_s * 1000,
        )

    def _strike(self, armed: Armed) -> None:
        with self._lock:
            reached = [each for each in self._connected if _reaches(armed, each)]
        for each in reached:
            if bent := armed.effect(Output(layer=each.layer, market=each.market, text="{}")):
                each.push(bent)
                self.count(armed.kind)

    def count(self, kind: str) -> None:
        """Count a trouble that fired."""
        with self._lock:
            self._fired[kind] += 1

    def clear(self) -> None:
        """Disarm everything; what fired stays counted."""
        with self._lock:
            self._waiting.clear()

    def armed(self) -> tuple[Armed, ...]:
        """The faults that still wait."""
        with self._lock:
            self._forget()
            return tuple(each.armed for each in self._waiting)

    def fired(self) -> dict[str, int]:
        """How often each kind (`fault/layer`) changed what left a connection."""
        with self._lock:
            return dict(sorted(self._fired.items()))

    def effect(self, output: Output) -> Steps:
        """Let the first armed fault that strikes, and has an effect, bend an output."""
        with self._lock:
            self._forget()
            now = self._now_ms()
            for waiting in self._waiting:
                if waiting.armed.concerns(output) and waiting.strikes(now):
                    bent = waiting.armed.effect(output)
                    if bent != output.steps:
                        waiting.spend()
                        self._fired[waiting.armed.kind] += 1
                        return bent
        return output.steps

    def _forget(self) -> None:
        now = self._now_ms()
        self._waiting = [each for each in self._waiting if not each.done(now)]

    def connect(self, connected: Connected) -> None:
        """Add an open connection."""
        with self._lock:
            self._connected.append(connected)

    def disconnect(self, connected: Connected) -> None:
        """Remove a connection."""
        with self._lock:
            self._connected.remove(connected)

    def connections(self) -> dict[str, int]:
        """How many connections are open, by layer and market."""
        with self._lock:
            names = [f"{each.layer}/{each.market}" for each in self._connected]
        return {name: names.count(name) for name in sorted(set(names))}

    def listening(self, key: str) -> int:
        """How many connections have subscribed to a listenKey."""
        with self._lock:
            return sum(key in each.keys for each in self._connected)


def _reaches(armed: Armed, connected: Connected) -> bool:
    return connected.layer == armed.layer and armed.market in (None, connected.market)

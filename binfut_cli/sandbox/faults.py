"""Faults on demand: which are armed, when they strike, and whom they reach. Pure but for its lock.

A fault bends an `Output`, the list of steps that a connection is about to play. There is one hook
a layer: REST answers, WS-API answers, WebSocket handshakes, stream events.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from binfut_cli.sandbox.catalog import Market
from binfut_cli.sandbox.steps import Steps

Layer = Literal["rest", "wsApi", "handshake", "stream"]
LAYERS: tuple[Layer, ...] = ("rest", "wsApi", "handshake", "stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a connection is about to say. `subject` is `GET /path`, a method, a path or an event."""

    layer: Layer
    market: Market
    subject: str
    text: str
    steps: Steps
    combined: bool = False


class Fault(Protocol):
    """Anything that can bend an output."""

    def bend(self, output: Output) -> Steps:
        """Give the steps to play in place of the output's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """A fault with its conditions: where, on what, after how many, how often, how likely."""

    fault: Fault
    name: str
    layer: Layer
    market: Market | None = None
    on: str | None = None
    after: int = 0
    count: int | None = 1
    probability: float = 1.0
    now: bool = False
    seed: int | None = None

    def concerns(self, layer: Layer, market: Market, subject: str) -> bool:
        """Whether an output is of the kind this fault waits for."""
        return (
            layer == self.layer
            and self.market in (None, market)
            and (self.on is None or self.on in subject)
        )


@dataclass(frozen=True, slots=True)
class Connected:
    """An open connection that a fault can strike at once."""

    layer: Layer
    market: Market
    push: Callable[[Steps], None]


class Faults:
    """The armed faults and the open connections."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._armed: list[Armed] = []
        self._connected: list[Connected] = []

    def arm(self, armed: Armed) -> None:
        """Set a fault; one that is for `now` strikes the open connections, and is done."""
        if armed.now:
            self._strike(armed)
            return
        with self._lock:
            if armed.seed is not None:
                self._chance.seed(armed.seed)
            self._armed.append(armed)

    def _strike(self, armed: Armed) -> None:
        with self._lock:
            reached = list(self._connected)
        for each in reached:
            if each.layer == armed.layer and armed.market in (None, each.market):
                nothing = Output(
                    layer=each.layer, market=each.market, subject="", text="{}", steps=()
                )
                each.push(armed.fault.bend(nothing))

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed.clear()

    def armed(self) -> tuple[Armed, ...]:
        """The faults that still wait."""
        with self._lock:
            return tuple(self._armed)

    def bend(self, output: Output) -> Steps:
        """Let the first armed fault that strikes bend an output."""
        with self._lock:
            struck = next((a for a in tuple(self._armed) if self._strikes(a, output)), None)
        return output.steps if struck is None else struck.fault.bend(output)

    def _strikes(self, armed: Armed, output: Output) -> bool:
        if not armed.concerns(output.layer, output.market, output.subject):
            return False
        place = self._armed.index(armed)
        if armed.after > 0:
            self._armed[place] = replace(armed, after=armed.after - 1)
            return False
        if self._chance.random() >= armed.probability:
            return False
        if armed.count is not None:
            left = replace(armed, count=armed.count - 1)
            self._armed[place : place + 1] = [left] if left.count else []
        return True

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

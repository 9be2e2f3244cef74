"""How long a watch is blind when its streams are cut again and again, and what it costs to see."""

import random
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.endurance.engine import BOTH, Watched
from bench.endurance.figure import Effort, Figure, beyond
from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.faults.armed import Armed, Output
from binfut_cli.sandbox.wire.steps import Steps
from binfut_cli.stream.engine import Setup
from binfut_cli.stream.records import Status, Verdict

APART_S = (2.0, 14.0)  # between two cuts of a stream
SHORT_S, LONG_S = 150, 900
WINDOW_S = 300.0
LOOK_S = 0.002
"""How often is looked whether a stream is back."""
SHARE, MIDDLE_S, LONGEST_S, HANDSHAKES = 0.03, 0.5, 3.0, 30
"""What must be kept while the budget of handshakes lasts; the last of them always."""


class Handshakes:
    """When each was made, of streams and of the WebSocket API, by market."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.at_s: dict[Market, list[float]] = {market: [] for market in Market}
        fault = Armed(effect=self._seen, name="seen", layer="handshake", count=None)
        sandbox._faults.arm(fault)

    def _seen(self, output: Output) -> Steps:
        if output.market is not None:
            self.at_s[Market(output.market)].append(time.monotonic())
        return output.steps

    @property
    def most(self) -> int:
        """The most of one market in any five minutes."""
        return max(_most(made) for made in self.at_s.values())


def _most(made: Sequence[float]) -> int:
    return max((n + 1 - bisect_left(made, at - WINDOW_S) for n, at in enumerate(made)), default=0)


@dataclass(slots=True)
class Lane:
    """One market's stream: when it is to be cut, and since when it is."""

    market: Market
    due_s: float = 0.0
    cut_s: float | None = None
    lives: int = 0  # how often it had been LIVE by then
    blind_s: list[float] = field(default_factory=list)


def measure(effort: Effort) -> Figure:
    """Cut for as long as the budget lasts, and then for a quarter of an hour."""
    short = cut(effort.amount(SHORT_S, 12), effort.seed)
    rows = {f"{short.seconds:.0f} s: {name}": value for name, value in short.rows.items()}
    failures = beyond(
        share=(short.share, SHARE),
        median=(short.at(0.5), MIDDLE_S),
        p99=(short.at(0.99), LONGEST_S),
        handshakes=(short.handshakes, HANDSHAKES),
    )
    if not effort.fast:
        long = cut(LONG_S, effort.seed + 1)
        rows |= {f"{long.seconds:.0f} s: {name}": value for name, value in long.rows.items()}
        failures += beyond(handshakes=(long.handshakes, HANDSHAKES))
    return Figure(rows, failures)


@dataclass(frozen=True, slots=True)
class Blindness:
    """What came of so many seconds: each cut's seconds until LIVE, sorted, of all lanes."""

    seconds: float
    blind_s: list[float]
    handshakes: int  # at most, of a lane in five minutes
    lanes: int

    @property
    def share(self) -> float:
        """The part of the time that was not covered."""
        return sum(self.blind_s) / (self.seconds * self.lanes)

    def at(self, part: float) -> float:
        """So much of the cuts were mended within this many seconds."""
        return self.blind_s[min(len(self.blind_s) - 1, int(part * len(self.blind_s)))]

    @property
    def rows(self) -> dict[str, object]:
        """The figures in words."""
        return {
            "cuts": len(self.blind_s),
            "**not covered**": f"**{self.share:.1%}** of the time",
            "from a cut to LIVE, median / 99 of 100 / longest": f"{self.at(0.5):.2f} / "
            f"{self.at(0.99):.2f} / {self.blind_s[-1]:.2f} s",
            "handshakes of a market in five minutes, at most": self.handshakes,
        }


def cut(seconds: float, seed: int) -> Blindness:
    """Cut the streams of both markets at random for so long."""
    chance, setup = random.Random(seed), Setup(ending=threading.Event())
    with Sandbox.start(seed=seed) as sandbox:
        handshakes = Handshakes(sandbox)
        with Watched(sandbox, setup, timeout_s=10.0) as watched:
            watched.until(watched.is_covered, 10)
            end, lanes = time.monotonic() + seconds, [Lane(market) for market in BOTH]
            for lane in lanes:
                lane.due_s = time.monotonic() + chance.uniform(*APART_S)
            while time.monotonic() < end:
                for lane in lanes:
                    _look(lane, watched, chance)
                time.sleep(LOOK_S)
            blind = [s for lane in lanes for s in [*lane.blind_s, *_still(lane)]]
    return Blindness(seconds, sorted(blind), handshakes.most, len(lanes))


def _look(lane: Lane, watched: Watched, chance: random.Random) -> None:
    """Note that the stream is back, and cut it if that is due; a cut of none is none."""
    now = time.monotonic()
    if lane.cut_s is not None and _lives(watched, lane.market) > lane.lives:
        lane.blind_s.append(now - lane.cut_s)
        lane.cut_s = None
    if now < lane.due_s:
        return
    lane.due_s = now + chance.uniform(*APART_S)
    if lane.cut_s is None:
        lane.cut_s, lane.lives = now, _lives(watched, lane.market)
        fault = {"fault": "reset", "layer": "stream", "now": True, "market": lane.market}
        watched.sandbox.fault(fault)


def _still(lane: Lane) -> list[float]:
    """How long it has been blind at the end, if it is."""
    return [] if lane.cut_s is None else [time.monotonic() - lane.cut_s]


def _lives(watched: Watched, market: Market) -> int:
    """How often a market has become LIVE."""
    return sum(
        isinstance(r.body, Status) and r.body.verdict is Verdict.LIVE and r.market is market
        for r in watched.records
    )

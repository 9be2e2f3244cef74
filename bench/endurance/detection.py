"""How long it takes until a watch says that its stream has ended, whatever the end looks like."""

import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.chaos.haste import runtime
from bench.endurance.engine import Watched
from bench.endurance.figure import Effort, Figure
from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.engine import Setup

RUNS = 8
FAST_SPEED = 20.0
PHASE_S = 20.0  # trouble strikes at any moment of a ping's round
SLACK_S = 30.0  # for which a late detection is waited for
USDM = Market.USDM


Strike = Callable[[Watched], None]


def _deposit(watched: Watched) -> None:
    watched.sandbox.act({"action": "deposit", "asset": "USDT", "amount": "1"})


def _with_event(**fault: object) -> Strike:
    """A fault that strikes with the next event, and the event."""

    def strike(watched: Watched) -> None:
        watched.sandbox.fault({**fault, "layer": "stream"})
        _deposit(watched)

    return strike


def _half_open(watched: Watched) -> None:
    watched.sandbox.fault({"fault": "halfOpen", "layer": "stream", "now": True})


def _expired(watched: Watched) -> None:
    watched.sandbox.act({"action": "expireListenKey", "market": "usdm"})


def _replaced(watched: Watched) -> None:
    """Another program ends the key in silence, and makes one for itself."""
    watched.sandbox.act({"action": "expireListenKey", "market": "usdm", "silent": True})
    with watched.account(USDM) as other:
        other.start_listen_key()


def _replaced_and_moved(watched: Watched) -> None:
    _replaced(watched)
    _deposit(watched)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What strikes, within how many seconds it must be told, and how fast the clocks run."""

    name: str
    bound_s: float
    strike: Strike
    speed: float = 1.0


TROUBLES = (
    Trouble("half open", 26, _half_open),
    Trouble("stall inside a frame", 26, _with_event(fault="stall", bytes=7)),
    Trouble("stall inside a header", 26, _with_event(fault="stall", bytes=1)),
    Trouble("trickle, a byte a second", 26, _with_event(fault="trickle", pause="1")),
    Trouble("listenKeyExpired", 1, _expired),
    Trouble("alive but deaf, a balance moves", 65, _with_event(fault="silent", count=None)),
    Trouble("another key in silence, a balance moves", 65, _replaced_and_moved),
    Trouble("another key in silence, nothing moves (clocks × 20)", 900, _replaced, FAST_SPEED),
)


def measure(effort: Effort) -> Figure:
    """Strike again and again, at any phase of the watch's own rounds."""
    chance, runs = random.Random(effort.seed), effort.amount(RUNS, 1)
    rows: dict[str, object] = {}
    failures: list[str] = []
    for trouble in TROUBLES:
        hasty = effort.fast and trouble.bound_s > 1
        speed = FAST_SPEED if hasty else trouble.speed
        waits = [3 + chance.random() * PHASE_S for _ in range(runs)]
        with ThreadPoolExecutor(runs) as pool:
            found = list(pool.map(lambda s, t=trouble, v=speed: seconds(t, s, v), waits))
        _note(trouble.name, trouble.bound_s, found, rows, failures)
    _note("packets swallowed", 26, _swallowed(runs), rows, failures)
    return Figure(rows, failures)


def _note(
    name: str, bound_s: float, found: list[float], rows: dict[str, object], failures: list[str]
) -> None:
    if not found:
        rows[name] = "not measured: this needs unshare and ip"
        return
    longest = max(found)
    rows[f"{name}: longest of {len(found)}, bound"] = f"{longest:.1f} s, {bound_s:g} s"
    if longest > bound_s:
        failures.append(f"{name}: {longest:.1f} s")


def seconds(trouble: Trouble, wait_s: float, speed: float) -> float:
    """Seconds of the watch's clocks from one trouble's strike until it is told."""
    setup = Setup(runtime=runtime(speed), ending=threading.Event())
    with (
        Sandbox.start() as sandbox,
        Watched(sandbox, setup, [USDM], timeout_s=5.0, speed=speed) as watched,
    ):
        if not watched.until(watched.is_covered, 10):
            raise AssertionError("the watch never began to cover")
        time.sleep(wait_s / speed)
        started, told = time.monotonic(), len(watched.records)
        trouble.strike(watched)
        watched.until(lambda: watched.lost_since(told), (trouble.bound_s + SLACK_S) / speed)
        return (time.monotonic() - started) * speed


def _swallowed(runs: int) -> list[float]:
    """The same where the network takes every packet and delivers none; [] if that is not to be had.

    In a network of its own (unshare), whose only link goes down.
    """
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return []
    how = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "bench.endurance.swallowed"]
    done = subprocess.run([*how, str(runs)], capture_output=True, check=False)
    found: list[float] = json.loads(done.stdout) if done.returncode == 0 else []
    return found

"""Requests and handshakes that come though the exchange has asked to wait: there must be none."""

import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from bench.chaos.haste import runtime
from bench.endurance.engine import Watched
from bench.endurance.figure import Effort, Figure
from bench.endurance.program import environment, start, until
from bench.endurance.refusing import Refusing
from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.engine import Setup
from tests.support.published import Published

WATCHES = 3
SECONDS = 150
ROUNDS = 20
AGAIN = 3  # starts while the exchange still asks to wait
SPEED = 20.0
SOON_S = 0.1  # after a refusal, when a running program is killed


def measure(effort: Effort) -> Figure:
    """Refuse watches that run, and programs that are started again and again."""
    watches, seconds = effort.amount(WATCHES, 1), effort.amount(SECONDS, 8)
    with ThreadPoolExecutor(watches) as pool:
        found = list(pool.map(lambda n: _watched(effort.seed + n, seconds), range(watches)))
    restarted, starts = _restarted(effort.amount(ROUNDS, 2), effort.seed)
    late = sum(each.disobedient for each in [*found, restarted])
    refusals = sum(each.refusals for each in found)
    rows: dict[str, object] = {
        "refusals of a running watch of both markets": f"{refusals:,}",
        "requests and handshakes answered or refused": f"{sum(e.requests for e in found):,}",
        "already on their way when it was refused": sum(each.on_their_way for each in found),
        "refusals before or while a program ran that was started anew": restarted.refusals,
        "starts while the exchange still asked to wait": starts,
        "**requests and handshakes in spite of it, all together**": f"**{late}**",
    }
    well = refusals and restarted.refusals and starts and not late
    return Figure(rows, [] if well else ["the exchange was asked though it said to wait"])


def _watched(seed: int, seconds: float) -> Refusing:
    """A watch of both markets that is refused every fifth time, and has to ask all the time."""
    chance = random.Random(seed)
    setup = Setup(runtime=runtime(SPEED), ending=threading.Event())
    with (
        Sandbox.start(seed=seed) as sandbox,
        Watched(sandbox, setup, timeout_s=2.0, speed=SPEED) as watched,
    ):
        watched.until(watched.is_covered, 10)
        refusing = Refusing(sandbox, seed, (1, 1, 2, 3))
        refusing.probability = 0.2
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(chance.random())
            _trouble(sandbox, chance)
    return refusing


def _trouble(sandbox: Sandbox, chance: random.Random) -> None:
    """Something after which a watch has to ask."""
    market = chance.choice(tuple(Market))
    layer = chance.choice(("stream", "wsApi"))
    sandbox.fault({"fault": "reset", "layer": layer, "now": True, "market": market})


def _restarted(rounds: int, seed: int) -> tuple[Refusing, int]:
    """Programs that are refused as they start or while they run, and are started again at once.

    They ask a published address, because nothing is remembered of one that was given.
    """
    chance, starts = random.Random(seed), 0
    with (
        tempfile.TemporaryDirectory() as home,
        Sandbox.start(seed=seed) as sandbox,
        Published(sandbox.rest["usdm"], Path(home)) as exchange,
    ):
        refusing = Refusing(sandbox, seed, (3,))
        watch = [sys.executable, "-m", "binfut_cli", "watch", "--json"]
        env = environment(sandbox, home) | exchange.env | {"BINFUT_ENV": "testnet"}
        file = Path(home, "lines")
        for _ in range(rounds):
            _refused(watch, env, file, refusing, running=chance.random() < 0.5)
            for _ in range(AGAIN):
                starts += refusing.remaining_s > 0
                started = start(watch, env, subprocess.DEVNULL)
                with suppress(subprocess.TimeoutExpired):
                    started.wait(refusing.remaining_s)
                started.kill()
                started.wait()
            time.sleep(refusing.remaining_s)
    return refusing, starts


def _refused(
    watch: list[str], env: dict[str, str], file: Path, refusing: Refusing, *, running: bool
) -> None:
    """Run a program until it was refused, and a moment later kill it."""
    with file.open("wb") as out:
        process = start(watch, env, out)
    if running:
        until(lambda: b'"status":"LIVE"' in file.read_bytes(), 10)
    before, refusing.left, refusing.probability = refusing.refusals, 1, 1.0
    until(lambda: refusing.refusals > before, 10)
    refusing.probability = 0.0
    time.sleep(SOON_S)
    process.kill()
    process.wait()

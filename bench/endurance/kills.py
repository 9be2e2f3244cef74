"""Watches that are killed at any moment, one after the other, each going on from the one before.

All record in one file, which is then held against the exchange's ledger.
"""

import os
import random
import tempfile
import time
from pathlib import Path

from bench.endurance.figure import Effort, Figure
from bench.endurance.lively import Lively, changes
from bench.endurance.program import command, environment, holes, parsed, records, start, until
from binfut_cli.sandbox import Sandbox
from tests.support.oracle import Told, Verdicts, verdicts

KILLS = 1000
LONGEST_S = 0.6
SHOWING = 0.7  # of the processes are killed only after they have shown something
LIVE_S = 20.0
CUT = 0.25  # of the files are cut inside their last line, as a failing computer leaves them


def measure(effort: Effort) -> Figure:
    """Kill, cut, and read what is left; at the end one watch is let go on until it is covered."""
    chance, kills = random.Random(effort.seed), effort.amount(KILLS, 12)
    shown = lacking = cuts = 0
    with tempfile.TemporaryDirectory() as home, Sandbox.start() as sandbox:
        file = Path(home, "day.ndjson")
        with Lively(sandbox, 200, effort.seed, ["usdm"]):
            for _ in range(kills):
                printed = _killed(sandbox, home, file, chance)
                shown += len(printed)
                lacking += len(printed - _lines(file))
                cuts += chance.random() < CUT and _cut(file, chance)
        told = _judged(sandbox, home, file)
        lines, unreadable = parsed(file.read_bytes())
        pieces = Path(home, "day.ndjson.torn")
        torn = pieces.read_bytes().count(b"\n") if pieces.exists() else 0
    restarts = len({(g["from"], g["to"]) for g in lines if g.get("cause") == "restart"})
    rows: dict[str, object] = {
        "processes killed (SIGKILL), all with `--record` of one file": f"{kills:,}",
        "of these, had recorded": f"{len({line['run'] for line in lines}):,}",
        "lines shown before a kill / of these not in the file after it": f"{shown:,} / {lacking}",
        "files cut inside their last line after the kill": cuts,
        "torn lines put aside / lines that cannot be read": f"{torn} / {unreadable}",
        "holes in a run's `seq`": holes(lines),
        "gaps between two runs told (`restart`)": f"{restarts:,}",
        "changes in the ledger since the first start": f"{told.all:,}",
        "printed / inside a gap": f"{told.printed:,} / {told.in_gap:,}",
        "**none of these**": f"**{len(told.lost)}**",
    }
    failures = [f"{lacking} lines that were shown are not recorded"] if lacking else []
    failures += ["a torn line spoiled another"] if unreadable else []
    failures += [f"lost: {entry}" for entry in told.lost[:5]]
    failures += ["nothing was recorded"] if not lines or not restarts else []
    return Figure(rows, failures + (["a hole in seq"] if holes(lines) else []))


def _judged(sandbox: Sandbox, home: str, file: Path) -> Verdicts:
    """Watch once more, until all is proven, and hold the whole file against the ledger."""
    with Path(home, "last").open("wb") as out:
        process = start(_command(sandbox, file), environment(sandbox, home), out)
        until(lambda: b'"status":"LIVE"' in Path(home, "last").read_bytes(), LIVE_S)
        process.terminate()
        process.wait()
    lines, _ = parsed(file.read_bytes())
    proven_ms = lines[-1]["provenAt"]
    return verdicts(changes(sandbox, "usdm"), Told("usdm", records(lines), 0, proven_ms))


def _command(sandbox: Sandbox, file: Path) -> list[str]:
    return command(sandbox, "usdm", "--record", str(file))


def _lines(file: Path) -> set[bytes]:
    return set(file.read_bytes().split(b"\n")) if file.exists() else set()


def _killed(sandbox: Sandbox, home: str, file: Path, chance: random.Random) -> set[bytes]:
    """The whole lines that one process has shown until it was killed."""
    shown = Path(home, "shown")
    with shown.open("wb") as out:
        process = start(_command(sandbox, file), environment(sandbox, home), out)
        if chance.random() < SHOWING:
            until(lambda: shown.stat().st_size > 0, LIVE_S)
        time.sleep(chance.random() * LONGEST_S)
        process.kill()
        process.wait()
    return set(shown.read_bytes().split(b"\n")[:-1])


def _cut(file: Path, chance: random.Random) -> bool:
    """Cut a file inside its last line; False if it has none."""
    data = file.read_bytes() if file.exists() else b""
    last = len(data) - 1 - data.rfind(b"\n", 0, -1)
    if last < 3:
        return False
    os.truncate(file, len(data) - chance.randrange(2, last))
    return True

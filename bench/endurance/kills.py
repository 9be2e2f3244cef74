"""Watches that are killed at any moment, one after the other, all appending to one file."""

import os
import random
import tempfile
import time
from pathlib import Path

from bench.endurance.figure import Effort, Figure
from bench.endurance.lively import Lively
from bench.endurance.program import command, environment, holes, parsed, start
from binfut_cli.sandbox import Sandbox

KILLS = 1000
LONGEST_S = 0.9  # from the start of a process to its end: a half of them is printing by then
CUT = 0.25  # of the files are cut inside their last line, as a failing computer leaves them


def measure(effort: Effort) -> Figure:
    """Kill, cut, and read what is left."""
    chance, kills = random.Random(effort.seed), effort.amount(KILLS, 12)
    torn, cuts = [], 0
    with tempfile.TemporaryDirectory() as home, Sandbox.start() as sandbox:
        file = Path(home, "day.ndjson")
        with Lively(sandbox, 200, effort.seed, ["usdm"]):
            for _ in range(kills):
                printed = _killed(sandbox, home, file, chance.random() * LONGEST_S)
                torn.append(_torn(printed))
                cuts += not torn[-1] and chance.random() < CUT and _cut(file, printed, chance)
        lines, unreadable = parsed(file.read_bytes())
    rows: dict[str, object] = {
        "processes killed (SIGKILL), all appending to one file": f"{kills:,}",
        "of these, had printed": f"{len({line['run'] for line in lines}):,}",
        "lines that can be read": f"{len(lines):,}",
        "kills that tore a line / lines torn by one of them": f"{sum(map(bool, torn))} / "
        f"{max(torn)}",
        "files cut inside their last line after the kill": cuts,
        "lines that cannot be read": unreadable,
        "holes in a run's `seq` among those that can": holes(lines),
    }
    failures = [f"{max(torn)} lines torn by one kill"] if max(torn) > 1 else []
    failures += ["a torn line spoiled another"] if unreadable > sum(torn) + cuts else []
    failures += ["nothing was printed"] if not lines else []
    return Figure(rows, failures + (["a hole in seq"] if holes(lines) else []))


def _killed(sandbox: Sandbox, home: str, file: Path, after_s: float) -> bytes:
    """What one process printed until it was killed."""
    with file.open("ab") as out:
        before = out.tell()
        process = start(command(sandbox, "usdm"), environment(sandbox, home), out)
        time.sleep(after_s)
        process.kill()
        process.wait()
    with file.open("rb") as printed:
        printed.seek(before)
        return printed.read()


def _torn(printed: bytes) -> int:
    """How many lines of one process are not whole."""
    whole, _, rest = printed.rpartition(b"\n")
    return parsed(whole)[1] + bool(rest)


def _cut(file: Path, printed: bytes, chance: random.Random) -> bool:
    """Cut the file inside the last line of what a process printed; False if it has none."""
    last = len(printed) - 1 - printed.rfind(b"\n", 0, -1)
    if last < 3:
        return False
    os.truncate(file, file.stat().st_size - chance.randrange(2, last))
    return True

"""What a watch costs that goes on and on: processor, memory, descriptors and threads."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.endurance.figure import Effort, Figure, beyond
from bench.endurance.lively import Lively
from bench.endurance.program import command, environment, start, until
from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox

SECONDS = 120
SETTLED_S = 10  # after the start: then the first check is over
PER_S = 3.0  # events on a lively account
CPU_PER_CENT, RESIDENT_MB = 1.0, 60.0
MB = 1_000_000


class Use(NamedTuple):
    """What a process uses at a moment."""

    cpu_s: float
    resident: int
    descriptors: int
    threads: int


def use(pid: int) -> Use:
    """Read it (proc(5): fields 14, 15, 20 and 24 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    open_now = len(os.listdir(f"/proc/{pid}/fd"))
    return Use(cpu_s, int(fields[21]) * os.sysconf("SC_PAGE_SIZE"), open_now, int(fields[17]))


@dataclass(frozen=True, slots=True)
class Run:
    """A watch of one market between two moments."""

    market: str
    lively: bool
    seconds: float
    before: Use
    after: Use

    @property
    def per_cent(self) -> float:
        """The share of a core."""
        return 100 * (self.after.cpu_s - self.before.cpu_s) / self.seconds

    @property
    def gained_kib(self) -> int:
        """By how much it grew."""
        return (self.after.resident - self.before.resident) // 1024


def measure(effort: Effort) -> Figure:
    """Let four watches run side by side: each market, quiet and lively."""
    seconds = effort.amount(SECONDS, 5)
    with ExitStack() as stack:
        kinds = [(str(market), lively) for market in Market for lively in (False, True)]
        pids = [stack.enter_context(_watching(*kind, effort.seed)) for kind in kinds]
        time.sleep(2 if effort.fast else SETTLED_S)
        began, before = time.monotonic(), [use(pid) for pid in pids]
        time.sleep(seconds)
        took, after = time.monotonic() - began, [use(pid) for pid in pids]
    runs = [Run(*kinds[n], took, before[n], after[n]) for n in range(len(kinds))]
    return _figure(runs, seconds)


@contextmanager
def _watching(market: str, lively: bool, seed: int) -> Iterator[int]:
    """A watch that is covered; its process id."""
    with tempfile.TemporaryDirectory() as home, Sandbox.start() as sandbox, ExitStack() as stack:
        file = Path(home, "lines")
        with file.open("wb") as out:
            process = start(command(sandbox, market), environment(sandbox, home), out)
        stack.callback(_ended, process)
        until(lambda: b'"status":"LIVE"' in file.read_bytes(), 10)
        if lively:
            stack.enter_context(Lively(sandbox, PER_S, seed, [market]))
        yield process.pid


def _ended(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()


def _figure(runs: list[Run], seconds: float) -> Figure:
    rows: dict[str, object] = {"seconds, each watch": f"{seconds:g}"}
    for run in runs:
        how = f"{PER_S:g} events a second" if run.lively else "quiet"
        rows[f"{run.market}, {how}: of a core / resident / gained meanwhile"] = (
            f"{run.per_cent:.2f} % / {run.after.resident / MB:.1f} MB / {run.gained_kib:+d} KiB"
        )
    descriptors = max(run.after.descriptors - run.before.descriptors for run in runs)
    threads = max(run.after.threads - run.before.threads for run in runs)
    rows["descriptors / threads gained"] = f"{descriptors} / {threads}"
    bounds = {
        "per cent of a core": (max(run.per_cent for run in runs), CPU_PER_CENT),
        "MB resident": (max(run.after.resident for run in runs) / MB, RESIDENT_MB),
        "descriptors gained": (descriptors, 0),
        "threads gained": (threads, 0),
    }
    return Figure(rows, beyond(**bounds))

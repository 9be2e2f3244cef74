"""How programs are measured: the time of a run, its size, and what becomes of a flood of events."""

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.blast import Blast

CPU, OTHER = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
LIMIT_S = 60  # a program that takes longer is measured by what it did until then
TICKS = os.sysconf("SC_CLK_TCK")
Env = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall and CPU milliseconds, and the greatest resident MiB."""

    wall_ms: float
    cpu_ms: float
    mib: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Events a second and a CPU second, and the resident MiB after a hundredth and near the end."""

    a_second: float
    a_cpu_second: float
    early_mib: float
    last_mib: float


def medians(commands: Mapping[str, tuple[Sequence[str], Env]], runs: int) -> dict[str, Run]:
    """The medians of each command, the runs interleaved."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, (command, env) in commands.items():
            found[name].append(_timed(command, env))
    return {name: _median(each, _peak_mib(*commands[name])) for name, each in found.items()}


def _median(times: Sequence[tuple[float, float]], mib: float) -> Run:
    wall_ms, cpu_ms = map(statistics.median, zip(*times, strict=True))
    return Run(wall_ms, cpu_ms, mib)


def _timed(command: Sequence[str], env: Env) -> tuple[float, float]:
    """The wall and CPU milliseconds of a run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall_ms = (time.perf_counter() - start) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return wall_ms, (used.ru_utime + used.ru_stime) * 1000


def _peak_mib(command: Sequence[str], env: Env) -> float:
    """The greatest resident size of a run; a child is told its parent's, so a small one asks."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    asked = [sys.executable, "-c", code, *command]
    done = subprocess.run(asked, env=env, check=True, capture_output=True)
    return int(done.stdout) / 1024


def fed(command: Sequence[str], env: Env, blast: Blast, count: int, lines: int = 1) -> Rate:
    """How a program on a core of its own fares with so many events, its lines counted.

    Each event is so many lines.
    """
    os.sched_setaffinity(0, {CPU})
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, pipesize=1 << 20)
    os.sched_setaffinity(0, {OTHER})
    if not blast.taken.wait(LIMIT_S):
        process.kill()
        raise TimeoutError(f"{command[0]} opened no stream")
    time.sleep(2)  # its snapshot is printed
    return _read(process, blast, count, lines)


def _read(process: "subprocess.Popen[bytes]", blast: Blast, count: int, lines: int) -> Rate:
    out = process.stdout
    assert out is not None
    limit = threading.Timer(LIMIT_S, process.kill)
    limit.start()
    used_s, start = _cpu_s(process.pid), time.perf_counter()
    blast.begin.set()
    seen = early = last = elapsed_s = 0.0
    while data := os.read(out.fileno(), 1 << 20):
        seen += data.count(b"\n") / lines
        if seen < count or not elapsed_s:  # how long it takes to end is another matter
            elapsed_s = time.perf_counter() - start
        if not early and seen >= count // 100:
            early = _mib(process.pid)
        if seen < count * 0.99:
            last = _mib(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    limit.cancel()
    out.close()
    done = seen if process.returncode else count
    cpu_s = used.ru_utime + used.ru_stime - used_s
    return Rate(done / elapsed_s, done / cpu_s, early, last)


def _cpu_s(pid: int) -> float:
    """The CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _mib(pid: int) -> float:
    """The resident size of a process now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024

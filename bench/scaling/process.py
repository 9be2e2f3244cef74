"""What a process costs, as Linux tells: threads, memory, seconds of a processor."""

import os
from pathlib import Path

MB = 1_000_000
_TICKS = os.sysconf("SC_CLK_TCK")


def threads(pid: int) -> int:
    """How many it has now."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def rss_mb(pid: int) -> float:
    """Its resident memory, in megabytes."""
    return _kib(Path(f"/proc/{pid}/status"), "VmRSS:") * 1024 / MB


def pss_mb(pid: int) -> float:
    """The same, but what it shares with other processes counts in part."""
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") * 1024 / MB


def cpu_s(pid: int) -> float:
    """What it has used of a processor so far."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


def _kib(file: Path, name: str) -> int:
    lines = file.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

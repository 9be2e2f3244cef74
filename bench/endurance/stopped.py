"""A reader of our output that is stopped for many minutes, while the account is busy."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench.chaos.oracle import Told, verdicts
from bench.endurance.figure import Effort, Figure
from bench.endurance.lively import Lively, changes
from bench.endurance.program import (
    Line,
    command,
    environment,
    holes,
    parsed,
    records,
    start,
    until,
)
from binfut_cli.markets import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.rules import Rules

PER_S = 50.0
IMPATIENT = Rules(ping_interval_s=5.0, pong_timeout_s=10.0)
"""An exchange that cuts off a client whose pongs come late: the real one waits ten minutes."""


def measure(effort: Effort) -> Figure:
    """Stop the reader, let it go on, and compare what it got with the ledger."""
    minutes = 0.2 if effort.fast else effort.minutes
    with tempfile.TemporaryDirectory() as home, Sandbox.start(rules=IMPATIENT) as box:
        file = Path(home, "day.ndjson")
        with file.open("wb") as out:
            watch = start(command(box, "usdm"), environment(box, home))
            reader = subprocess.Popen(["cat"], stdin=watch.stdout, stdout=out)
        try:
            kib = _stopped(box, watch.pid, reader, file, minutes * 60, effort.seed)
        finally:
            watch.terminate()
            watch.communicate()
            reader.wait()
        return _judged(box, file, minutes, kib)


def _stopped(
    box: Sandbox, pid: int, reader: "subprocess.Popen[bytes]", file: Path, seconds: float, seed: int
) -> int:
    """Let things happen to a stopped reader for so long; the KiB that were resident then."""
    until(lambda: b'"status":"LIVE"' in file.read_bytes(), 10)
    with Lively(box, PER_S, seed, ["usdm"]):
        time.sleep(1)
        os.kill(reader.pid, signal.SIGSTOP)
        time.sleep(seconds)
        kib = _resident_kib(pid)
        os.kill(reader.pid, signal.SIGCONT)
        time.sleep(1)
    size = -1
    while size != (size := file.stat().st_size):
        time.sleep(2)
    return kib


def _judged(box: Sandbox, file: Path, minutes: float, kib: int) -> Figure:
    lines, torn = parsed(file.read_bytes())
    found = verdicts(changes(box, "usdm"), Told(Market.USDM, records(lines)))
    disconnects = _count(lines, "GAP")
    rows: dict[str, object] = {
        "minutes for which the reader was stopped": f"{minutes:g}",
        "changes in the ledger while watched": f"{found.all:,}",
        "printed": f"{found.printed:,}",
        "**not printed**": f"**{found.all - found.printed}**",
        "disconnects": disconnects,
        "holes in `seq` / lines that cannot be read": f"{holes(lines)} / {torn}",
        "resident at the end of the stop": f"{kib / 1024:.0f} MiB",
    }
    well = found.all == found.printed > 0 and not (disconnects or torn or holes(lines))
    return Figure(rows, [] if well else ["something was lost or broken"])


def _count(lines: list[Line], status: str) -> int:
    return sum(line.get("status") == status for line in lines)


def _resident_kib(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024

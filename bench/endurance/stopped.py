"""A reader of our output that is stopped for many minutes, while the account is busy."""

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

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
from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.oracle import Told, verdicts

IMPATIENT = Rules(ping_interval_s=5.0, pong_timeout_s=10.0)
"""An exchange that cuts off a client whose pongs come late: the real one waits ten minutes."""


@dataclass(frozen=True, slots=True)
class Course:
    """For how many seconds, how much happens, and over what."""

    seconds: float
    per_s: float
    tls: bool = False

    @property
    def name(self) -> str:
        """For the table."""
        over = "TLS" if self.tls else "TCP"
        lasts = f"{self.seconds / 60:g} minutes" if self.seconds > 60 else f"{self.seconds:g} s"
        return f"{lasts}, {self.per_s:g} changes a second, {over}"


def measure(effort: Effort) -> Figure:
    """A long stop, and one in a storm: over TLS a read brings one message, which costs more."""
    courses = (
        Course(12 if effort.fast else effort.minutes * 60, 50),
        Course(effort.amount(60, 15), 400, tls=True),
    )
    figures = [_measured(course, effort.seed) for course in courses]
    rows = {name: value for figure in figures for name, value in figure.rows.items()}
    return Figure(rows, [failure for figure in figures for failure in figure.failures])


def _measured(course: Course, seed: int) -> Figure:
    """Stop the reader, let it go on, and compare what it got with the ledger."""
    with (
        tempfile.TemporaryDirectory() as home,
        Sandbox.start(rules=IMPATIENT, tls=course.tls) as sandbox,
    ):
        file = Path(home, "day.ndjson")
        trust = {"SSL_CERT_FILE": sandbox.ca} if sandbox.ca else {}
        with file.open("wb") as out:
            watch = start(command(sandbox, "usdm"), environment(sandbox, home) | trust)
            reader = subprocess.Popen(["cat"], stdin=watch.stdout, stdout=out)
        try:
            kib = _stopped(sandbox, watch.pid, reader, file, course, seed)
        finally:
            watch.terminate()
            watch.communicate()
            reader.wait()
        return _judged(sandbox, file, course, kib)


def _stopped(
    sandbox: Sandbox,
    pid: int,
    reader: "subprocess.Popen[bytes]",
    file: Path,
    course: Course,
    seed: int,
) -> int:
    """Let things happen to a stopped reader for so long; the KiB that were resident then."""
    until(lambda: b'"status":"LIVE"' in file.read_bytes(), 10)
    with Lively(sandbox, course.per_s, seed, ["usdm"]):
        time.sleep(1)
        os.kill(reader.pid, signal.SIGSTOP)
        time.sleep(course.seconds)
        kib = _resident_kib(pid)
        os.kill(reader.pid, signal.SIGCONT)
        time.sleep(1)
    size = -1
    while size != (size := file.stat().st_size):
        time.sleep(2)
    return kib


def _judged(sandbox: Sandbox, file: Path, course: Course, kib: int) -> Figure:
    lines, torn = parsed(file.read_bytes())
    found = verdicts(changes(sandbox, "usdm"), Told(Market.USDM, records(lines)))
    lost, broken = found.all - found.printed, holes(lines) + torn
    disconnects = _count(lines, "GAP")
    rows: dict[str, object] = {
        f"{course.name}: changes in the ledger / printed": f"{found.all:,} / {found.printed:,}",
        f"{course.name}: **not printed** / disconnects": f"**{lost}** / {disconnects}",
        f"{course.name}: holes in `seq` and torn lines": broken,
        f"{course.name}: resident at the end of the stop": f"{kib / 1024:.0f} MiB",
    }
    well = found.printed and not (lost or disconnects or broken)
    return Figure(rows, [] if well else [f"{course.name}: something was lost or broken"])


def _count(lines: list[Line], status: str) -> int:
    return sum(line.get("status") == status for line in lines)


def _resident_kib(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024

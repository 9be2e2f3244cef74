"""Measure what the dashboard costs, beside a DataTable that shows the same changes.

    python -m bench.dashboard [--seconds N] [--write]

500 positions on 160×48, of which 50 rows with four cells each change four times a second; both on a
pseudo-terminal, one after the other and again. Then `binfut watch --live` itself, on a sandbox.
`--write` puts the figures into docs/live.md. Leaves with 1 if a bound was not kept.
"""

import argparse
import fcntl
import os
import pty
import signal
import statistics
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from bench.chaos.document import put, rows
from bench.endurance.figure import beyond
from bench.endurance.program import command, environment
from binfut_cli.sandbox import Sandbox

COLUMNS, LINES = 160, 48
SETTLE_S, ROUNDS = 4.0, 3
MOST_SHARE, MOST_RATIO, MOST_MIB = 8.0, 0.4, 75.0
OURS, PLAIN = ("-m", "bench.dashboard.ours"), ("-m", "bench.dashboard.plain")


class Cost(NamedTuple):
    """Of a core in per cent, memory at most in MiB, and written to the terminal in KiB a second."""

    share: float
    mib: float
    kib_s: float


class OnTerminal:
    """A program on a pseudo-terminal that nobody looks at."""

    def __init__(self, arguments: Sequence[str], env: dict[str, str]) -> None:
        self.pid, self._leader = pty.fork()
        if self.pid == 0:
            os.execvpe(sys.executable, [sys.executable, *arguments], env)
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, size)
        self.written = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while data := os.read(self._leader, 65536):
                self.written += len(data)
        except OSError:
            return  # it has ended

    def cost(self, seconds: float) -> Cost:
        """What it costs for so long, once it is under way; then it is ended."""
        time.sleep(SETTLE_S)
        began, cpu_s, written = time.monotonic(), self._cpu_s(), self.written
        time.sleep(seconds)
        lasted = time.monotonic() - began
        share = (self._cpu_s() - cpu_s) / lasted * 100
        found = Cost(share, self._mib(), (self.written - written) / lasted / 1024)
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        return found

    def _cpu_s(self) -> float:
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _mib(self) -> float:
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            peak = next(line for line in file if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--write", action="store_true", help="into docs/live.md")
    options = parser.parse_args()
    env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    ours, plain = list[Cost](), list[Cost]()
    for _ in range(ROUNDS):
        ours.append(OnTerminal(OURS, env).cost(options.seconds))
        plain.append(OnTerminal(PLAIN, env).cost(options.seconds))
    whole = _program(env, options.seconds)
    found, beside = _median(ours), _median(plain)
    table = rows(
        {
            "dashboard, 500 positions, 200 cells at 4 Hz": _told(found),
            "a DataTable of the same, `update_cell`": _told(beside),
            "dashboard ÷ DataTable": f"{found.share / beside.share:.2f}",
            "`binfut watch --live` of a quiet account": _told(whole),
        }
    )
    print(table)
    if options.write:
        put("dashboard", "python -m bench.dashboard --write", table, "live.md")
    ratio = found.share / beside.share
    failed = beyond(
        share=(found.share, MOST_SHARE), ratio=(ratio, MOST_RATIO), mib=(whole.mib, MOST_MIB)
    )
    print(*failed, sep="\n", end="\n" * bool(failed))
    sys.exit(bool(failed))


def _program(env: dict[str, str], seconds: float) -> Cost:
    """The program itself, on the account of a sandbox that is a process apart from it."""
    with Sandbox.start() as sandbox, tempfile.TemporaryDirectory() as home:
        _, *arguments = command(sandbox, "usdm", "--live")
        arguments.remove("--json")
        return OnTerminal(arguments, {**env, **environment(sandbox, home)}).cost(seconds)


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(each) for each in zip(*costs, strict=True)))


def _told(cost: Cost) -> str:
    return f"{cost.share:.1f} % of a core, {cost.mib:.0f} MiB, {cost.kib_s:.0f} KiB/s"


if __name__ == "__main__":
    main()

"""Measure start-up, one-shot and watch; print a table of ratios and figures, as Markdown.

Run it from a normal install (not an editable one) on a machine with two idle cores:

    python -m pip install . && python -m bench > bench/RESULTS.md
"""

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.blast import Blast
from binfut_cli import __version__
from binfut_cli.sandbox import Sandbox

RUNS = 15
EVENTS = 300_000
LONG = 1_000_000
BINFUT = shutil.which("binfut", path=str(Path(sys.executable).parent)) or "binfut"
BARE = [sys.executable, "-c", "import typer"]
CPU, OTHER = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))


def milliseconds(commands: dict[str, list[str]], env: dict[str, str]) -> dict[str, float]:
    """The median wall time of each command, the runs interleaved."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
            times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(found) for name, found in times.items()}


def peak_mib(command: list[str], env: dict[str, str]) -> float:
    """The greatest resident size of one run, in MiB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], env=env, check=True, capture_output=True
    )
    return int(done.stdout) / 1024


def resident_kib(pid: int) -> int:
    """The resident size of a process now, in KiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() // 1024


class Watch:
    """`binfut watch` on a core of its own, fed by a blast, its lines read and counted."""

    def __init__(self, box: Sandbox, env: dict[str, str], count: int, *options: str) -> None:
        self._blast = Blast(count)
        command = [
            BINFUT, "watch", "--env", "sandbox", "--ws-api-url", box.ws_api["usdm"],
            "--stream-url", self._blast.url, "--limit", str(count), *options,
        ]  # fmt: skip
        os.sched_setaffinity(0, {CPU})
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        os.sched_setaffinity(0, {OTHER})
        self._count = count

    def run(self) -> tuple[float, int, int]:
        """Events a second, and the resident KiB after a hundredth and after all of them."""
        out = self._process.stdout
        assert out is not None
        while not out.readline().startswith((b'{"v":1,"type":"status"', b'{"v":1,"type":"snap')):
            pass
        time.sleep(0.5)  # the snapshot is in: only events from here on
        self._blast.begin.set()
        start, seen, early = time.perf_counter(), 0, 0
        last = resident_kib(self._process.pid)
        while seen < self._count and (data := out.read1(1 << 20)):
            seen += data.count(b"\n")
            if not early and seen >= self._count // 100:
                early = resident_kib(self._process.pid)
            if seen < self._count * 0.99:
                last = resident_kib(self._process.pid)
        elapsed = time.perf_counter() - start
        out.close()
        self._process.wait()
        return self._count / elapsed, early, last


def main() -> None:
    """Measure everything and print it."""
    with Sandbox.start() as box:
        account = box.accounts[0]
        env = {
            **os.environ,
            "BINFUT_API_KEY": account.api_key,
            "BINFUT_API_SECRET": account.secret,
        }
        env.pop("BINFUT_ENV", None)
        there = ["--env", "sandbox", "--ws-api-url", box.ws_api["usdm"]]
        status = [BINFUT, "account", "status", "--json", *there]
        commands = {
            "`python -c 'import typer'`": BARE,
            "`binfut --version`": [BINFUT, "--version"],
            "`binfut --help`": [BINFUT, "--help"],
            "`binfut account status --json`": status,
            "`binfut account status` (table)": [BINFUT, "account", "status", *there],
        }
        found = milliseconds(commands, env)
        bare = next(iter(found.values()))
        rate, _, _ = Watch(box, env, EVENTS, "--json").run()
        raw, _, _ = Watch(box, env, EVENTS, "--raw").run() if False else (0.0, 0, 0)
        long_rate, early, last = Watch(box, env, LONG, "--json").run()
        peak = peak_mib(status, env)
    report(found, bare, peak, rate, long_rate, early, last)


def report(
    found: dict[str, float],
    bare: float,
    peak: float,
    rate: float,
    long_rate: float,
    early: int,
    last: int,
) -> None:
    """Print the figures as Markdown."""
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    print(f"# Measured: binfut {__version__}, {machine}\n")
    print("| process | median ms | × `import typer` |\n|---|---|---|")
    for name, ms in found.items():
        print(f"| {name} | {ms:.0f} | {ms / bare:.2f} |")
    print("\n| figure | value |\n|---|---|")
    print(f"| peak memory of `account status --json` | {peak:.0f} MiB |")
    print(f"| `watch --json`, small ACCOUNT_UPDATE/s, one core | {rate:,.0f} |")
    print(f"| the same over {LONG:,} events | {long_rate:,.0f} |")
    print(f"| memory after 1 % and after all of them | {early / 1024:.1f} → {last / 1024:.1f} MiB |")
    print(json.dumps({"runs": RUNS, "events": EVENTS}), file=sys.stderr)


if __name__ == "__main__":
    main()

"""Measure start-up, one-shot and watch against peers; print the figures as Markdown.

Run it from a normal install (not an editable one) on a machine with two idle cores, with the
official SDKs beside it, or without them for binfut's own figures alone:

    python -m pip install '.[interop]' && python -m bench --write
"""

import argparse
import importlib.util
import os
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench.blast import Blast
from bench.chaos.document import put
from binfut_cli.sandbox import Sandbox

RUNS = 15
EVENTS = 300_000
TRIES = 3
"""The best of these counts: whatever else the machine does can only make a rate lower."""
PEER_EVENTS = 20_000
LONG = 1_000_000
LIMIT_S = 60  # a program that takes longer is measured by what it did until then
BINFUT = shutil.which("binfut", path=str(Path(sys.executable).parent)) or "binfut"
BARE = "`python -c 'import typer'`"
OFFICIAL = importlib.util.find_spec("binance_sdk_derivatives_trading_usds_futures") is not None
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
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


class Fed:
    """A program on a core of its own, fed by a blast, its lines counted."""

    def __init__(self, command: list[str], env: dict[str, str], blast: Blast, count: int) -> None:
        self._blast = blast
        self._count = count
        os.sched_setaffinity(0, {CPU})
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, pipesize=1 << 20)
        os.sched_setaffinity(0, {OTHER})
        time.sleep(3)  # connected, and its snapshot printed

    def run(self) -> tuple[float, int, int]:
        """Events a second, and the resident KiB after a hundredth and near the end."""
        out = self._process.stdout
        assert out is not None
        self._blast.begin.set()
        limit = threading.Timer(LIMIT_S, self._process.kill)
        limit.start()
        start, seen, early, last = time.perf_counter(), 0, 0, 0
        while data := os.read(out.fileno(), 1 << 20):
            seen += data.count(b"\n")
            if not early and seen >= self._count // 100:
                early = resident_kib(self._process.pid)
            if seen < self._count * 0.99:
                last = resident_kib(self._process.pid)
        elapsed = time.perf_counter() - start
        limit.cancel()
        ended = self._process.wait() == 0
        out.close()
        return (self._count if ended else seen) / elapsed, early, last


def watched(sandbox: Sandbox, env: dict[str, str], count: int, how: str) -> tuple[float, int, int]:
    """How `binfut watch` fares with so many events."""
    blast = Blast(count)
    command = [
        BINFUT, "watch", "--env", "sandbox", "--ws-api-url", sandbox.ws_api["usdm"],
        "--stream-url", blast.url, "--limit", str(count), *how.split(),
    ]  # fmt: skip
    return Fed(command, env, blast, count).run()


def peer_watched(env: dict[str, str], count: int) -> float:
    """How the official SDK fares."""
    blast = Blast(count, "k" * 64)
    command = [sys.executable, "-m", "bench.official_watch", blast.url, str(count)]
    return Fed(command, env, blast, count).run()[0]


def best(rate: Callable[[], float]) -> float:
    """The highest of some measurements of a rate."""
    return max(rate() for _ in range(TRIES))


def commands(sandbox: Sandbox) -> dict[str, list[str]]:
    """What is timed from start to end, by its name in the table."""
    there = ["--env", "sandbox", "--ws-api-url", sandbox.ws_api["usdm"]]
    key = sandbox.accounts[0]
    found = {
        BARE: [sys.executable, "-c", "import typer"],
        "`binfut --version`": [BINFUT, "--version"],
        "`binfut --help`": [BINFUT, "--help"],
        "`binfut account status --json`": [BINFUT, "account", "status", "--json", *there],
        "`binfut account status`, a table": [BINFUT, "account", "status", *there],
    }
    if OFFICIAL:
        arguments = [sandbox.ws_api["usdm"], key.api_key, key.secret]
        found["the official SDK, one reading as JSON"] = [
            sys.executable, "-m", "bench.official_status", *arguments,
        ]  # fmt: skip
    return found


def main() -> None:
    """Measure everything, and print or write it."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    with Sandbox.start() as sandbox:
        account = sandbox.accounts[0]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("BINFUT_")}
        env = clean | {"BINFUT_API_KEY": account.api_key, "BINFUT_API_SECRET": account.secret}
        env["BINFUT_ENV"] = "sandbox"
        timed = commands(sandbox)
        found = milliseconds(timed, env)
        peak = peak_mib(timed["`binfut account status --json`"], env)
        rates = {
            "`binfut watch --json`": best(lambda: watched(sandbox, env, EVENTS, "--json")[0]),
            "`binfut watch --raw`": best(lambda: watched(sandbox, env, EVENTS, "--raw")[0]),
            "`binfut watch`, lines for people": best(
                lambda: watched(sandbox, env, EVENTS // 3, "")[0]
            ),
        }
        if OFFICIAL:
            name = "the official SDK, printing its models as JSON"
            rates[name] = best(lambda: peer_watched(env, PEER_EVENTS))
        _, early, last = watched(sandbox, env, LONG, "--json")
    shown = report(found, peak, rates, early, last)
    print(shown)
    if options.write:
        put("bench", "python -m bench --write", shown, "performance.md")


def report(
    found: dict[str, float], peak: float, rates: dict[str, float], early: int, last: int
) -> str:
    """The figures as Markdown."""
    bare, slowest = found[BARE], min(rates.values())
    lines = [
        f"| process, median of {RUNS} | ms | × {BARE} |",
        "|---|---|---|",
        *(f"| {name} | {ms:.0f} | {ms / bare:.2f} |" for name, ms in found.items()),
        "",
        f"| small ACCOUNT_UPDATE events, one core, best of {TRIES} | a second | × |",
        "|---|---|---|",
        *(f"| {name} | {rate:,.0f} | {rate / slowest:.1f} |" for name, rate in rates.items()),
        "",
        "| memory | MiB |",
        "|---|---|",
        f"| `account status --json`, at most | {peak:.0f} |",
        f"| `watch --json` after {LONG // 100:,} events | {early / 1024:.1f} |",
        f"| `watch --json` after {LONG:,} events | {last / 1024:.1f} |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

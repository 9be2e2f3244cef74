"""Measure the reading of recordings: `python -m bench.recordings` prints the figures, as Markdown.

Each way of reading a recording from its start, beside the fold of an earlier commit, in one run
and in turn (`bench.reading`); and `binfut replay --at` in a long file, the real program, cold and
warm moments alike. The long file is made first: 10 GB take some minutes and as much room, `--gb`
makes it smaller, 0 leaves it out. `--write` puts the figures into docs/performance.md.
"""

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.chaos.document import put
from bench.page import PAGE
from bench.reading import measured, table
from binfut_cli.codec import parse
from tests.support.recordings import busy
from tests.support.simulation import EPOCH_MS

RECORDS = 200_000
EVERY_MS = 60
HOUR_MS = 3_600_000
LOOKS = 12


PROGRAM = """
import os, sys
leave, sys.argv = os._exit, ["binfut", *sys.argv[1:]]
def told(status):
    with open("/proc/self/status") as file:
        print(next(line for line in file if line.startswith("VmHWM")).split()[1], file=sys.stderr)
    leave(status)
os._exit = told
from binfut_cli.__main__ import main
main()
"""
"""The program, which tells the most memory that it had: what `wait` tells may be its parent's."""


def looks(name: str, lasts_ms: int) -> list[tuple[float, float, float]]:
    """Wall and CPU time in s, and the most memory in MiB, of `replay --at` at random moments."""
    chance, found = random.Random(1), list[tuple[float, float, float]]()
    for _ in range(LOOKS):
        time_ms = EPOCH_MS + chance.randrange(min(HOUR_MS, lasts_ms // 2), lasts_ms)
        arguments = ("replay", name, "--at", str(time_ms), "--json")
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments], check=True, capture_output=True
        )
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append((wall, spent, int(done.stderr.split()[-1]) / 1024))
    return found


def long_file(path: Path, gigabytes: float) -> int:
    """Write a file of at least that size; return how many ms it lasts."""
    lines: Iterator[bytes] = busy(10**12, EVERY_MS, read_ms=HOUR_MS)
    last = b""
    with open(path, "wb", buffering=1 << 22) as file:
        while file.tell() < gigabytes * 10**9:
            for _, last in zip(range(10_000), lines, strict=False):
                file.write(last)
    return int(parse(last)["time"]) - EPOCH_MS


def main() -> None:
    """Print both tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=10.0, help="how long the long file is")
    parser.add_argument("--in", dest="folder", help="where it is made")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        parts = [table(measured(Path(folder), RECORDS), RECORDS)]
        if wanted.gb:
            parts.append(_looks(Path(folder), wanted.gb))
    shown = "\n\n".join(parts)
    print(shown)
    if wanted.write:
        put(
            "recordings", f"python -m bench.recordings --gb {wanted.gb:g} --write", shown, PAGE.name
        )


def _looks(folder: Path, gigabytes: float) -> str:
    """What moments of a long file cost, as Markdown."""
    path = folder / "long.ndjson"
    lasts_ms = long_file(path, gigabytes)
    size, found = path.stat().st_size / 10**9, looks(str(path), lasts_ms)
    lines = [f"| `replay --at` in {size:.1f} GB | median | greatest |", "|---|---|---|"]
    titles = "seconds", "CPU seconds", "MiB"
    for title, column in zip(titles, zip(*found, strict=True), strict=True):
        lines.append(f"| {title} | {statistics.median(column):.2f} | {max(column):.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

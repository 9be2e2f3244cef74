"""Measure the reading of recordings: `python -m bench.recordings` prints the figures, as Markdown.

The fold of a recording without a snapshot after its first, beside the fold that a watch itself
makes of the same records, in one run and in turn; and `binfut replay --at` in a long file, the real
program, cold and warm moments alike. The long file is made first: 10 GB take some minutes and as
much room, `--gb` makes it smaller.
"""

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from binfut_cli.codec import parse
from binfut_cli.recording.moments.index import Index
from binfut_cli.recording.moments.moment import at
from binfut_cli.recording.reader import Recording
from binfut_cli.stream.events import Event
from binfut_cli.stream.fold.folded_account import FoldedAccount
from tests.support.recordings import busy
from tests.support.simulation import EPOCH_MS

ROUNDS = 5
RECORDS = 200_000
EVERY_MS = 60
HOUR_MS = 3_600_000
LOOKS = 12
FROM_START = Index(worthwhile=1 << 60)


def todays(name: str) -> int:
    """Fold a recording as a watch folds its own events: every record decoded, one by one."""
    accounts: dict[str, FoldedAccount] = {}
    number = 0
    with open(name, "rb") as file:
        for line in file:
            row, number = parse(line), number + 1
            account = accounts.setdefault(row["market"], FoldedAccount())
            if row["type"] == "snapshot":
                account.read(row)
            elif row["type"] == "event":
                times = row["eventTime"], row["transactionTime"]
                account.apply(Event(row["event"], *times, row))
    return number


def replayed(name: str) -> int:
    """Fold it as `--at` does, from the start."""
    moment = at([name], EPOCH_MS + 10**12, FROM_START)
    assert len(moment.accounts) == 2
    assert moment.findings.number == 0
    return 0


def every_record(name: str) -> int:
    """Read and check every record, as `replay` does."""
    return sum(1 for _ in Recording([name]))


def per_second(work: dict[str, Callable[[str], int]], name: str, records: int) -> dict[str, float]:
    """Records a second of CPU time of each, the median of some rounds in turn."""
    spent: dict[str, list[float]] = {each: [] for each in work}
    for _ in range(ROUNDS):
        for each, do in work.items():
            start = time.process_time()
            do(name)
            spent[each].append(time.process_time() - start)
    return {each: records / statistics.median(times) for each, times in spent.items()}


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
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=10.0, help="how long the long file is")
    parser.add_argument("--in", dest="folder", help="where it is made")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        name = Path(folder) / "fold.ndjson"
        with open(name, "wb") as file:
            file.writelines(busy(RECORDS * EVERY_MS, EVERY_MS, read_ms=10**12))
        records = every_record(str(name))
        work: dict[str, Callable[[str], int]] = {
            "a watch's own fold": todays,
            "`replay --at`": replayed,
            "`replay`, every record": every_record,
        }
        rates = per_second(work, str(name), records)
        rate_of_watch = rates["a watch's own fold"]
        print(f"| {records:,} records | a second | |\n|---|---|---|")
        for each, rate in rates.items():
            print(f"| {each} | {rate:,.0f} | {rate / rate_of_watch:.1f} × |")
        name.unlink()
        path = Path(folder) / "long.ndjson"
        lasts_ms = long_file(path, wanted.gb)
        size, found = path.stat().st_size / 10**9, looks(str(path), lasts_ms)
    print(f"\n| `--at` in {size:.1f} GB | median | greatest |\n|---|---|---|")
    for title, column in zip(
        ("seconds", "CPU seconds", "MiB"), zip(*found, strict=True), strict=True
    ):
        print(f"| {title} | {statistics.median(column):.2f} | {max(column):.2f} |")


if __name__ == "__main__":
    main()

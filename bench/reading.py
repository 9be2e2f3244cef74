"""How many records a CPU second each way of reading a recording takes, in one run and in turn.

The ways are the program's own, run as a user runs them, their output thrown away; what a start
costs is taken off, by a run on a recording of a few hundred records. Beside them stands the fold of
an earlier commit that knew no recordings: each line parsed, its event folded by that commit's own
code. It is taken out of this repository, which needs git.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.before import BEFORE, PROJECT, earlier
from binfut_cli.codec import parse
from tests.support.recordings import busy
from tests.support.redis_server import PROGRAM as REDIS
from tests.support.redis_server import RedisServer, served

ROUNDS = 3
EVERY_MS = 60
START = 600  # records of the recording whose reading is a start
STREAM, LISTED = "binfut:{sandbox/one-way}:usdm", "binfut:streams"

FIRST_FOLD = """
import sys
from binfut_cli.events import Event
from binfut_cli.state import State
from binfut_cli.wire import parse
found = {}
with open(sys.argv[1], "rb") as file:
    for line in file:
        row = parse(line)
        if row["type"] == "snapshot":
            found[row["market"]] = State(row)
        elif row["type"] == "event":
            event = Event(row["event"], row["eventTime"], row["transactionTime"], row)
            found[row["market"]].apply(event)
"""
GO_ON = """
import gc, os, sys
from binfut_cli.__main__ import YOUNG
gc.set_threshold(YOUNG)
from binfut_cli.recording.writing.previous import previous
assert previous(sys.argv[1]).known
os._exit(0)
"""
"""What a watch does first, and as it does it: it takes nothing apart at its end."""
BINFUT = [sys.executable, "-m", "binfut_cli"]
FILE, END = "FILE", "9999-01-01"


@dataclass(frozen=True, slots=True)
class Way:
    """A way of reading: its command, FILE for the recording, and how often that is read."""

    name: str
    command: Sequence[str]
    times: int = 1
    tree: Path = PROJECT

    def cpu_s(self, name: str) -> float:
        """The CPU seconds that it takes for a recording."""
        command = [each.replace(FILE, name) for each in self.command]
        process = subprocess.Popen(
            command, env=_environ(self.tree), cwd=self.tree, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return used.ru_utime + used.ru_stime


def _environ(tree: Path) -> dict[str, str]:
    kept = {name: each for name, each in os.environ.items() if not name.startswith("BINFUT_")}
    return kept | {"PYTHONPATH": str(tree)}


def ways(before: Path) -> list[Way]:
    """Those that need nothing but a file; `before` has the earlier commit."""
    first = [sys.executable, "-c", FIRST_FOLD]
    return [
        Way(f"the account alone, folded by commit {BEFORE}", [*first, FILE], tree=before),
        Way("`replay --at`", [*BINFUT, "replay", FILE, "--at", END, "--json"]),
        Way("`diff`", [*BINFUT, "diff", FILE, FILE, "--json"], times=2),
        Way("a watch that goes on, orders too", [sys.executable, "-c", GO_ON, FILE]),
        Way("`summary --json`", [*BINFUT, "summary", FILE, "--json"]),
        Way("`replay --json`", [*BINFUT, "replay", FILE, "--json"]),
        Way("`replay`, lines for people", [*BINFUT, "replay", FILE]),
    ]


@dataclass(frozen=True, slots=True)
class Recordings:
    """A recording, and a short one that begins alike: its name and how many records are in it."""

    whole: tuple[str, int]
    short: tuple[str, int]

    @classmethod
    def made(cls, folder: Path, records: int) -> "Recordings":
        """Write both; only the first snapshot is in them."""
        lines = list(busy(records * EVERY_MS, EVERY_MS, read_ms=10**12))
        return cls(
            _written(folder / "whole.ndjson", lines),
            _written(folder / "short.ndjson", lines[:START]),
        )


def _written(path: Path, lines: Sequence[bytes]) -> tuple[str, int]:
    path.write_bytes(b"".join(lines))
    return str(path), len(lines)


def measured(folder: Path, records: int) -> dict[str, float]:
    """Records a CPU second of each way, the median of some rounds."""
    made = Recordings.made(folder, records)
    with ExitStack() as stack:
        every = ways(stack.enter_context(earlier(folder)))
        spent: dict[str, list[float]] = {each.name: [] for each in every}
        for _ in range(ROUNDS):
            for way in every:
                cpu_s = way.cpu_s(made.whole[0]) - way.cpu_s(made.short[0])
                spent[way.name].append(cpu_s / way.times)
        rates = {
            name: (made.whole[1] - made.short[1]) / statistics.median(each)
            for name, each in spent.items()
        }
        if REDIS is not None:
            rates["`follow --from-beginning --json`"] = _followed(folder, Path(made.whole[0]))
    return rates


def _followed(folder: Path, recording: Path) -> float:
    """The same of a stream that has one account's records of that recording."""
    usdm = [each for each in recording.read_bytes().splitlines() if b'"market":"usdm"' in each]
    events = sum(b'"type":"event"' in each for each in usdm)
    with served(folder) as server:
        _put(server, usdm)
        follow = [*BINFUT, "follow", server.url, "--from-beginning", "--json", "--limit"]
        many, few = Way("", [*follow, f"{events}"]), Way("", [*follow, f"{START}"])
        spent = [many.cpu_s("") - few.cpu_s("") for _ in range(ROUNDS)]
    return (events - START) / statistics.median(spent)


def _put(server: RedisServer, lines: Sequence[bytes]) -> None:
    """Write lines into the stream of an account, as a watch numbers them."""
    with server.client() as client:
        client.sadd(LISTED, STREAM)
        for start in range(0, len(lines), 1000):
            pipe = client.pipeline(transaction=False)
            for seq, line in enumerate(lines[start : start + 1000], start + 1):
                pipe.xadd(STREAM, {"record": _numbered(line, seq)}, id=f"1-{seq}")
            pipe.execute()


def _numbered(line: bytes, seq: int) -> bytes:
    before, after = line.split(b'"seq":%d,' % parse(line)["seq"])
    return b'%b"seq":%d,%b' % (before, seq, after)


def table(rates: dict[str, float], records: int) -> str:
    """The figures as Markdown."""
    (_, first), *_ = rates.items()
    what = f"{records:,} records, three in ten of balances and positions"
    lines = [f"| {what} | records a CPU second | × |", "|---|---|---|"]
    for name, rate in rates.items():
        lines.append(f"| {name} | {rate:,.0f} | {rate / first:.1f} |")
    return "\n".join(lines)

"""binfut beside an earlier commit of it, which is taken out of this repository: that needs git."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.blast import LARGE, SMALL
from bench.interop.environments import python_with
from bench.watched import Watched

PROJECT = Path(__file__).parent.parent
BEFORE = "eabd49a"
TRIES = 3


@dataclass(frozen=True, slots=True)
class Load:
    """So many events of a kind, as fast as they are taken, or at a `pace`, each alone."""

    how: tuple[str, ...]
    count: int
    common: bytes = SMALL
    pace: int | None = None


LOADS: Mapping[str, Load] = {
    "`--json`": Load(("--json",), 200_000),
    "`--raw`": Load(("--raw",), 200_000),
    "lines for people": Load((), 60_000),
    "`--json`, a hundred positions an event": Load(("--json",), 8_000, LARGE),
    "`--json`, one event a read": Load(("--json",), 8_000, pace=2_000),
    "`--raw`, one event a read": Load(("--raw",), 8_000, pace=2_000),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """The CPU time of an event in µs, the least of some runs, of either."""

    before: float
    now: float


def costs(before: Watched, now: Watched) -> dict[str, Cost]:
    """What an event of each load costs, the runs in turn."""
    return {name: _cost(load, before, now) for name, load in LOADS.items()}


def _cost(load: Load, before: Watched, now: Watched) -> Cost:
    spent: tuple[list[float], list[float]] = [], []
    for _ in range(TRIES):
        for watched, found in zip((before, now), spent, strict=True):
            rate = watched.rate(load.count, *load.how, common=load.common, pace=load.pace)
            found.append(1e6 / rate.a_cpu_second)
    return Cost(*map(min, spent))


def installed_before(below: Path) -> Path:
    """The earlier commit in an environment of its own: where its commands are."""
    with tempfile.TemporaryDirectory() as folder, earlier(Path(folder)) as tree:
        return python_with(below / f"binfut-{BEFORE}", [str(tree)]).parent


@contextmanager
def earlier(folder: Path) -> Iterator[Path]:
    """The earlier commit's files, in a folder of their own."""
    command = ["git", "-C", str(PROJECT), "archive", BEFORE]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder / BEFORE, filter="data")
    yield folder / BEFORE

"""binfut beside earlier commits of it, which are taken out of this repository: that needs git."""

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
BEFORE, CONTINUOUS = "eabd49a", "869dc8a"
"""One that did not look whether values follow from one another, and one of the first that did."""
COMMITS = (BEFORE, CONTINUOUS)
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


def costs(each: Mapping[str, Watched]) -> dict[str, dict[str, float]]:
    """Of each load the CPU time of an event in µs, by commit: the least of some runs, in turn."""
    return {name: _costs(load, each) for name, load in LOADS.items()}


def _costs(load: Load, each: Mapping[str, Watched]) -> dict[str, float]:
    found: dict[str, list[float]] = {commit: [] for commit in each}
    for _ in range(TRIES):
        for commit, watched in each.items():
            rate = watched.rate(load.count, *load.how, common=load.common, pace=load.pace)
            found[commit].append(1e6 / rate.a_cpu_second)
    return {commit: min(spent) for commit, spent in found.items()}


def installed_before(commit: str, below: Path) -> Path:
    """An earlier commit in an environment of its own: where its commands are."""
    with tempfile.TemporaryDirectory() as folder, earlier(Path(folder), commit) as tree:
        return python_with(below / f"binfut-{commit}", [str(tree)]).parent


@contextmanager
def earlier(folder: Path, commit: str = BEFORE) -> Iterator[Path]:
    """An earlier commit's files, in a folder of their own."""
    command = ["git", "-C", str(PROJECT), "archive", commit]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder / commit, filter="data")
    yield folder / commit

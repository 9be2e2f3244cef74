"""docs/performance.md: the figures of `python -m bench`, as Markdown."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.before import BEFORE, COMMITS, CONTINUOUS, TRIES
from bench.measuring import Rate, Run
from bench.peers.peers import RIVAL, Peer
from binfut_cli import __version__

RECORDINGS = "## Recordings"
NOW = "now"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: medians of `runs` starts, the best of `tries` floods, and a long one."""

    started: Mapping[str, Run]
    rates: Mapping[str, Rate]
    costs: Mapping[str, Mapping[str, float]]
    lasting: Rate
    long: int
    peers: Sequence[Peer]
    runs: int
    tries: int


def page(figures: Figures) -> str:
    """The whole page."""
    parts = (
        _head(), _starts(figures), _rates(figures), _costs(figures), _memory(figures), _recordings()
    )  # fmt: skip
    return "\n".join(line for part in parts for line in part) + "\n"


def _head() -> Iterator[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield from (
        "# Measured",
        "",
        f"binfut {__version__}, {python}, {os.cpu_count()} cores; written by "
        "`python -m bench --write`, which makes an",
        "environment for binfut and for each of the others, in the versions named here. Everything",
        "is asked on this machine. Quote the ratios: milliseconds are this machine's.",
    )


def _starts(figures: Figures) -> Iterator[str]:
    (_, bare), *_ = figures.started.items()
    yield from (
        "",
        "## A run, from start to end",
        "",
        "binfut asks over TLS; `--env sandbox` starts the exchange in the same process. The others",
        "ask without TLS.",
        "",
        f"| median of {figures.runs} | ms | × | CPU ms | × | MiB |",
        "|---|---|---|---|---|---|",
    )
    for name, run in figures.started.items():
        wall, cpu = run.wall_ms / bare.wall_ms, run.cpu_ms / bare.cpu_ms
        figured = f"{run.wall_ms:.0f} | {wall:.2f} | {run.cpu_ms:.0f} | {cpu:.2f} | {run.mib:.1f}"
        yield f"| {name} | {figured} |"


def _rates(figures: Figures) -> Iterator[str]:
    gives = {peer.name: f", {peer.gives}" for peer in figures.peers}
    rival = figures.rates.get(RIVAL.name)
    yield from (
        "",
        "## A flood of events",
        "",
        "Small ACCOUNT_UPDATE events as fast as they are taken, on one core, each printed; binfut",
        "folds and compares them as in any watch. × is to the first of the others, by CPU.",
        "",
        f"| best of {figures.tries} | a second | a CPU second | × |",
        "|---|---|---|---|",
    )
    for name, rate in figures.rates.items():
        times = f"{rate.a_cpu_second / rival.a_cpu_second:.1f}" if rival else "–"
        figured = f"{rate.a_second:,.0f} | {rate.a_cpu_second:,.0f} | {times}"
        yield f"| {name}{gives.get(name, '')} | {figured} |"


def _costs(figures: Figures) -> Iterator[str]:
    yield from (
        "",
        "## A watch beside earlier ones",
        "",
        "What an event costs the process of a watch, and what it cost that of two earlier commits:",
        f"{BEFORE}, which did not look whether values follow from one another, and {CONTINUOUS},",
        "which did. Small ones as fast as they are taken, but where something else is",
        f"said; the least of {TRIES} runs of each, in turn.",
        "",
        f"| µs of CPU time an event | {BEFORE} | {CONTINUOUS} | {NOW} | × | × |",
        "|---|---|---|---|---|---|",
    )
    for name, found in figures.costs.items():
        now, before = found[NOW], [found[commit] for commit in COMMITS]
        each = [*(f"{us:.1f}" for us in (*before, now)), *(f"{us / now:.2f}" for us in before)]
        yield f"| {name} | {' | '.join(each)} |"


def _memory(figures: Figures) -> Iterator[str]:
    yield from (
        "",
        "## Memory",
        "",
        "| `watch --json` | MiB |",
        "|---|---|",
        f"| after {figures.long // 100:,} events | {figures.lasting.early_mib:.1f} |",
        f"| after {figures.long:,} events | {figures.lasting.last_mib:.1f} |",
    )


def _recordings() -> Iterator[str]:
    """What `python -m bench.recordings` has written there, and what people have behind it."""
    yield ""
    yield RECORDINGS + PAGE.read_text("utf-8").partition(RECORDINGS)[2].rstrip()

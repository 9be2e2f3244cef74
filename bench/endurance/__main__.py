"""Measure how long, how often and at what cost the watch keeps what it promises.

    python -m bench.endurance [--only NAME …] [--fast] [--write]

`--write` puts each figure into its own section of docs/reliability.md. Leaves with 1 if a bound was
not kept. All of them take about an hour; those that depend on time want an idle computer.
"""

import argparse
import sys
from collections.abc import Callable, Mapping

from bench.chaos.document import put, rows
from bench.endurance import (
    blindness,
    cost,
    detection,
    kills,
    recording,
    rotations,
    steady,
    stopped,
    waiting,
)
from bench.endurance.figure import Effort, Figure

FIGURES: Mapping[str, Callable[[Effort], Figure]] = {
    "kills": kills.measure,
    "recording": recording.measure,
    "stopped": stopped.measure,
    "rotations": rotations.measure,
    "detection": detection.measure,
    "blindness": blindness.measure,
    "waiting": waiting.measure,
    "steady": steady.measure,
    "cost": cost.measure,
}


def main() -> int:
    """Measure what is asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench.endurance")
    parser.add_argument("--only", nargs="+", choices=FIGURES, default=list(FIGURES))
    parser.add_argument("--fast", action="store_true", help="a few seconds of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15.0, help="for which a reader is stopped")
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    options = parser.parse_args()
    effort = Effort(fast=options.fast, seed=options.seed, minutes=options.minutes)
    failed = [name for name in options.only if not _measured(name, effort, options.write)]
    return int(bool(failed))


def _measured(name: str, effort: Effort, write: bool) -> bool:
    """Measure one figure, print it, and write it down; whether all its bounds were kept."""
    found = FIGURES[name](effort)
    table = rows(found.rows)
    print(f"{name}\n{table}", flush=True)
    for failure in found.failures:
        print(f"NOT KEPT: {failure}", flush=True)
    if write:
        more = f" --minutes {effort.minutes:g}" if name == "stopped" else ""
        how = f"--only {name} --seed {effort.seed}{more}{' --fast' if effort.fast else ''}"
        put(f"endurance: {name}", f"python -m bench.endurance {how} --write", table)
    return not found.failures


if __name__ == "__main__":
    sys.exit(main())

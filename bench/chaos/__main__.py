"""Run many watches in trouble and judge them by the exchange's ledger; write the figures.

    python -m bench.chaos --runs 40 --seconds 20 --seed 1 [--redundant] [--write]

Each run has a seed of its own, counted from the first; a run with a change that was lost in silence
is told with its seed, and fails the whole.
"""

import argparse
import multiprocessing
import sys
from collections import Counter

from bench.chaos.document import put, rows
from bench.chaos.oracle import Verdicts
from bench.chaos.run import Outcome, chaos


def main() -> int:
    """Run, print, and leave with 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--redundant", action="store_true")
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.runs)
    work = [(seed, options.seconds, options.redundant) for seed in seeds]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(chaos, work, chunksize=1)
    table = rows(figures(found))
    print(table)
    for one in found:
        if one.told.lost or one.differences or one.undetected:
            print(f"seed {one.seed}:", one.told.lost[:3], one.differences[:3], one.undetected)
    if options.write:
        section = "chaos with two streams" if options.redundant else "chaos"
        more = " --redundant" if options.redundant else ""
        how = f"--runs {options.runs} --seconds {options.seconds:g} --seed {options.seed}{more}"
        put(section, f"python -m bench.chaos {how} --write", table)
    return int(any(one.told.lost or one.differences for one in found))


def figures(found: list[Outcome]) -> dict[str, object]:
    """What all runs showed together."""
    told, records, troubles = Verdicts(), Counter[str](), Counter[str]()
    for one in found:
        told.add(one.told)
        records += one.records
        troubles += one.troubles
    deaf = sorted(second for one in found for second in one.deaf_s)
    return {
        "changes in the ledger while watched": f"{told.all:,}",
        "printed": f"{told.printed:,}",
        "inside a printed gap": f"{told.in_gap:,}",
        "printed as unreadable": f"{told.unreadable:,}",
        "**none of these**": f"**{len(told.lost)}**",
        "state at the end other than the exchange's": sum(bool(o.differences) for o in found),
        "troubles": f"{troubles.total():,} of {len(troubles)} kinds",
        "gaps / drifts / rotations told": f"{records['gap']:,} / {records['drift']:,} / "
        f"{records['rotate']:,}",
        "deaf streams not found": sum(one.undetected for one in found),
        "seconds until a deaf stream was found, median / longest": _middle_and_last(deaf),
    }


def _middle_and_last(seconds: list[float]) -> str:
    if not seconds:
        return "none was deaf"
    return f"{seconds[len(seconds) // 2]:.0f} / {seconds[-1]:.0f}"


if __name__ == "__main__":
    sys.exit(main())

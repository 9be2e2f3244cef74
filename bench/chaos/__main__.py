"""Run many watches in trouble and judge them by the exchange's ledger; write the figures.

    python -m bench.chaos --runs 40 --seconds 60 --seed 1 [--redundant] [--write]

Each run has a seed of its own, counted from the first. A run with a change that was lost in silence
fails the whole, and is told with the command that runs it again.
"""

import argparse
import multiprocessing
import sys
from functools import partial

from bench.chaos.document import put
from bench.chaos.figures import failures, tables
from bench.chaos.run import Outcome, chaos


def main() -> int:
    """Run, print, and leave with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--redundant", action="store_true")
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    options = parser.parse_args()
    found = runs(options.seed, options.runs, options.seconds, options.redundant)
    more = " --redundant" if options.redundant else ""
    same = f"python -m bench.chaos --seconds {options.seconds:g}{more}"
    print(tables(found))
    print(*failures(found, same), sep="\n")
    if options.write:
        section = "chaos with two streams" if options.redundant else "chaos"
        command = f"{same} --runs {options.runs} --seed {options.seed} --write"
        put(section, command, tables(found))
    return int(any(one.failed for one in found))


def runs(seed: int, count: int, seconds: float, redundant: bool) -> list[Outcome]:
    """So many runs, two at a time; each is told of when it is over."""
    one_run = partial(chaos, seconds=seconds, redundant=redundant)
    found = []
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=8) as pool:
        for one in pool.imap(one_run, range(seed, seed + count)):
            found.append(one)
            lost = f"{len(one.told.lost)} lost" + (", FAILED" if one.failed else "")
            print(f"seed {one.seed}: {one.told.all:,} changes, {lost}", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())

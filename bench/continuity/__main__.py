"""Drop single events of all kinds from the streams of both markets; write what was found.

    python -m bench.continuity --hours 24 --seed 1 [--write]

The simulated exchange under a clock moved by hand, a core for each market. Of balances, positions
and fills 99 % must be found, and nothing may be called a loss that came.
"""

import argparse
import multiprocessing
import sys
from collections import Counter

from bench.chaos.document import put, rows
from bench.continuity.dropping import dropped, figures, share
from binfut_cli.endpoints import Market

BOUND = 0.99


def main() -> int:
    """Drop, print, and leave with 1 if too few were found or one of them was none."""
    parser = argparse.ArgumentParser(prog="python -m bench.continuity")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    options = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        each = pool.starmap(dropped, [(m, options.hours, options.seed) for m in Market])
    found = {name: sum((one[name] for one in each), Counter()) for name in each[0]}
    print(table := rows(figures(found, options.hours)))
    if options.write:
        command = f"python -m bench.continuity --hours {options.hours:g} --seed {options.seed}"
        put("continuity", f"{command} --write", table)
    return int(share(found) < BOUND or bool(found["false"].total()))


if __name__ == "__main__":
    sys.exit(main())

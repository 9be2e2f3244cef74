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
from binfut_cli.endpoints import Market
from tests.support.losing import Losing

SHARE, EVERY_S = 0.005, 3.0
BOUND = 0.99
ROWS = ("account", "fill")  # the others cannot be found by what follows
Figures = dict[str, Counter[str]]


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


def dropped(market: Market, hours: float, seed: int) -> Figures:
    """Drop events of one market for so long."""
    losing = Losing(market, SHARE, seed=seed, every_s=EVERY_S)
    losing.run(hours * 3600)
    return {
        "lost": losing.told(),
        "told": losing.told(losing.gaps),
        "followed": losing.told(losing.found),
        "false": Counter(gaps=len(losing.false())),
        "doubts": Counter(doubts=losing.doubts),
        "events": losing.sim.records,
    }


def share(found: Figures) -> float:
    """Which part of what was lost of balances, positions and fills lies in a gap."""
    return _of_rows(found["told"]) / max(1, _of_rows(found["lost"]))


def _of_rows(counted: Counter[str]) -> int:
    return sum(counted[name] for name in ROWS)


def figures(found: Figures, hours: float) -> dict[str, object]:
    """What both markets showed together."""
    lost, told = found["lost"], found["told"]
    return {
        "simulated hours, each of both markets": f"{hours:g}",
        "events that came": f"{found['events']['event']:,}",
        "dropped: updates of the account / fills": f"{lost['account']:,} / {lost['fill']:,}",
        "**inside a printed gap**": f"**{told['account']:,} / {told['fill']:,}**, "
        f"{share(found):.1%}",
        "of these by what came after them alone": f"{found['followed']['account']:,} / "
        f"{found['followed']['fill']:,}",
        "gaps told in which nothing was dropped": found["false"].total(),
        "doubts that history explained otherwise": found["doubts"].total(),
        "dropped of what nothing follows / inside a gap all the same": f"{_rest(lost):,} / "
        f"{_rest(told):,}",
    }


def _rest(counted: Counter[str]) -> int:
    return counted.total() - _of_rows(counted)


if __name__ == "__main__":
    sys.exit(main())

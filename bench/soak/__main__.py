"""Watch both markets for simulated weeks without trouble; write the figures.

    python -m bench.soak --days 30 --seed 1 [--write]

Some minutes for 30 days, a core for each market. Nothing may be called a gap or a drift, every
event must be told once, and nothing may grow. Threads and sockets there are none: what becomes of
those over time is measured with the real program.
"""

import argparse
import multiprocessing

from bench.chaos.document import put, rows
from bench.soak.weeks import figures, soak
from binfut_cli.endpoints import Market


def main() -> None:
    """Soak both markets, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    options = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(soak, [(m, options.days, options.seed) for m in Market])
    table = rows(figures(found, options.days))
    print(table)
    if options.write:
        command = f"python -m bench.soak --days {options.days:g} --seed {options.seed} --write"
        put("soak", command, table)


if __name__ == "__main__":
    main()

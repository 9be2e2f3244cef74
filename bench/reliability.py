"""Write every generated section of docs/reliability.md anew, or prove the promises in brief.

    python -m bench.reliability [--fast] [--only NAME …]

Without `--fast` it takes some two hours on two cores that are idle otherwise, and writes. With it,
three minutes, and nothing is written: that is for every change. Leaves with 1 if any part did.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence

CHAOS = "bench.chaos --seconds"
PARTS: Mapping[str, tuple[str, str]] = {
    "chaos": (f"{CHAOS} 60 --runs 24 --seed 1000", f"{CHAOS} 25 --runs 2 --seed 1"),
    "chaos with two streams": (
        f"{CHAOS} 60 --runs 12 --seed 2000 --redundant",
        f"{CHAOS} 15 --runs 2 --seed 3 --redundant",
    ),
    "soak": ("bench.soak --days 30", "bench.soak --days 1"),
    "continuity": ("bench.continuity --hours 60", "bench.continuity --hours 2"),
    "fuzz": ("bench.fuzz --seconds 60", "bench.fuzz --seconds 1"),
    "endurance": ("bench.endurance", "bench.endurance --fast"),
}
"""Of each part, what writes its sections, and what proves the same in brief."""


def main() -> int:
    """Run each part, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench.reliability")
    parser.add_argument("--fast", action="store_true", help="in brief, without writing")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME")
    options = parser.parse_args()
    return run([(name, command(name, fast=options.fast)) for name in options.only])


def command(name: str, *, fast: bool) -> list[str]:
    """The command of a part."""
    full, brief = PARTS[name]
    words = brief if fast else f"{full} --write"
    return [sys.executable, "-m", *words.split()]


def run(parts: Sequence[tuple[str, list[str]]]) -> int:
    """1 if any of them failed."""
    failed = []
    for name, words in parts:
        print(f"== {name}: {' '.join(words[1:])}", flush=True)
        if subprocess.run(words, check=False).returncode != 0:
            failed.append(name)
    print("failed:" if failed else "all well", *failed)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())

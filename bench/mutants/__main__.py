"""Change money and stream code in small ways, and tell which changes no test minds.

    python -m bench.mutants [TARGET…] > docs/mutants.md

Needs mutmut. Without targets all, in about an hour; a target is a part of a module's path. What
survives for a reason is listed in `verdicts.toml`; anything else leaves with 1.
"""

import argparse
import sys
import tomllib
from collections import Counter
from pathlib import Path

from bench.mutants.judging import SURVIVED, Target, judged
from bench.mutants.mutations import Mutant, mutants
from bench.mutants.page import Judged, change, page, verdict
from bench.mutants.targets import targets

VERDICTS = Path(__file__).with_name("verdicts.toml")


def main() -> int:
    """Judge the targets and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="a part of a module's path")
    names = parser.parse_args().targets
    verdicts = tomllib.loads(VERDICTS.read_text("utf-8"))
    found = [_judge(each) for each in targets(names)]
    print(page(found, verdicts))
    return int(
        any(verdict(each, one, verdicts) is None for each in found for one in each.survivors)
    )


def _judge(target: Target) -> Judged:
    count, survivors = Counter[str](), list[Mutant]()
    for mutant, outcome in judged(target, mutants(target.path.read_text("utf-8"))):
        count[outcome] += 1
        if outcome == SURVIVED:
            survivors.append(mutant)
            print(f"{target.path}:{mutant.lines[0]}: {change(mutant)}", file=sys.stderr)
    print(f"{target.path}: {dict(count)}", file=sys.stderr)
    return Judged(target, count, survivors)


if __name__ == "__main__":
    sys.exit(main())

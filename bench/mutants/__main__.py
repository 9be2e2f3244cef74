"""Change money and stream code in small ways, and tell which changes no test minds.

    python -m bench.mutants [TARGET…]

Needs mutmut. Without targets all, in some hours; a target is a part of a module's path. What became
of them is kept in `record.json`, and the page is written anew from all that is kept there; with
`--page` nothing is judged before. What survives for a reason is listed in `verdicts.toml`; anything
else leaves with 1.
"""

import argparse
import sys

from bench.mutants import record
from bench.mutants.judging import judged
from bench.mutants.mutations import mutants
from bench.mutants.page import PAGE, page, unjustified, verdicts
from bench.mutants.record import KILLED, LATE, SURVIVED, Judged, Survivor
from bench.mutants.targets import Target, targets


def main() -> int:
    """Judge the targets and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="a part of a module's path")
    parser.add_argument("--page", action="store_true", help="only write the page")
    asked = parser.parse_args()
    for target in [] if asked.page else targets(asked.targets):
        record.keep(target.module, found := _judge(target))
        print(f"{target.module}: {len(found.survivors)} of {found.total}", file=sys.stderr)
    modules, kept = [each.module for each in targets([])], record.read()
    PAGE.write_text(page(modules, kept, verdicts()), "utf-8")
    lacking = unjustified(kept, verdicts())
    for each in lacking:
        print(each, file=sys.stderr)
    return int(bool(lacking))


def _judge(target: Target) -> Judged:
    source = target.path.read_bytes()
    found = list(judged(target, mutants(source.decode())))
    survivors = [
        Survivor(mutant.lines[0], mutant.before, mutant.after)
        for mutant, outcome in found
        if outcome == SURVIVED
    ]
    outcomes = [outcome for _, outcome in found]
    kept = outcomes.count(KILLED), outcomes.count(LATE), survivors
    return Judged(record.version(source), *kept)


if __name__ == "__main__":
    sys.exit(main())

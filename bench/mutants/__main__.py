"""Change code that matters most in small ways, and tell which changes no test minds.

    python -m bench.mutants [TARGET…]

Needs mutmut. Without targets all, in some hours; a target is a part of a module's path. What became
of them is kept in `record.json`, and the page is written anew from all that is kept there; with
`--page` nothing is judged before, with `--survivors` only what survived in a module that is still
the same, with `--changed` only modules that were not judged as they are now. What survives for a
reason is listed in `verdicts.toml`; anything else leaves with 1.
"""

import argparse
import sys

from bench.mutants import record
from bench.mutants.judging import judged
from bench.mutants.mutations import Mutant, mutants
from bench.mutants.page import PAGE, page, unjustified, verdicts
from bench.mutants.record import KILLED, LATE, SURVIVED, Judged, Survivor
from bench.mutants.targets import Target, targets


def main() -> int:
    """Judge the targets and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="a part of a module's path")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--survivors", action="store_true", help="only judge what survived")
    parser.add_argument("--changed", action="store_true", help="only judge what is another now")
    asked = parser.parse_args()
    for target in [] if asked.page else targets(asked.targets):
        if asked.changed and record.is_of_today(target):
            continue
        before = record.read().get(target.module) if asked.survivors else None
        record.keep(target.module, found := _judge(target, before))
        print(f"{target.module}: {len(found.survivors)} of {found.total}", file=sys.stderr)
    modules, kept = [each.module for each in targets([])], record.read()
    PAGE.write_text(page(modules, kept, verdicts()), "utf-8")
    lacking = unjustified(kept, verdicts())
    for each in lacking:
        print(each, file=sys.stderr)
    return int(bool(lacking))


def _judge(target: Target, before: Judged | None) -> Judged:
    """Judge all mutants, or those that survived `before`."""
    source = target.path.read_bytes()
    version, changed = record.version(source), mutants(source.decode())
    if before is None or before.source != version:
        before = Judged(version, 0, 0, [_as_survivor(mutant) for mutant in changed])
    asked = [mutant for mutant in changed if _as_survivor(mutant) in before.survivors]
    excused = verdicts().get(target.module, {})
    found = list(judged(target, asked, excused)) if asked else []
    outcomes = [outcome for _, outcome in found]
    return Judged(
        version,
        before.killed + outcomes.count(KILLED),
        before.late + outcomes.count(LATE),
        [_as_survivor(mutant) for mutant, outcome in found if outcome == SURVIVED],
    )


def _as_survivor(mutant: Mutant) -> Survivor:
    return Survivor(mutant.lines[0], mutant.before, mutant.after)


if __name__ == "__main__":
    sys.exit(main())

"""Watches that share accounts, killed, frozen, cut off, ended, and their engine lost.

    python -m bench.sharing [--runs N] [--rounds N] [--apart S] [--sentinel] [--rate N] [--write]

Real programs, real redis-servers with a log that is written through, one of them the replica that
takes the other's place, and the sandbox, whose ledger is held against what stands in the streams at
the end. Troubles come as densely as they can be told apart, or `--apart` seconds from one another.
Each run has a seed of its own, counted from the first. `--write` puts the figures into
docs/redis.md. Leaves with 1 if a promise was broken. Needs redis-server.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from bench.chaos.document import put, rows
from bench.sharing.looking import Look
from bench.sharing.servers import Moving, serving
from bench.sharing.trial import MEMBERS, Found, Plan, trial
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules

RATE = 200.0


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.sharing", description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="one after the other, added up")
    parser.add_argument("--rounds", type=int, default=12, help="troubles of a run, of all kinds")
    parser.add_argument("--apart", type=float, default=0.0, help="seconds from one to the next")
    parser.add_argument("--sentinel", action="store_true", help="who knows where the primary is")
    parser.add_argument("--accounts", type=int, default=6)
    parser.add_argument("--rate", type=float, default=RATE, help="happenings a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="into docs/redis.md")
    options = parser.parse_args()
    plan, found = Plan(options.rounds, options.apart, options.accounts, options.rate), Found()
    for seed in range(options.seed, options.seed + options.runs):
        found.add(run(plan, seed, sentinel=options.sentinel))
    table = rows(told(plan, found))
    print(table)
    print(*found.wrong, sep="\n")
    if options.write:
        section = "sentinel" if options.sentinel else "apart" if options.apart else "dense"
        put(f"sharing, {section}", command(options), table, "redis.md")
    return bool(found.wrong)


def run(plan: Plan, seed: int, *, sentinel: bool) -> Found:
    """One of the runs, with servers and an exchange of its own."""
    rules = Rules(weight_limit=10**9, incoming_limit=10**9)
    with (
        tempfile.TemporaryDirectory() as home,
        serving(Path(home), sentinel=sentinel) as servers,
        Sandbox.start(more=plan.accounts - 1, rules=rules, seed=seed) as sandbox,
    ):
        return trial(plan, seed, Path(home), servers, sandbox)


def command(options: argparse.Namespace) -> str:
    """What runs the same again."""
    given = [f"--runs {options.runs} --rounds {options.rounds}"]
    given += [f"--apart {options.apart:g}"] * bool(options.apart)
    given += [f"--rate {options.rate:g}"] * (options.rate != RATE)
    given += ["--sentinel"] * options.sentinel
    return f"python -m bench.sharing {' '.join(given)} --write"


def told(plan: Plan, found: Found) -> dict[str, object]:
    """The rows of the table."""
    judged, look = found.judged, found.look
    return {
        f"accounts / watches / troubles in {found.lasted_s:,.0f} s":
            f"{plan.accounts} / {MEMBERS} / {found.rounds}",
        "entries / epochs of all streams": f"{judged.entries:,} / {judged.epochs}",
        "entries of an older epoch after a newer": f"{judged.older}",
        "places where entries lack, told by a gap (a primary was lost) / untold":
            f"{judged.told_missing} / {judged.missing}",
        "gaps told (`handover`)": f"{judged.handovers}",
        "changes in the ledger": f"{judged.told.all:,}",
        "printed / inside a gap": f"{judged.told.printed:,} / {judged.told.in_gap:,}",
        "after the last proof, at the end": f"{judged.told.tail:,}",
        "**none of these**": f"**{len(judged.told.lost)}**",
        "share of the time that accounts were watched": f"{look.watched / look.samples:.2%}",
        "accounts watched by two at once: the longest / share of the time":
            f"{look.longest_twice_s:.1f} s / {look.twice / look.samples:.2%}",
        **holes(look),
    }  # fmt: skip


def holes(look: Look) -> dict[str, object]:
    """How long accounts were watched by nobody, by what had happened."""
    found: dict[str, object] = {}
    for kind in dict.fromkeys(Moving.kinds):
        if each := look.holes_s.get(kind):
            found[f"{kind}: accounts that nobody watched, for how long, median / longest"] = (
                _spread(each)
            )
    after = [s for kind, each in look.holes_s.items() if kind.startswith("after") for s in each]
    if after:
        found["one comes back: accounts that move to it, the same"] = _spread(after)
    return found


def _spread(holes_s: list[float]) -> str:
    return f"{len(holes_s)}: {statistics.median(holes_s):.1f} / {max(holes_s):.1f} s"


if __name__ == "__main__":
    sys.exit(main())

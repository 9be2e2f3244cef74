"""What many runs showed together, as tables."""

from collections import Counter
from collections.abc import Sequence

from bench.chaos.document import rows
from bench.chaos.run import Outcome
from tests.support.oracle import Verdicts


def tables(found: Sequence[Outcome]) -> str:
    """The figures, and under them each kind of trouble with how often it struck."""
    fired = sum((one.fired for one in found), Counter[str]())
    return f"{rows(_figures(found, fired))}\n\n{_kinds(fired)}"


def _figures(found: Sequence[Outcome], fired: Counter[str]) -> dict[str, object]:
    told, records = Verdicts(), Counter[str]()
    for one in found:
        told.add(one.told)
        records += one.records
    deaf = sorted(second for one in found for second in one.deaf_s)
    return {
        "runs / broken off at any moment / with a gap open then": f"{len(found)} / "
        f"{sum(one.cut_short for one in found)} / {sum(one.open_gaps > 0 for one in found)}",
        "changes in the ledger while watched": f"{told.all:,}",
        "printed": f"{told.printed:,}",
        "inside a printed gap": f"{told.in_gap:,}",
        "of these only since its `possibleFrom`": f"{told.possible:,}",
        "printed as unreadable": f"{told.unreadable:,}",
        "after `provenAt` of a run that was broken off": f"{told.tail:,}",
        "single events dropped: changes in a printed gap / in none / of what nothing follows": (
            f"{told.found:,} / {len(told.unfound):,} / {told.unfindable:,}"
        ),
        "gaps of continuity in which nothing was missed": len(told.false),
        "**none of these**": f"**{len(told.lost)}**",
        "state at the end other than the exchange's": sum(bool(o.differences) for o in found),
        "troubles that struck": f"{fired.total():,} of {len(fired)} kinds",
        "gaps / drifts / rotations told": f"{records['gap']:,} / {records['drift']:,} / "
        f"{records['rotate']:,}",
        "deaf streams / not found": f"{len(deaf)} / {sum(one.undetected for one in found)}",
        "seconds until a deaf stream was found, median / longest": _middle_and_last(deaf),
    }


def _middle_and_last(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none was deaf"
    return f"{seconds[len(seconds) // 2]:.0f} / {seconds[-1]:.0f}"


def _kinds(fired: Counter[str]) -> str:
    """Each kind and its count, in one paragraph."""
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(fired.items()))
    return f"How often each kind struck: {told}."


def failures(found: Sequence[Outcome], command: str) -> list[str]:
    """Each run that broke a promise: how to run it again, and what was lost."""
    lines = []
    for one in found:
        if one.failed:
            lines += [f"{command} --runs 1 --seed {one.seed}", *one.differences, *one.story]
            lines += [f"{one.undetected} deaf streams not found"] if one.undetected else []
    return lines

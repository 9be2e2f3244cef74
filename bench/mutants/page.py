"""The page of what became of the mutants: a table, and the survivors with a verdict each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.mutants.judging import KILLED, LATE, SURVIVED, Target
from bench.mutants.mutations import Mutant

Verdicts = dict[str, dict[str, str]]
"""Why a change may survive, by module and change."""
HEAD = """# Which changes the tests mind

Written by `python -m bench.mutants`, which changes the code of money and of the stream in small
ways, one at a time, and runs the tests that concern it. What survives is listed with the reason
why no test should mind it."""
TABLE = """| module | changes | killed | timed out | survived | caught |
|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Judged:
    """What became of a module's mutants."""

    target: Target
    count: Counter[str]
    survivors: list[Mutant]


def page(found: Sequence[Judged], verdicts: Verdicts) -> str:
    """All of it, as Markdown."""
    lists = [_survivors(each, verdicts) for each in found if each.survivors]
    return "\n\n".join([HEAD, "\n".join([TABLE, *map(_row, found)]), *lists])


def verdict(found: Judged, mutant: Mutant, verdicts: Verdicts) -> str | None:
    """Why a mutant may survive, if that is known."""
    return verdicts.get(found.target.module, {}).get(change(mutant))


def change(mutant: Mutant) -> str:
    """What stood there and what stands there."""
    return f"{mutant.before} → {mutant.after}"


def _row(found: Judged) -> str:
    counts = [found.count[outcome] for outcome in (KILLED, LATE, SURVIVED)]
    caught = 1 - found.count[SURVIVED] / max(1, found.count.total())
    figures = [found.count.total(), *counts, f"{caught:.1%}"]
    return " | ".join(["", f"`{found.target.module}`", *map(str, figures), ""]).strip()


def _survivors(found: Judged, verdicts: Verdicts) -> str:
    lines = [f"## `{found.target.module}`", ""]
    for mutant in found.survivors:
        reason = verdict(found, mutant, verdicts) or "**no verdict**"
        lines.append(f"- {mutant.lines[0]}: `{mutant.before}` → `{mutant.after}`: {reason}")
    return "\n".join(lines)

"""The page of what became of the mutants: a table, and the survivors with a verdict each."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.mutants.record import Judged, Survivor

PAGE, VERDICTS = Path("docs/mutants.md"), Path(__file__).with_name("verdicts.toml")
HEAD = """# Which changes the tests mind

Written by `python -m bench.mutants`, which changes the code of money, of secrets, of the stream and
of recordings in small ways, one at a time, and runs the tests that concern it, the quickest first
and those of the module's own file before others, for some seconds of the processor, or for less
where it is known why a change survives. What does is listed with the reason why no test should mind
it, or as what still wants a test. `source` is the version that was judged, as `git hash-object`
names it; `--changed` judges what is another by now."""
TABLE = """| module | source | changes | killed | timed out | survived | caught |
|---|---|---|---|---|---|---|"""

Verdicts = Mapping[str, Mapping[str, str]]
"""Why a change may survive, by module and change."""


def verdicts() -> Verdicts:
    """As they were written down."""
    return tomllib.loads(VERDICTS.read_text("utf-8"))


def page(modules: Sequence[str], record: Mapping[str, Judged], known: Verdicts) -> str:
    """All of it, as Markdown; `modules` are those that ought to be there."""
    found = {module: record[module] for module in modules if module in record}
    rows = [_row(module, judged) for module, judged in found.items()]
    lists = [_survivors(m, judged, known.get(m, {})) for m, judged in found.items()]
    lacking = ", ".join(f"`{module}`" for module in modules if module not in record)
    rest = [f"Not judged yet: {lacking}."] if lacking else []
    return "\n\n".join([HEAD, "\n".join([TABLE, *rows]), *rest, *filter(None, lists)]) + "\n"


def unjustified(record: Mapping[str, Judged], known: Verdicts) -> list[str]:
    """The survivors without a verdict."""
    return [
        f"{module}: {each.change}"
        for module, judged in record.items()
        for each in judged.survivors
        if each.change not in known.get(module, {})
    ]


def _row(module: str, judged: Judged) -> str:
    counts = [judged.total, judged.killed, judged.late, len(judged.survivors)]
    caught = 1 - len(judged.survivors) / max(1, judged.total)
    figures = [f"`{module}`", judged.source, *counts, f"{caught:.1%}"]
    return " | ".join(["", *map(str, figures), ""]).strip()


def _survivors(module: str, judged: Judged, known: Mapping[str, str]) -> str:
    lines = [_line(each, known) for each in judged.survivors]
    return "\n".join([f"## `{module}`", "", *lines]) if lines else ""


def _line(each: Survivor, known: Mapping[str, str]) -> str:
    reason = known.get(each.change, "**no verdict**")
    return f"- {each.line}: `{each.before}` → `{each.after}`: {reason}"

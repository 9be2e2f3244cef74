"""What `--record` costs: the real program at full rate, with and without, one after the other.

Standard output is thrown away, the file is a real one. The least CPU time of several runs in turn
counts: whatever else the machine does can only add to it.
"""

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.blast import Blast
from bench.endurance.figure import Effort, Figure
from bench.endurance.program import command, environment, start
from bench.endurance.steady import use
from binfut_cli.sandbox import Sandbox

EVENTS, FAST_EVENTS = 40_000, 10_000
ROUNDS = 12
CONNECTED_S = 2.0
FORMATS: Mapping[str, tuple[str, ...]] = {"--json": ("--json",), "lines for people": ()}
BOUNDS: Mapping[str, float] = {"--json": 1.05, "lines for people": 1.12}
"""What is recorded is what is shown as JSON; beside lines for people it has to be made."""


def measure(effort: Effort) -> Figure:
    """Compare both, for programs and for people."""
    events, rounds = effort.amount(EVENTS, FAST_EVENTS), effort.amount(ROUNDS, 1)
    rows: dict[str, object] = {}
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as home, Sandbox.start() as sandbox:
        for name, how in FORMATS.items():
            best = [float("inf")] * 2
            for _ in range(rounds):
                for recorded in (False, True):
                    spent = _cpu_us(sandbox, Path(home), how, recorded, events)
                    best[recorded] = min(best[recorded], spent)
            ratio = best[True] / best[False]
            rows[f"{name}: an event, without / with `--record`"] = (
                f"{best[False]:.2f} / {best[True]:.2f} µs"
            )
            rows[f"{name}: **ratio**"] = f"**{ratio:.3f}**"
            if ratio > BOUNDS[name] and not effort.fast:
                failures.append(f"{name}: recording costs {ratio - 1:.1%}")
    return Figure(rows, failures)


def _cpu_us(
    sandbox: Sandbox, home: Path, how: tuple[str, ...], recorded: bool, events: int
) -> float:
    """The CPU time that one watch spends on an event, in µs."""
    blast, file = Blast(events), home / "day.ndjson"
    more = ["--record", str(file)] if recorded else []
    words = command(sandbox, "usdm", *more, "--limit", str(events))
    words[words.index("--json")] = "--quiet"
    words[words.index("--stream-url") + 1] = blast.url
    with open(os.devnull, "wb") as out:
        process = start([*words, *how], environment(sandbox, str(home)), out)
    time.sleep(CONNECTED_S)
    before = use(process.pid).cpu_s
    blast.begin.set()
    _, status, after = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    file.unlink(missing_ok=True)
    return (after.ru_utime + after.ru_stime - before) / events * 1e6

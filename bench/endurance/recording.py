"""What `--record` costs: the real program at full rate, with and without, one after the other.

Standard output is thrown away, the file is a real one. The least CPU time of several runs in turn
counts: whatever else the machine does can only add to it. What a record costs by its parts is
measured in this process.
"""

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.blast import Blast, update
from bench.endurance.figure import Effort, Figure
from bench.endurance.program import command, environment, start
from bench.endurance.steady import use
from binfut_cli.auth.redaction import Redactor
from binfut_cli.codec import beside
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render.documents import Bodies, Lines
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.events import Event, decode
from binfut_cli.stream.records import Record

EVENTS, FAST_EVENTS = 40_000, 10_000
ROUNDS = 12
CONNECTED_S = 2.0
BATCH, TURNS = 96, 500  # events that one read brings, and how often each part is done
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
    return Figure(rows | _parts(effort.amount(TURNS, 5)), failures)


def _parts(turns: int) -> dict[str, object]:
    """What it takes to make a line that is not shown, and to hand it to the system."""
    records, redactor = [_record(number) for number in range(BATCH)], Redactor()
    redactor.learn("k" * 64)
    bodies = Bodies(lambda text: text)
    lines = Lines(Scope(Env.SANDBOX, "one-way"), "0" * 8, bodies)
    bodies.learn(records)
    text = lines.text(records)
    with tempfile.TemporaryFile() as file:
        each = [
            _least_us(lambda: bodies.learn(records), turns),
            _least_us(lambda: redactor.clean(text), turns),
            _least_us(lambda: lines.text(records), turns),
            _least_us(lambda: os.write(file.fileno(), text), turns),
        ]
    name = "an event's line that is recorded: encoded / searched for secrets / numbered / written"
    return {name: " / ".join(f"{us:.2f}" for us in each) + " µs"}


def _record(number: int) -> Record:
    event = decode(update(number), Market.USDM)
    assert isinstance(event, Event)
    head = {"event": event.name, "eventTime": number, "transactionTime": number}
    return Record("event", Market.USDM, number, "stream", beside(head, event.body))


def _least_us(do: Callable[[], object], turns: int) -> float:
    found = float("inf")
    for _ in range(turns):
        before = time.thread_time()
        do()
        found = min(found, time.thread_time() - before)
    return found / BATCH * 1e6


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

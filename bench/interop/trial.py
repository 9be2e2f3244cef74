"""One client on one market of a fresh sandbox: what it read and heard, and whether that is so."""

import json
import os
import queue
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from bench.interop.clients import Client
from bench.interop.environments import Environment
from bench.interop.happenings import happenings
from bench.interop.truth import Rows, told_by_binfut
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.exchange import Publication

READY_S, HEARD_S = 60.0, 10.0
JOBS = ("balances", "positions", "income")


@dataclass(slots=True)
class Trial:
    """What came of it: a sentence for each job (empty if all agrees), and the events by name."""

    client: Client
    market: str
    jobs: dict[str, str] = field(default_factory=dict)
    sent: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)
    error: str = ""
    reads_only: bool = False

    @property
    def missed(self) -> dict[str, str]:
        """Events it can hear of which fewer were heard than sent: so many of so many."""
        every = self.sent.items()
        return {
            name: f"{self.heard[name]} of {count}"
            for name, count in every
            if self.heard[name] < count and not self.client.is_deaf(self.market, name)
        }

    @property
    def unexpected(self) -> list[str]:
        """What differs and is not known to, each in a sentence."""
        jobs = {
            job: text for job, text in self.jobs.items() if text and job not in self.client.known
        }
        found = [*jobs.items(), *((name, f"heard {count}") for name, count in self.missed.items())]
        return [*([self.error] if self.error else []), *(f"{what}: {said}" for what, said in found)]


def tried(client: Client, market: str, place: Environment) -> Trial:
    """Try a client; what goes wrong is in the trial."""
    trial = Trial(client, market)
    with Sandbox.start() as sandbox:
        truth = told_by_binfut(sandbox, market)
        with _running(place, sandbox, market) as lines:
            _read(trial, truth, lines)
            if not (trial.error or trial.reads_only):
                _listen(trial, sandbox, lines)
    return trial


@contextmanager
def _running(place: Environment, sandbox: Sandbox, market: str) -> Iterator[Any]:
    """The job as a process, and a queue of what it tells, None at its end."""
    account = sandbox.accounts[0]
    given = {
        "INTEROP_MARKET": market,
        "INTEROP_REST": sandbox.rest[market],
        "INTEROP_WS_API": sandbox.ws_api[market],
        "INTEROP_STREAM": sandbox.stream[market],
        "INTEROP_KEY": account.api_key,
        "INTEROP_SECRET": account.secret,
    }
    environment = {**os.environ, **place.variables, **given, "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        place.command, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as job:  # fmt: skip
        lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=_gather, args=(job, lines), daemon=True).start()
        try:
            yield lines
        finally:
            job.kill()


def _gather(job: "subprocess.Popen[str]", lines: "queue.Queue[dict[str, Any] | None]") -> None:
    errors: list[str] = []
    drain = threading.Thread(target=lambda: errors.extend(_written(job.stderr)), daemon=True)
    drain.start()
    for line in job.stdout or ():
        if line.startswith("{"):
            lines.put(json.loads(line, parse_float=Decimal))
    drain.join(5)
    worst = [line for line in errors if "Error" in line] or errors or ["it ended without a word"]
    lines.put({"error": worst[-1].strip()[:200]})
    lines.put(None)


def _written(stream: IO[str] | None) -> list[str]:
    return [line for line in stream or () if line.strip()]


def _read(trial: Trial, truth: Mapping[str, Rows], lines: "queue.Queue[Any]") -> None:
    """Judge each reading until the job says that it listens."""
    while True:
        said = _next(lines, READY_S)
        if said is None or ("error" in said and "job" not in said):
            trial.error = (said or {}).get("error", "nothing came of it in a minute")
            return
        if said.get("ready"):
            return
        if said.get("done"):
            trial.reads_only = True
            return
        if "job" in said:
            job = said["job"]
            trial.jobs[job] = said.get("error") or different(truth[job], said["rows"])


def _listen(trial: Trial, sandbox: Sandbox, lines: "queue.Queue[Any]") -> None:
    """Let everything happen, and count what was sent and what was heard of it."""

    def note(published: Publication) -> None:
        trial.sent[published.subject] += 1

    _await_stream(sandbox)
    sandbox.exchange.listen(note)
    for action in happenings(trial.market):
        sandbox.act(action)
    sandbox.exchange.unlisten(note)
    while trial.missed and (said := _next(lines, HEARD_S)) is not None:
        if "event" in said:
            trial.heard[said["event"]] += 1


def _await_stream(sandbox: Sandbox) -> None:
    """Some clients say that they listen before they are connected."""
    until = time.monotonic() + HEARD_S
    while not any(_is_stream(name) for name in sandbox.connections()) and time.monotonic() < until:
        time.sleep(0.05)


def _is_stream(name: str) -> bool:
    return name.startswith("stream/")


def _next(lines: "queue.Queue[Any]", seconds: float) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] | None = lines.get(timeout=seconds)
    except queue.Empty:
        return None
    return found


def different(truth: Rows, read: Rows) -> str:
    """In words, what of the truth was read otherwise or not at all; empty if nothing was."""
    lacking = [key for key in truth if key not in read]
    wrong = [key for key in truth if key in read and not _same(truth[key], read[key])]
    said = [f"{len(lacking)} of {len(truth)} not told, as {lacking[0]}"] if lacking else []
    if wrong:
        said.append(f"{wrong[0]}: {read[wrong[0]]} for {truth[wrong[0]]}")
    return "; ".join(said)


def _same(one: Any, other: Any) -> bool:
    """Whether figures are the same; one that went through a float may differ beyond its digits."""
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    exact = Decimal(one) == Decimal(other)
    return exact or float(one) == float(other)


def kept(below: Path | None) -> Path:
    """Where environments are kept."""
    return below or Path.home() / ".cache" / "binfut-interop"

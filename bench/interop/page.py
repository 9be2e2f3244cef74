"""The page that tells what agreed: docs/interop.md."""

from collections.abc import Sequence
from pathlib import Path

from bench.interop.trial import JOBS, Trial

PAGE = Path("docs/interop.md")
HEAD = """# Other people's clients on the sandbox

Written by `python -m bench.interop --write`. Each client is unmodified but for its addresses, in an
environment of its own. It reads the account's balances, positions and income of 30 days, and every
figure is held against what `binfut --json` prints; then it listens while every kind of event of the
market happens, and what it heard is held against what was sent, as far as it has a handler for it.
A dash stands for what a client does not do, or was not asked for.

"""


def page(trials: Sequence[Trial]) -> str:
    """The whole page."""
    titles = ("client", "version", "language", "market", *JOBS, "events", "settings")
    lines = [_row(titles), _row(["---"] * len(titles)), *(_row(_cells(each)) for each in trials)]
    return HEAD + "\n".join(lines) + "\n" + "".join(_notes(trials))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(trial: Trial) -> list[str]:
    client = trial.client
    jobs = [_judged(trial, job) for job in JOBS]
    sent = {
        name: count for name, count in trial.sent.items() if not client.is_deaf(trial.market, name)
    }
    heard = sum(min(trial.heard[name], count) for name, count in sent.items())
    events = f"{heard} of {sum(sent.values())}" if sent else "–"
    return [client.name, client.version, client.language, trial.market, *jobs, events,
            client.settings]  # fmt: skip


def _judged(trial: Trial, job: str) -> str:
    if job not in trial.jobs:
        return "–"
    return "differs" if trial.jobs[job] else "agree"


def _notes(trials: Sequence[Trial]) -> list[str]:
    """What does not agree, and who is right as far as that is known."""
    clients = {each.client.name: each.client for each in trials}
    notes = [
        f"- {name}, {what}: {why}\n"
        for name, each in clients.items()
        for what, why in each.known.items()
    ]
    for trial in trials:
        notes += [f"- {trial.client.name}, {trial.market}: {each}\n" for each in trial.unexpected]
    return ["\n## What differs, and who is right\n\n", *notes] if notes else []

"""Measure start-up, one-shot and watch beside other people's clients and an earlier commit.

    python -m bench [NAME…] [--environments DIRECTORY] [--write]

Makes an environment for binfut, as a user installs it, one for its earlier commit, which git knows,
and one for every peer (a name is a part of a peer's, and "none" leaves all out), and asks nothing
outside this machine once they are made. `--write` writes docs/performance.md. Ten minutes,
on a machine with two idle cores.
"""

import argparse
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.before import BEFORE, COMMITS, costs, installed_before
from bench.blast import Blast
from bench.interop.environments import python_with
from bench.interop.trial import kept
from bench.measuring import Env, Rate, fed, medians
from bench.page import NOW, PAGE, Figures, page
from bench.peers.peers import PEERS, Peer
from bench.watched import Watched, clean, environ
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules

PROJECT = Path(__file__).parent.parent
RUNS = 15
TRIES = 3
"""The best of these counts: whatever else the machine does can only make a rate lower."""
EVENTS = 300_000
LONG = 1_000_000
QUESTIONS = ("status --json", "status", "orders --json", "income --json", "config --json")


def main() -> None:
    """Measure everything; print the page, or write it."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a part of a peer's name")
    parser.add_argument("--environments", type=Path, help="where they are kept")
    parser.add_argument("--write", action="store_true", help="docs/performance.md")
    options = parser.parse_args()
    os.environ.pop("PYTHONPATH", None)  # else a tree would be measured, not what is installed
    below, names = kept(options.environments), options.names
    peers = [each for each in PEERS if not names or any(name in each.name for name in names)]
    text = page(measured(_installed(below), below, peers))
    print(text)
    if options.write:
        PAGE.write_text(text, "utf-8")


def _installed(below: Path) -> Path:
    """binfut as it is now, in an environment of its own, started by a current pip's wrapper."""
    python = python_with(below / "binfut", ["--upgrade", "pip"])
    command = [python, "-m", "pip", "install", "--quiet", PROJECT]
    subprocess.run([str(each) for each in command], check=True, stdout=subprocess.DEVNULL)
    return python.parent


def measured(installed: Path, below: Path, peers: Sequence[Peer]) -> Figures:
    """All figures, with one sandbox over TLS for binfut, and one without for its peers."""
    rules = Rules(weight_limit=10**9)  # it is asked more in a minute than anybody may
    with Sandbox.start(tls=True, rules=rules) as secure, Sandbox.start(rules=rules) as plain:
        before = {commit: installed_before(commit, below) for commit in COMMITS}
        asked = {**_starts(installed, secure), **_starts_before(before[BEFORE], secure)}
        started = medians({**asked, **_peer_starts(below, plain, peers)}, RUNS)
        watched = Watched(str(installed / "binfut"), secure)
        earlier = {name: Watched(str(each / "binfut"), secure) for name, each in before.items()}
        rates = {
            "binfut, `--json`": _best(lambda: watched.rate(EVENTS, "--json")),
            "binfut, `--raw`": _best(lambda: watched.rate(EVENTS, "--raw")),
            "binfut, lines for people": _best(lambda: watched.rate(EVENTS // 3)),
            **{peer.name: _best(_flood(peer, below, plain)) for peer in peers},
        }
        lasting, spent = watched.rate(LONG, "--json"), costs({**earlier, NOW: watched})
        return Figures(started, rates, spent, lasting, LONG, peers, RUNS, TRIES)


def _starts(installed: Path, sandbox: Sandbox) -> dict[str, tuple[list[str], Env]]:
    """What binfut is timed with, by its name in the table, the bare interpreter first."""
    python, binfut = str(installed / "python"), str(installed / "binfut")
    env = environ(sandbox)
    there = ["--rest-url", sandbox.rest["usdm"], "--ws-api-url", sandbox.ws_api["usdm"]]
    return {
        "`python -c pass`": ([python, "-c", "pass"], env),
        "`python -c 'import typer'`": ([python, "-c", "import typer"], env),
        "`binfut --version`": ([binfut, "--version"], env),
        "`binfut --help`": ([binfut, "--help"], env),
        **{
            f"`binfut account {question}`": ([binfut, "account", *question.split(), *there], env)
            for question in QUESTIONS
        },
        "`binfut account status --json --env sandbox`": (
            [binfut, "account", "status", "--json", "--env", "sandbox"],
            clean(),
        ),
    }


def _starts_before(before: Path, sandbox: Sandbox) -> dict[str, tuple[list[str], Env]]:
    """The same of the earlier commit, as far as it is asked."""
    return {
        f"commit {BEFORE}, {name}": command
        for name, command in _starts(before, sandbox).items()
        if "account status" in name
    }


def _peer_starts(
    below: Path, sandbox: Sandbox, peers: Sequence[Peer]
) -> dict[str, tuple[list[str], Env]]:
    return {
        f"{peer.name}, one reading, {peer.reads}": (_job(peer, below, sandbox, "status"), clean())
        for peer in peers
        if peer.reads
    }


def _job(peer: Peer, below: Path, sandbox: Sandbox, what: str, stream: str = "") -> list[str]:
    key, count = sandbox.accounts[0], peer.events if what == "watch" else 1
    addresses = sandbox.rest["usdm"], sandbox.ws_api["usdm"], stream
    return peer.command(below, what, *addresses, key.api_key, key.secret, str(count))


def _flood(peer: Peer, below: Path, sandbox: Sandbox) -> Callable[[], Rate]:
    """How a peer fares."""

    def run() -> Rate:
        blast = Blast(peer.events, "k" * 64 if peer.wrapped else None)
        return fed(_job(peer, below, sandbox, "watch", blast.url), clean(), blast, peer.events)

    return run


def _best(rate: Callable[[], Rate]) -> Rate:
    """The best of some measurements, by what it costs."""
    return max((rate() for _ in range(TRIES)), key=lambda each: each.a_cpu_second)


if __name__ == "__main__":
    main()

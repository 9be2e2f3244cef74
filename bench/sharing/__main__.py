"""Watches that share accounts, killed, frozen, cut off, ended, and their engine restarted.

    python -m bench.sharing [--rounds N] [--accounts N] [--rate N] [--seed N] [--write]

Real programs, a real redis-server with a log that is written through, and the sandbox, whose ledger
is held against what stands in the streams at the end. `--write` puts the figures into
docs/redis.md. Leaves with 1 if a promise was broken. Needs redis-server.
"""

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from bench.chaos.document import put
from bench.endurance.lively import APART_S, forget_closed_orders
from bench.sharing.judging import Judgement, changes
from bench.sharing.looking import Look, Looker
from bench.sharing.members import Member, write_profiles
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.recording.broker.names import stream_of
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.params import BadParams
from tests.support.life import any_action
from tests.support.redis_server import RedisServer, served

KINDS = ("kill -9", "SIGSTOP", "partition", "SIGTERM", "engine restart")
MEMBERS = 3
BOUND_S = 15.0
ILL_S, CALM_S = 10.0, 7.0
"""How long somebody is frozen or cut off, and how long nothing is done to anybody after that."""
DOWN_S = 1.5


class Life:
    """Something happens to one account after the other, until it is stopped."""

    def __init__(self, sandbox: Sandbox, names: list[str], rate: float, seed: int) -> None:
        self._sandbox, self._names, self._pause_s = sandbox, names, 1 / rate
        self._chance, self._over = random.Random(f"{seed}/life"), threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let nothing happen any more."""
        self._over.set()
        self._thread.join()

    def _live(self) -> None:
        due_s = forget_s = time.monotonic()
        while not self._over.wait(max(APART_S, due_s - time.monotonic())):
            due_s = max(due_s + self._pause_s, time.monotonic() - 1)
            action = any_action(self._chance, "usdm")
            with suppress(BadParams):
                self._sandbox.act({**action, "account": self._chance.choice(self._names)})
            if time.monotonic() >= forget_s:
                forget_s = time.monotonic() + 5
                forget_closed_orders(self._sandbox)


def disturbed(
    kind: str, chance: random.Random, members: list[Member], server: RedisServer, looker: Looker
) -> float | None:
    """One thing that goes wrong; how long it took until all were watched again."""
    looker.kind = kind
    if kind == "engine restart":
        server.kill()
        time.sleep(DOWN_S)
        server.start()
        return looker.settled(2 * BOUND_S)
    member = chance.choice(members)
    member.hurt(kind)
    found = looker.settled(2 * BOUND_S)
    time.sleep(max(0.0, ILL_S - (found or 0)))
    looker.kind = f"after {kind}"
    member.heal(kind)
    return found


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.sharing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="troubles, of five kinds in turn")
    parser.add_argument("--accounts", type=int, default=6)
    parser.add_argument("--rate", type=float, default=200.0, help="happenings a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="into docs/redis.md")
    options = parser.parse_args()
    names = ["one-way", *(f"one-way-{n}" for n in range(2, options.accounts + 1))]
    rules = Rules(weight_limit=10**9, incoming_limit=10**9)
    with (
        tempfile.TemporaryDirectory() as home,
        served(Path(home), "--appendonly", "yes", "--appendfsync", "always") as server,
        Sandbox.start(more=options.accounts - 1, rules=rules, seed=options.seed) as sandbox,
    ):
        rows, wrong = trial(options, names, Path(home), server, sandbox)
    table = "\n".join(["| figure | value |", "|---|---|", *rows])
    print(table)
    print(*wrong, sep="\n")
    if options.write:
        put("sharing", "python -m bench.sharing --write", table, "redis.md")
    return bool(wrong)


def trial(
    options: argparse.Namespace, names: list[str], home: Path, server: RedisServer, sandbox: Sandbox
) -> tuple[list[str], list[str]]:
    """One run; the rows of the table, and what broke a promise."""
    (home / "config").mkdir()
    write_profiles(home / "config", sandbox, names)
    streams = {n: stream_of(Lane(Market.USDM, Scope(Env.TESTNET, n))) for n in names}
    members = [Member(home, number, server.port) for number in range(MEMBERS)]
    looker = Looker(server, [*streams.values()], members)
    looker.start()
    wrong = [] if looker.settled(2 * BOUND_S) is not None else ["not all were watched at first"]
    looker.look, began = Look(), time.monotonic()
    life, chance = Life(sandbox, names, options.rate, options.seed), random.Random(options.seed)
    for number in range(options.rounds):
        time.sleep(CALM_S)
        kind = KINDS[number % len(KINDS)]
        found = disturbed(kind, chance, members, server, looker)
        print(f"{kind}: {'never' if found is None else f'{found:.1f} s'}", flush=True)
        if found is None or found > BOUND_S:
            wrong.append(f"{kind}: not all were watched again within {BOUND_S:.0f} s")
    time.sleep(CALM_S)
    looker.settled(BOUND_S)
    life.close()
    lasted_s = time.monotonic() - began
    time.sleep(CALM_S)
    looker.close()
    for member in members:
        member.terminate()
    for member in members:
        member.close()
    ledger, judged = changes(sandbox), Judgement()
    for name, stream in streams.items():
        judged.take(server, stream, ledger[name])
    wrong += [f"lost: {each}" for each in judged.told.lost[:5]]
    wrong += [f"{judged.older} entries of an older epoch after a newer"] if judged.older else []
    wrong += [f"{judged.missing} entries are missing"] if judged.missing else []
    return list(told(options, looker.look, judged, lasted_s)), wrong


def told(
    options: argparse.Namespace, look: Look, judged: Judgement, lasted_s: float
) -> "list[str]":
    """The rows of the table."""
    found = {
        f"accounts / watches / troubles in {lasted_s:.0f} s":
            f"{options.accounts} / {MEMBERS} / {options.rounds}",
        "entries / epochs of all streams": f"{judged.entries:,} / {judged.epochs}",
        "entries of an older epoch after a newer / missing": f"{judged.older} / {judged.missing}",
        "gaps told (`handover`)": f"{judged.handovers}",
        "changes in the ledger": f"{judged.told.all:,}",
        "printed / inside a gap": f"{judged.told.printed:,} / {judged.told.in_gap:,}",
        "after the last proof, at the end": f"{judged.told.tail:,}",
        "**none of these**": f"**{len(judged.told.lost)}**",
        "share of the time that accounts were watched": f"{look.watched / look.samples:.1%}",
    }  # fmt: skip
    for kind in KINDS:
        if holes := look.holes_s.get(kind):
            each = f"{len(holes)}: {statistics.median(holes):.1f} / {max(holes):.1f} s"
            found[f"{kind}: accounts that nobody watched, for how long, median / longest"] = each
    after = [
        hole for kind in look.holes_s if kind.startswith("after") for hole in look.holes_s[kind]
    ]
    if after:
        each = f"{len(after)}: {statistics.median(after):.1f} / {max(after):.1f} s"
        found["one comes back: accounts that move to it, the same"] = each
    return [f"| {name} | {value} |" for name, value in found.items()]


if __name__ == "__main__":
    sys.exit(main())

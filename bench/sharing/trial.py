"""One run: watches that share, what happens to their accounts, and what goes wrong with them."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from bench.endurance.lively import APART_S, forget_closed_orders
from bench.sharing.judging import Judgement, changes
from bench.sharing.looking import Look, Looker
from bench.sharing.members import Member, write_profiles
from bench.sharing.servers import AMID, Servers
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.recording.broker.names import stream_of
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.params import BadParams
from tests.support.life import any_action

MEMBERS = 3
BOUND_S = 15.0
ILL_S, CALM_S = 10.0, 7.0
"""How long somebody is frozen or cut off, and how long at least nothing is done to anybody after.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many troubles, how many seconds apart at least, among how many accounts.

    `rate` is how much happens a second to all accounts together.
    """

    rounds: int
    apart_s: float
    accounts: int
    rate: float

    @property
    def names(self) -> list[str]:
        """The accounts, as the sandbox calls them."""
        return ["one-way", *(f"one-way-{n}" for n in range(2, self.accounts + 1))]


@dataclass
class Found:
    """What runs found; `wrong` is what broke a promise."""

    look: Look = field(default_factory=Look)
    judged: Judgement = field(default_factory=Judgement)
    lasted_s: float = 0.0
    rounds: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Add another run's."""
        self.look.add(other.look)
        self.judged.add(other.judged)
        self.lasted_s += other.lasted_s
        self.rounds += other.rounds
        self.wrong += other.wrong


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


def trial(plan: Plan, seed: int, home: Path, servers: Servers, sandbox: Sandbox) -> Found:
    """Have it all happen, and judge it."""
    (home / "config").mkdir()
    write_profiles(home / "config", sandbox, plan.names)
    streams = {n: stream_of(Lane(Market.USDM, Scope(Env.TESTNET, n))) for n in plan.names}
    members = [Member(home, number, servers) for number in range(MEMBERS)]
    looker, found = Looker(servers, streams, members, sandbox), Found()
    found.rounds = plan.rounds
    looker.start()
    if looker.settled(2 * BOUND_S) is None:
        found.wrong.append("not all were watched at first")
    found.look = looker.look = Look()
    began, life = time.monotonic(), Life(sandbox, plan.names, plan.rate, seed)
    found.wrong += troubles(plan, random.Random(seed), members, servers, looker)
    life.close()
    found.lasted_s = time.monotonic() - began
    time.sleep(CALM_S)
    looker.close()
    for member in members:
        member.terminate()
    for member in members:
        member.close()
    ledger = changes(sandbox)
    with servers.client() as client:
        for name, stream in streams.items():
            found.judged.take(client, stream, ledger[name])
    found.wrong += broken(found.judged, seed)
    return found


def troubles(
    plan: Plan, chance: random.Random, members: list[Member], servers: Servers, looker: Looker
) -> Iterator[str]:
    """One after the other; what broke a promise."""
    began = time.monotonic()
    for number, kind in enumerate(islice(cycle(servers.kinds), plan.rounds)):
        time.sleep(max(CALM_S, began + (number + 0.5) * plan.apart_s - time.monotonic()))
        took_s = disturbed(kind, chance, members, servers, looker)
        print(f"{kind}: {'never' if took_s is None else f'{took_s:.1f} s'}", flush=True)
        if took_s is None or took_s > BOUND_S:
            yield f"{kind}: not all were watched again within {BOUND_S:.0f} s"
    time.sleep(max(CALM_S, began + plan.rounds * plan.apart_s - time.monotonic()))
    looker.settled(BOUND_S)


def disturbed(
    kind: str, chance: random.Random, members: list[Member], servers: Servers, looker: Looker
) -> float | None:
    """One thing that goes wrong; how long it took until all were watched again."""
    looker.kind = kind
    if kind in ("engine restart", "fail-over"):
        servers.restart() if kind == "engine restart" else servers.fail_over()
        return looker.settled(2 * BOUND_S)
    member = chance.choice(members)
    if kind == AMID:
        kind = "SIGTERM"
        servers.fall_behind()
        member.hurt(kind)
        servers.fail_over()
    else:
        member.hurt(kind)
    found = looker.settled(2 * BOUND_S)
    time.sleep(max(0.0, ILL_S - (found or 0)))
    looker.kind = f"after {kind}"
    member.heal(kind)
    return found


def broken(judged: Judgement, seed: int) -> list[str]:
    """What of the promises the streams break."""
    wrong = [f"seed {seed}: lost: {each}" for each in judged.told.lost[:5]]
    wrong += [f"seed {seed}: {judged.older} of an older epoch after a newer"] * bool(judged.older)
    return wrong + [f"seed {seed}: {judged.missing} times entries lack"] * bool(judged.missing)

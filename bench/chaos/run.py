"""One run: a watch of both markets while things happen and things go wrong, then the judgement."""

import queue
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.chaos import life
from bench.chaos.haste import world
from bench.chaos.oracle import Told, Verdicts, verdicts
from bench.chaos.troubles import MUTE, SLEEP, TROUBLES, mute
from binfut_cli import credentials
from binfut_cli.account import Account
from binfut_cli.markets import DIALECTS, Endpoints, Market
from binfut_cli.questions.status import snapshot
from binfut_cli.sandbox import Sandbox
from binfut_cli.state import State
from binfut_cli.watch.audit import differing
from binfut_cli.watch.engine import Setup, follow
from binfut_cli.watch.records import Record

SPEED = 20.0
CALM_S = 20.0  # at most, for coverage to come back at the end
MUTED_S = 8.0  # at most, for a deaf stream to be found


@dataclass
class Outcome:
    """What a run showed."""

    seed: int
    troubles: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    told: Verdicts = field(default_factory=Verdicts)
    differences: list[str] = field(default_factory=list)
    deaf_s: list[float] = field(default_factory=list)
    undetected: int = 0


class Run:
    """A sandbox, a watch in it, and what it said so far."""

    def __init__(self, seed: int, *, redundant: bool = False, speed: float = SPEED) -> None:
        self.chance = random.Random(seed)
        self.outcome = Outcome(seed)
        self.box = Sandbox.start(seed=seed)
        self.records: list[Record] = []
        self._news: queue.SimpleQueue[Record] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._fault: BaseException | None = None
        self.asleep_s = 0.0
        self._setup = Setup(
            timeout_s=1.0,
            world=world(speed, lambda: self.asleep_s),
            ending=self._ending,
            redundant=redundant,
        )
        self._watcher = threading.Thread(target=self._watch, name="watch")

    def __enter__(self) -> "Run":
        self._watcher.start()
        self.until(lambda: self._live() == {Market.USDM, Market.COINM}, 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._watcher.join()
        self.box.close()

    def _watch(self) -> None:
        try:
            for records in follow(
                [(self.account(m), self._place(m)) for m in Market], setup=self._setup
            ):
                self.records += records
        except BaseException as exc:
            self._fault = exc

    def _place(self, market: Market) -> Endpoints:
        stream = self.box.stream[market] + DIALECTS[market].stream_path
        return Endpoints(self.box.rest[market], self.box.ws_api[market], stream)

    def account(self, market: Market) -> Account:
        """The account that is watched, as another client of it."""
        key = self.box.accounts[0]
        found = credentials.sandbox(key.api_key, key.secret)
        return Account(market, self._place(market), found, timeout_s=1.0)

    def until(self, met: Any, seconds: float) -> bool:
        """Wait for the watch to say something; False if it does not."""
        end = time.monotonic() + seconds
        while not met():
            if self._fault is not None:
                raise self._fault
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def _live(self) -> set[Market]:
        last: dict[Market, str] = {}
        for record in self.records:
            if record.type == "status" and record.market is not None:
                last[record.market] = record.body["status"]
        return {market for market, verdict in last.items() if verdict in ("LIVE", "QUIET")}

    # -- trouble ----------------------------------------------------------------------------

    def live(self, seconds: float, pause_s: float) -> None:
        """Let things happen for so long, and trouble strike now and then."""
        end = time.monotonic() + seconds
        due = dict.fromkeys(Market, 0.0)
        while time.monotonic() < end:
            market = self.chance.choice(tuple(Market))
            life.happen(self.box, self.chance, market)
            if time.monotonic() >= due[market]:
                due[market] = time.monotonic() + pause_s * (0.5 + self.chance.random())
                self.trouble(market)
            time.sleep(0.0015 + self.chance.random() * 0.01)  # no two in one millisecond

    def trouble(self, market: Market) -> None:
        """One trouble, chosen at random."""
        name = self.chance.choice((*TROUBLES, MUTE, SLEEP))
        self.outcome.troubles[name] += 1
        if name == MUTE:
            self.deafen(market)
        elif name == SLEEP:
            self.asleep_s += 3600.0
        else:
            TROUBLES[name](self.box, market, self.chance)

    def deafen(self, market: Market) -> None:
        """Mute a market's stream until that is found."""
        if market not in self._live():
            return
        before, started = len(self.records), time.monotonic()
        mute(self.box, market)
        self.box.act({"action": "deposit", "market": market, "asset": life.ASSETS[market][0],
                      "amount": "0.001"})  # fmt: skip

        def found() -> bool:
            said = self.records[before:]
            return any(r.market == market and r.type in ("drift", "gap") for r in said)

        if self.until(found, MUTED_S):
            self.outcome.deaf_s.append((time.monotonic() - started) * SPEED)
        else:
            self.outcome.undetected += 1
        self.box.clear_faults()

    # -- judgement --------------------------------------------------------------------------

    def calm(self) -> None:
        """End all trouble, and wait until both markets are covered and checked again."""
        self.box.clear_faults()
        self.until(lambda: len(self._live()) == 2, CALM_S)
        checked = 4.0 / SPEED + 5.0 / SPEED
        time.sleep(checked + 60.0 / SPEED)

    def judge(self) -> Outcome:
        """Compare the ledger with what was printed, and the states at the end."""
        found = self.outcome
        found.records.update(record.type for record in self.records)
        name = self.box.accounts[0].name
        for market in Market:
            ledger = [
                entry
                for entry in self.box.ledger()
                if entry["account"] == name
                and entry["market"] == market
                and entry["kind"] != "listenKey"
            ]
            found.told.add(verdicts(ledger, Told(market, list(self.records))))
            found.differences += self._differences(market)
        return found

    def _differences(self, market: Market) -> list[str]:
        """What the last snapshot, with all events since, has otherwise than the exchange."""
        with self.account(market) as account:
            truth = State(snapshot(account).document)
        mine = folded(market, self.records)
        return [f"{market} {d.key} {d.field} {d.before} {d.after}" for d in differing(mine, truth)]


def folded(market: Market, records: list[Record]) -> State:
    """The state that a reader of the records has: the last snapshot, and the events after it."""
    from binfut_cli.events import Event

    state: State | None = None
    for record in records:
        if record.market != market:
            continue
        if record.type == "snapshot":
            state = State(record.body)
        elif record.type == "event" and state is not None:
            body = {k: v for k, v in record.body.items() if k != "event"}
            state.apply(Event(record.body["event"], None, None, body))
    assert state is not None
    return state


def chaos(seed: int, seconds: float, redundant: bool) -> Outcome:
    """One run from its seed to its judgement."""
    with Run(seed, redundant=redundant) as run:
        run.live(seconds, 1.0)
        run.calm()
        return run.judge()

"""One run: a watch of both markets while things happen and things go wrong, then the judgement."""

import contextlib
import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.chaos import client, troubles
from bench.chaos.dropping import Dropped
from bench.chaos.watching import Watching
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError
from binfut_cli.resources.status import snapshot
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.stream.fold.audit import differing
from binfut_cli.stream.records import Gap, Record
from binfut_cli.stream.state import State
from tests.support import life
from tests.support.oracle import Entry, Told, Verdicts, folded, verdicts

SPEED = 50.0
STARTS, LEAST = 10, 300  # a busy computer may need more of both
CALM_S = 20.0  # at most, for coverage to come back at the end
CHECKED_S = 70.0 / SPEED + 0.3  # for the account to be read again after that
DOUBT_S = 30.0  # at most, for history to answer what is in doubt then: that is asked for long
DEAF_S = 8.0  # at most, for a deaf stream to be found
GAP_S = 6.0  # at most, for a gap in which to end
FAIR_S, STORM_S = 9.0, 3.0  # one after the other
PAUSES_S = (3.0, 0.25)  # between two troubles of a market, in fair weather and in a storm
BURST = 0.05  # how often several things happen at once
AROUND_MS, NEXT = 1500, 8  # what is told of a loss: for how long around it, and how many events
RULES = Rules(weight_limit=10**9, incoming_limit=10**9)
"""No limits, because who is so fast asks and pings so much more often than the exchange allows."""
SKEWS_MS = (0, 0, -3000, 800, 30_000)
"""How far the computer's clock may be ahead."""
UNSURE_MS = 600
"""How wrong the time of a record may be then: answers about the exchange's clock come late, too."""
MUTE = "the stream is alive but deaf"


@dataclass
class Outcome:
    """What a run showed. `fired` counts the troubles that really struck, by kind."""

    seed: int
    fired: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    told: Verdicts = field(default_factory=Verdicts)
    differences: list[str] = field(default_factory=list)
    deaf_s: list[float] = field(default_factory=list)
    undetected: int = 0
    story: list[str] = field(default_factory=list)  # of what was lost
    cut_short: bool = False  # ended at any moment, in gaps too
    open_gaps: int = 0  # told as it ended

    @property
    def failed(self) -> bool:
        """Whether a promise was broken."""
        return bool(self.told.lost or self.told.false or self.differences or self.undetected)


class Run:
    """A sandbox, a watch in it, and the course of things; two dice, so that neither moves the
    other's."""

    def __init__(self, seed: int, *, redundant: bool = False, speed: float = SPEED) -> None:
        self.outcome = Outcome(seed)
        self._life = random.Random(f"{seed}/life")
        self._fate = random.Random(f"{seed}/troubles")
        self.sandbox = Sandbox.start(seed=seed, rules=RULES)
        self._dropped = Dropped(seed)
        self._computer = client.Client(self._fate.choice(SKEWS_MS))
        self._speed, self._redundant = speed, redundant
        self.watching = self._watching()
        self._acts: list[int] = []
        self._end = random.Random(f"{seed}/end")
        self._ended_ms: int | None = None  # when it was broken off
        self._due = dict.fromkeys(Market, 0.0)
        self._deaf: dict[Market, tuple[float, int]] = {}  # since when, and found how often before
        self._began = time.monotonic()

    def __enter__(self) -> "Run":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        """Start the watch; again if this computer is too busy for seconds that are fractions."""
        for _ in range(STARTS - 1):
            with contextlib.suppress(BinfutError, TimeoutError):
                self.watching.start()
                return
            self.watching.close()
            self.watching = self._watching()
        self.watching.start()

    def _watching(self) -> Watching:
        return Watching(self.sandbox, self._computer, redundant=self._redundant, speed=self._speed)

    def __exit__(self, *_: object) -> None:
        self.watching.close()
        self.sandbox.close()

    # -- the course of things ---------------------------------------------------------------

    def live(self, seconds: float) -> None:
        """Let things happen for so long, and some at least, and troubles strike."""
        self._sprinkle()
        self._began = time.monotonic()
        while time.monotonic() < self._began + seconds or len(self._acts) < LEAST:
            self._turn()
            for market in Market:
                if time.monotonic() >= self._due[market]:
                    self._due[market] = time.monotonic() + self._pause_s()
                    self._trouble(market)

    def _turn(self) -> None:
        """Let something happen, or several things at once, and look whether it was noticed."""
        market = self._life.choice(tuple(Market))
        for _ in range(1 if self._life.random() > BURST else self._life.randrange(2, 6)):
            last = life.happen(self.sandbox, self._life, market)
            if last is not None:
                self._acts.append(last)
        if len(self._acts) % 500 == 0:
            self._forget()
        self._look_for_deaf()
        self.watching.check()
        time.sleep(self._life.random() * 0.002)

    def _forget(self) -> None:
        with self.sandbox.exchange.lock:
            for book in self.sandbox.exchange.accounts[
                self.sandbox.accounts[0].name
            ].books.values():
                life.forget(book)

    def _pause_s(self) -> float:
        storm = (time.monotonic() - self._began) % (FAIR_S + STORM_S) >= FAIR_S
        return PAUSES_S[storm] * (0.5 + self._fate.random())

    def _trouble(self, market: Market) -> None:
        """One trouble, chosen at random; a deaf stream is left alone until it is found."""
        die = self._fate.random()
        if die < 0.08:
            self._mute(market)
        elif die < 0.11:
            name = self._fate.choice(tuple(client.TROUBLES))
            client.TROUBLES[name](self._computer)
            self.outcome.fired[name] += 1
        elif market not in self._deaf:
            troubles.strike(self.sandbox, market, self._fate)

    def _mute(self, market: Market) -> None:
        """Let nothing through, on a connection that seems well, until that is found."""
        if self.watching.is_covered() and not self._deaf:
            self._deaf[market] = time.monotonic(), self.watching.found_deaf[market]
            self.outcome.fired[MUTE] += 1
            self.sandbox.clear_faults()  # the first fault that strikes is the only one
            troubles.mute(self.sandbox, market)
            self._sprinkle()

    def _sprinkle(self) -> None:
        self._dropped.arm(self.sandbox)
        troubles.sprinkle(self.sandbox)

    def _look_for_deaf(self) -> None:
        for market, (since, before) in tuple(self._deaf.items()):
            seconds = time.monotonic() - since
            found = self.watching.found_deaf[market] > before
            if found or seconds > DEAF_S:
                self.outcome.deaf_s += [seconds * self._speed] if found else []
                self.outcome.undetected += not found
                del self._deaf[market]
                self.sandbox.clear_faults()
                self._sprinkle()

    def break_off(self) -> None:
        """End the watch at any moment, half of the time in a gap, while things go on."""
        self.outcome.cut_short, self._deaf = True, {}
        end = time.monotonic() + GAP_S * self._end.randrange(2)
        while self.watching.is_covered() and time.monotonic() < end:
            self._turn()
        self._ended_ms = self.sandbox.exchange.now_ms()
        self.watching.close()

    # -- judgement --------------------------------------------------------------------------

    def calm(self) -> None:
        """End all trouble, and wait until both markets are covered, checked again and sure."""
        while self._deaf:
            self._turn()
        self.sandbox.clear_faults()
        self.watching.until(self.watching.is_covered, CALM_S)
        time.sleep(CHECKED_S * SPEED / self._speed)
        self.watching.until(self.watching.is_sure, DOUBT_S)

    def judge(self) -> Outcome:
        """Compare the ledger with what was printed, and the states at the end."""
        found, records = self.outcome, list(self.watching.records)
        found.fired.update(self.sandbox.fired())
        del found.fired["silent/stream"]  # every event that a deaf stream kept; counted once above
        found.records.update(record.type for record in records)
        for market in Market:
            judged = verdicts(self._ledger(market), self._told(market, records), self._acts)
            found.told.add(judged)
            false = [{"false": gap, "market": market, "T": gap.from_ms} for gap in judged.false]
            for entry in (*judged.lost[:3], *false[:3]):
                found.story += _story(entry, records)
            if not found.cut_short:
                found.differences += self._differences(market, records)
        found.open_gaps = sum(isinstance(r.body, Gap) and bool(r.body.is_open) for r in records)
        return found

    def _told(self, market: Market, records: list[Record]) -> Told:
        """The records of a market; what a run that was broken off leaves to doubt is told too."""
        proven = {lane.market: lane.proven_ms or 0 for lane in self.watching.ends}
        unsure_ms = UNSURE_MS if self._computer.skew_ms else 0
        proven_ms = proven[market] if self._ended_ms else None
        return Told(market, records, unsure_ms, proven_ms, self._dropped.events[market])

    def _ledger(self, market: Market) -> list[Entry]:
        """What had happened until the watch ended."""
        name, end_ms = self.sandbox.accounts[0].name, self._ended_ms or math.inf
        return [
            entry
            for entry in self.sandbox.ledger()
            if entry["account"] == name
            and entry["market"] == market
            and entry["kind"] != "listenKey"
            and entry["T"] <= end_ms
        ]

    def _differences(self, market: Market, records: list[Record]) -> list[str]:
        """What the last snapshot, with all events since, has otherwise than the exchange."""
        with self.watching.account(market) as account:
            truth = State(snapshot(account).document)
        mine = folded(market, records)
        return [f"{market} {d.key} {d.field} {d.before} {d.after}" for d in differing(mine, truth)]


def _story(entry: Entry, records: list[Record]) -> list[str]:
    """A change that was lost, or a gap in which none was: what was said around its time."""
    near = [r for r in records if r.market == entry["market"] and r.type != "snapshot"]
    events = sorted(
        (r for r in near if r.type == "event"),
        key=lambda r: abs((r.row["transactionTime"] or r.time_ms) - entry["T"]),
    )[:NEXT]
    lines = [f"{'false' if 'false' in entry else 'lost'}: {entry}"]
    for r in near:
        if r in events:
            lines.append(f"  {r.time_ms} {r.row['event']} T={r.row['transactionTime']}")
        elif r.type != "event" and abs(r.time_ms - entry["T"]) <= AROUND_MS:
            lines.append(f"  {r.time_ms} {r.type} {r.body}")
    return lines


def chaos(seed: int, seconds: float, redundant: bool) -> Outcome:
    """One run from its seed to its judgement; every other one is broken off."""
    with Run(seed, redundant=redundant) as run:
        run.live(seconds)
        if seed % 2:
            run.calm()
        else:
            run.break_off()
        return run.judge()

"""The request weight of an address: how much of a minute may be spent, and on what first. Pure.

All programs behind an address draw on one pool of 2400 a minute, both markets together (the
exchange's general-info pages, and its notice of 2026-06-30). All accounts that are counted together
share one budget: it takes a half of the pool at most, so that there is one for other programs.
Whoever wants some of it claims it; of all claims the one that is due first comes first, so that
what is urgent is done soon, and what is not is done.
"""

import math
import threading
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from operator import attrgetter

from binfut_cli.endpoints import Market
from binfut_cli.resources.history.pace import HALF
from binfut_cli.stream.coverage.backoff import PROCESS, WINDOW_S, HandshakeBudget

FEWEST = 100  # for a minute, with which a watch can still do all that it has to
BUSY = 0.8  # of the pool: above that not even what is urgent is asked
SHARED = 0.9  # of the budget; the rest is left to what is urgent
AUDITS = 0.75  # of the budget, at most
MINUTE_S = 60.0
EVERY_S = 56.0
SECOND_LOOK_S = 9.0
"""How often an account is read again, unless there are too many; a stream that is deaf is found so
much later, because it is looked at twice."""
APART = 0.9  # of an even share of that time: how far apart the audits of all accounts are at least
LEAST_S, NEXT_S, LONGEST_S = 0.25, 1.0, 3.0  # until a claim is asked about again
GONE_S = 2.0  # a claim that nobody has asked about for so long since then is in nobody's way
HELD = 10  # times less patience, where positions are held
SNAPSHOT = {Market.USDM: 15, Market.COINM: 10}
"""What it weighs to read an account whole."""
CONNECTION = 5  # to the WebSocket API
OPENED = 2  # connections, to cover an account for the first time


class Purpose(Enum):
    """What weight is wanted for: with how many seconds of patience, and at which pace.

    `share` is of the budget, as much as that takes in the long run, and in so many seconds `ahead`
    if it has taken nothing before.
    """

    COVER = 20.0, None, 0.0
    """To cover an account again."""
    CHECK = 2.0, 0.25, 30.0
    """To look again at what is odd, or could not be read."""
    AUDIT = 10.0, AUDITS, 0.0
    """To prove what the stream tells; no more often than is needed."""
    START = 3600.0, 0.9, 10.0
    """To cover an account for the first time: those that are covered come before."""
    READING = 10.0, 0.095, 0.0
    """To show what only a reading tells: in no minute more than a twentieth of the pool."""
    HISTORY = 60.0, 0.125, 30.0
    """What can wait."""

    def __init__(self, patience_s: float, share: float | None, ahead_s: float) -> None:
        self.patience_s, self.share, self.ahead_s = patience_s, share, ahead_s


@dataclass(slots=True, eq=False)
class Claim:
    """Weight that is wanted by a moment, and the handshakes that have to be free for it, if any."""

    purpose: Purpose
    weight: int
    due_s: float
    handshakes: HandshakeBudget | None = None
    ready_s: float = -math.inf
    """Until when something else than other claims is in its way."""
    again_s: float = math.inf
    """When it is asked about again."""
    placed_s: float = math.inf
    """Its place among those that wait: when it was due as it was last asked about."""

    @classmethod
    def of(
        cls,
        purpose: Purpose,
        weight: int,
        now_s: float,
        handshakes: HandshakeBudget | None = None,
        *,
        is_held: bool = False,
    ) -> "Claim":
        """A claim that is made now; it is more urgent where positions `is_held`."""
        patience_s = purpose.patience_s / HELD if is_held else purpose.patience_s
        return cls(purpose, weight, now_s + patience_s, handshakes)


@dataclass(slots=True)
class Pace:
    """So many seconds for each unit of weight, and so many ahead, for what comes alone."""

    unit_s: float
    ahead_s: float
    _paid_s: float = 0.0  # up to when the pace allows what was spent

    def may_spend(self, now_s: float) -> bool:
        """Whether weight may be spent now."""
        return not self.wait_s(now_s)

    def wait_s(self, now_s: float, before: int = 0) -> float:
        """In how many seconds weight may be spent, if so much is spent before."""
        paid_s = max(self._paid_s, now_s) + before * self.unit_s if before else self._paid_s
        return max(0.0, paid_s - self.ahead_s - now_s)

    def before(self, wait_s: float, now_s: float) -> float:
        """How much has to be spent before for such a wait."""
        return (wait_s + self.ahead_s + now_s - max(self._paid_s, now_s)) / self.unit_s

    def spend(self, weight: int, now_s: float) -> None:
        """Take note of weight that is being spent."""
        self._paid_s = max(self._paid_s, now_s) + weight * self.unit_s


@dataclass(slots=True)
class Minute:
    """What was spent in the last minute, and what the exchange counts in its own."""

    told: int = 0
    limit: int = 0
    told_until_s: float = -math.inf
    _spent: deque[tuple[float, int]] = field(default_factory=deque)
    _sum: int = 0

    def spend(self, weight: int, now_s: float) -> None:
        """Take note of weight that is being spent."""
        self._spent.append((now_s, weight))
        self._sum += weight

    def own(self, now_s: float) -> int:
        """What was spent in the last minute."""
        while self._spent and self._spent[0][0] <= now_s - MINUTE_S:
            self._sum -= self._spent.popleft()[1]
        return self._sum

    def all(self, now_s: float) -> int:
        """What the exchange counts, of all programs of the address, in its own minute."""
        return self.told if now_s < self.told_until_s else 0

    def frees_s(self, weight: int, now_s: float) -> float:
        """In how many seconds so much more may be spent than now."""
        for at_s, spent in self._spent:
            weight -= spent
            if weight <= 0:
                return at_s + MINUTE_S - now_s
        return max(0.0, self.told_until_s - now_s)


class Waiting:
    """Claims whose turn has not come, the one that is due first in front."""

    def __init__(self) -> None:
        self._claims: list[Claim] = []
        self._sweep_s = -math.inf  # when those are forgotten that nobody asks about

    def __len__(self) -> int:
        return len(self._claims)

    def put(self, claim: Claim) -> None:
        """Let it wait where it belongs, by when it is due now."""
        if claim.placed_s != claim.due_s:
            self.discard(claim)
            claim.placed_s = claim.due_s
            insort(self._claims, claim, key=_PLACED)

    def discard(self, claim: Claim) -> None:
        """Take it out, if it is there."""
        if claim.placed_s < math.inf:
            first = bisect_left(self._claims, claim.placed_s, key=_PLACED)
            del self._claims[self._claims.index(claim, first)]
            claim.placed_s = math.inf

    def before(self, claim: Claim) -> Iterator[Claim]:
        """Those that are due before it; the others are not looked at."""
        return islice(self._claims, bisect_left(self._claims, claim.due_s, key=_PLACED))

    def sweep(self, now_s: float) -> None:
        """Forget now and again those that nobody has asked about for long."""
        if now_s >= self._sweep_s:
            self._sweep_s = now_s + LONGEST_S
            for each in [each for each in self._claims if now_s > each.again_s + GONE_S]:
                self.discard(each)


_PLACED = attrgetter("placed_s")


class WeightBudget:
    """What all accounts that are counted together may spend: no more than `most` in any minute.

    Where the exchange tells that it grants less, `most` is that.
    """

    def __init__(self, most: int = HALF) -> None:
        self.most = most
        self._minute = Minute()
        self._audits = 0  # what it weighs to read every account once
        self._paces = {
            each: Pace(MINUTE_S, each.ahead_s) for each in Purpose if each.share is not None
        }
        self._waiting = Waiting()
        self._lock = threading.Lock()
        self._entered(0)

    # -- how often accounts are read again --------------------------------------------------

    def enter(self, market: Market) -> None:
        """One more account of a market is to be read again and again."""
        self._entered(SNAPSHOT[market])

    def leave(self, market: Market) -> None:
        """One less is."""
        self._entered(-SNAPSHOT[market])

    def _entered(self, weight: int) -> None:
        with self._lock:
            self._audits += weight
            for each, pace in self._paces.items():
                pace.unit_s = MINUTE_S / ((each.share or 1.0) * self.most)
            if self._audits:
                self._paces[Purpose.AUDIT].unit_s = APART * self.every_s / self._audits

    @property
    def every_s(self) -> float:
        """How often each account is read again: less often, the more there are."""
        return max(EVERY_S, self._audits * MINUTE_S / (AUDITS * self.most))

    @property
    def detection_s(self) -> float:
        """Within how many seconds a stream is found that is alive and tells nothing."""
        return self.every_s + SECOND_LOOK_S

    # -- what may be spent ------------------------------------------------------------------

    def take(self, claim: Claim, now_s: float) -> float:
        """Spend what is claimed, if its turn has come: 0; or else when to ask again, in seconds.

        A claim that nobody asks about any more is forgotten.
        """
        with self._lock:
            wait_s = self._wait_s(claim, now_s)
            if wait_s:
                claim.again_s = now_s + wait_s
                self._waiting.put(claim)
                return wait_s
            self._waiting.discard(claim)
            self._minute.spend(claim.weight, now_s)
            if claim.purpose in self._paces:
                self._paces[claim.purpose].spend(claim.weight, now_s)
        return 0.0

    def note(self, weight: int, now_s: float) -> None:
        """Take note of weight that is being spent whether it may be or not."""
        with self._lock:
            self._minute.spend(weight, now_s)

    def told(self, count: int, limit: int, until_s: float) -> None:
        """The exchange counts so much, of so much that there is, in a minute that lasts until."""
        minute = self._minute
        is_same = until_s - minute.told_until_s < 1.0  # and then it only grows, on any connection
        minute.told = max(count, minute.told) if is_same else count
        minute.limit, minute.told_until_s = limit or minute.limit, until_s
        if limit and max(limit, FEWEST) < self.most:
            self.most = max(limit, FEWEST)
            self._entered(0)

    def turn_s(self, claim: Claim, now_s: float) -> float:
        """In how many seconds about its turn comes, by the claims before it."""
        with self._lock:
            before = [*self._waiting.before(claim)]
        weight = sum(each.weight for each in before)
        opening = OPENED * sum(each.handshakes is not None for each in before)
        if claim.handshakes is not None:
            opening = max(0, opening - claim.handshakes.room(now_s))
        return max(weight * MINUTE_S / (SHARED * self.most), opening * WINDOW_S / PROCESS)

    def _wait_s(self, claim: Claim, now_s: float) -> float:
        own_s = self._own_wait_s(claim, now_s)
        claim.ready_s = now_s + own_s
        if own_s:
            return min(max(own_s, LEAST_S), LONGEST_S)
        before = self._before(claim, now_s)
        wait_s = self._held_back_s(claim, before, now_s)
        lacking = sum(each.weight for each in before) + claim.weight - self._room(claim, now_s)
        if lacking > 0:
            wait_s = max(wait_s, LEAST_S, self._minute.frees_s(math.ceil(lacking), now_s))
        return min(wait_s, LONGEST_S)

    def _own_wait_s(self, claim: Claim, now_s: float) -> float:
        """How long something else than other claims is in its way."""
        pace, handshakes = self._paces.get(claim.purpose), claim.handshakes
        wait_s = pace.wait_s(now_s) if pace is not None else 0.0
        return max(wait_s, handshakes.wait_s(now_s)) if handshakes is not None else wait_s

    def _held_back_s(self, claim: Claim, before: list[Claim], now_s: float) -> float:
        """How long what is claimed before leaves its kind no pace, or no handshake."""
        alike = sum(each.weight for each in before if each.purpose is claim.purpose)
        pace = self._paces.get(claim.purpose)
        wait_s = pace.wait_s(now_s, alike) if pace is not None else 0.0
        if claim.handshakes is not None:
            opening = sum(each.handshakes is not None for each in before)
            if opening and opening >= claim.handshakes.room(now_s):
                return max(wait_s, NEXT_S)
        return wait_s

    def _before(self, claim: Claim, now_s: float) -> list[Claim]:
        """The claims that are due before, and could be taken now; or as many of the first as make
        it wait for as long as any does, so that the others need not be looked at."""
        self._waiting.sweep(now_s)
        pace, found = self._paces.get(claim.purpose), list[Claim]()
        left = pace.before(LONGEST_S, now_s) if pace is not None else math.inf
        for each in self._waiting.before(claim):
            if left <= 0:
                break
            if each.ready_s <= now_s <= each.again_s + GONE_S:
                found.append(each)
                left -= each.weight * (each.purpose is claim.purpose)
        return found

    def _room(self, claim: Claim, now_s: float) -> float:
        """How much may be spent on it and on what comes before it."""
        own, told = self._minute.own(now_s), self._minute.all(now_s)
        if claim.purpose is Purpose.COVER:
            return min(self.most - own, max(self.most, BUSY * self._minute.limit) - told)
        return SHARED * self.most - max(own, told)

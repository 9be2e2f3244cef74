"""One lane's keeper: cover the stream, and cover it again when that ends, until told to stop."""

import itertools
from collections.abc import Iterator
from contextlib import closing

from binfut_cli.api.transport.waiting.here import Running
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.errors import AuthError, BinfutError, ExchangeError
from binfut_cli.stream.coverage.backoff import AT_ONCE_S, delays
from binfut_cli.stream.coverage.context import LaneContext, Stopped
from binfut_cli.stream.coverage.coverage import Coverage
from binfut_cli.stream.coverage.errors import Deaf, KeyExpired, Silent, Suspended, Uncovered
from binfut_cli.stream.coverage.history.history_worker import HistoryWorker
from binfut_cli.stream.coverage.subscription.listen_key import ListenKey
from binfut_cli.stream.coverage.subscription.subscription import Stretch, Subscription
from binfut_cli.stream.fold.audit import Verdict
from binfut_cli.stream.messages import CoverageLost, Health, LaneEnded
from binfut_cli.stream.records import Cause
from binfut_cli.stream.records import Verdict as Status

POLICY = 1008  # the close code for breaking a rule
POLICY_S = 30.0
REFUSED_S = 60.0  # a key that was refused is not tried more often
TURNED_AWAY_S = 300.0  # nor a firewall or a region that turned us away
SOON_S = 1.0  # for which nothing need be said
SPENT = "Earlier runs have made as many connections as are fair in five minutes."
KEPT_S = 60.0  # for which a connection may wait without being looked at

ENDS = (BinfutError, Stopped)


class LaneSupervisor:
    """Keeps one lane's stream covered from `start` to `stop`."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self._numbers = itertools.count(1)
        self._verdicts: list[tuple[int, Verdict]] = []
        self._flooded: int | None = None  # the stream that told of too much
        self._look = False
        self.history = HistoryWorker(context)
        self._covered_ms = 0
        self._taken = False  # whether the account was ever read: a fault before that may be fatal
        self._keeper: Running | None = None

    def start(self) -> None:
        """Start the keeper."""
        self._keeper = self._context.runtime.spawn(self.keep)

    def stop(self) -> None:
        """Ask the tasks to end; an answer that they wait for is cut off."""
        self._context.stopped.set()
        self._context.attention.set()
        self._context.account.close()

    def join(self, timeout_s: float) -> None:
        """Wait for the keeper; one that waits for a name's lookup is left behind."""
        if self._keeper is not None:
            self._keeper.join(timeout_s)

    def judge(self, number: int, verdict: Verdict) -> None:
        """Tell the keeper what came of a check; called by the thread that merges."""
        self._verdicts.append((number, verdict))
        self._context.attention.set()

    def look(self) -> None:
        """Have the account read again soon: something came that cannot be explained."""
        self._look = True
        self._context.attention.set()

    def give_up(self, stream: int) -> None:
        """Have the account covered anew: a stream told of more than can be kept."""
        self._flooded = stream
        self._context.attention.set()

    def keep(self) -> bool:
        """Cover until stopped: the keeper's only turn, and its whole life."""
        self._context.completes(self._keep_covered)
        self._context.account.close()
        self._context.put(LaneEnded(self._context.lane))
        return False

    def heard(self, coverage: Coverage) -> None:
        """Pass on what the merging thread said; raise Deaf or Flooded if it found that."""
        if (flooded := self._flooded) is not None:
            self._flooded = None
            coverage.give_up(flooded)
        while self._verdicts:
            coverage.judge(*self._verdicts.pop(0))
        if self._look:
            self._look = False
            coverage.look()

    def _keep_covered(self) -> None:
        waits = delays(self._context.runtime.chance)
        key: ListenKey | None = None  # of the coverage before
        _tell_wait(self._context)
        while not self._context.stopped.is_set():
            self._verdicts.clear()
            stretch = self._cover(key)
            end, key = stretch.end, stretch.key or key
            if isinstance(end, KeyExpired):
                key = None  # when it died is known exactly
            if isinstance(end, Stopped) or self._context.stopped.is_set():
                if stretch.doubt is not None:  # it had ended before
                    self._report(stretch, stretch.doubt, None)
                break
            if stretch.was_live:
                waits = delays(self._context.runtime.chance)
            self._report(stretch, end, self._wait_s(stretch, end, waits))

    def _wait_s(self, stretch: Stretch, end: BinfutError, waits: Iterator[float]) -> float:
        """Until the next attempt: at once after a stream that was LIVE, if nothing forbids it.

        The connection to the WebSocket API stays meanwhile, for that is another handshake, but not
        if the network seems to have gone, or for so long that a ping of the exchange's grows old.
        """
        chance = self._context.runtime.chance()
        wait_s = self._wait_for(end, chance * AT_ONCE_S if stretch.was_live else next(waits))
        is_gone = stretch.doubt is None or isinstance(end, Silent | Suspended)
        if is_gone or wait_s > KEPT_S:
            self._context.account.close()
        return wait_s

    def _cover(self, previous: ListenKey | None) -> Stretch:
        """Cover once, and close the streams that were opened for it; what it came to."""
        try:
            self._context.admit(again=self._taken)
            subscription = Subscription.opened(self._context, self._numbers, previous)
        except ENDS as end:
            return Stretch(end)
        with closing(subscription):
            return self._stay(subscription)

    def _stay(self, subscription: Subscription) -> Stretch:
        """Read the account, then keep every proof fresh until one fails."""
        try:
            coverage = Coverage.begin(self._context, subscription, self._numbers)
        except ENDS as end:
            return subscription.ended(end)
        self._taken = True
        try:
            coverage.stay(self.heard)
        except ENDS as end:
            return coverage.ended(end)

    def _report(self, stretch: Stretch, exc: BinfutError, wait_s: float | None) -> None:
        now = self._context.runtime.now_ms()
        self._covered_ms = max(self._covered_ms, stretch.proven_ms) or now
        since = exc.since_ms if isinstance(exc, Uncovered) else None
        unread = not self._taken and not isinstance(exc, KeyExpired)
        fatal = unread and not (self._context.options.forgiving and exc.retryable)
        lost = CoverageLost(
            self._context.lane,
            now,
            self._covered_ms if since is None else min(since, self._covered_ms),
            exc,
            None if fatal else wait_s,
            fatal=fatal,
            unread=unread,
            certain=isinstance(exc, Uncovered) and exc.certain,
            cause=exc.cause if isinstance(exc, Uncovered) else Cause.TRANSPORT,
            possible_ms=exc.possible_ms if isinstance(exc, Deaf) else stretch.checked_ms,
        )
        self._context.put(lost)
        _rest(self._context, lost.retry_s)

    def _wait_for(self, exc: BinfutError, wait_s: float) -> float:
        """The wait that an error asks for: never less than the exchange's own word, or is fair."""
        if isinstance(exc, ConnectionClosed) and exc.code == POLICY:
            wait_s = max(wait_s, POLICY_S)
        if type(exc) is ExchangeError and exc.exchange_code is None:
            wait_s = max(wait_s, TURNED_AWAY_S)
        if isinstance(exc, AuthError):
            wait_s = max(wait_s, REFUSED_S)
        fair_s = self._context.handshakes.wait_s(self._context.runtime.seconds())
        return max(wait_s, fair_s, self._context.gate.wait_ms() / 1000)


def _tell_wait(context: LaneContext) -> None:
    """Say if the first connection has to wait for those that earlier runs have made."""
    runtime = context.runtime
    wait_s = context.handshakes.wait_s(runtime.seconds())
    if wait_s >= SOON_S:
        context.put(Health(context.lane, runtime.now_ms(), Status.GAP, SPENT, wait_s))


def _rest(context: LaneContext, wait_s: float | None) -> None:
    """Wait before the next attempt; for ever after a fault that nobody can repair."""
    runtime = context.runtime
    end = runtime.seconds() + (wait_s if wait_s is not None else float("inf"))
    while not context.stopped.is_set() and runtime.seconds() < end:
        runtime.wait(context.stopped, min(end - runtime.seconds(), 60.0))

"""One lane's keeper: cover the stream, and cover it again when that ends, until told to stop."""

import itertools
import threading
from collections import deque

from binfut_cli.errors import AuthError, BinfutError, ExchangeError
from binfut_cli.transport.ws import ConnectionClosed
from binfut_cli.watch.audit import Verdict
from binfut_cli.watch.backoff import delays
from binfut_cli.watch.covering import Covering
from binfut_cli.watch.history import History
from binfut_cli.watch.items import Crashed, Ended, Lost
from binfut_cli.watch.key import Key
from binfut_cli.watch.kit import Kit, Stopped
from binfut_cli.watch.losses import Deaf, KeyExpired, Uncovered

POLICY = 1008  # the close code for breaking a rule
POLICY_S = 30.0
REFUSED_S = 60.0  # a key that was refused is not tried more often
TURNED_AWAY_S = 300.0  # nor a firewall or a region that turned us away


class Session:
    """Keeps one lane's stream covered from `start` to `stop`."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._numbers = itertools.count(1)
        self._verdicts: deque[tuple[int, Verdict]] = deque()
        self._look = threading.Event()
        self.history = History(kit)
        self._covered_ms = 0
        self._taken = False  # whether the account was ever read: a fault before that may be fatal
        self._keeper = threading.Thread(target=self.keep, name=f"keeper-{kit.market}", daemon=True)

    def start(self) -> None:
        """Start the keeper."""
        self._keeper.start()

    def stop(self) -> None:
        """Ask the threads to end; an answer that they wait for is cut off."""
        self._kit.stopped.set()
        self._kit.attention.set()
        self._kit.account.close()

    def join(self, timeout_s: float) -> None:
        """Wait for the threads; one that hangs in a name's lookup is left behind."""
        self._keeper.join(timeout_s)

    def judge(self, number: int, verdict: Verdict) -> None:
        """Tell the keeper what came of a check; called by the thread that merges."""
        self._verdicts.append((number, verdict))
        self._kit.attention.set()

    def look(self) -> None:
        """Have the account read again soon: something came that cannot be explained."""
        self._look.set()
        self._kit.attention.set()

    def keep(self) -> None:
        """Cover until stopped; the whole life of the keeper's thread."""
        try:
            self._keep_covered()
        except BaseException as exc:  # handed to the thread that prints: a bug must be seen
            self._kit.put(Crashed(self._kit.lane, exc))
        self._kit.put(Ended(self._kit.lane))

    def heard(self, covering: Covering) -> None:
        """Pass on what the merging thread said; raise Deaf if it found the stream to be."""
        while self._verdicts:
            covering.judge(*self._verdicts.popleft())
        if self._look.is_set():
            self._look.clear()
            if covering.checks is not None:
                covering.checks.soon()

    def _keep_covered(self) -> None:
        waits = delays(self._kit.world.chance)
        key: Key | None = None  # of the coverage before
        while not self._kit.stopped.is_set():
            self._verdicts.clear()
            covering = Covering(self._kit, self._numbers, key)
            exc = self._ending(covering)
            key = covering.key or key
            if isinstance(exc, KeyExpired):
                key = None  # when it died is known exactly
            if exc is None or self._kit.stopped.is_set():
                break
            if covering.is_stable:
                waits = delays(self._kit.world.chance)
            self._report(covering, exc, self._wait_for(exc, next(waits)))

    def _ending(self, covering: Covering) -> BinfutError | None:
        """Cover; why that ended, or None if it was asked to."""
        try:
            self._cover(covering)
        except Stopped:
            covering.finish()
        except BinfutError as exc:
            return exc
        finally:
            covering.close()
        return None

    def _cover(self, covering: Covering) -> None:
        covering.begin()
        self._taken = True
        covering.stay(lambda: self.heard(covering))

    def _report(self, covering: Covering, exc: BinfutError, wait_s: float) -> None:
        now = self._kit.world.now_ms()
        self._covered_ms = max(self._covered_ms, covering.proven_ms) or now
        since = exc.since_ms if isinstance(exc, Uncovered) else None
        unread = not self._taken and not isinstance(exc, KeyExpired)
        lost = Lost(
            self._kit.lane,
            now,
            self._covered_ms if since is None else min(since, self._covered_ms),
            exc,
            wait_s,
            fatal=unread and not (self._kit.forgiving and exc.retryable),
            unread=unread,
            certain=isinstance(exc, Uncovered) and exc.certain,
            cause=exc.cause if isinstance(exc, Uncovered) else "transport",
            possible_ms=exc.possible_ms if isinstance(exc, Deaf) else covering.checked_ms,
        )
        self._kit.put(lost)
        self._rest(None if lost.fatal else wait_s)

    def _rest(self, wait_s: float | None) -> None:
        """Wait before the next attempt; for ever after a fault that nobody can repair."""
        world = self._kit.world
        end = world.seconds() + (wait_s if wait_s is not None else float("inf"))
        while not self._kit.stopped.is_set() and world.seconds() < end:
            world.wait(self._kit.stopped, min(end - world.seconds(), 60.0))

    def _wait_for(self, exc: BinfutError, wait_s: float) -> float:
        """The wait that an error asks for: never less than the exchange's own word."""
        if isinstance(exc, ConnectionClosed) and exc.code == POLICY:
            wait_s = max(wait_s, POLICY_S)
        if type(exc) is ExchangeError and exc.exchange_code is None:
            wait_s = max(wait_s, TURNED_AWAY_S)
        if isinstance(exc, AuthError):
            wait_s = max(wait_s, REFUSED_S)
        return max(wait_s, self._kit.gate.wait_ms() / 1000)

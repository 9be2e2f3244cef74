"""One stream connection: what it brings is handed over, and that it is alive and ours is proven."""

import threading
from collections.abc import Callable
from operator import itemgetter

from binfut_cli.api.transport.frames import PONG, Message
from binfut_cli.api.transport.transport import Wire
from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, NetworkError
from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.coverage.errors import KeyExpired, Uncovered
from binfut_cli.stream.coverage.health import PONG_LATE_S
from binfut_cli.stream.coverage.subscription.listing import Listing
from binfut_cli.stream.coverage.subscription.pings import Pings
from binfut_cli.stream.events import Event, decode
from binfut_cli.stream.messages import Batch, LaneMessage, ThreadCrashed
from binfut_cli.stream.runtime import Runtime

EXPIRED = "listenKeyExpired"
SHUTDOWN = "serverShutdown"
_EXPIRED, _SHUTDOWN = EXPIRED.encode(), SHUTDOWN.encode()
_K, _H = ord("K"), ord("h")  # a letter of each that is rare in updates
_OPCODE, _PAYLOAD = itemgetter(0), itemgetter(1)


class Stream:
    """A connection with its proofs. The reader calls `turn`; the keeper looks, and sets barriers.

    What it brings is `put` somewhere; that answers for how many seconds (`rest_s`) it had better
    bring no more. `number` tells the streams of a lane apart. `broken` is why it is no longer of
    use, `offset` is of the exchange's clock, since this stream is there.

    The keeper and the reader both use it: that is why it has many methods.
    """

    def __init__(
        self,
        number: int,
        lane: Lane,
        key: str,
        wire: Wire,
        runtime: Runtime,
        put: Callable[[LaneMessage], float | None],
        attention: threading.Event,
        offset: ClockOffset = AGREED,
    ) -> None:
        self.number = number
        self.broken: BinfutError | None = None
        self.rest_s = 0.0
        self.shutting_down = False
        self.event_ms = 0
        self.offset = offset
        self.pings = Pings(runtime)
        self.listing = Listing(lane.market, key, runtime)
        self._lane, self._wire, self._runtime = lane, wire, runtime
        self._put, self._attention = put, attention
        self._is_late = False  # whether a pong is, as the keeper was told

    # -- the keeper's side ------------------------------------------------------------------

    @property
    def proven_ms(self) -> int:
        """The last moment up to which everything queued for this connection has surely come.

        Only answers prove it: a frame may have waited for us, or on its way, for any time.
        """
        if isinstance(self.broken, Uncovered) and self.broken.since_ms is not None:
            return self.broken.since_ms
        return max(self.pings.proven_ms, self.listing.listed_ms or 0)

    def barrier(self) -> int:
        """Ping; once `passed` says so of this number, all that was on its way has come."""
        number = self.pings.next(is_awaited=True)
        self._ping(number)
        return number

    def passed(self, number: int) -> bool:
        """Whether a barrier was passed."""
        return self.pings.passed(number)

    def say_goodbye(self) -> None:
        """End in order: what is on its way still comes, then the reader ends."""
        self._wire.say_goodbye()

    def close(self) -> None:
        """Close at once."""
        self._wire.close()

    # -- the reader's side ------------------------------------------------------------------

    def fileno(self) -> int:
        """The descriptor of its socket."""
        return self._wire.fileno()

    def has_more(self) -> bool:
        """Whether something came of which the socket does not tell."""
        return self._wire.has_more()

    def is_due(self) -> bool:
        """Whether there is something to do or to see to, though nothing may have come."""
        now = self._runtime.monotonic()
        return self.pings.wants_look(now) or self.listing.wants_look(now)

    def turn(self) -> bool:
        """Receive once what is there, and do what is due; False when this stream has ended.

        In this order: of a reader who comes late, the pong may have waited, and not he for it.
        """
        self.rest_s = 0.0
        try:
            if messages := self._wire.receive(0):
                self._take(messages)
            self._keep_alive()
        except NetworkError as exc:
            self._break(exc)
            return False
        except BaseException as exc:  # handed to the thread that prints: a bug must be seen
            self._put(ThreadCrashed(self._lane, exc))
            return False
        return True

    def _keep_alive(self) -> None:
        """Ping and ask when it is due; give up when an answer is overdue."""
        now = self._runtime.monotonic()
        if self.pings.is_due(now):
            self._ping(self.pings.next())
        is_late = self.pings.overdue_s > PONG_LATE_S
        if is_late != self._is_late:
            self._is_late = is_late
            self._attention.set()
        if self.listing.is_due(now):
            self._wire.send(self.listing.next(now), "LIST_SUBSCRIPTIONS")

    def _ping(self, number: int) -> None:
        try:
            self._wire.ping(b"%d" % number)
        except NetworkError as exc:
            self._break(exc)

    def _take(self, messages: list[Message]) -> None:
        pongs = PONG in map(_OPCODE, messages)
        kept = [m for m in messages if m[0] != PONG] if pongs else messages
        if self.listing.is_asked:
            kept = self._without_lists(kept)
        if kept:
            self._hand_over(kept)
        # A barrier is passed when all before it has been handed over, not earlier.
        if pongs and self.pings.take(messages):
            self._attention.set()

    def _without_lists(self, messages: list[Message]) -> list[Message]:
        kept = [m for m in messages if not self.listing.take(m)]
        if self.listing.fault is not None:
            self._break(self.listing.fault)
        if len(kept) != len(messages):
            self._attention.set()
        return kept

    def _hand_over(self, messages: list[Message]) -> None:
        self.event_ms = now = self._runtime.now_ms()
        self.rest_s = self._put(Batch(self._lane, now, messages, self.number)) or 0.0
        whole = b"\n".join(map(_PAYLOAD, messages))  # one search is cheaper than many
        # One letter is looked for much faster, and these are rare. `in` would take bytes for a
        # number first, and make an error of that: it costs twice `find`.
        if (_K in whole and whole.find(_EXPIRED) >= 0) or (
            _H in whole and whole.find(_SHUTDOWN) >= 0
        ):
            for _, payload in messages:
                self._observe(payload)

    def _observe(self, payload: bytes) -> None:
        """Notice the event after which a stream is silent for ever, and the one of a shutdown."""
        try:
            event = decode(payload, self._lane.market)
        except Unreadable:
            return
        if isinstance(event, Event) and event.name == EXPIRED:
            now = self._runtime.now_ms()
            told = event.event_time or now + self.offset.likely_ms
            self._break(KeyExpired(min(told - self.offset.high_ms, now), told))
        elif isinstance(event, Event) and event.name == SHUTDOWN:
            self.shutting_down = True
            self._attention.set()

    def _break(self, exc: BinfutError) -> None:
        self.broken = self.broken or exc
        self._attention.set()

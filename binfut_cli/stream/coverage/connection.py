"""One stream connection: what it brings is handed over, and that it is alive and ours is proven.

Proven by own pings, each with its number, and by LIST_SUBSCRIPTIONS. A pong proves more than life:
a connection keeps its order, so all that the exchange had queued before it has come (a barrier).
"""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from binfut_cli.api.envelope import subscribes
from binfut_cli.api.transport.frames import PONG, TEXT, Message
from binfut_cli.api.transport.transport import Wire
from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, NetworkError
from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.coverage.errors import KeyExpired, NotSubscribed, Silent, Uncovered
from binfut_cli.stream.events import Control, Event, decode
from binfut_cli.stream.messages import Batch, LaneMessage, ThreadCrashed
from binfut_cli.stream.runtime import Runtime

PING_S = 15.0
PONG_S = 10.0
LIST_S = 60.0  # between two questions for what is subscribed
LISTED_S = 5.0  # for the answer
LISTS = 3  # questions in a row that may go unanswered
RECEIVE_S = 1.0

EXPIRED = "listenKeyExpired"
SHUTDOWN = "serverShutdown"
_EXPIRED, _SHUTDOWN = EXPIRED.encode(), SHUTDOWN.encode()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A ping or a LIST_SUBSCRIPTIONS under way."""

    number: int
    at_s: float
    at_ms: int


class Stream:
    """A connection with its proofs. The reader calls `turn`; the keeper looks, and sets barriers.

    `number` tells the streams of a lane apart. `broken` is why it is no longer of use.
    """

    def __init__(
        self,
        number: int,
        lane: Lane,
        key: str,
        wire: Wire,
        runtime: Runtime,
        put: Callable[[LaneMessage], None],
        attention: threading.Event,
        offset: ClockOffset = AGREED,
    ) -> None:
        self.number = number
        self.born_s = runtime.seconds()
        self.old_s = math.inf  # when another is to take its place
        self.broken: BinfutError | None = None
        self.shutting_down = False
        self.listed_ms: int | None = None  # when our key was last listed; None: not yet
        self.lists = True  # whether LIST_SUBSCRIPTIONS was last answered with a list
        self.ready_ms = 0  # when it began to cover
        self.event_ms = 0
        self.rtt_s = 0.0
        self._lane, self._market, self._key = lane, lane.market, key
        self._wire, self._runtime, self._put = wire, runtime, put
        self._attention = attention
        self.offset = offset  # of the exchange's clock, since this stream is there
        self._lock = threading.Lock()
        self._last = 0
        self._pings: deque[_Asked] = deque()
        self._asked: _Asked | None = None
        self._unanswered = 0
        self._answered = 0  # the highest ping whose pong came
        self._proven_ms = 0
        self._ping_due = self._list_due = runtime.monotonic()

    # -- the keeper's side ------------------------------------------------------------------

    @property
    def proven_ms(self) -> int:
        """The last moment up to which everything queued for this connection has surely come.

        Only answers prove it: a frame may have waited for us, or on its way, for any time.
        """
        if isinstance(self.broken, Uncovered) and self.broken.since_ms is not None:
            return self.broken.since_ms
        return max(self._proven_ms, self.listed_ms or 0)

    @property
    def overdue_s(self) -> float:
        """For how long a pong has been waited for; 0 if none is."""
        try:
            asked = self._pings[0]
        except IndexError:  # the other thread has just taken it out
            return 0.0
        return self._runtime.monotonic() - asked.at_s

    def barrier(self) -> int:
        """Ping; once `passed` says so of this number, all that was on its way has come."""
        with self._lock:
            self._last += 1
            asked = _Asked(self._last, self._runtime.monotonic(), self._runtime.now_ms())
            self._pings.append(asked)
        try:
            self._wire.ping(b"%d" % asked.number)
        except NetworkError as exc:
            self._break(exc)
        return asked.number

    def passed(self, number: int) -> bool:
        """Whether a barrier was passed."""
        return self._answered >= number

    def say_goodbye(self) -> None:
        """End in order: what is on its way still comes, then the reader ends."""
        self._wire.say_goodbye()

    def close(self) -> None:
        """Close at once."""
        self._wire.close()

    # -- the reader's side ------------------------------------------------------------------

    def turn(self) -> bool:
        """Receive once, and do what is due; False when this stream has ended."""
        try:
            self._keep_alive()
            if messages := self._wire.receive(RECEIVE_S):
                self._take(messages)
        except NetworkError as exc:
            self._break(exc)
            return False
        except BaseException as exc:  # handed to the thread that prints: a bug must be seen
            self._put(ThreadCrashed(self._lane, exc))
            return False
        return True

    def _take(self, messages: list[Message]) -> None:
        kept = [m for m in messages if m[0] != PONG]
        pongs = len(kept) != len(messages)
        if self._asked is not None:
            kept = [m for m in kept if not self._is_listing(m)]
        if kept:
            self._hand_over(kept)
        if pongs:  # a barrier is passed when all before it has been handed over, not earlier
            self._pongs(messages)

    def _hand_over(self, messages: list[Message]) -> None:
        self.event_ms = now = self._runtime.now_ms()
        self._put(Batch(self._lane, now, messages, self.number))
        payloads = [payload for _, payload in messages]
        whole = b"\n".join(payloads)  # one search is cheaper than many
        if _EXPIRED in whole or _SHUTDOWN in whole:
            for payload in payloads:
                self._observe(payload)

    def _pongs(self, messages: list[Message]) -> None:
        for opcode, payload in messages:
            number = int(payload) if opcode == PONG and payload.isdigit() else 0
            while number and self._pings and self._pings[0].number <= number:
                asked = self._pings.popleft()
                self._proven_ms = asked.at_ms
                self.rtt_s = self._runtime.monotonic() - asked.at_s
                self._answered = asked.number
        self._attention.set()

    def _keep_alive(self) -> None:
        """Ping and ask when it is due; give up when an answer is overdue."""
        now = self._runtime.monotonic()
        if self.overdue_s > PONG_S:
            raise Silent(f"The stream gave no sign of life for {self.overdue_s:.0f} s.")
        if now >= self._ping_due:
            self._ping_due = now + PING_S
            self.barrier()
        if self._asked is not None and now > self._asked.at_s + LISTED_S:
            self._asked, self._list_due = None, now
            self._unanswered += 1
        if self._unanswered >= LISTS:
            raise NotSubscribed("The exchange does not answer what the stream subscribes to.")
        if self._asked is None and now >= self._list_due:
            self._ask(now)

    def _ask(self, now: float) -> None:
        self._list_due = now + LIST_S
        with self._lock:
            self._last += 1
            self._asked = _Asked(self._last, now, self._runtime.now_ms())
        self._wire.send(self._asked.number, "LIST_SUBSCRIPTIONS")

    def _is_listing(self, message: Message) -> bool:
        """Take the answer to our question, if this is it."""
        if message[0] != TEXT or self._asked is None:
            return False
        try:
            found = decode(message[1], self._market)
        except Unreadable:
            return False
        if not isinstance(found, Control) or found.id not in (None, self._asked.number):
            return False
        self._listed(found.body.get("result"), self._asked)
        self._asked, self._unanswered = None, 0
        self._attention.set()
        return True

    def _listed(self, result: object, asked: _Asked) -> None:
        listed = subscribes(result, self._key)
        self.lists = listed is not None  # if refused, this proof is not to be had just now
        if listed:
            self.listed_ms = asked.at_ms
        elif self.lists:
            why = "The exchange lists no subscription to our key."
            self._break(NotSubscribed(why, self.listed_ms))

    def _observe(self, payload: bytes) -> None:
        """Notice the event after which a stream is silent for ever, and the one of a shutdown."""
        try:
            event = decode(payload, self._market)
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

"""A stream's LIST_SUBSCRIPTIONS: whether the exchange still says that our listenKey is on it."""

from dataclasses import dataclass

from binfut_cli.api.envelope import subscribes
from binfut_cli.api.transport.frames import TEXT, Message
from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Market
from binfut_cli.stream.coverage.errors import NotSubscribed
from binfut_cli.stream.events import Control, decode
from binfut_cli.stream.runtime import Runtime

LIST_S = 60.0  # between two questions for what is subscribed
LISTED_S = 5.0  # for the answer
LISTS = 3  # questions in a row that may go unanswered


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question under way."""

    number: int
    at_s: float
    at_ms: int


class Listing:
    """The reader asks, and takes the answers; the keeper looks.

    `listed_ms` is when the question was asked that was last answered with our key, None before
    that; `lists` is False while the exchange refuses to say; `fault` tells that our key is missing.
    """

    def __init__(self, market: Market, key: str, runtime: Runtime) -> None:
        self._market, self._key, self._runtime = market, key, runtime
        self._last = 0
        self._asked: list[_Asked] = []  # without an answer, which may still come
        self._due_s = runtime.monotonic()
        self._asked_ms = self._wanted_ms = 0  # the last was asked; one is wanted that is not older
        self.listed_ms: int | None = None
        self.lists = True
        self.fault: NotSubscribed | None = None

    @property
    def is_asked(self) -> bool:
        """Whether an answer may come."""
        return bool(self._asked)

    def want(self, since_ms: int) -> None:
        """Have the reader ask once more, if that was not done since a moment."""
        self._wanted_ms = max(self._wanted_ms, since_ms)

    def is_sure(self, since_ms: int) -> bool:
        """Whether our key was on the stream at a moment or later, if the exchange says that."""
        return not self.lists or (self.listed_ms or 0) >= since_ms

    def wants_look(self, now_s: float) -> bool:
        """Whether somebody is to look: an answer is waited for, or the next question is due."""
        return bool(self._asked) or self._is_next(now_s)

    def _is_next(self, now_s: float) -> bool:
        return now_s >= self._due_s or self._asked_ms < self._wanted_ms

    def is_due(self, now_s: float) -> bool:
        """Whether it is time to ask; raise NotSubscribed if nobody answers."""
        if not self._asked:
            return self._is_next(now_s)
        late = [now_s > each.at_s + LISTED_S for each in self._asked]
        if sum(late) >= LISTS:
            raise NotSubscribed("The exchange does not answer what the stream subscribes to.")
        return all(late)

    def next(self, now_s: float) -> int:
        """The number of a question that is now to be sent."""
        self._due_s = now_s + LIST_S
        self._last += 1
        self._asked_ms = self._runtime.now_ms()
        self._asked.append(_Asked(self._last, now_s, self._asked_ms))
        return self._last

    def take(self, message: Message) -> bool:
        """Take the answer to a question of ours, if this is one, late or not."""
        if message[0] != TEXT or not self._asked:
            return False
        try:
            found = decode(message[1], self._market)
        except Unreadable:
            return False
        if not isinstance(found, Control):
            return False
        asked = [each for each in self._asked if found.id in (None, each.number)]
        if not asked:
            return False
        self._judge(found.body.get("result"), asked[-1])
        self._asked = [each for each in self._asked if each.number > asked[-1].number]
        return True

    def _judge(self, result: object, asked: _Asked) -> None:
        listed = subscribes(result, self._key)
        self.lists = listed is not None  # if refused, this proof is not to be had just now
        if listed:
            self.listed_ms = asked.at_ms
        elif self.lists:
            why = "The exchange lists no subscription to our key."
            self.fault = NotSubscribed(why, self.listed_ms)

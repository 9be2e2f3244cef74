"""The listenKey's proof: that our listenKey is the account's, and has not run out.

A listenKey lives 60 minutes from its last extension; an account has one on each market, shared by
all its programs, and any of them may end it. The time that counts goes on while we sleep.
"""

from collections.abc import Callable
from typing import NamedTuple

from binfut_cli.errors import BinfutError
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import KeyLost

EXTEND_S = 15 * 60.0
RETRY_S = 5.0  # then 10, 20 …
LATEST_S = 45 * 60.0  # without an extension, ask for the key anew
LIFE_S = 60 * 60.0
GONE = -1125


class _Asked(NamedTuple):
    """When a question was asked: its answer proves nothing of the time that it took."""

    ms: int
    s: float


class ListenKey:
    """The listenKey we listen to; it waits while it is made, as `StreamSet` does."""

    __slots__ = ("_context", "_due_s", "_proven", "_retry_s", "text", "trouble")

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self.trouble: BinfutError | None = None  # why the last extension failed
        self._retry_s = RETRY_S
        self.text, self._proven = self._ask(context.account.start_listen_key)
        context.redactor.learn(self.text)
        self._due_s = self._extension_s()

    @property
    def proven_ms(self) -> int:
        """When the key was last known to be the account's."""
        return self._proven.ms

    @property
    def age_s(self) -> float:
        """Seconds since the key was last known to be the account's."""
        return self._context.runtime.seconds() - self._proven.s

    def tend(self) -> None:
        """Extend the key when that is due; raise KeyLost when it is no longer ours."""
        if self.age_s >= LIFE_S:
            raise KeyLost("The listenKey could not be extended and has run out.", self.proven_ms)
        if self._context.runtime.seconds() >= self._due_s:
            self.prove()

    def prove(self) -> None:
        """Extend the key now, and compare what the exchange extended."""
        account, context = self._context.account, self._context
        how = account.start_listen_key if self.age_s >= LATEST_S else account.extend_listen_key
        try:
            found, asked = self._ask(how)
        except BinfutError as exc:
            if exc.exchange_code == GONE:
                why = "The listenKey is gone: another program may have closed it."
                raise KeyLost(why, self.proven_ms) from exc
            self.trouble = exc
            self._due_s = context.runtime.seconds() + self._retry_s
            self._retry_s = min(self._retry_s * 2, EXTEND_S / 3)
        else:
            self._compare(found, asked)

    def confirm(self) -> None:
        """Ask for the account's key anew; raise KeyLost if it is another, and what failed."""
        self._compare(*self._ask(self._context.account.start_listen_key))

    def _ask(self, how: Callable[[], str]) -> tuple[str, _Asked]:
        runtime = self._context.runtime
        asked = _Asked(runtime.now_ms(), runtime.seconds())
        return self._context.ask(how), asked

    def _compare(self, found: str, asked: _Asked) -> None:
        """Take note of the key that the exchange says is the account's; "" says nothing."""
        if found and found != self.text:
            self._context.redactor.learn(found)
            raise KeyLost("The account's listenKey was replaced by another.", self.proven_ms)
        self._proven = asked
        self._due_s = self._extension_s()
        self._retry_s, self.trouble = RETRY_S, None

    def _extension_s(self) -> float:
        """When the key is to be extended, by when it was proven."""
        return self._proven.s + EXTEND_S * (0.9 + self._context.runtime.chance() / 10)

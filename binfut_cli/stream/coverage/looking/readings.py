"""An account read again and again for whoever looks at it: often, but never much.

Only what moves is asked for, on a connection and in a task of its own, so that nothing that proves
coverage waits for it. All accounts behind one gate share a pace of a twentieth of the pool; the one
that was read longest ago comes first, and one near its liquidation before that.
"""

import math

from binfut_cli.api.client import AccountClient
from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.errors import BinfutError
from binfut_cli.resources.brackets import brackets
from binfut_cli.resources.status import reading
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.limits.weight import Claim, Purpose
from binfut_cli.stream.messages import AccountReread, BracketsRead

WEIGHT = 10
"""What one reading weighs, on either market (measured: docs/live.md)."""
LOOKING_S = 15.0
"""How long somebody who has looked is taken to look on."""
AFTER_CHANGE_S = 1.0
"""How soon after a reading the next may follow, if the account has changed since."""
AHEAD_S = 20.0
"""By how much longer ago one that is near its liquidation is taken to have been read."""
IDLE_EVERY_S = 12.0
"""How often an account is read in which nothing is held."""
BRACKETS_S, BRACKETS_RETRY_S = 6 * 3600.0, 60.0
IDLE_S = 60.0


class Readings:
    """Reads one account while somebody looks; the task is started by the first who does."""

    def __init__(self, context: LaneContext, every_s: float) -> None:
        self._context, self._every_s = context, every_s
        self._account: AccountClient | None = None
        self._until_s = -math.inf  # somebody looks
        self._asked_s = -math.inf
        self._brackets_s = -math.inf  # from when on they are to be asked for
        self._hurries = self._is_idle = self._is_near = False
        self._claim = Claim(Purpose.READING, WEIGHT, -math.inf)
        self._attention = Bell()

    def look(self, *, has_changed: bool, is_idle: bool, is_near: bool = False) -> None:
        """Somebody looks; `has_changed` if that lacks what only a reading tells.

        An account that `is_idle`, where no mark moves anything, leaves the pace to others, and
        others leave it to one that `is_near` its liquidation.
        """
        self._hurries = self._hurries or has_changed
        self._is_idle, self._is_near = is_idle, is_near
        was_looked_at = self._is_looked_at
        self._until_s = self._context.runtime.seconds() + LOOKING_S
        if self._account is None:
            self._account = self._context.account.clone()
            self._context.runtime.spawn(self._turn)
        elif self._hurries or not was_looked_at:
            self._attention.set()

    def was_read(self) -> None:
        """The account was read by somebody else just now."""
        self._asked_s = self._context.runtime.seconds()

    def wake(self) -> None:
        """Let the task see that all is to end."""
        self._attention.set()
        if self._account is not None:
            self._account.close()

    @property
    def _is_looked_at(self) -> bool:
        return self._context.runtime.seconds() < self._until_s

    def _turn(self) -> bool:
        """Read if that is due, or wait; False at the end."""
        return self._context.completes(self._tend) and not self._context.stopped.is_set()

    def _tend(self) -> None:
        account = self._account
        if account is not None and self._owes_brackets:
            self._read_brackets(account)
        elif wait_s := self._wait_s():
            self._context.runtime.wait(self._attention, wait_s)
            self._attention.clear()
        elif account is not None and not self._context.stopped.is_set():
            self._read(account)

    @property
    def _owes_brackets(self) -> bool:
        """Whether the brackets are due: at once, for they tell where the account is liquidated."""
        is_due = self._context.runtime.seconds() >= self._brackets_s
        return is_due and self._is_looked_at and not self._context.stopped.is_set()

    def _wait_s(self) -> float:
        """For how long nothing is to be read."""
        now_s = self._context.runtime.seconds()
        if not self._is_looked_at:
            return IDLE_S
        every_s = max(self._every_s, IDLE_EVERY_S) if self._is_idle else self._every_s
        space_s = min(every_s, AFTER_CHANGE_S) if self._hurries else every_s
        claim, ready_s = self._claim, self._asked_s + space_s
        due_s = self._asked_s + Purpose.READING.patience_s
        claim.due_s, claim.ready_s = due_s - AHEAD_S * self._is_near, ready_s
        return max(0.0, ready_s - now_s) or self._context.gate.take(claim, now_s)

    def _read(self, account: AccountClient) -> None:
        """Read what moves; what fails is tried the next time."""
        context, now_s = self._context, self._context.runtime.seconds()
        self._asked_s, self._hurries = now_s, False
        try:
            taken = context.ask(lambda: reading(account), account, weight=0)
        except BinfutError:
            return
        context.put(AccountReread(context.lane, context.runtime.now_ms(), taken))

    def _read_brackets(self, account: AccountClient) -> None:
        context, now_s = self._context, self._context.runtime.seconds()
        self._brackets_s = now_s + BRACKETS_RETRY_S
        try:
            rows = context.ask(lambda: brackets(account), account, weight=2)
        except BinfutError:
            return
        self._brackets_s = now_s + BRACKETS_S
        context.put(BracketsRead(context.lane, rows))

"""The loss of coverage that no gap tells of yet. Pure."""

from dataclasses import replace

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane
from binfut_cli.stream.coverage.errors import Deaf, HandedOver, Restarted, Uncovered
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.messages import CoverageLost
from binfut_cli.stream.records import Cause

_UNREAD = Uncovered("The account had not been read when the watch ended.")


class OpenLoss:
    """The first of the losses since the account was last read, as wide as all of them.

    If a watch goes on from another, it is all since the last proof of that, which `left` it.
    """

    def __init__(
        self, lane: Lane, clock: GapClock, account: FoldedAccount, left: Cause | None = None
    ) -> None:
        self._lane, self._clock, self._account = lane, clock, account
        self._lost = self._since_the_last_proof(left) if left else None

    def _since_the_last_proof(self, left: Cause) -> CoverageLost:
        """As wide as can be: what was proven until then, the clock knows."""
        error = HandedOver() if left is Cause.HANDOVER else Restarted()
        return CoverageLost(self._lane, 0, 0, error, None, cause=error.cause)

    def add(self, lost: CoverageLost) -> None:
        """Coverage ended, or was not found again; before the first reading that is no loss."""
        self._clock.lost()
        if self._account.is_known:
            self._lost = self._lost or lost
            self.widen(lost.covered_ms, certain=lost.certain)
        if self._account.has_drifted:  # whatever else ended it first
            self.widen(self._clock.proven_ms, certain=True)

    def widen(self, since_ms: int, *, certain: bool = False) -> None:
        """Let it begin earlier, if it is open: what seemed to be covered was not."""
        if self._lost is not None:
            since_ms = min(self._lost.covered_ms, since_ms)
            certain = self._lost.certain or certain
            self._lost = replace(self._lost, covered_ms=since_ms, certain=certain)

    @property
    def since_ms(self) -> int | None:
        """Since when, by the exchange's clock, changes may have been missed; None if none may."""
        return None if self._lost is None else self._clock.ended_ms(self._lost.covered_ms)

    def left(self, ended_ms: int) -> CoverageLost | None:
        """All of it, if it is open as the watch ends, or was not yet said: nothing closes it."""
        if self._account.is_known and self._account.has_drifted:
            self._lost = self._lost or self._at_end(Deaf(0), self._clock.proven_ms, ended_ms)
        elif not self._account.is_known and self._clock.opened_ms:
            self._lost = self._at_end(_UNREAD, self._clock.opened_ms, ended_ms)
        lost, self._lost = self._lost, None
        return lost

    def _at_end(self, error: Uncovered, since_ms: int, ended_ms: int) -> CoverageLost:
        return CoverageLost(
            self._lane, ended_ms, since_ms, error, None, certain=error.certain, cause=error.cause
        )

    def close(self, document: Row) -> CoverageLost | None:
        """All of it, if it was open; it is no more, because the account was read again.

        If a row changed before coverage seemed to end, it had ended when all last agreed.
        """
        if self._lost is not None:
            ended_ms = self._clock.ended_ms(self._lost.covered_ms)
            if self._account.misses_change(document, ended_ms):
                self.widen(self._clock.proven_ms, certain=True)
        lost, self._lost = self._lost, None
        return lost

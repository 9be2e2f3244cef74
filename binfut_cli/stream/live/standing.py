"""How a lane stands at a moment: in one word, why, and what comes next. Pure."""

from dataclasses import dataclass
from typing import Self

from binfut_cli.endpoints import Lane
from binfut_cli.stream.records import COVERED, Counts, Record, Status, Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """A lane's standing; all times are moments in ms by the exchange's clock.

    `proven_ms` is when all was last proven to be as told, None before it ever was; `retry_ms` when
    the next attempt to cover the account follows, None if none does; `banned_until_ms` before when
    the exchange lets nothing be asked, None if it does; `gap_ms` since when changes may have been
    missed that no gap tells of yet, None if none may. `gaps` are those that were told.
    """

    lane: Lane
    time_ms: int
    verdict: Verdict
    reason: str
    proven_ms: int | None = None
    retry_ms: int | None = None
    banned_until_ms: int | None = None
    gap_ms: int | None = None
    gaps: int = 0

    @classmethod
    def of(
        cls,
        lane: Lane,
        time_ms: int,
        counts: Counts,
        said: Record | None,
        banned_until_ms: int | None = None,
        gap_ms: int | None = None,
    ) -> Self:
        """The standing by what a lane counts, and by what it last said of itself."""
        reason, retry_ms = "", None
        if said is not None and isinstance(said.body, Status):
            reason, wait_ms = said.body.reason, said.body.retry_in_ms
            retry_ms = None if wait_ms is None else said.time_ms + wait_ms
        return cls(
            lane, time_ms, counts.verdict, reason, counts.proven_ms or None, retry_ms,
            banned_until_ms, gap_ms, counts.gaps,
        )  # fmt: skip

    @property
    def is_covered(self) -> bool:
        """Whether what the stream tells is all that happens."""
        return self.verdict in COVERED

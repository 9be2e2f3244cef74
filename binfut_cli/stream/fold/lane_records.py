"""What the fold of a lane says, as records. Pure."""

from collections.abc import Iterable
from typing import Any

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane
from binfut_cli.stream.messages import CoverageLost
from binfut_cli.stream.records import (
    Body,
    Counts,
    Drift,
    Fault,
    Record,
    Resync,
    Status,
    Verdict,
)
from binfut_cli.stream.state import Difference


class LaneRecords:
    """Makes a lane's records, and counts what they say."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.counts = Counts()
        self.said: Record | None = None  # the last verdict

    def record(self, time_ms: int, body: Body, raw: bytes | None = None) -> Record:
        """Any record but an event and a snapshot."""
        return Record.of(body, time_ms, *self.lane, raw=raw)

    def read(self, time_ms: int, document: Row, found: Iterable[Difference]) -> list[Record]:
        """The account, read and taken for the truth, and what of it is otherwise than known."""
        market, scope = self.lane
        whole = Record("snapshot", market, time_ms, "snapshot", document, scope=scope)
        return [whole, *self.differences(Resync, found, time_ms)]

    def status(
        self, time_ms: int, verdict: Verdict, reason: str, retry_s: float | None = None
    ) -> Record:
        """A verdict that holds until the next."""
        return self._said(time_ms, Status(verdict, reason, _ms(retry_s)))

    def lost(self, message: CoverageLost, time_ms: int) -> Record:
        """That coverage ended, why, and when the next attempt follows."""
        said = Status(
            Verdict.FAILED if message.unread else Verdict.GAP,
            message.error.message,
            _ms(message.retry_s),
            Fault.of(message.error) if message.unread else None,
        )
        return self._said(time_ms, said)

    def _said(self, time_ms: int, said: Status) -> Record:
        self.counts.verdict = said.verdict
        self.said = self.record(time_ms, said)
        return self.said

    def differences(
        self, how: type[Resync | Drift], found: Iterable[Difference], time_ms: int
    ) -> list[Record]:
        """Each field that was read otherwise than it was known."""
        return [
            self.record(
                time_ms, how(each.kind, each.key, each.field, _text(each.before), _text(each.after))
            )
            for each in found
        ]


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _text(value: Any) -> str | None:
    """A value of any field as text, so that `before` and `after` are of one kind in all records."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)

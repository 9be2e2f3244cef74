"""What the fold of a lane says: each kind of record is made here. Pure."""

from collections.abc import Iterable
from typing import Any

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane
from binfut_cli.stream.gap_report import Gap
from binfut_cli.stream.messages import CoverageLost
from binfut_cli.stream.records import Counts, Record, status
from binfut_cli.stream.state import Difference


class LaneRecords:
    """Makes a lane's records, and counts what they say."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.counts = Counts()

    def record(
        self, type_: str, time_ms: int, source: str, body: Row, raw: bytes | None = None
    ) -> Record:
        """Any record."""
        return Record(type_, self.lane.market, time_ms, source, body, raw, self.lane.scope)

    def status(self, time_ms: int, verdict: str, reason: str, **more: Any) -> Record:
        """A verdict that holds until the next."""
        self.counts.verdict = verdict
        return status(self.lane, time_ms, verdict, reason, **more)

    def connected(self, time_ms: int) -> Record:
        """That a stream is open; the verdict is still the one before."""
        return status(self.lane, time_ms, "CONNECTED", "reading the account")

    def lost(self, message: CoverageLost, time_ms: int) -> Record:
        """That coverage ended, why, and when the next attempt follows."""
        more: Row = {} if message.fatal else {"retryInMs": round(message.retry_s * 1000)}
        verdict = "GAP"
        if message.unread:
            verdict, more["error"] = "FAILED", message.error.as_row()
        return self.status(time_ms, verdict, message.error.message, **more)

    def gap(
        self, gap: Gap, time_ms: int, reason: str, *, certain: bool, cause: str, **more: Any
    ) -> Record:
        """An interval whose changes may not have been seen."""
        body: Row = {
            "gap": gap.number,
            "from": gap.from_ms,
            "to": gap.to_ms,
            "reason": reason,
            "certainty": "certain" if certain else "possible",
            "cause": cause,
            **more,
        }
        if gap.possible_ms < gap.from_ms:
            body["possibleFrom"] = gap.possible_ms
        return self.record("gap", time_ms, "watch", body)

    def differences(self, type_: str, found: Iterable[Difference], time_ms: int) -> list[Record]:
        """A field that was read otherwise than it was known: `resync` or `drift`."""
        return [self._difference(type_, each, time_ms) for each in found]

    def _difference(self, type_: str, each: Difference, time_ms: int) -> Record:
        body: Row = {
            "kind": each.kind,
            "key": each.key,
            "field": each.field,
            "before": _text(each.before),
            "after": _text(each.after),
        }
        return self.record(type_, time_ms, "snapshot", body)

    def raw(self, payload: bytes, reason: str, time_ms: int) -> Record:
        """A message that could not be read, as it came."""
        body: Row = {"reason": reason, "text": payload.decode("utf-8", "backslashreplace")}
        return self.record("raw", time_ms, "stream", body, payload)


def _text(value: Any) -> str | None:
    """A value of any field as text, so that `before` and `after` are of one kind in all records."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)

"""The accounts of a recording, as they were at a moment of it, as those of a dashboard. Pure."""

from collections.abc import Iterable

from binfut_cli.codec import Row
from binfut_cli.recording.accounts import RecordedLane
from binfut_cli.render import zone
from binfut_cli.render.watch.live.frames.frame import Account, age
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS


class Replayed:
    """The accounts of a recording; what was made of one is kept until more is told of it."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[int, Row | None]] = {}  # by the lane itself

    def accounts(self, lanes: Iterable[RecordedLane], now_ms: int) -> tuple[Account, ...]:
        """Every lane at that moment of the recording."""
        return tuple(self._account(lane, now_ms) for lane in lanes)

    def _account(self, lane: RecordedLane, now_ms: int) -> Account:
        document, (word, why) = self._document(lane), _standing(lane)
        if document is None:
            return Account(lane.lane, standing=word, why=why)
        kinds = tuple(each for each in KINDS if each.kind == "totals" or each.kind in document)
        answer = Result("accountStatus", lane.lane.market, now_ms, document, kinds)
        read_ms = lane.account.read_ms or 0
        ages = {
            POSITIONS.key(row): said
            for row in document.get(POSITIONS.kind, ())
            if (said := age(max(read_ms, _changed(row)), now_ms))
        }
        return Account(lane.lane, answer, age(read_ms, now_ms), ages, word, why)

    def _document(self, lane: RecordedLane) -> Row | None:
        time_ms, document = self._made.get(id(lane), (-1, None))
        if time_ms != lane.time_ms:
            found = lane.account.document()
            document = found and {name: each for name, each in found.items() if name != "symbols"}
            self._made[id(lane)] = lane.time_ms, document
        return document


def _changed(row: Row) -> int:
    found = row.get("updateTime")
    return found if type(found) is int else 0


def _standing(lane: RecordedLane) -> tuple[str, str]:
    """What the watch thought of its coverage then, and until when all was proven."""
    coverage = lane.coverage
    proven = (
        "" if coverage.proven_ms is None else f"proven until {zone.time_of_day(coverage.proven_ms)}"
    )
    if coverage.ended_ms is not None:
        return (
            "ENDED",
            f"the watch had ended at {zone.time_of_day(coverage.ended_ms)}; {proven or 'unproven'}",
        )
    if coverage.is_live:
        return str(coverage.verdict), proven
    return coverage.verdict or "", coverage.reason or ""

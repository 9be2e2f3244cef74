"""After a gap: what the exchange's own history says of it, and whether that explains the change.

`income` tells every flow of money with its time; an asset's wallet balance must have changed by
their sum. Flows come late, so it is asked again until all is explained, or ten minutes have passed.
What history does not tell (margin calls, settings that went and came back, orders placed and
cancelled) stays lost, and the report says so.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from binfut_cli.errors import BinfutError
from binfut_cli.questions.income import Span, income
from binfut_cli.watch.items import Backfilled, Item
from binfut_cli.watch.kit import Kit
from binfut_cli.wire import Row, decimal

FIRST_S = 5.0  # then twice as long each time
LONGEST_S = 600.0
NOT_TOLD = ("settings in between", "margin calls", "orders that were placed and cancelled")


@dataclass(frozen=True, slots=True)
class Missed:
    """A gap as the fold saw it: wallet balances before and after, and the last time known of each.

    `since` has the moment (ms) of the last change of an asset that was told; flows after it are
    the ones that were missed.
    """

    gap: int
    from_ms: int
    to_ms: int
    before: dict[str, str]
    after: dict[str, str]
    since: dict[str, int]

    def concerns(self, row: Row) -> bool:
        """Whether a flow belongs to what was missed."""
        time: int = row["time"]
        return self.since.get(row["asset"], self.from_ms) < time <= self.to_ms


def report(missed: Missed, rows: Iterable[Row]) -> Row:
    """For each asset that moved: by how much, what of it the flows explain, and what not."""
    flows: dict[str, Decimal] = {}
    for row in rows:
        flows[row["asset"]] = flows.get(row["asset"], Decimal()) + _number(row["income"])
    assets: Row = {}
    for asset in sorted(missed.before.keys() | missed.after.keys() | flows.keys()):
        change = _number(missed.after.get(asset)) - _number(missed.before.get(asset))
        explained = flows.get(asset, Decimal())
        if change or explained:
            assets[asset] = {
                "change": _text(change),
                "explained": _text(explained),
                "unexplained": _text(change - explained),
            }
    return {
        "gap": missed.gap,
        "from": missed.from_ms,
        "to": missed.to_ms,
        "assets": assets,
        "notRecoverable": list(NOT_TOLD),
    }


def is_closed(found: Row) -> bool:
    """Whether a report leaves nothing unexplained."""
    return not any(_number(sums["unexplained"]) for sums in found["assets"].values())


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _number(value: object) -> Decimal:
    return decimal(value) or Decimal()


class History:
    """The gaps that are to be looked up. One thread adds, the keeper asks."""

    def __init__(self, kit: Kit, put: Callable[[Item], None]) -> None:
        self._kit, self._put = kit, put
        self._missed: deque[Missed] = deque()
        self._due_s = 0.0
        self._wait_s = 0.0  # before the next question about the first of them

    def add(self, missed: Missed) -> None:
        """Look a gap up, as soon as those before it are."""
        self._missed.append(missed)

    def tend(self) -> None:
        """Ask about the oldest gap, when that is due."""
        if not self._missed:
            return
        now = self._kit.world.seconds()
        if not self._wait_s:
            self._wait_s, self._due_s = FIRST_S, now + FIRST_S
        elif now >= self._due_s:
            self._ask(self._missed[0], now)

    def _ask(self, missed: Missed, now: float) -> None:
        self._wait_s *= 2
        self._due_s = now + self._wait_s
        is_last = self._wait_s > LONGEST_S
        rows: list[Row] = []
        try:
            rows = [row for row in self._income(missed) if missed.concerns(row)]
        except BinfutError:
            if not is_last:
                return
        found = report(missed, rows)
        if is_last or is_closed(found):
            now_ms = self._kit.world.now_ms()
            self._put(Backfilled(self._kit.lane, now_ms, rows, found))
            self._missed.popleft()
            self._wait_s = 0.0

    def _income(self, missed: Missed) -> list[Row]:
        kit = self._kit
        start = min([missed.from_ms, *missed.since.values()])
        span = Span(max(start, missed.from_ms - 60_000), missed.to_ms)
        found: list[Row] = kit.ask(lambda: income(kit.account, span)).document["income"]
        return found

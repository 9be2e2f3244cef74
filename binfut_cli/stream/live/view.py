"""What is shown of an account that is looked at: an answer, and each figure's moment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane
from binfut_cli.resources.figures.models import leg
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.live.formulas.valuation import MOVING
from binfut_cli.stream.live.standing import Standing

OLD_MS = 15_000
"""A figure that is older is shown as old."""

VALUED = MOVING | {
    "crossUnPnl", "marginBalance", "roe", "contractSize", "sizeCoin", "sizeUsd",
    "totalUnrealizedProfit", "totalCrossUnPnl", "totalMarginBalance", "totalMaintMargin",
    "totalPositionInitialMargin",
}  # fmt: skip
"""The figures that move with the mark."""
READ = frozenset((
    "adl", "openOrderInitialMargin", "bidNotional", "askNotional", "maxQty",
    "totalOpenOrderInitialMargin",
))  # fmt: skip
"""Those that only a reading tells."""
MIXED = frozenset((
    "initialMargin", "totalInitialMargin", "availableBalance",
    "maxWithdrawAmount", "withdrawAvailable",
))  # fmt: skip
"""Those that are made of both."""


@dataclass(frozen=True, slots=True)
class Moments:
    """From which moment (ms, by the exchange's clock) a row's figures are.

    `told`: what the stream tells as it changes (amounts, wallets, entry prices, settings);
    `valued`: what moves with the mark; `read`: what only a reading tells; `pooled`: the margin
    ratio, which is as old as the oldest mark in it; `liquidated`: the liquidation price, which is
    as old as that where it can be computed, else as what was read.
    """

    told: int
    valued: int
    read: int
    pooled: int
    liquidated: int

    def of(self, name: str) -> int:
        """The moment of a field."""
        if name == "marginRatio":
            return self.pooled
        if name == "liquidationPrice":
            return self.liquidated
        if name == "liquidationDistance":
            return min(self.valued, self.liquidated)
        if name in MIXED:
            return min(self.valued, self.read)
        return self.valued if name in VALUED else self.read if name in READ else self.told

    @property
    def oldest(self) -> int:
        """The moment of the oldest figure."""
        return min(self.told, self.valued, self.read, self.pooled, self.liquidated)


def key_of(kind: str, row: Row) -> tuple[str, ...]:
    """What the moments of a row are known by: a position, an asset (a balance), or the totals."""
    if kind == "positions":
        return kind, *leg(row)
    return ("totals",) if kind == "totals" else ("assets", str(row.get("asset")))


@dataclass(frozen=True, slots=True)
class LiveView:
    """One account on one market at `time_ms`, by the exchange's clock.

    `answer` is what `account status` would answer at that moment, as far as it is known: the same
    keys, with `derived`. A figure that depends on what has changed since the last reading, and
    cannot be computed of what is known now, is not in its row.
    """

    lane: Lane
    time_ms: int
    answer: Result
    moments: Mapping[tuple[str, ...], Moments]
    standing: Standing
    has_changed: bool = False
    """Whether something has changed since the last reading of which only a reading tells all."""
    silent: tuple[str, ...] = ()
    """Symbols that are held and of which the mark stream tells nothing: they are as last read."""

    @property
    def is_old(self) -> bool:
        """Whether any figure is older than `OLD_MS`."""
        oldest_ms = min((each.oldest for each in self.moments.values()), default=self.time_ms)
        return self.time_ms - oldest_ms > OLD_MS

    def moment(self, kind: str, row: Row, name: str | None = None) -> int:
        """The moment that a row's field is from; without a name, the oldest of the row."""
        found = self.moments[key_of(kind, row)]
        return found.oldest if name is None else found.of(name)

    def age_ms(self, kind: str, row: Row, name: str | None = None) -> int:
        """How old a row's field is; without a name, the oldest of the row."""
        return max(0, self.time_ms - self.moment(kind, row, name))

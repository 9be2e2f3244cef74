"""The nearest to liquidation that an account was, as far as its snapshots tell. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from binfut_cli.codec import Row
from binfut_cli.resources.figures.nearest import highest_ratio, nearest_liquidation


@dataclass(slots=True)
class Extremes:
    """The lowest distance and the highest ratio so far, each with whose it was and when."""

    snapshots: int = 0
    last_ratio: Decimal | None = None  # the highest of the last snapshot
    _lowest: tuple[Decimal, str, int] | None = None
    _highest: tuple[Decimal, str, int] | None = None

    def read(self, row: Row, time_ms: int) -> None:
        """Take a snapshot in."""
        self.snapshots += 1
        lowest, highest = nearest_liquidation(row), highest_ratio(row)
        if lowest and (self._lowest is None or lowest.number < self._lowest[0]):
            self._lowest = lowest.number, lowest.of, time_ms
        self.last_ratio = highest and highest.number
        if highest and (self._highest is None or highest.number > self._highest[0]):
            self._highest = highest.number, highest.of, time_ms

    def rows(self) -> list[Row]:
        """Both, as far as there are any."""
        found = (("liquidationDistance", self._lowest), ("marginRatio", self._highest))
        return [
            {"figure": name, "of": each[1], "at": each[2], "ratio": str(each[0])}
            for name, each in found
            if each is not None
        ]

"""The nearest to liquidation that an account was, as far as its snapshots tell. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures.models import leg


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
        named = [(each, " ".join(leg(each)).removesuffix(" BOTH")) for each in row["positions"]]
        distances = _figures(named, "liquidationDistance")
        if distances:
            figure, name = min(distances)
            if self._lowest is None or figure < self._lowest[0]:
                self._lowest = figure, name, time_ms
        pools = [(each, str(each["asset"])) for each in row["assets"]]
        ratios = _figures([*named, *pools, (row, "account")], "marginRatio")
        self.last_ratio = max(ratios)[0] if ratios else None
        if ratios and (self._highest is None or max(ratios)[0] > self._highest[0]):
            self._highest = *max(ratios), time_ms

    def rows(self) -> list[Row]:
        """Both, as far as there are any."""
        found = (("liquidationDistance", self._lowest), ("marginRatio", self._highest))
        return [
            {"figure": name, "of": each[1], "at": each[2], "ratio": str(each[0])}
            for name, each in found
            if each is not None
        ]


def _figures(rows: list[tuple[Row, str]], name: str) -> list[tuple[Decimal, str]]:
    """What is told of a figure, with whose it is; an infinite ratio is one, too."""
    found = []
    for row, whose in rows:
        told = (row.get("derived") or {}).get(name)
        figure = Decimal("Infinity") if told == "Infinity" else decimal(told)
        if figure is not None:
            found.append((figure, whose))
    return found

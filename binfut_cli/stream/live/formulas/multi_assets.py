"""What an account's assets count in USD in multi-assets mode. Pure.

An asset counts at its bid rate where it is owned and at its ask rate where it is owed or needed:
equity = Σ min(equity × bid, equity × ask), margin = Σ margin × ask. The rates are made public, each
second. Source: the exchange's FAQ on margin in multi-assets mode, and its pages on the asset index.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from binfut_cli.codec import Row, decimal

_NONE = Decimal()
NEAR = Decimal("0.002")
"""How far rates of the same moment may be apart by when each is told: of what they count."""

_OWNED = {
    "totalWalletBalance": "walletBalance",
    "totalCrossWalletBalance": "crossWalletBalance",
    "totalUnrealizedProfit": "unrealizedProfit",
    "totalCrossUnPnl": "crossUnPnl",
    "totalMarginBalance": "marginBalance",
}
_NEEDED = {
    "totalMaintMargin": "maintMargin",
    "totalPositionInitialMargin": "positionInitialMargin",
}
COUNTED = ("walletBalance", "unrealizedProfit", "maintMargin", "positionInitialMargin")
"""What an asset has to have anything of to be counted."""


class Rate(NamedTuple):
    """What a unit of an asset counts in USD, and when (ms, by the exchange's clock)."""

    bid: Decimal
    ask: Decimal
    time_ms: int

    def worth(self, equity: Decimal) -> Decimal:
        """The rate of what is owned: that which makes least of it."""
        return self.bid if equity >= 0 else self.ask

    def counts(self, equity: Decimal, needed: Decimal) -> Decimal:
        """What an asset adds, less the margin that is needed of it."""
        return equity * self.worth(equity) - needed * self.ask


PAR = Rate(Decimal(1), Decimal(1), 0)
"""What an asset counts in itself."""

Rates = dict[str, Rate]
"""Of all assets that count, by their names."""


def does_count(row: Row) -> bool:
    """Whether there is anything of an asset that counts, or may."""
    return row.get("marginAvailable") is not False and any(
        decimal(row.get(name)) for name in COUNTED
    )


def totals_in_usd(assets: Mapping[str, Row], rates: Rates) -> dict[str, Decimal | None]:
    """The totals of these assets at these rates; None for one of which a part cannot be read."""
    parts = {name: _parts(assets, rates, name) for name in (*_OWNED, *_NEEDED)}
    return {name: None if each is None else sum(each, _NONE) for name, each in parts.items()}


class Explained:
    """A reading's totals, and whether rates explain them: judged once, by those told around it."""

    def __init__(self, document: Row, assets: Mapping[str, Row], before: Rates) -> None:
        """`before` are the rates as they were last told before the reading."""
        self._document, self._assets, self._before = document, assets, before
        self._near: Rates | None = None
        self._is_judged = False

    def near(self, after: Rates) -> Rates | None:
        """The rates about then, of what was read; `after` are those told since.

        Others may be among these: of what came since. None if they explain nothing.
        """
        if not self._is_judged:
            then = {name: each for name, each in after.items() if name in self._assets}
            before = {name: self._before.get(name, each) for name, each in then.items()}
            found = (each for each in (before, then) if self._are_right(each))
            self._near, self._is_judged = next(found, None), True
        return self._near

    def _are_right(self, rates: Rates) -> bool:
        return all(
            _is_near(_parts(self._assets, rates, name), decimal(self._document[name]))
            for name in (*_OWNED, *_NEEDED)
            if name in self._document
        )


def _is_near(parts: Iterable[Decimal] | None, read: Decimal | None) -> bool:
    if parts is None or read is None:
        return False
    found = list(parts)
    size = sum(map(abs, found), abs(read))
    return abs(sum(found, _NONE) - read) <= NEAR * size


def _parts(assets: Mapping[str, Row], rates: Rates, total: str) -> list[Decimal] | None:
    """What each asset adds to a total; None if one of them does not tell."""
    own = _OWNED.get(total) or _NEEDED[total]
    found = [_part(assets[name], rate, own) for name, rate in rates.items()]
    told = [each for each in found if each is not None]
    return told if len(told) == len(found) else None


def _part(asset: Row, rate: Rate, own: str) -> Decimal | None:
    figure, equity = decimal(asset.get(own)), decimal(asset.get("marginBalance"))
    if figure is None or equity is None:
        return None
    return figure * (rate.ask if own in _NEEDED.values() else rate.worth(equity))

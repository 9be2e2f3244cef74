"""What came and went: how each wallet balance changed, for which reason, on which day. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from binfut_cli.codec import Row, decimal, is_moment

DAY_S = 86_400
MISSED = "MISSED"
"""The reason of what a snapshot had otherwise: no event told of it."""
UNWATCHED = "UNWATCHED"
"""The same where another watch began: nobody looked."""


def day(time_ms: int) -> str:
    """The day of a moment, UTC. Raises ValueError for what is none: a recording may be edited."""
    if not is_moment(time_ms):
        raise ValueError(f"{time_ms!r} is no moment")
    return _named(time_ms // (DAY_S * 1000))


@lru_cache(maxsize=64)
def _named(number: int) -> str:
    """A day by how many days it is since 1970."""
    return f"{datetime.fromtimestamp(number * DAY_S, UTC):%Y-%m-%d}"


@dataclass(slots=True)
class Change:
    """The sum of some changes, and how many they were."""

    amount: Decimal = Decimal(0)
    count: int = 0

    def add(self, amount: Decimal) -> None:
        """Add one."""
        self.amount += amount
        self.count += 1


@dataclass(slots=True)
class Wallets:
    """The wallet balances of an account, from its first snapshot on.

    For each asset all changes together are what it holds in the end without what it began with.
    """

    first: dict[str, Decimal] = field(default_factory=dict)
    now: dict[str, Decimal] = field(default_factory=dict)
    changes: dict[tuple[str, str, str], Change] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)  # when an event last told of an asset
    _is_known: bool = False

    def apply(self, balances: Iterable[tuple[Any, Any]], reason: str, time_ms: int) -> None:
        """Take the assets and balances of an ACCOUNT_UPDATE in that happened at a moment."""
        for asset, balance in balances:
            self._told[asset] = time_ms
            self._set(asset, balance, reason, time_ms)

    def read(self, row: Row, time_ms: int, *, is_new: bool) -> None:
        """Take a snapshot in; `is_new` says that it is the first one of a watch."""
        reason = UNWATCHED if is_new else MISSED
        for asset in row["assets"]:
            name, updated = asset["asset"], asset.get("updateTime") or 0
            if not 0 < updated < self._told.get(name, 0):
                self._set(name, asset.get("walletBalance"), reason, time_ms)
        self._is_known = True

    def _set(self, asset: object, balance: object, reason: str, time_ms: int) -> None:
        """Take note of a balance, and of its change if it was known."""
        found = decimal(balance)
        if found is None or not isinstance(asset, str):
            return
        if not self._is_known:
            self.first[asset] = found
        elif change := found - self.now.get(asset, Decimal(0)):
            key = day(time_ms), asset, reason
            if (known := self.changes.get(key)) is None:
                known = self.changes[key] = Change()
            known.add(change)
        self.now[asset] = found

    def rows(self) -> Iterator[tuple[str, str, str, Change]]:
        """Every day, asset and reason with its change, in that order."""
        for key, change in sorted(self.changes.items()):
            yield *key, change

"""What a table shows of a row: a column's title, its value, its form. How a form looks is render's.

A column is data, so that it can stand beside the model of its rows without a terminal being known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market


class Form(StrEnum):
    """What kind of thing a value is for a reader."""

    TEXT = "text"
    AMOUNT = "amount"
    PROFIT = "profit"  # good above zero and bad below
    PRICE = "price"  # 0 means that there is none
    COINS = "coins"  # an amount and its coin
    MARGIN_RATIO = "margin ratio"  # liquidation begins at 1
    DISTANCE = "distance"  # to liquidation, as a share of the mark price
    SHARE = "share"  # of 1, rounded
    RATE = "rate"  # of 1, every digit
    PER_CENT = "per cent"  # counted so by the exchange
    LEVERAGE = "leverage"
    SIDE = "side"
    TIME = "time"  # ms, told in the reader's zone
    UTC = "utc"  # ms, told in UTC


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what it shows of a row, in which form, and what it is worth.

    `value` is the name of a field, or makes the value of a row. Columns of the highest `rank` are
    dropped first when a terminal is too narrow; rank 0 never is. `market` is the only one that has
    it; `where` says of which rows one is needed for the column to be there at all.
    """

    title: str
    value: str | Callable[[Row], Any]
    form: Form = Form.TEXT
    rank: int = 0
    market: Market | None = None
    where: Callable[[Row], bool] | None = None

    def of(self, row: Row) -> Any:
        """What the column shows of a row, not yet in its form."""
        return value(row, self.value) if isinstance(self.value, str) else self.value(row)


def value(row: Row, name: str) -> Any:
    """A row's field by its name: what binfut computes is looked up last."""
    if name in row:
        return row[name]
    return (row.get("derived") or {}).get(name)


def either(*names: str) -> Callable[[Row], Any]:
    """The first of some fields that says something: one thing has several names."""
    return lambda row: next((row[name] for name in names if row.get(name)), None)

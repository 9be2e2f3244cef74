"""What a table shows of a row: a column's title, its value, its form. How a form looks is render's.

A column is data, so that it can stand beside the model of its rows without a terminal being known.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market


class Form(StrEnum):
    """What kind of thing a value is for a reader."""

    TEXT = "text"
    AMOUNT = "amount"  # every digit
    MONEY = "money"  # as many digits as its unit has
    PROFIT = "profit"  # money that is good above zero and bad below
    PRICE = "price"  # 0 means that there is none
    AVERAGE = "average"  # of prices
    MARGIN_RATIO = "margin ratio"  # liquidation begins at 1
    DISTANCE = "distance"  # to liquidation, as a share of the mark price
    SHARE = "share"  # of 1, rounded
    RATE = "rate"  # of 1, every digit
    PER_CENT = "per cent"  # counted so by the exchange
    LEVERAGE = "leverage"
    SIDE = "side"
    TIME = "time"  # ms, told in the reader's zone


class Column(msgspec.Struct, frozen=True):
    """A column: its title, what it shows of a row, in which form, and what it is worth.

    `value` is the name of a field, or makes the value of a row. Columns of the highest `rank` are
    dropped first when a terminal is too narrow; rank 0 never is. `market` is the only one that has
    it; `where` says of which rows one is needed for the column to be there at all. `unit` tells the
    asset that money is in, `note` what stands behind the value.
    """

    title: str
    value: str | Callable[[Row], Any]
    form: Form = Form.TEXT
    rank: int = 0
    market: Market | None = None
    where: Callable[[Row], bool] | None = None
    unit: Callable[[Row], Any] | None = None
    note: Callable[[Row], str | None] | None = None

    def of(self, row: Row) -> Any:
        """What the column shows of a row, not yet in its form."""
        return value(row, self.value) if isinstance(self.value, str) else self.value(row)

    def unit_of(self, row: Row) -> str | None:
        """The asset that its value is in; None if that is not told, or if it is no money."""
        found = None if self.unit is None else self.unit(row)
        return found if isinstance(found, str) else None


def value(row: Row, name: str) -> Any:
    """A row's field by its name: what binfut computes is looked up last."""
    if name in row:
        return row[name]
    return (row.get("derived") or {}).get(name)


def either(*names: str) -> Callable[[Row], Any]:
    """The first of some fields that says something: one thing has several names."""
    return lambda row: next((row[name] for name in names if row.get(name)), None)


def own_asset(row: Row) -> Any:
    """The unit of what a row tells of an asset: that one."""
    return row.get("asset")


def dollars(_row: Row) -> str:
    """The unit of what is counted in dollars of one kind or another."""
    return "USD"

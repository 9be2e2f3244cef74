"""How many digits of an amount people are shown: as in tables, or every one.

What is shown once is often shown again soon: a wallet after a fill is that before the next. So what
was made of a text is remembered for a while.
"""

from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from binfut_cli.codec import decimal
from binfut_cli.render import numbers

_REMEMBERED = 1024

Said = tuple[str, Decimal | None]
"""An amount as it is shown, and the number that it is; None if it is none."""

_number = lru_cache(_REMEMBERED)(decimal)
_amount = lru_cache(_REMEMBERED)(numbers.amount)
_average = lru_cache(_REMEMBERED)(partial(numbers.price, is_average=True))


@lru_cache(_REMEMBERED)
def _money(value: str, unit: str) -> Said:
    """As `numbers.money`, and what number it says."""
    found = decimal(value)
    return (numbers.amount(value) if found is None else numbers.money_of(found, unit)), found


def number(value: Any) -> Decimal | None:
    """The number that an amount says, as `codec.decimal`."""
    return _number(value) if type(value) is str else decimal(value)


def amount(value: Any) -> str:
    """An amount with every digit, as `numbers.amount`."""
    return _amount(value) if type(value) is str else numbers.amount(value)


class Digits:
    """Amounts as they are shown; with `exact`, every digit."""

    def __init__(self, *, exact: bool = False) -> None:
        self._exact = exact

    def average(self, value: Any) -> str:
        """A price that need not lie on the tick."""
        return amount(value) if self._exact or type(value) is not str else _average(value)

    def money(self, value: Any, asset: Any) -> str:
        """An amount of an asset, without its name."""
        return self.said(value, asset)[0]

    def said(self, value: Any, asset: Any) -> Said:
        """The same, and the number."""
        if self._exact or type(value) is not str or type(asset) is not str or not asset:
            return amount(value), number(value)
        return _money(value, asset)

    def change(self, value: Any, asset: Any) -> str:
        """As `money`, with its sign."""
        found = number(value)
        return numbers.NONE if found is None else self._signed(found, asset)

    def added(self, before: Decimal | None, after: Decimal | None, asset: Any) -> str:
        """How much was added, with its sign."""
        if before is None or after is None:
            return numbers.NONE
        return self._signed(after - before, asset)

    def _signed(self, found: Decimal, asset: Any) -> str:
        is_rounded = type(asset) is str and asset and not self._exact
        shown = numbers.money_of(found, asset) if is_rounded else numbers.amount(found)
        return f"+{shown}" if found and not found.is_signed() else shown

"""How many digits of an amount people are shown: of prices the tick's, of money what it is worth.

Prices of orders and of their fills lie on the tick, so the places of those that were seen are the
tick's; averages get one more. Where none was seen, and with `exact`, every digit is shown.

What is shown once is often shown again soon: a wallet after a fill is that before the next.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from binfut_cli.codec import decimal
from binfut_cli.render import numbers

DOLLARS = frozenset(("USDT", "USDC", "USD", "BUSD", "FDUSD", "TUSD", "USD1", "BFUSD", "BNFCR"))
MOST_PLACES = 12  # a tick has; more is noise of a number that was a float
MOST_SYMBOLS = 5_000
_REMEMBERED = 1024

_number = lru_cache(_REMEMBERED)(decimal)
_plain_number = re.compile(r"([0-9]{1,40})\.?([0-9]{0,40})").fullmatch


def number(value: Any) -> Decimal | None:
    """The number that an amount says, as `codec.decimal`."""
    return _number(value) if type(value) is str else decimal(value)


def amount(value: Any) -> str:
    """An amount with every digit, as `numbers.amount`."""
    return _amount(value) if type(value) is str else numbers.amount(value)


@lru_cache(_REMEMBERED)
def _amount(value: str) -> str:
    found = _plain_number(value)
    if found is None:
        return numbers.amount(value)
    whole, places = found[1], found[2].rstrip("0")
    return f"{int(whole):,}.{places}" if places else f"{int(whole):,}"


class Digits:
    """Amounts as they are shown; learns the ticks."""

    def __init__(self, *, exact: bool = False) -> None:
        self._exact = exact
        self._places: dict[str, int] = {}  # by symbol, of the prices seen

    def traded(self, symbol: Any, price: Any) -> None:
        """Take note of a price that lies on the symbol's tick."""
        if type(symbol) is str and type(price) is str:
            places = len(price.rstrip("0").partition(".")[2])
            is_more = self._places.get(symbol, -1) < places <= MOST_PLACES
            if is_more and len(self._places) < MOST_SYMBOLS:
                self._places[symbol] = places

    def price(self, symbol: Any, value: Any) -> str:
        """A price on the tick."""
        return self._rounded(symbol, value, 0)

    def average(self, symbol: Any, value: Any) -> str:
        """A price that need not lie on the tick."""
        return self._rounded(symbol, value, 1)

    def _rounded(self, symbol: Any, value: Any, more: int) -> str:
        places = self._places.get(symbol) if type(symbol) is str and not self._exact else None
        if places is None or type(value) is not str:
            return amount(value)
        return _to_places(value, places + more)

    def money(self, value: Any, asset: Any) -> str:
        """An amount of an asset, without its name."""
        if self._exact or type(value) is not str:
            return amount(value)
        return _money(value, asset if type(asset) is str else "")

    def change(self, value: Any, asset: Any) -> str:
        """As `money`, with its sign."""
        found = number(value)
        return numbers.NONE if found is None else self._signed(found, asset)

    def added(self, before: Any, after: Any, asset: Any) -> str:
        """How much was added, with its sign."""
        old, new = number(before), number(after)
        return numbers.NONE if old is None or new is None else self._signed(new - old, asset)

    def _signed(self, found: Decimal, asset: Any) -> str:
        shown = numbers.amount(found) if self._exact else _worth(found, asset)
        return f"+{shown}" if found > 0 else shown


@lru_cache(_REMEMBERED)
def _to_places(value: str, places: int) -> str:
    found = decimal(value)
    return amount(value) if found is None else f"{found:,.{places}f}"


@lru_cache(_REMEMBERED)
def _money(value: str, asset: str) -> str:
    found = number(value)
    return amount(value) if found is None else _worth(found, asset)


def _worth(found: Decimal, asset: Any) -> str:
    """Cents of a dollar; of others, and of what is less than a cent, as many places as it takes."""
    if type(asset) is str and asset in DOLLARS:
        shown = f"{found:,.2f}" if found else "0.00"
        if not found or shown.strip("-0."):
            return shown
    shown = f"{found:,.8f}".rstrip("0").rstrip(".")
    return shown if shown != "-0" else "0"

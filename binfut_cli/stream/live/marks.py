"""The last mark price of each symbol, and the moment that it is of. Pure."""

from collections.abc import Collection
from typing import NamedTuple


class Mark(NamedTuple):
    """A mark price as the exchange wrote it, and when (ms, by the exchange's clock)."""

    price: str
    time_ms: int


class Marks:
    """The marks of one market's symbols."""

    def __init__(self) -> None:
        self._last: dict[str, Mark] = {}

    def take(self, symbol: str, price: str, time_ms: int) -> bool:
        """Take a mark in; False for one that is no later than what is known."""
        known = self._last.get(symbol)
        if known is not None and time_ms <= known.time_ms:
            return False
        self._last[symbol] = Mark(price, time_ms)
        return True

    def of(self, symbol: str) -> Mark | None:
        """The last mark of a symbol; None if none came."""
        return self._last.get(symbol)

    def keep(self, symbols: Collection[str]) -> None:
        """Forget the marks of all other symbols."""
        self._last = {each: mark for each, mark in self._last.items() if each in symbols}

"""The last mark price of each symbol, and the moment that it is of. Pure.

Source: the exchange's Mark-Price-Stream pages of both markets: `<symbol>@markPrice@1s`, with the
symbol in lower case, tells `markPriceUpdate` once a second.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from binfut_cli.codec import decimal
from binfut_cli.stream.events import mark_price

SILENT_MS = 15_000
"""A symbol of which nothing is told for so long is not told of: its mark comes every second."""


class Mark(NamedTuple):
    """A mark price as the exchange wrote it, and when (ms, by the exchange's clock)."""

    price: str
    time_ms: int


def stream_of(symbol: str) -> str:
    """The name of the stream that tells a symbol's mark every second."""
    return f"{symbol.lower()}@markPrice@1s"


def mark_of(payload: bytes) -> tuple[str, Mark] | None:
    """The symbol and the mark that a message tells, wrapped or not; None for any other message."""
    if (found := mark_price(payload)) is None:
        return None
    number = decimal(found.markPrice)
    is_price = number is not None and number > 0
    return (found.symbol, Mark(found.markPrice, found.eventTime)) if is_price else None


class Marks:
    """The marks of one market's symbols."""

    def __init__(self) -> None:
        self._last: dict[str, Mark] = {}
        self._awaited: dict[str, int] = {}  # since when somebody waits for marks of a symbol
        self._looked_ms = 0

    def take(self, symbol: str, price: str, time_ms: int) -> bool:
        """Take a mark in; False for one that is no later than what is known."""
        known = self._last.get(symbol)
        if known is not None and time_ms <= known.time_ms:
            return False
        self._last[symbol] = Mark(price, time_ms)
        return True

    def take_all(self, found: Mapping[str, Mark]) -> None:
        """Take many in."""
        for symbol, mark in found.items():
            self.take(symbol, *mark)

    def of(self, symbol: str) -> Mark | None:
        """The last mark of a symbol; None if none came."""
        return self._last.get(symbol)

    def keep(self, symbols: Collection[str]) -> None:
        """Forget the marks of all other symbols."""
        self._last = {each: mark for each, mark in self._last.items() if each in symbols}
        self._awaited = {each: ms for each, ms in self._awaited.items() if each in symbols}

    def silent(self, symbols: Iterable[str], now_ms: int) -> tuple[str, ...]:
        """Those of these symbols of which nothing is told, though somebody looks at them."""
        if now_ms - self._looked_ms > SILENT_MS:
            self._awaited = {}
        self._looked_ms = now_ms
        return tuple(each for each in sorted(symbols) if self._is_silent(each, now_ms))

    def _is_silent(self, symbol: str, now_ms: int) -> bool:
        since_ms, mark = self._awaited.setdefault(symbol, now_ms), self.of(symbol)
        heard_ms = since_ms if mark is None else max(since_ms, mark.time_ms)
        return now_ms - heard_ms > SILENT_MS

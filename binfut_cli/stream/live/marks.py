"""The last mark price of each symbol, what assets count in USD, and the moments of that. Pure.

Sources: the exchange's Mark-Price-Stream pages of both markets: `<symbol>@markPrice@1s`, with the
symbol in lower case, tells `markPriceUpdate` once a second; and its page on the asset index of
multi-assets mode, of usdm alone: `<asset>usd@assetIndex` tells `assetIndexUpdate` as often.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from binfut_cli.codec import decimal
from binfut_cli.stream.events import MarkPrice, PublicUpdate, public_update
from binfut_cli.stream.live.formulas.multi_assets import Rate, Rates

SILENT_MS = 15_000
"""A symbol of which nothing is told for so long is not told of: its mark comes every second."""


class Mark(NamedTuple):
    """A mark price as the exchange wrote it, and when (ms, by the exchange's clock)."""

    price: str
    time_ms: int


Price = Mark | Rate


def stream_of(symbol: str) -> str:
    """The name of the stream that tells a symbol's mark every second."""
    return f"{symbol.lower()}@markPrice@1s"


def index_of(asset: str) -> str:
    """What the exchange calls the rate of an asset in USD."""
    return f"{asset}USD"


def index_stream_of(asset: str) -> str:
    """The name of the stream that tells it every second."""
    return f"{index_of(asset).lower()}@assetIndex"


def price_of(payload: bytes) -> tuple[str, Price] | None:
    """The symbol and the price that a message tells, wrapped or not; None for any other message."""
    found = public_update(payload)
    price = None if found is None else _read(found)
    return None if found is None or price is None else (found.symbol, price)


def _read(found: PublicUpdate) -> Price | None:
    if isinstance(found, MarkPrice):
        mark = decimal(found.markPrice)
        return Mark(found.markPrice, found.eventTime) if mark is not None and mark > 0 else None
    bid, ask = decimal(found.bidRate), decimal(found.askRate)
    if bid is None or ask is None or not 0 < bid <= ask:
        return None
    return Rate(bid, ask, found.eventTime)


class Marks:
    """The marks of one market's symbols, and the rates of assets there."""

    def __init__(self) -> None:
        self._last: dict[str, Mark] = {}
        self._rates: dict[str, Rate] = {}  # by what they are called
        self._awaited: dict[str, int] = {}  # since when somebody waits for marks of a symbol
        self._looked_ms = 0

    def take(self, symbol: str, price: str, time_ms: int) -> bool:
        """Take a mark in; False for one that is no later than what is known."""
        known = self._last.get(symbol)
        if known is not None and time_ms <= known.time_ms:
            return False
        self._last[symbol] = Mark(price, time_ms)
        return True

    def take_all(self, found: Mapping[str, Price]) -> None:
        """Take many prices in."""
        for symbol, price in found.items():
            if isinstance(price, Mark):
                self.take(symbol, *price)
            elif (known := self._rates.get(symbol)) is None or known.time_ms < price.time_ms:
                self._rates[symbol] = price

    def of(self, symbol: str) -> Mark | None:
        """The last mark of a symbol; None if none came."""
        return self._last.get(symbol)

    def rates(self, assets: Iterable[str]) -> Rates:
        """The last rates of these assets in USD; without those of which none came."""
        found = {asset: self._rates.get(index_of(asset)) for asset in assets}
        return {asset: rate for asset, rate in found.items() if rate is not None}

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

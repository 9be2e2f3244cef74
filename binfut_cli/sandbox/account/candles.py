"""A mark price's course, a candle a minute. Pure."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

import msgspec
from msgspec.structs import replace

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
KEPT_MS = DAY_MS
"""How far back candles are kept: what `ticker/24hr` looks back to."""


class Candle(msgspec.Struct, frozen=True):
    """The prices of a span that begins at `open_ms`."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    def then(self, price: Decimal) -> "Candle":
        """The same after one more price."""
        high, low = max(self.high, price), min(self.low, price)
        return Candle(self.open_ms, self.open, high, low, price)

    def joined(self, later: "Candle") -> "Candle":
        """This and one that follows, as one."""
        high, low = max(self.high, later.high), min(self.low, later.low)
        return Candle(self.open_ms, self.open, high, low, later.close)


class Candles:
    """The candles of one symbol; a minute in which nothing moved is flat and not kept."""

    def __init__(self, price: Decimal, at_ms: int) -> None:
        self._before_all = price
        first = Candle(_begin(at_ms, MINUTE_MS), price, price, price, price)
        self._kept: dict[int, Candle] = {first.open_ms: first}

    def add(self, price: Decimal, at_ms: int) -> None:
        """Take a move in, and forget what is older than a day."""
        minute = _begin(at_ms, MINUTE_MS)
        last = next(reversed(self._kept.values()))
        if minute <= last.open_ms:
            self._kept[last.open_ms] = last.then(price)
            return
        self._kept[minute] = Candle(minute, *(last.close,) * 4).then(price)
        while (oldest := next(iter(self._kept))) < minute - KEPT_MS:
            self._before_all = self._kept.pop(oldest).close

    def between(self, start_ms: int, end_ms: int, span_ms: int) -> list[Candle]:
        """Candles of a span each, from the one that has `start_ms` to the one of `end_ms`.

        `span_ms` is whole minutes. Before anything is known the price is that of the beginning.
        """
        begin = _begin(start_ms, span_ms)
        close = self._before(begin)
        spans = dict(_joined(self._kept.values(), span_ms))
        found = list[Candle]()
        for open_ms in range(begin, end_ms + 1, span_ms):
            candle = spans.get(open_ms, Candle(open_ms, close, close, close, close))
            found.append(candle)
            close = candle.close
        return found

    def _before(self, open_ms: int) -> Decimal:
        """The price with which a span begins."""
        earlier = [each.close for each in self._kept.values() if each.open_ms < open_ms]
        return earlier[-1] if earlier else self._before_all


def _joined(candles: Iterable[Candle], span_ms: int) -> Iterator[tuple[int, Candle]]:
    for open_ms, group in groupby(candles, lambda each: _begin(each.open_ms, span_ms)):
        first, *rest = group
        joined = first
        for each in rest:
            joined = joined.joined(each)
        yield open_ms, replace(joined, open_ms=open_ms)


def _begin(at_ms: int, span_ms: int) -> int:
    return at_ms - at_ms % span_ms

"""Fills, fees, realized profit and funding, a day and an asset. Pure.

From the stream, and for gaps from what the exchange's history told of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.recording.recorded import OrderRow
from binfut_cli.recording.summary.wallets import day
from binfut_cli.stream.fold.reported_orders import FILLS

FUNDING = "FUNDING_FEE"


@dataclass(slots=True)
class Figures:
    """What trading came to in an asset on a day; `fills` counts those that were settled in it."""

    fills: int = 0
    realized: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)


@dataclass(slots=True)
class Trading:
    """The figures of an account."""

    market: Market
    figures: dict[tuple[str, str], Figures] = field(default_factory=dict)
    _settled: dict[str, str] = field(default_factory=dict)  # the asset that a symbol settles in

    def positions(self, rows: Iterable[tuple[Any, Any]]) -> None:
        """Learn from positions, by symbol, which asset each settles in."""
        for symbol, asset in rows:
            if asset:
                self._settled[str(symbol)] = str(asset)

    def order(self, order: OrderRow, time_ms: int) -> None:
        """Take an ORDER_TRADE_UPDATE's order in, if it was filled."""
        if order.execution_type in FILLS:
            self._fill(order, time_ms)

    def backfill(self, kind: str, row: Row) -> None:
        """Take a row of history in that lies in a gap."""
        if kind == "fill":
            self._fill(msgspec.convert(row, OrderRow), row["time"])
        elif kind == "flow" and row.get("incomeType") == FUNDING:
            self._of(day(row["time"]), str(row["asset"])).funding += _amount(row.get("income"))

    def funding(self, asset: str, amount: Decimal, time_ms: int) -> None:
        """Take a payment of funding in."""
        self._of(day(time_ms), asset).funding += amount

    def _fill(self, fill: OrderRow, time_ms: int) -> None:
        asset = str(fill.margin_asset or self._asset(str(fill.symbol)))
        found = self._of(when := day(time_ms), asset)
        found.fills += 1
        found.realized += _amount(fill.realized_pnl)
        if paid := _amount(fill.commission):
            paid_in = str(fill.commission_asset or asset)
            (found if paid_in == asset else self._of(when, paid_in)).commission += paid

    def _asset(self, symbol: str) -> str:
        if (known := self._settled.get(symbol)) is not None:
            return known
        return _quote(symbol) if self.market is Market.USDM else symbol.split("USD")[0]

    def _of(self, when: str, asset: str) -> Figures:
        key = when, asset
        if (found := self.figures.get(key)) is None:
            found = self.figures[key] = Figures()
        return found

    def rows(self) -> Iterator[tuple[str, str, Figures]]:
        """Every day and asset with its figures, in that order."""
        for key, figures in sorted(self.figures.items()):
            yield *key, figures


def _quote(symbol: str) -> str:
    """The asset that a usdm symbol ends with, as far as the exchange lists such."""
    name = symbol.split("_")[0]
    return next((each for each in ("USDT", "USDC", "BUSD", "FDUSD") if name.endswith(each)), "?")


def _amount(value: Any) -> Decimal:
    return decimal(value) or Decimal(0)

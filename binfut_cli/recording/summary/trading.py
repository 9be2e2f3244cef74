"""Fills, fees, realized profit and funding, a day and an asset. Pure.

From the stream, and for gaps from what the exchange's history told of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.recording.summary.wallets import day
from binfut_cli.stream.fold.reported_orders import is_fill

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

    def positions(self, rows: list[Row]) -> None:
        """Learn from positions which asset each symbol settles in."""
        for row in rows:
            if row.get("marginAsset"):
                self._settled[str(row["symbol"])] = str(row["marginAsset"])

    def order(self, order: Row, time_ms: int) -> None:
        """Take an ORDER_TRADE_UPDATE's order in, if it was filled."""
        if is_fill(order):
            self._fill(order, order.get("commission"), time_ms)

    def backfill(self, kind: str, row: Row) -> None:
        """Take a row of history in that lies in a gap."""
        if kind == "fill":
            self._fill(row, row.get("commission"), row["time"])
        elif kind == "flow" and row.get("incomeType") == FUNDING:
            self._of(row["time"], str(row["asset"])).funding += _amount(row.get("income"))

    def funding(self, asset: str, amount: Decimal, time_ms: int) -> None:
        """Take a payment of funding in."""
        self._of(time_ms, asset).funding += amount

    def _fill(self, row: Row, commission: Any, time_ms: int) -> None:
        asset = row.get("marginAsset") or self._asset(str(row.get("symbol")))
        found = self._of(time_ms, str(asset))
        found.fills += 1
        found.realized += _amount(row.get("realizedPnl"))
        if paid := _amount(commission):
            self._of(time_ms, str(row.get("commissionAsset") or asset)).commission += paid

    def _asset(self, symbol: str) -> str:
        if symbol in self._settled or self.market is Market.USDM:
            return self._settled.get(symbol, _quote(symbol))
        return symbol.split("USD")[0]

    def _of(self, time_ms: int, asset: str) -> Figures:
        return self.figures.setdefault((day(time_ms), asset), Figures())

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

"""Which rows are nothing but zeros: the exchange lists hundreds of them."""

from collections.abc import Callable

from binfut_cli.codec import Row, decimal


def visible(kind: str, rows: list[Row], whole: bool) -> list[Row]:
    """The rows to show: all of them if `whole`, else those that hold something."""
    test = _TESTS.get(kind)
    return rows if whole or test is None else [row for row in rows if test(row)]


def hidden(kind: str, rows: list[Row], whole: bool) -> int:
    """How many rows `visible` leaves out."""
    return len(rows) - len(visible(kind, rows, whole))


def _any(row: Row, *names: str) -> bool:
    return any(decimal(row.get(name)) for name in names)


def holds(row: Row) -> bool:
    """Whether an asset is anything but zeros.

    Its available balance does not count: in multi-assets mode every asset shows one, made of the
    other assets.
    """
    return _any(row, "walletBalance", "balance", "unrealizedProfit", "crossUnPnl", "initialMargin")


def is_live(row: Row) -> bool:
    """Whether there is a position, or an open order that holds margin for one."""
    return _any(row, "positionAmt", "openOrderInitialMargin", "bidNotional", "askNotional")


_TESTS: dict[str, Callable[[Row], bool]] = {
    "assets": holds,
    "balances": holds,
    "positions": is_live,
}

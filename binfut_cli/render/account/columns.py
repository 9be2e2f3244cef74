"""Which columns each answer's table has. A wide table has all of them, a narrow one drops some."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from binfut_cli.codec import LATEST_MS, Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.render import numbers
from binfut_cli.render.account.tables import (
    BAD,
    FAINT,
    GAIN,
    LOSS,
    WARN,
    Cell,
    Column,
    amount,
    price,
    profit,
    words,
)
from binfut_cli.resources import order_prices
from binfut_cli.resources.history.pages import moment
from binfut_cli.resources.result.fields import value

RATIO_WARN, RATIO_BAD = Decimal("0.5"), Decimal("0.8")
NEAR_WARN, NEAR_BAD = Decimal("0.15"), Decimal("0.05")
BAR_WIDTH = 5
BARS = " ▏▎▍▌▋▊▉█"
Rows = Column[Row]


def ratio(found: object) -> Cell:
    """A margin ratio as per cent with a bar, by how near it is to 1, where liquidation begins."""
    if found == "Infinity":
        return Cell(f"no balance {BARS[-1] * BAR_WIDTH}", BAD)
    number = decimal(found)
    if number is None:
        return Cell(numbers.NONE, FAINT)
    style = BAD if number >= RATIO_BAD else WARN if number >= RATIO_WARN else ""
    return Cell(f"{numbers.percent(number)} {bar(number)}", style)


def bar(share: Decimal) -> str:
    """A share of 1 as a bar of fixed width, readable without colour."""
    eighths = min(int(max(share, Decimal()) * BAR_WIDTH * 8), BAR_WIDTH * 8)
    whole, part = divmod(eighths, 8)
    return (BARS[-1] * whole + (BARS[part] if part else "")).ljust(BAR_WIDTH, "·")


def distance(found: object) -> Cell:
    """How far the mark may still move before liquidation."""
    number = decimal(found)
    if number is None:
        return Cell(numbers.NONE, FAINT)
    style = BAD if number <= NEAR_BAD else WARN if number <= NEAR_WARN else ""
    return Cell(numbers.percent(number), style)


def side(row: Row) -> Cell:
    """LONG or SHORT, also where one-way mode says BOTH; "–" without a position."""
    shown, number = row.get("positionSide"), decimal(row.get("positionAmt"))
    if shown not in ("LONG", "SHORT"):
        shown = numbers.NONE if not number else "LONG" if number > 0 else "SHORT"
    return Cell(shown, GAIN if shown == "LONG" else LOSS if shown == "SHORT" else "")


def coin(row: Row) -> str:
    """The coin that a coinm position is margined and counted in."""
    return str(row.get("marginAsset") or str(row["symbol"]).split("USD")[0])


def _size(row: Row) -> Cell:
    return Cell(numbers.amount(row.get("positionAmt")).removeprefix("-"))


def _in_coin(row: Row) -> Cell:
    figure = value(row, "sizeCoin")
    return (
        words(None) if figure is None else Cell(f"{numbers.amount(figure)} {words(coin(row)).text}")
    )


def _margin_type(row: Row) -> Cell:
    kind = row.get("marginType")
    if kind is None and isinstance(row.get("isolated"), bool):
        kind = "isolated" if row["isolated"] else "cross"
    if kind is None and (wallet := decimal(row.get("isolatedWallet"))) is not None:
        kind = "isolated" if wallet else "cross"
    if kind is None:
        return words(None)
    return words("cross" if str(kind).lower() == "crossed" else str(kind).lower())


def _leverage(row: Row) -> Cell:
    leverage = row.get("leverage")
    return Cell(numbers.NONE if leverage is None else f"{words(leverage).text}x")


def _when(ms: object) -> Cell:
    if not isinstance(ms, int) or not 0 < ms <= LATEST_MS:
        return Cell(numbers.NONE)
    return Cell(f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}")


def _utc(row: Row) -> Cell:
    """A row's time, by the days that `--from` and `--to` mean; what is no time, as it came."""
    ms = moment(row)
    if not ms:
        return words(row.get("time"))
    return Cell(f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}")


def _text(title: str, name: str, rank: int = 0) -> Rows:
    return Column(title, lambda row: words(value(row, name)), rank, right=False)


def _amount(title: str, name: str, rank: int = 0) -> Rows:
    return Column(title, lambda row: amount(value(row, name)), rank)


def _profit(title: str, name: str, rank: int = 0) -> Rows:
    return Column(title, lambda row: profit(value(row, name)), rank)


def _price(title: str, name: str, rank: int = 0) -> Rows:
    return Column(title, lambda row: price(value(row, name)), rank)


def _ratio(rank: int) -> Rows:
    return Column("Margin ratio", lambda row: ratio(value(row, "marginRatio")), rank)


ASSETS: tuple[Rows, ...] = (
    _text("Asset", "asset"),
    _amount("Wallet", "walletBalance"),
    _profit("Unreal. PnL", "unrealizedProfit", 1),
    _amount("Margin balance", "marginBalance", 2),
    _amount("Available", "availableBalance", 1),
    _amount("Initial margin", "initialMargin", 4),
    _amount("Maint. margin", "maintMargin", 3),
    _ratio(2),
)
BALANCES: tuple[Rows, ...] = (
    _text("Asset", "asset"),
    _amount("Balance", "balance"),
    _amount("Available", "availableBalance"),
    _amount("Cross wallet", "crossWalletBalance", 2),
    _profit("Cross PnL", "crossUnPnl", 1),
    Column("Can be withdrawn", lambda row: amount(_withdrawable(row)), 1),
    _ratio(1),
)
_PRICES: tuple[Rows, ...] = (
    _price("Entry", "entryPrice", 2),
    _price("Mark", "markPrice", 3),
    _price("Liquidation", "liquidationPrice", 2),
    Column("Distance", lambda row: distance(value(row, "liquidationDistance")), 1),
    _profit("Unreal. PnL", "unrealizedProfit"),
)
_STAKES: tuple[Rows, ...] = (
    Column("ROE", lambda row: _share(value(row, "roe")), 4),
    Column("Lev", _leverage, 3),
    Column("Margin", _margin_type, 3, right=False),
    _ratio(2),
    _amount("Maint. margin", "maintMargin", 6),
    _price("Break-even", "breakEvenPrice", 7),
    _text("ADL", "adl", 8),
)
POSITIONS: dict[Market, tuple[Rows, ...]] = {
    Market.USDM: (
        _text("Symbol", "symbol"),
        Column("Side", side, right=False),
        Column("Size", _size),
        *_PRICES,
        _amount("Notional", "notional", 5),
        *_STAKES,
    ),
    Market.COINM: (
        _text("Symbol", "symbol"),
        Column("Side", side, right=False),
        Column("Contracts", _size),
        Column("Coin", _in_coin),
        _amount("USD", "sizeUsd"),
        *_PRICES,
        *_STAKES,
    ),
}
SYMBOLS: tuple[Rows, ...] = (
    _text("Symbol", "symbol"),
    Column("Leverage", _leverage),
    Column("Margin", _margin_type, right=False),
    Column("Cap", lambda row: amount(row.get("maxNotionalValue", row.get("maxQty")))),
)
_TRAILING: tuple[Rows, ...] = (
    Column("Activation", lambda row: amount(order_prices.activation(row)), 1),
    Column("Callback", lambda row: _per_cent(order_prices.callback_rate(row)), 1),
)
ORDERS: tuple[Rows, ...] = (
    _text("Symbol", "symbol"),
    _text("Side", "side"),
    Column("Type", lambda row: words(order_prices.kind(row)), right=False),
    Column("Size", lambda row: _order_size(row, "origQty", "quantity")),
    Column("Price", lambda row: amount(order_prices.own_price(row)), 1),
    Column("Trigger", lambda row: amount(order_prices.trigger(row)), 1),
    *_TRAILING,
    Column("Distance", lambda row: _share(value(row, "distance"))),
    Column("Status", lambda row: words(row.get("status") or row.get("algoStatus")), 3, right=False),
    _price("Mark", "markPrice", 2),
    _amount("Filled", "executedQty", 4),
    _text("Position", "positionSide", 5),
    Column("Id", lambda row: words(row.get("orderId") or row.get("algoId")), 6, right=False),
    Column("Since", lambda row: _when(row.get("time") or row.get("createTime")), 7, right=False),
)
INCOME: tuple[Rows, ...] = (
    Column("Time (UTC)", _utc, right=False),
    _text("Type", "incomeType"),
    _text("Symbol", "symbol"),
    _profit("Income", "income"),
    _text("Asset", "asset"),
    _text("Info", "info", 1),
    _text("Transaction", "tranId", 2),
)
COLUMNS: dict[str, tuple[Rows, ...]] = {
    "assets": ASSETS,
    "balances": BALANCES,
    "symbols": SYMBOLS,
    "orders": ORDERS,
    "flows": INCOME,
}


def _share(found: object) -> Cell:
    return Cell(numbers.percent(found))


def _per_cent(found: object) -> Cell:
    """A rate that the exchange counts in per cent already."""
    return Cell(numbers.NONE if found is None else f"{numbers.amount(found)}%")


def _order_size(row: Row, *names: str) -> Cell:
    """What an order is over; one that closes the whole position says 0, and means all of it."""
    if row.get("closePosition") is True:
        return Cell("all")
    return amount(next((row[name] for name in names if row.get(name) is not None), None))


def _withdrawable(row: Row) -> object:
    return row.get("maxWithdrawAmount", row.get("withdrawAvailable"))


def columns(kind: str, market: Market, rows: Sequence[Row] = ()) -> tuple[Rows, ...]:
    """The columns of a kind of rows; what only trailing stops have, only if there is one."""
    if kind == "positions":
        return POSITIONS[market]
    if kind == "orders" and not any(map(order_prices.is_trailing, rows)):
        return tuple(column for column in ORDERS if column not in _TRAILING)
    return COLUMNS[kind]


def chosen(names: tuple[str, ...]) -> tuple[Rows, ...]:
    """Columns of the fields that the user named, under the exchange's own names."""
    return tuple(Column(name, _plain(name)) for name in names)


def _plain(name: str) -> Callable[[Row], Cell]:
    """What shows a field by its name: ids and texts as they are, times as times."""
    if _is_text(name):
        return lambda row: words(value(row, name))
    if name == "time" or name.endswith(("Time", "Date")):
        return lambda row: _when(value(row, name))
    if name in ("origQty", "quantity"):
        return lambda row: _order_size(row, name)
    if name in ("price", "stopPrice", "triggerPrice", "activatePrice"):
        return lambda row: _number(value(row, name) if decimal(value(row, name)) != 0 else None)
    return lambda row: _number(value(row, name))


def _is_text(name: str) -> bool:
    """Whether a field is text or an id, even where it is made of digits."""
    return name.endswith("Id") or name in ("accountAlias", "info")


def _number(found: object) -> Cell:
    return amount(found) if decimal(found) is not None else words(found)

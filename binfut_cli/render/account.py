"""The account as tables: a header, the totals, the assets and the positions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from binfut_cli import derived
from binfut_cli.account import Snapshot
from binfut_cli.markets import DIALECTS, Market
from binfut_cli.models import AccountStatus, Asset, Position
from binfut_cli.render import numbers
from binfut_cli.render.documents import Scope
from binfut_cli.render.escape import plain
from binfut_cli.render.tables import (
    BAD,
    FAINT,
    GAIN,
    LOSS,
    WARN,
    Cell,
    Column,
    amount,
    draw,
    price,
    profit,
    words,
)
from binfut_cli.wire import decimal

R = TypeVar("R")

RATIO_WARN, RATIO_BAD = Decimal("0.5"), Decimal("0.8")
NEAR_WARN, NEAR_BAD = Decimal("0.15"), Decimal("0.05")


def status(
    snapshot: Snapshot, scope: Scope, *, whole: bool, width: int | None, colour: bool
) -> str:
    """The answer to `account status` for people; `whole` shows zero rows too."""
    market, account = snapshot.market, snapshot.status
    assets = [row for row in account.assets if whole or holds(row)]
    positions = [row for row in account.positions if whole or is_live(row)]
    parts = [_title(snapshot, scope)]
    if market is Market.USDM:
        parts.append(_totals(account, width, colour))
    parts.append(
        _section(
            "Assets", _asset_columns(market, account), assets, len(account.assets), width, colour
        )
    )
    columns = _COINM_POSITIONS if market is Market.COINM else _USDM_POSITIONS
    parts.append(_section("Positions", columns, positions, len(account.positions), width, colour))
    return "\n".join(parts)


def holds(asset: Asset) -> bool:
    """Whether an asset row is anything but zeros.

    Its available balance does not count: in multi-assets mode every asset shows one, made of the
    other assets.
    """
    amounts = (asset.wallet_balance, asset.unrealized_profit, asset.initial_margin)
    return any(decimal(value) for value in amounts)


def is_live(position: Position) -> bool:
    """Whether there is a position, or an open order that holds margin for one."""
    orders = (
        position.open_order_initial_margin,
        position.bid_notional,
        position.ask_notional,
    )
    return bool(decimal(position.position_amt)) or any(decimal(value) for value in orders)


def _title(snapshot: Snapshot, scope: Scope) -> str:
    when = datetime.fromtimestamp(snapshot.time_ms / 1000, UTC).astimezone()
    who = [DIALECTS[snapshot.market].title, scope.env.value]
    if scope.profile:
        who.append(plain(scope.profile))
    return f"{' · '.join(who)} · {when:%Y-%m-%d %H:%M:%S %Z}\n"


_TOTALS = (
    ("Wallet balance", "total_wallet_balance", amount),
    ("Unrealized PnL", "total_unrealized_profit", profit),
    ("Margin balance", "total_margin_balance", amount),
    ("Initial margin", "total_initial_margin", amount),
    ("Maintenance margin", "total_maint_margin", amount),
    ("Available", "available_balance", amount),
    ("Can be withdrawn", "max_withdraw_amount", amount),
)
_UNITS = {
    "USDT": "Totals in USDT: other assets are not counted in single-asset mode",
    "USD": "Totals in USD, over all assets: multi-assets mode",
}


def _totals(account: AccountStatus, width: int | None, colour: bool) -> str:
    unit = derived.totals_unit(account)
    rows = [(name, show(getattr(account, field))) for name, field, show in _TOTALS]
    if unit == "USD":
        ratio = derived.margin_ratio(account.total_maint_margin, account.total_margin_balance)
        rows.append(("Margin ratio", _ratio(ratio)))
    columns: list[Column[tuple[str, Cell]]] = [
        Column("", lambda row: Cell(row[0]), right=False),
        Column("", lambda row: row[1]),
    ]
    drawn = draw(columns, rows, width, colour).text.split("\n", 1)[1]  # without a header
    return f"{_UNITS.get(unit or '', 'Totals')}\n{drawn}"


def _section(
    title: str,
    columns: Sequence[Column[R]],
    rows: Sequence[R],
    of: int,
    width: int | None,
    colour: bool,
) -> str:
    """A titled table, and below it what it leaves out."""
    hidden = of - len(rows)
    note = f"  {hidden} hidden, --all shows them\n" if hidden else ""
    if not rows:
        return f"{title}: none\n{note}"
    drawn = draw(columns, rows, width, colour)
    if drawn.dropped:
        note += f"  too narrow for: {', '.join(drawn.dropped)}\n"
    return f"{title}\n{drawn.text}{note}"


def _asset_columns(market: Market, account: AccountStatus) -> list[Column[Asset]]:
    columns: list[Column[Asset]] = [
        Column("Asset", lambda a: words(a.asset), right=False),
        Column("Wallet", lambda a: amount(a.wallet_balance)),
        Column("Unreal. PnL", lambda a: profit(a.unrealized_profit), 1),
        Column("Margin balance", lambda a: amount(a.margin_balance), 2),
        Column("Available", lambda a: amount(a.available_balance), 1),
        Column("Initial margin", lambda a: amount(a.initial_margin), 4),
        Column("Maint. margin", lambda a: amount(a.maint_margin), 3),
    ]
    if market is Market.COINM or derived.totals_unit(account) == "USDT":
        columns.append(
            Column(
                "Margin ratio",
                lambda a: _ratio(derived.margin_ratio(a.maint_margin, a.margin_balance)),
                2,
            )
        )
    return columns


def _ratio(value: object) -> Cell:
    """A margin ratio by how near it is to 1, where liquidation begins."""
    number = decimal(value)
    if number is None:
        return Cell(numbers.NONE, FAINT)
    style = BAD if number >= RATIO_BAD else WARN if number >= RATIO_WARN else ""
    return Cell(numbers.percent(number), style)


def _distance(position: Position) -> Cell:
    """How far the mark may move before liquidation."""
    number = derived.liquidation_distance(position)
    if number is None:
        return Cell(numbers.NONE, FAINT)
    style = BAD if number <= NEAR_BAD else WARN if number <= NEAR_WARN else ""
    return Cell(numbers.percent(number), style)


def side(position: Position) -> str:
    """LONG or SHORT, also where one-way mode says BOTH; "–" without a position."""
    number = decimal(position.position_amt)
    if position.position_side in ("LONG", "SHORT"):
        return position.position_side
    return numbers.NONE if not number else "LONG" if number > 0 else "SHORT"


def _side(position: Position) -> Cell:
    shown = side(position)
    return Cell(shown, GAIN if shown == "LONG" else LOSS if shown == "SHORT" else "")


def _size(position: Position) -> Cell:
    return Cell(numbers.amount(position.position_amt).removeprefix("-"))


def _margin(position: Position) -> Cell:
    return Cell("isolated" if position.is_isolated else "cross")


def _leverage(position: Position) -> Cell:
    return Cell(numbers.NONE if position.leverage is None else f"{plain(position.leverage)}x")


def coin(position: Position) -> str:
    """The coin that a coinm position is margined and counted in."""
    return plain(position.margin_asset or position.symbol.split("USD")[0])


def _in_coin(position: Position) -> Cell:
    figure = derived.position_figures(Market.COINM, position)["sizeCoin"]
    return Cell(numbers.NONE if figure is None else f"{numbers.amount(figure)} {coin(position)}")


def _in_usd(position: Position) -> Cell:
    return amount(derived.position_figures(Market.COINM, position)["sizeUsd"])


_PRICES: list[Column[Position]] = [
    Column("Entry", lambda p: price(p.entry_price), 2),
    Column("Mark", lambda p: price(p.mark_price), 3),
    Column("Liquidation", lambda p: price(p.liquidation_price), 2),
    Column("Distance", _distance, 1),
]
_USDM_POSITIONS: list[Column[Position]] = [
    Column("Symbol", lambda p: words(p.symbol), right=False),
    Column("Side", _side, right=False),
    Column("Size", _size),
    *_PRICES,
    Column("Unreal. PnL", lambda p: profit(p.unrealized_profit)),
    Column("Notional", lambda p: amount(p.notional), 4),
    Column("Margin", _margin, 3, right=False),
    Column("Maint. margin", lambda p: amount(p.maint_margin), 5),
    Column("Break-even", lambda p: price(p.break_even_price), 6),
    Column("ADL", lambda p: words(p.adl), 7),
]
_COINM_POSITIONS: list[Column[Position]] = [
    Column("Symbol", lambda p: words(p.symbol), right=False),
    Column("Side", _side, right=False),
    Column("Contracts", _size),
    Column("Coin", _in_coin),
    Column("USD", _in_usd),
    *_PRICES,
    Column("Unreal. PnL", lambda p: profit(p.unrealized_profit)),
    Column("Lever", _leverage, 3),
    Column("Margin", _margin, 3, right=False),
    Column("Maint. margin", lambda p: amount(p.maint_margin), 5),
    Column("Break-even", lambda p: price(p.break_even_price), 6),
]

"""`account positions`: every position, its leverage and margin type, and how near its end is."""

from typing import Any

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.account_document import asked, whole
from binfut_cli.resources.figures.models import Position
from binfut_cli.resources.result.column import Column, Form, dollars
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.result.symbols import market_of_symbol


def side(row: Row) -> str | None:
    """LONG or SHORT, also where one-way mode says BOTH; None without a position."""
    told, number = row.get("positionSide"), decimal(row.get("positionAmt"))
    if told in ("LONG", "SHORT"):
        return str(told)
    return None if not number else "LONG" if number > 0 else "SHORT"


def coin(row: Row) -> str:
    """The coin that a coinm position is margined and counted in."""
    return str(row.get("marginAsset") or str(row["symbol"]).split("USD")[0])


def margin_type(row: Row) -> str | None:
    """`cross` or `isolated`, whichever of the exchange's spellings and hints there is."""
    kind = row.get("marginType")
    if kind is None and isinstance(row.get("isolated"), bool):
        kind = "isolated" if row["isolated"] else "cross"
    if kind is None and (wallet := decimal(row.get("isolatedWallet"))) is not None:
        kind = "isolated" if wallet else "cross"
    if kind is None:
        return None
    return "cross" if str(kind).lower() == "crossed" else str(kind).lower()


def _size(row: Row) -> Any:
    found = row.get("positionAmt")
    return found.removeprefix("-") if isinstance(found, str) else found


def unit(row: Row) -> str:
    """What a position's money is in: its coin, or dollars of the kind that it is margined in."""
    return _coin(row) or str(row.get("marginAsset") or "USD")


def _coin(row: Row) -> str | None:
    """A coinm position's coin, which its amounts are told with; None for dollars."""
    return coin(row) if market_of_symbol(str(row["symbol"])) is Market.COINM else None


POSITIONS = Resource(
    kind="positions",
    record="position",
    answer="positions",
    title="Positions",
    model=Position,
    identity=("symbol", "positionSide"),
    derived=(
        *("liquidationDistance", "marginRatio", "roe"),
        *("contractSize", "sizeCoin", "sizeUsd"),
    ),
    ratios={"marginRatio": 1, "liquidationDistance": 1, "roe": 5},  # roe may rightly be beyond 1
    amounts=("positionAmt", "openOrderInitialMargin", "bidNotional", "askNotional"),
    streamed="positions",
    columns=(
        Column("Symbol", "symbol"),
        Column("Side", side, Form.SIDE, 1),
        Column("Size", _size, Form.AMOUNT, 2, market=Market.USDM),
        Column("Contracts", _size, Form.AMOUNT, 2, market=Market.COINM),
        Column("PnL", "unrealizedProfit", Form.PROFIT, 3, unit=unit, note=_coin),
        Column("Distance", "liquidationDistance", Form.DISTANCE),
        Column("Ratio", "marginRatio", Form.MARGIN_RATIO),
        Column("Liquidation", "liquidationPrice", Form.PRICE, 4),
        Column("Mark", "markPrice", Form.PRICE, 5),
        Column("Entry", "entryPrice", Form.AVERAGE, 6),
        Column("Leverage", "leverage", Form.LEVERAGE, 7),
        Column("Margin", margin_type, Form.TEXT, 8),
        Column("USD", "sizeUsd", Form.MONEY, 9, market=Market.COINM, unit=dollars),
        Column("Coin", "sizeCoin", Form.MONEY, 10, market=Market.COINM, unit=unit, note=_coin),
        Column("Notional", "notional", Form.MONEY, 9, market=Market.USDM, unit=unit),
        Column("ROE", "roe", Form.SHARE, 11),
        Column("Maint. margin", "maintMargin", Form.MONEY, 12, unit=unit, note=_coin),
        Column("Break-even", "breakEvenPrice", Form.AVERAGE, 13),
        Column("ADL", "adl", Form.TEXT, 14),
    ),
)
RESOURCES = (POSITIONS,)


def positions(account: AccountClient) -> Result:
    """Ask for every position with its leverage and margin type (weight 10, on usdm 15)."""
    document, read = whole(account.market, asked(account))
    return Result.of(
        account, "positions", {"positions": document["positions"]}, POSITIONS, read=read
    )

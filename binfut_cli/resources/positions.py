"""`account positions`: every position, its leverage and margin type, and how near its end is."""

from typing import Any

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.account_document import asked, whole
from binfut_cli.resources.figures.models import Position
from binfut_cli.resources.result.column import Column, Form, value
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result


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


def _in_coin(row: Row) -> tuple[Any, str] | None:
    figure = value(row, "sizeCoin")
    return None if figure is None else (figure, coin(row))


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
        Column("Side", side, Form.SIDE),
        Column("Size", _size, Form.AMOUNT, market=Market.USDM),
        Column("Contracts", _size, Form.AMOUNT, market=Market.COINM),
        Column("Coin", _in_coin, Form.COINS, market=Market.COINM),
        Column("USD", "sizeUsd", Form.AMOUNT, market=Market.COINM),
        Column("Entry", "entryPrice", Form.PRICE, 2),
        Column("Mark", "markPrice", Form.PRICE, 3),
        Column("Liquidation", "liquidationPrice", Form.PRICE, 2),
        Column("Distance", "liquidationDistance", Form.DISTANCE, 1),
        Column("Unreal. PnL", "unrealizedProfit", Form.PROFIT),
        Column("Notional", "notional", Form.AMOUNT, 5, market=Market.USDM),
        Column("ROE", "roe", Form.SHARE, 4),
        Column("Lev", "leverage", Form.LEVERAGE, 3),
        Column("Margin", margin_type, Form.TEXT, 3),
        Column("Margin ratio", "marginRatio", Form.MARGIN_RATIO, 2),
        Column("Maint. margin", "maintMargin", Form.AMOUNT, 6),
        Column("Break-even", "breakEvenPrice", Form.PRICE, 7),
        Column("ADL", "adl", Form.TEXT, 8),
    ),
)
RESOURCES = (POSITIONS,)


def positions(account: AccountClient) -> Result:
    """Ask for every position with its leverage and margin type (weight 10, on usdm 15)."""
    document, read = whole(account.market, asked(account))
    return Result.of(
        account, "positions", {"positions": document["positions"]}, POSITIONS, read=read
    )

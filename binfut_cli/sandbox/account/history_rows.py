"""Rows of `income`, `userTrades` and `positionMargin/history`, made the same for now and before."""

from decimal import Decimal

import msgspec

from binfut_cli.sandbox.account.contracts import Contract, Market
from binfut_cli.sandbox.account.decimals import amount, plain, rounded
from binfut_cli.sandbox.account.margin import notional
from binfut_cli.sandbox.account.rows import JSON, Order, Position


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow of income. `number` becomes `tranId`, unique within its `kind` only."""

    kind: str
    amount: Decimal
    asset: str
    symbol: str
    time: int
    number: int
    trade: str = ""


def income_row(market: Market, flow: Flow) -> JSON:
    """A row of `income`; `tranId` is a string on coinm only."""
    return {
        "symbol": flow.symbol,
        "incomeType": flow.kind,
        "income": f"{rounded(flow.amount):.8f}",
        "asset": flow.asset,
        "info": flow.trade or flow.kind,
        "time": flow.time,
        "tranId": str(flow.number) if market == "coinm" else flow.number,
        "tradeId": flow.trade,
    }


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of an order."""

    trade_id: int
    quantity: Decimal
    price: Decimal
    realized: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    time: int


def trade_row(contract: Contract, order: Order, fill: Fill) -> JSON:
    """A row of `userTrades`: `quoteQty` on usdm, `pair` and `baseQty` on coinm."""
    value = abs(notional(contract, fill.quantity, fill.price))
    own = (
        {"pair": contract.pair, "baseQty": amount(value)}
        if contract.inverse
        else {"quoteQty": amount(value)}
    )
    return {
        "symbol": order.symbol,
        "id": fill.trade_id,
        "orderId": order.order_id,
        "side": order.side,
        "price": plain(fill.price),
        "qty": plain(fill.quantity),
        "realizedPnl": plain(fill.realized),
        **own,
        "marginAsset": contract.margin_asset,
        "commission": plain(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "positionSide": order.position_side,
        "buyer": order.side == "BUY",
        "maker": fill.maker,
    }


def margin_change_row(asset: str, position: Position, change: Decimal, at_ms: int) -> JSON:
    """A row of `positionMargin/history`; the amount is without a sign, `type` tells which way."""
    return {
        "symbol": position.symbol,
        "type": 1 if change > 0 else 2,
        "deltaType": "USER_ADJUST",
        "amount": plain(abs(change)),
        "asset": asset,
        "time": at_ms,
        "positionSide": position.side,
    }

"""Accounts to be shown on a screen, and what a screen shows as text."""

from typing import Any

from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.render.watch.live.app import Dashboard
from binfut_cli.render.watch.live.frames.frame import Account, Frame
from binfut_cli.resources.orders import ORDERS
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS

NOW_MS = 1_795_708_800_000
USDM = Lane(Market.USDM, Scope(Env.SANDBOX, "one-way"))
COINM = Lane(Market.COINM, Scope(Env.SANDBOX, "coinm"))


def position(symbol: str, distance: str | None, profit: str = "1", **fields: Any) -> dict[str, Any]:
    """A position, `distance` (a share of 1) from its liquidation."""
    return {
        "symbol": symbol, "positionSide": "BOTH", "positionAmt": "1.5", "entryPrice": "100",
        "markPrice": "101.5", "unrealizedProfit": profit, "notional": "152.25", **fields,
        "derived": {"liquidationDistance": distance, "marginRatio": "0.25"},
    }  # fmt: skip


def order(number: int, symbol: str = "BTCUSDT", distance: str | None = "0.05") -> dict[str, Any]:
    """An open order."""
    return {
        "symbol": symbol, "orderId": str(number), "side": "BUY", "type": "LIMIT", "price": "95",
        "origQty": "1", "status": "NEW", "derived": {"markPrice": "100", "distance": distance},
    }  # fmt: skip


def account(
    *positions: dict[str, Any],
    lane: Lane = USDM,
    orders: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Account:
    """An account that is covered, with these positions."""
    alone, shared = ("0.6", None) if lane is COINM else (None, "0.25")
    document = {
        "totalWalletBalance": "1000", "totalMarginBalance": "1100.5",
        "assets": [{"asset": "BTC", "walletBalance": "0.5", "derived": {"marginRatio": alone}}],
        "positions": list(positions),
        "derived": {"marginRatio": shared, "totalsUnit": "USDT"},
    }  # fmt: skip
    answer = Result("accountStatus", lane.market, NOW_MS, document, KINDS)
    open_orders = None
    if orders is not None:
        open_orders = Result("orders", lane.market, NOW_MS, {"orders": orders}, (ORDERS,))
    said = {"standing": "LIVE", "why": "proven 3 s ago", **fields}
    return Account(lane, answer, orders=open_orders, **said)


def frame(*accounts: Account, told: tuple[str, ...] = (), lane: Lane | None = None) -> Frame:
    """A frame of these accounts."""
    return Frame(NOW_MS, accounts, tuple((lane, text) for text in told), len(told))


def screen(app: Dashboard) -> list[str]:
    """What the screen shows, line by line, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips(app.size)
    return [strip.text.rstrip() for strip in strips]

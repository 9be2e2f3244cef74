"""What happened: income, fills and forced orders, filtered as REST filters them."""

from collections.abc import Mapping, Sequence

from binfut_cli.sandbox.catalog import Market
from binfut_cli.sandbox.refusal import Refusal
from binfut_cli.sandbox.rows import JSON

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS


Rows = Sequence[JSON]
Params = Mapping[str, str]


def income(
    rows: Rows, market: Market, symbol: str | None, params: Params, now_ms: int
) -> list[JSON]:
    """`income`: oldest first; usdm without times gives the last 7 days; limit 100, at most 1000."""
    start = 0 if market == "coinm" or "endTime" in params else now_ms - WEEK_MS
    kind = params.get("incomeType")
    found = [row for row in rows if kind in (None, row["incomeType"])]
    return _page(found, symbol, params, start=start, limit=100, most=1000)


def user_trades(rows: Rows, symbol: str | None, params: Params) -> list[JSON]:
    """`userTrades`."""
    return _page(rows, symbol, params, start=0, limit=500, most=1000)


def force_orders(rows: Rows, symbol: str | None, params: Params) -> list[JSON]:
    """`forceOrders`: `autoCloseType` LIQUIDATION or ADL, told apart by the client order id."""
    kind = params.get("autoCloseType")
    found = [row for row in rows if kind in (None, _close_type(row))]
    return _page(found, symbol, params, start=0, limit=50, most=100)


def _close_type(row: JSON) -> str:
    return "ADL" if row["clientOrderId"].startswith("adl_autoclose") else "LIQUIDATION"


def _page(
    rows: Rows,
    symbol: str | None,
    params: Params,
    *,
    start: int,
    limit: int,
    most: int,
) -> list[JSON]:
    first = _number(params, "startTime", start)
    last = _number(params, "endTime", 2**63)
    if first > last:
        raise Refusal(-1023, "Start time is greater than end time.")
    size = min(most, _number(params, "limit", limit))
    found = [r for r in rows if symbol in (None, r["symbol"]) and first <= r["time"] <= last]
    return found[:size] if "startTime" in params else found[-size:]


def _number(params: Params, name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise Refusal(-1100, f"Illegal characters found in parameter '{name}'.")
    return int(text)

"""What happened: income, fills, orders and forced orders, filtered as REST filters them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.account.rows import JSON
from binfut_cli.sandbox.exchange.refusal import Refusal

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
FILLS_MS = 90 * DAY_MS
UNFILLED_MS = 3 * DAY_MS  # from when it was placed
ORDERS: Mapping[Market, tuple[int, int]] = {"usdm": (500, 1000), "coinm": (50, 100)}
"""How many orders one answer holds, by default and at most."""

INCOME_TYPES: Mapping[Market, frozenset[str]] = {
    "coinm": frozenset(
        [
            "TRANSFER",
            "WELCOME_BONUS",
            "FUNDING_FEE",
            "REALIZED_PNL",
            "COMMISSION",
            "INSURANCE_CLEAR",
            "DELIVERED_SETTELMENT",
        ]
    ),
    "usdm": frozenset(
        [
            "TRANSFER",
            "WELCOME_BONUS",
            "REALIZED_PNL",
            "FUNDING_FEE",
            "SPECIAL_FUNDING_FEE",
            "COMMISSION",
            "INSURANCE_CLEAR",
            "LIQUIDATION_FEE",
            "REFERRAL_KICKBACK",
            "COMMISSION_REBATE",
            "API_REBATE",
            "CONTEST_REWARD",
            "CROSS_COLLATERAL_TRANSFER",
            "OPTIONS_PREMIUM_FEE",
            "OPTIONS_SETTLE_PROFIT",
            "EVENT_CONTRACTS_ORDER",
            "EVENT_CONTRACTS_PAYOUT",
            "INTERNAL_TRANSFER",
            "AUTO_EXCHANGE",
            "DELIVERED_SETTELMENT",
            "COIN_SWAP_DEPOSIT",
            "COIN_SWAP_WITHDRAW",
            "POSITION_LIMIT_INCREASE_FEE",
            "STRATEGY_UMFUTURES_TRANSFER",
            "FEE_RETURN",
            "BFUSD_REWARD",
            "CASH_COUPON",
            "FUTURES_PRESENT",
        ]
    ),
}
"""Other types are refused with -1130, as the exchange does (JKorf/Binance.Net, issue 1101)."""

Rows = Sequence[JSON]
Params = Mapping[str, str]


def income(
    rows: Rows, market: Market, symbol: str | None, params: Params, now_ms: int
) -> list[JSON]:
    """`income`: oldest first; usdm without times gives the last 7 days; limit 100, at most 1000."""
    start = 0 if market == "coinm" or "endTime" in params else now_ms - WEEK_MS
    kind = params.get("incomeType")
    if kind is not None and kind not in INCOME_TYPES[market]:
        raise Refusal(-1130, "Data sent for parameter 'incomeType' is not valid.")
    found = rows if kind is None else [row for row in rows if row["incomeType"] == kind]
    return _page(found, symbol, params, start=start, limit=100, most=1000)


def user_trades(rows: Rows, symbol: str | None, params: Params, now_ms: int) -> list[JSON]:
    """`userTrades`: at most a week, the last one without times; not older than three months."""
    _refuse_more_than_a_week(params)
    known = [row for row in rows if row["time"] > now_ms - FILLS_MS]
    start = 0 if "endTime" in params else now_ms - WEEK_MS
    return _page(known, symbol, params, start=start, limit=500, most=1000)


def all_orders(
    rows: Rows, market: Market, symbol: str | None, params: Params, now_ms: int
) -> list[JSON]:
    """`allOrders`: from `orderId` on, or placed within a week; none forgotten by now."""
    known = [row for row in rows if not _is_forgotten(row, now_ms)]
    limit, most = ORDERS[market]
    if "orderId" in params:
        first = _number(params, "orderId", 0)
        listed = [row for row in known if row["orderId"] >= first and _is_of(row, symbol, params)]
        return listed[: min(most, _number(params, "limit", limit))]
    _refuse_more_than_a_week(params)
    start = 0 if "endTime" in params else now_ms - WEEK_MS
    return _page(known, symbol, params, start=start, limit=limit, most=most)


def placed_since(params: Params) -> int:
    """The moment (ms) before which orders need not be looked at."""
    return 0 if "orderId" in params else _number(params, "startTime", 0)


def _is_of(row: JSON, symbol: str | None, params: Params) -> bool:
    pair = params.get("pair")
    return symbol in (None, row["symbol"]) and pair in (None, row.get("pair"))


def _refuse_more_than_a_week(params: Params) -> None:
    if "startTime" in params and "endTime" in params:
        span = _number(params, "endTime", 0) - _number(params, "startTime", 0)
        if span >= WEEK_MS:
            raise Refusal(-1127, "More than 168 hours between startTime and endTime.")


def _is_forgotten(order: JSON, now_ms: int) -> bool:
    ended = order["status"] in ("CANCELED", "EXPIRED") and not Decimal(order["executedQty"])
    return ended and order["time"] < now_ms - UNFILLED_MS


def force_orders(rows: Rows, symbol: str | None, params: Params) -> list[JSON]:
    """`forceOrders`: `autoCloseType` LIQUIDATION or ADL, told apart by the client order id."""
    kind = params.get("autoCloseType")
    found = [row for row in rows if kind in (None, _close_type(row))]
    return _page(found, symbol, params, start=0, limit=50, most=100)


def position_margins(rows: Rows, symbol: str, params: Params) -> list[JSON]:
    """`positionMargin/history`: of one symbol; `type` 1 is what was added, 2 what was taken."""
    kind = _number(params, "type", 0)
    found = [row for row in rows if kind in (0, row["type"])]
    return _page(found, symbol, params, start=0, limit=500, most=500)


def all_algo_orders(rows: Rows, symbol: str, params: Params, now_ms: int) -> list[JSON]:
    """`allAlgoOrders`: from `algoId` on, or made within a week; at most 1000; none forgotten."""
    known = [row for row in rows if row["symbol"] == symbol and not _is_dropped(row, now_ms)]
    if "algoId" in params:
        first, limit = _number(params, "algoId", 0), _number(params, "limit", 500)
        return [row for row in known if row["algoId"] >= first][: min(1000, limit)]
    _refuse_more_than_a_week(params)
    start = 0 if "endTime" in params else now_ms - WEEK_MS
    timed = [{**row, "time": row["createTime"]} for row in known]
    found = _page(timed, symbol, params, start=start, limit=500, most=1000)
    return [{name: each for name, each in row.items() if name != "time"} for row in found]


def _is_dropped(order: JSON, now_ms: int) -> bool:
    """Whether a conditional order is too old: 90 days, or three if it came to nothing."""
    ended = order["algoStatus"] in ("CANCELED", "EXPIRED") and not order["actualOrderId"]
    return bool(order["createTime"] < now_ms - (UNFILLED_MS if ended else FILLS_MS))


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
    found = (r for r in rows if first <= r["time"] <= last and _is_of(r, symbol, params))
    return list(islice(found, size)) if "startTime" in params else list(found)[-size:]


def _number(params: Params, name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise Refusal(-1100, f"Illegal characters found in parameter '{name}'.")
    return int(text)

"""The exchange's codes in words. Source: the user-data-stream pages of both markets."""

from collections.abc import Mapping

from binfut_cli.codec import Row

NO_WORDS: Mapping[str, str] = {}
REASONS = {
    "DEPOSIT": "deposit",
    "WITHDRAW": "withdrawal",
    "ORDER": "order",
    "FUNDING_FEE": "funding fee",
    "WITHDRAW_REJECT": "withdrawal rejected",
    "ADJUSTMENT": "adjustment",
    "INSURANCE_CLEAR": "insurance fund",
    "ADMIN_DEPOSIT": "transfer in",
    "ADMIN_WITHDRAW": "transfer out",
    "MARGIN_TRANSFER": "position margin moved",
    "MARGIN_TYPE_CHANGE": "margin type changed",
    "ASSET_TRANSFER": "asset transfer",
    "OPTIONS_PREMIUM_FEE": "options premium",
    "OPTIONS_SETTLE_PROFIT": "options settled",
    "AUTO_EXCHANGE": "auto-exchange",
    "COIN_SWAP_DEPOSIT": "coin swap in",
    "COIN_SWAP_WITHDRAW": "coin swap out",
}
OP_CODES = {
    8001: "parameters changed",
    8002: "cancelled by the user",
    8003: "manual order or cancellation",
    8004: "stop limit reached",
    8005: "liquidated",
    8006: "too many open orders",
    8007: "new grid order",
    8008: "margin too small",
    8009: "price out of bounds",
    8010: "market closed",
    8011: "closing failed",
    8012: "over the greatest notional",
    8013: "not allowed for this user or region",
    8014: "trading restricted",
    8015: "position empty or liquidated",
}
EXPIRY_REASONS = {
    "1": "self-trade prevention",
    "2": "rest of an IOC order",
    "3": "rest of an IOC order, self-trade prevention",
    "4": "knocked out by a reduce-only order",
    "5": "account liquidated",
    "6": "GTE condition not met",
    "7": "symbol delisted",
    "8": "after its stop was triggered",
    "9": "rest of a market order",
    "10": "FOK not filled",
    "11": "post-only not possible",
}
INCOME = {"REALIZED_PNL": "realized PnL", "COMMISSION": "fee"}
ORDER_STATES = {
    "NEW": "placed",
    "PARTIALLY_FILLED": "partly filled",
    "CANCELED": "cancelled",
    "EXPIRED_IN_MATCH": "expired (self-trade prevention)",
}
CONDITIONAL_STATES = {
    "NEW": "waiting",
    "TRIGGERING": "being triggered",
    "CANCELED": "cancelled",
}
FIELDS = {  # of an account's rows, as tables call them
    "walletBalance": "wallet",
    "crossWalletBalance": "cross wallet",
    "positionAmt": "size",
    "entryPrice": "entry",
    "breakEvenPrice": "break-even",
    "isolatedWallet": "isolated wallet",
    "marginType": "margin",
    "unrealizedProfit": "PnL",
    "leverage": "leverage",
    "multiAssetsMargin": "multi-assets mode",
}
LIQUIDATED, DELEVERAGED, SETTLED, DELIVERED = "LIQUIDATED", "ADL", "SETTLED", "DELIVERED"
FORCED = {  # how the exchange's own orders are named
    "autoclose-": LIQUIDATED,
    "adl_autoclose": DELEVERAGED,
    "settlement_autoclose-": SETTLED,
    "delivery_autoclose-": DELIVERED,
}

_PREFIXES = tuple(FORCED)
OF_FORCED = {
    LIQUIDATED: "liquidation",
    DELEVERAGED: "auto-deleveraging",
    SETTLED: "settlement",
    DELIVERED: "delivery",
}


def forced(order: Row) -> str:
    """What the exchange's own order does, by its client order id; "" for a user's order."""
    name = str(order.get("clientOrderId", ""))
    if name.startswith(_PREFIXES):
        return next(word for prefix, word in FORCED.items() if name.startswith(prefix))
    is_forced = order.get("type") == "LIQUIDATION" or order.get("executionType") == "CALCULATED"
    return LIQUIDATED if is_forced else ""

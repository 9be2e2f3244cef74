"""Bodies of the public and market-wide REST reads: contracts, prices, tiers, limits."""

from decimal import Decimal

from binfut_cli.sandbox.account.contracts import ONBOARD_MS, Bracket, Contract, Market
from binfut_cli.sandbox.account.decimals import ONE, amount, plain
from binfut_cli.sandbox.account.rows import JSON
from binfut_cli.sandbox.exchange.exchange import Exchange

FUNDING_EVERY_MS = 8 * 3_600_000
FUNDING_RATE = "0.00010000"
STOCKS = ("TRADIFI_PERPETUAL",)
ORDER_TYPES = (
    *("LIMIT", "MARKET", "STOP", "STOP_MARKET"),
    *("TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"),
)
LARGEST = 10_000_000  # an order, in steps of the quantity
ORDER_LIMITS = (
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
    {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
)


def exchange_info(exchange: Exchange, market: Market) -> JSON:
    """`exchangeInfo` of a market."""
    weight = exchange.rest_weight.rate_limits(exchange.now_ms())[0]
    limits = [{k: v for k, v in weight.items() if k != "count"}, *ORDER_LIMITS]
    body: JSON = {"timezone": "UTC", "serverTime": exchange.now_ms(), "rateLimits": limits}
    if market == "usdm":
        body["assets"] = [
            {"asset": asset, "marginAvailable": True, "autoAssetExchange": "0"}
            for asset in exchange.rates
        ]
    return {
        **body,
        "exchangeFilters": [],
        "symbols": [_symbol(contract) for contract in exchange.listed(market)],
    }


def _symbol(contract: Contract) -> JSON:
    status = {"contractStatus" if contract.inverse else "status": contract.status}
    size = {"contractSize": int(contract.size)} if contract.inverse else {}
    return {
        "symbol": contract.symbol,
        "pair": contract.pair,
        "contractType": contract.contract_type,
        "deliveryDate": contract.delivery_ms,
        "onboardDate": ONBOARD_MS,
        **status,
        **size,
        "baseAsset": contract.base_asset,
        "quoteAsset": contract.quote_asset,
        "marginAsset": contract.margin_asset,
        "pricePrecision": contract.price_digits,
        "quantityPrecision": contract.quantity_digits,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        **({"equalQtyPrecision": 4} if contract.inverse else {"settlePlan": 0}),
        "underlyingType": "EQUITY" if contract.contract_type in STOCKS else "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.015000",
        "marketTakeBound": "0.05",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "filters": _filters(contract),
        "orderTypes": ORDER_TYPES,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _filters(contract: Contract) -> list[JSON]:
    tick, step = _step(contract.price_digits), _step(contract.quantity_digits)
    lot = {"minQty": step, "maxQty": plain(Decimal(step) * LARGEST), "stepSize": step}
    highest = plain(contract.mark_price * 100)
    price = {"minPrice": tick, "maxPrice": highest, "tickSize": tick}
    around = {"multiplierUp": "1.0500", "multiplierDown": "0.9500", "multiplierDecimal": "4"}
    return [
        {"filterType": "PRICE_FILTER", **price},
        {"filterType": "LOT_SIZE", **lot},
        {"filterType": "MARKET_LOT_SIZE", **lot},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        *([] if contract.inverse else [{"filterType": "MIN_NOTIONAL", "notional": "5"}]),
        {"filterType": "PERCENT_PRICE", **around},
    ]


def _step(digits: int) -> str:
    return plain(ONE.scaleb(-digits))


def premium_index(exchange: Exchange, contract: Contract) -> JSON:
    """One row of `premiumIndex`."""
    mark, now = exchange.marks[contract.symbol], exchange.now_ms()
    pair = {"pair": contract.pair} if contract.inverse else {}
    perpetual = contract.contract_type != "CURRENT_QUARTER"
    return {
        "symbol": contract.symbol,
        **pair,
        "markPrice": amount(mark),
        "indexPrice": amount(mark * Decimal("1.0002")),
        "estimatedSettlePrice": amount(mark),
        "lastFundingRate": FUNDING_RATE if perpetual else "",
        "interestRate": "0.00010000" if perpetual else "",
        "nextFundingTime": (now // FUNDING_EVERY_MS + 1) * FUNDING_EVERY_MS if perpetual else 0,
        "time": now,
    }


def leverage_bracket(contract: Contract) -> JSON:
    """One symbol of `leverageBracket`; coinm's tiers are in coin.

    Their floor is spelled in two ways: `qtylFloor` by the documentation, `qtyFloor` by clients.
    """
    name = {"symbol": contract.symbol}
    return {**name, "brackets": [_bracket(contract, tier) for tier in contract.brackets]}


def _bracket(contract: Contract, tier: Bracket) -> JSON:
    coin = {"qtyCap": tier.cap, "qtylFloor": tier.floor, "qtyFloor": tier.floor}
    usd = {"notionalCap": tier.cap, "notionalFloor": tier.floor}
    return {
        "bracket": tier.bracket,
        "initialLeverage": tier.initial_leverage,
        **(coin if contract.inverse else usd),
        "maintMarginRatio": _number(tier.maint_margin_ratio),
        "cum": _number(tier.cum),
    }


def _number(value: Decimal) -> int | float:
    """A ratio as the JSON number it is on this endpoint; never an amount of money."""
    return int(value) if value == value.to_integral_value() else float(value)

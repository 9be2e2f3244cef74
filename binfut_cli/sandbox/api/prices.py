"""Bodies of the public reads of prices: tickers, order book, candles, funding.

Nobody trades here but the accounts, so last prices are mark prices, volumes are nought, and the
book is made up: a price a tick further away at every level. Shapes and weights: the exchange's
pages of market data, as its SDKs of October 2026 have them.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from binfut_cli.sandbox.account.candles import DAY_MS, MINUTE_MS, Candle
from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import ONE, amount, places
from binfut_cli.sandbox.account.rows import JSON
from binfut_cli.sandbox.api.authentication import integer, require
from binfut_cli.sandbox.api.market_views import FUNDING_EVERY_MS, FUNDING_RATE
from binfut_cli.sandbox.api.route import Ask, Route, Security
from binfut_cli.sandbox.exchange.refusal import Refusal

LEVELS = (5, 10, 20, 50, 100, 500, 1000)
HOUR_MS = 60 * MINUTE_MS
INTERVALS = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
}
LOT = Decimal(10)  # what rests at the first level, in steps of the quantity


def routes() -> dict[tuple[str, str], Route]:
    """What both markets have, behind their own prefix."""
    none = Security.NONE
    return {
        ("GET", "v1/ticker/price"): Route(_each(_price), 1, 2, none),
        ("GET", "v1/ticker/bookTicker"): Route(_each(_book_ticker), 2, 5, none),
        ("GET", "v1/ticker/24hr"): Route(_each(_day), 1, 40, none),
        ("GET", "v1/depth"): Route(_depth, security=none, by_limit=_depth_weight),
        ("GET", "v1/klines"): Route(_klines, security=none, by_limit=_klines_weight),
        ("GET", "v1/fundingRate"): Route(_funding_rates, security=none),
        ("GET", "v1/fundingInfo"): Route(lambda ask: [], 0, security=none),
    }


def usdm_routes() -> dict[tuple[str, str], Route]:
    """What usdm alone has."""
    none = Security.NONE
    return {
        ("GET", "v2/ticker/price"): Route(_each(_price), 1, 2, none),
        ("GET", "v1/assetIndex"): Route(_asset_index, 1, 10, none),
        ("GET", "v1/indexInfo"): Route(lambda ask: [], security=none),
        ("GET", "v1/symbolAdlRisk"): Route(_each(_adl_risk), security=none),
    }


def _each(row: Callable[[Ask, Contract], JSON]) -> Callable[[Ask], Any]:
    """A row of each contract; usdm gives one object where a symbol is asked for."""

    def answer(ask: Ask) -> Any:
        pair = ask.params.get("pair")
        rows = [row(ask, each) for each in ask.contracts() if pair in (None, each.pair)]
        return rows[0] if ask.market == "usdm" and "symbol" in ask.params else rows

    return answer


def _named(contract: Contract) -> JSON:
    pair = {"pair": contract.pair} if contract.inverse else {}
    return {"symbol": contract.symbol, **pair}


def _price(ask: Ask, contract: Contract) -> JSON:
    name = {"symbol": contract.symbol, **({"ps": contract.pair} if contract.inverse else {})}
    return {**name, "price": _mark(ask, contract), "time": ask.exchange.now_ms()}


def _book_ticker(ask: Ask, contract: Contract) -> JSON:
    bids, asks = _levels(ask, contract, 1)
    return {
        "lastUpdateId": ask.exchange.now_ms(),
        **_named(contract),
        "bidPrice": bids[0][0],
        "bidQty": bids[0][1],
        "askPrice": asks[0][0],
        "askQty": asks[0][1],
        "time": ask.exchange.now_ms(),
    }


def _day(ask: Ask, contract: Contract) -> JSON:
    """The last 24 hours."""
    now = ask.exchange.now_ms()
    candles = ask.exchange.candles[contract.symbol].between(now - DAY_MS, now, MINUTE_MS)
    day = candles[0]
    for each in candles[1:]:
        day = day.joined(each)
    moved, digits = day.close - day.open, contract.price_digits
    volume = "baseVolume" if contract.inverse else "quoteVolume"
    return {
        **_named(contract),
        "priceChange": places(moved, digits),
        "priceChangePercent": places(moved / day.open * 100, 3),
        "weightedAvgPrice": places(day.close, digits),
        "lastPrice": places(day.close, digits),
        "lastQty": "0",
        "openPrice": places(day.open, digits),
        "highPrice": places(day.high, digits),
        "lowPrice": places(day.low, digits),
        "volume": "0",
        volume: "0",
        "openTime": now - DAY_MS,
        "closeTime": now,
        "firstId": -1,
        "lastId": -1,
        "count": 0,
    }


def _mark(ask: Ask, contract: Contract) -> str:
    return places(ask.exchange.marks[contract.symbol], contract.price_digits)


def _depth(ask: Ask) -> JSON:
    contract, limit = ask.one(), _limit(ask.params)
    if limit not in LEVELS:
        raise Refusal(-4021, f"{limit} is not valid depth limit")
    bids, asks = _levels(ask, contract, limit)
    now, named = ask.exchange.now_ms(), _named(contract) if contract.inverse else {}
    return {"lastUpdateId": now, **named, "E": now, "T": now, "bids": bids, "asks": asks}


def _levels(ask: Ask, contract: Contract, count: int) -> tuple[list[list[str]], list[list[str]]]:
    """The levels of both sides, the best first; no price is below a tick."""
    mark, tick = ask.exchange.marks[contract.symbol], ONE.scaleb(-contract.price_digits)
    sides = [_side(contract, mark, sign * tick, count) for sign in (-1, 1)]
    return sides[0], sides[1]


def _side(contract: Contract, mark: Decimal, step: Decimal, count: int) -> list[list[str]]:
    lot = LOT.scaleb(-contract.quantity_digits)
    levels = ((mark + step * number, lot * number) for number in range(1, count + 1))
    return [
        [places(price, contract.price_digits), places(quantity, contract.quantity_digits)]
        for price, quantity in levels
        if price > 0
    ]


def _depth_weight(params: Mapping[str, str]) -> int:
    limit = _limit(params)
    return next((cost for most, cost in ((50, 2), (100, 5), (500, 10)) if limit <= most), 20)


def _klines(ask: Ask) -> list[list[Any]]:
    contract, span = ask.one(), INTERVALS.get(require(ask.params, "interval"))
    if span is None:
        raise Refusal(-1120, "Invalid interval.")
    limit, now = min(_limit(ask.params), 1500), ask.exchange.now_ms()
    end = min(now, integer(ask.params, "endTime", now))
    start = integer(ask.params, "startTime", end - span * (limit - 1))
    if start > end:
        raise Refusal(-1023, "Start time is greater than end time.")
    end = min(end, start + span * (limit - 1)) if "startTime" in ask.params else end
    candles = ask.exchange.candles[contract.symbol]
    from_ms = max(start, end - span * (limit - 1))
    return [_kline(contract, each, span) for each in candles.between(from_ms, end, span)]


def _kline(contract: Contract, candle: Candle, span_ms: int) -> list[Any]:
    prices = (candle.open, candle.high, candle.low, candle.close)
    written = [places(price, contract.price_digits) for price in prices]
    volume, ends_ms = "0", candle.open_ms + span_ms - 1
    return [candle.open_ms, *written, volume, ends_ms, volume, 0, volume, volume, "0"]


def _klines_weight(params: Mapping[str, str]) -> int:
    limit = _limit(params)
    return next((cost for below, cost in ((100, 1), (500, 2), (1001, 5)) if limit < below), 10)


def _limit(params: Mapping[str, str]) -> int:
    return integer(params, "limit", 500)


def _funding_rates(ask: Ask) -> list[JSON]:
    """The rates of each perpetual since 100 fundings, oldest first; at most 1000."""
    now = ask.exchange.now_ms()
    start = integer(ask.params, "startTime", now - 100 * FUNDING_EVERY_MS)
    end, limit = min(now, integer(ask.params, "endTime", now)), integer(ask.params, "limit", 100)
    first = -(-start // FUNDING_EVERY_MS) * FUNDING_EVERY_MS
    times = range(max(first, now - 1000 * FUNDING_EVERY_MS), end + 1, FUNDING_EVERY_MS)
    perpetual = [each for each in ask.contracts() if each.contract_type != "CURRENT_QUARTER"]
    rows = [_funding_rate(ask, each, time) for time in times for each in perpetual]
    size = min(limit, 1000)
    return rows[:size] if "startTime" in ask.params else rows[-size:]


def _funding_rate(ask: Ask, contract: Contract, time_ms: int) -> JSON:
    row = {"symbol": contract.symbol, "fundingRate": FUNDING_RATE, "fundingTime": time_ms}
    if contract.inverse:
        return row
    return {**row, "markPrice": amount(ask.exchange.marks[contract.symbol])}


def _asset_index(ask: Ask) -> Any:
    """The prices that margin assets count with in multi-assets mode, by pairs with USD."""
    name, now = ask.params.get("symbol"), ask.exchange.now_ms()
    rows = []
    for asset, rate in ask.exchange.rates.items():
        bid, ask_price = amount(rate.bid), amount(rate.ask)
        rows.append(
            {
                "symbol": f"{asset}USD",
                "time": now,
                "index": amount(rate.price),
                "bidBuffer": amount(rate.bid_buffer),
                "askBuffer": amount(rate.ask_buffer),
                "bidRate": bid,
                "askRate": ask_price,
                "autoExchangeBidBuffer": amount(rate.bid_buffer),
                "autoExchangeAskBuffer": amount(rate.ask_buffer),
                "autoExchangeBidRate": bid,
                "autoExchangeAskRate": ask_price,
            }
        )
    if name is None:
        return rows
    found = [row for row in rows if row["symbol"] == name]
    if not found:
        raise Refusal(-1121, "Invalid symbol.")
    return found[0]


def _adl_risk(ask: Ask, contract: Contract) -> JSON:
    return {"symbol": contract.symbol, "adlRisk": "low", "updateTime": ask.exchange.now_ms()}

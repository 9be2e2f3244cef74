"""The public reads of prices, asked over HTTP without a key."""

from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.account.candles import MINUTE_MS
from tests.support.exchange_client import Rest

PREFIX = {"BTCUSDT": "/fapi", "BTCUSD_PERP": "/dapi"}
WEIGHTS = [
    ("v1/ticker/price", 1),
    ("v1/ticker/bookTicker", 2),
    ("v1/ticker/24hr", 1),
    ("v1/depth?limit=100", 5),
    ("v1/klines?interval=1m&limit=10", 1),
    ("v1/fundingRate", 1),
]


def read(sandbox: Sandbox, target: str) -> Any:
    status, body, _ = Rest(sandbox).ask("GET", target)
    assert status == 200, body
    return body


def of(sandbox: Sandbox, symbol: str, path: str) -> Any:
    joined = "&" if "?" in path else "?"
    return read(sandbox, f"{PREFIX[symbol]}/{path}{joined}symbol={symbol}")


@pytest.mark.parametrize("symbol", PREFIX)
@pytest.mark.parametrize(("path", "weight"), WEIGHTS)
def test_every_read_answers_without_a_key_and_costs_its_weight(
    sandbox: Sandbox, symbol: str, path: str, weight: int
) -> None:
    joined = "&" if "?" in path else "?"
    target = f"{PREFIX[symbol]}/{path}{joined}symbol={symbol}"
    status, body, headers = Rest(sandbox).ask("GET", target)
    assert status == 200, body
    assert headers["X-MBX-USED-WEIGHT-1M"] == str(weight)


@pytest.mark.parametrize("symbol", PREFIX)
def test_all_prices_of_a_symbol_are_around_its_mark(sandbox: Sandbox, symbol: str) -> None:
    sandbox.act({"action": "mark", "market": market(symbol), "symbol": symbol, "price": "75000"})
    day, book = of(sandbox, symbol, "v1/ticker/24hr"), of(sandbox, symbol, "v1/depth?limit=5")
    day = day if isinstance(day, dict) else day[0]
    assert Decimal(day["lastPrice"]) == Decimal(day["lowPrice"]) == 75000
    assert Decimal(day["priceChange"]) == 75000 - Decimal(day["openPrice"]) < 0
    bids = [Decimal(price) for price, _ in book["bids"]]
    asks = [Decimal(price) for price, _ in book["asks"]]
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < 75000 < asks[0]
    assert len(bids) == len(asks) == 5


def market(symbol: str) -> str:
    return {"/fapi": "usdm", "/dapi": "coinm"}[PREFIX[symbol]]


@pytest.mark.parametrize("symbol", PREFIX)
def test_the_last_candle_has_the_move(sandbox: Sandbox, symbol: str) -> None:
    sandbox.act({"action": "mark", "market": market(symbol), "symbol": symbol, "price": "75000"})
    rows = of(sandbox, symbol, "v1/klines?interval=5m&limit=4")
    assert len(rows) == 4
    assert [row[0] - rows[0][0] for row in rows] == [n * 5 * MINUTE_MS for n in range(4)]
    assert all(len(row) == 12 for row in rows)
    last = rows[-1]
    assert Decimal(last[4]) == Decimal(last[3]) == 75000 < Decimal(last[2])


def test_usdm_gives_one_object_for_one_symbol_and_coinm_a_list(sandbox: Sandbox) -> None:
    assert of(sandbox, "BTCUSDT", "v1/ticker/price")["symbol"] == "BTCUSDT"
    (row,) = of(sandbox, "BTCUSD_PERP", "v1/ticker/price")
    assert (row["symbol"], row["ps"]) == ("BTCUSD_PERP", "BTCUSD")


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/fapi/v1/depth", -1102),
        ("/fapi/v1/depth?symbol=BTCUSDT&limit=7", -4021),
        ("/fapi/v1/klines?symbol=BTCUSDT", -1102),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=7m", -1120),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=many", -1100),
        ("/fapi/v1/ticker/24hr?symbol=NOPE", -1121),
        ("/fapi/v1/assetIndex?symbol=NOPEUSD", -1121),
    ],
)
def test_what_cannot_be_answered_is_refused(sandbox: Sandbox, target: str, code: int) -> None:
    status, body, _ = Rest(sandbox).ask("GET", target)
    assert (status, body["code"]) == (400, code)


@pytest.mark.parametrize("symbol", PREFIX)
def test_exchange_info_has_every_documented_field(sandbox: Sandbox, symbol: str) -> None:
    info = read(sandbox, f"{PREFIX[symbol]}/v1/exchangeInfo")
    row = next(each for each in info["symbols"] if each["symbol"] == symbol)
    own = {"/fapi": {"settlePlan", "status"}, "/dapi": {"equalQtyPrecision", "contractStatus"}}
    documented = (
        "symbol pair contractType deliveryDate onboardDate maintMarginPercent liquidationFee "
        "requiredMarginPercent baseAsset quoteAsset marginAsset pricePrecision quantityPrecision "
        "baseAssetPrecision quotePrecision underlyingType underlyingSubType triggerProtect "
        "marketTakeBound filters orderTypes timeInForce"
    )
    assert {*documented.split(), *own[PREFIX[symbol]]} <= row.keys()
    filters = {each["filterType"]: each for each in row["filters"]}
    assert filters["PRICE_FILTER"].keys() >= {"minPrice", "maxPrice", "tickSize"}
    for name in ("LOT_SIZE", "MARKET_LOT_SIZE"):
        assert filters[name].keys() >= {"minQty", "maxQty", "stepSize"}
    assert filters.keys() >= {"MAX_NUM_ORDERS", "PERCENT_PRICE"}
    assert ("MIN_NOTIONAL" in filters) == (symbol == "BTCUSDT")


def test_what_clients_ask_of_the_spot_host_is_answered(sandbox: Sandbox) -> None:
    assert read(sandbox, "/api/v3/ping") == {}
    assert read(sandbox, "/api/v3/time")["serverTime"] > 0
    assert read(sandbox, "/sapi/v1/system/status")["status"] == 0
    coins = Rest(sandbox).get("/sapi/v1/capital/config/getall")
    assert "USDT" in {coin["coin"] for coin in coins}

"""The contracts and assets listed, with their documented facts. Prices here are the first ones."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Literal

import msgspec

from binfut_cli.sandbox.account.decimals import ONE, ZERO

Market = Literal["usdm", "coinm"]
MARKETS: tuple[Market, ...] = ("usdm", "coinm")
PERPETUAL_DELIVERY_MS = 4133404800000  # what the exchange writes for "never"
DELIVERY_MS = 1861689600000  # 2028-12-29 08:00 UTC, the day in the symbols below
DELIVERY = "281229"
ONBOARD_MS = 1569398400000


class Bracket(msgspec.Struct, frozen=True, kw_only=True):
    """One tier of `leverageBracket`: caps in quote (usdm) or in coin (coinm)."""

    bracket: int
    initial_leverage: int
    cap: int
    floor: int
    maint_margin_ratio: Decimal
    cum: Decimal


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol. `size` is USD a contract on coinm and 1 on usdm."""

    market: Market
    symbol: str
    pair: str
    base_asset: str
    quote_asset: str
    margin_asset: str
    mark_price: Decimal
    price_digits: int
    quantity_digits: int
    size: Decimal = ONE
    contract_type: str = "PERPETUAL"
    delivery_ms: int = PERPETUAL_DELIVERY_MS
    status: str = "TRADING"
    brackets: tuple[Bracket, ...]

    @property
    def inverse(self) -> bool:
        """Whether the contract is worth a fixed sum of USD and settles in coin."""
        return self.market == "coinm"

    def bracket(self, notional: Decimal) -> Bracket:
        """Find the tier that a notional value falls into."""
        size = abs(notional)
        return next((tier for tier in self.brackets if size < tier.cap), self.brackets[-1])


class AssetRate(msgspec.Struct, frozen=True, kw_only=True):
    """An asset in multi-assets mode: its index price in USD, and the part of it that can be used.

    By the buffers it counts for less where it is owned and for more where it is owed (source: the
    exchange's FAQ on margin in multi-assets mode; their sizes are a recorded account's).
    """

    price: Decimal
    collateral: Decimal
    bid_buffer: Decimal = Decimal("0.00015")
    ask_buffer: Decimal = Decimal("0.00005")

    @property
    def bid(self) -> Decimal:
        """USD that one unit counts where it is owned."""
        return self.price * (1 - self.bid_buffer)

    @property
    def ask(self) -> Decimal:
        """USD that one unit counts where it is owed or needed."""
        return self.price * (1 + self.ask_buffer)

    def worth(self, equity: Decimal) -> Decimal:
        """The rate that makes least of an equity: min(equity × bid, equity × ask)."""
        return self.bid if equity >= 0 else self.ask


PAR = AssetRate(price=ONE, collateral=ONE, bid_buffer=ZERO, ask_buffer=ZERO)
"""What an asset counts in itself."""


def _brackets(cap: int, ratio: str) -> tuple[Bracket, ...]:
    """Make three tiers; `cum` keeps the maintenance margin continuous between them."""
    tiers: list[Bracket] = []
    floor, rate, cum = 0, Decimal(ratio), ZERO
    for number, leverage in enumerate((125, 50, 20), 1):
        tiers.append(
            Bracket(
                bracket=number,
                initial_leverage=leverage,
                cap=cap * 10 ** (number - 1),
                floor=floor,
                maint_margin_ratio=rate,
                cum=cum,
            )
        )
        floor = tiers[-1].cap
        cum, rate = cum + floor * rate, rate * 2
    return tuple(tiers)


def _linear(symbol: str, base: str, quote: str, price: str, digits: int, **more: str) -> Contract:
    pair = base + quote
    delivery = symbol.endswith(DELIVERY)
    kind = "CURRENT_QUARTER" if delivery else more.get("kind", "PERPETUAL")
    return Contract(
        market="usdm",
        symbol=symbol,
        pair=pair,
        base_asset=base,
        quote_asset=quote,
        margin_asset=quote,
        mark_price=Decimal(price),
        price_digits=len(price.partition(".")[2]),
        quantity_digits=digits,
        contract_type=kind,
        delivery_ms=DELIVERY_MS if delivery else PERPETUAL_DELIVERY_MS,
        status=more.get("status", "TRADING"),
        brackets=_brackets(300_000, "0.004"),
    )


def _inverse(base: str, price: str, suffix: str = "PERP") -> Contract:
    delivery = suffix != "PERP"
    return Contract(
        market="coinm",
        symbol=f"{base}USD_{suffix}",
        pair=f"{base}USD",
        base_asset=base,
        quote_asset="USD",
        margin_asset=base,
        mark_price=Decimal(price),
        price_digits=len(price.partition(".")[2]),
        quantity_digits=0,
        size=Decimal(100 if base == "BTC" else 10),
        contract_type="CURRENT_QUARTER" if delivery else "PERPETUAL",
        delivery_ms=DELIVERY_MS if delivery else PERPETUAL_DELIVERY_MS,
        brackets=_brackets(5 if base == "BTC" else 500, "0.004"),
    )


@cache
def contracts() -> Mapping[str, Contract]:
    """List every contract of both markets by symbol; no symbol is on both."""
    linear = (
        _linear("BTCUSDT", "BTC", "USDT", "83012.40", 3),
        _linear("ETHUSDT", "ETH", "USDT", "3120.45", 3),
        _linear("BNBUSDT", "BNB", "USDT", "905.310", 2),
        _linear("SOLUSDT", "SOL", "USDT", "165.2300", 2),
        _linear("XRPUSDT", "XRP", "USDT", "2.1840", 1),
        _linear("1000PEPEUSDT", "1000PEPE", "USDT", "0.0064210", 0),
        _linear("测试USDT", "测试", "USDT", "0.12340", 0),
        _linear("TSLAUSDT", "TSLA", "USDT", "412.55", 2, kind="TRADIFI_PERPETUAL"),
        _linear("BTCUSDC", "BTC", "USDC", "82991.2", 3),
        _linear("ETHUSDC", "ETH", "USDC", "3119.80", 3),
        _linear(f"BTCUSDT_{DELIVERY}", "BTC", "USDT", "84755.2", 3),
        _linear("SRMUSDT", "SRM", "USDT", "0.0152", 0, status="SETTLING"),
    )
    coins = {
        "BTC": "83020.0",
        "ETH": "3120.10",
        "BNB": "905.200",
        "SOL": "165.210",
        "XRP": "2.1830",
        "ADA": "0.61210",
        "DOT": "4.1120",
        "LINK": "17.420",
        "LTC": "96.31",
        "BCH": "512.40",
        "DOGE": "0.18120",
        "FIL": "2.4210",
        "WLD": "0.84120",
    }
    inverse = [_inverse(base, price) for base, price in coins.items()]
    quarters = [_inverse("BTC", "84801.5", DELIVERY), _inverse("ETH", "3187.42", DELIVERY)]
    return {contract.symbol: contract for contract in (*linear, *inverse, *quarters)}


def asset_rates() -> dict[str, AssetRate]:
    """List the margin assets of usdm with their index prices in USD."""
    rates = {
        "USDT": ("0.99962000", "0.9999"),
        "USDC": ("1.00011000", "0.9999"),
        "BNB": ("904.88000000", "0.95"),
        "BTC": ("82970.15000000", "0.95"),
        "ETH": ("3118.90000000", "0.95"),
        "FDUSD": ("0.99900000", "0.9999"),
    }
    return {
        asset: AssetRate(price=Decimal(price), collateral=Decimal(part))
        for asset, (price, part) in rates.items()
    }

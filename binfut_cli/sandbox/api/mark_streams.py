"""The public streams of prices.

`<symbol>@markPrice@1s`, and without its end every three seconds; on usdm `<asset>usd@assetIndex`.
"""

from binfut_cli.sandbox.account.contracts import MARKETS, AssetRate, Contract
from binfut_cli.sandbox.account.decimals import amount
from binfut_cli.sandbox.account.rows import JSON
from binfut_cli.sandbox.api.market_views import premium_index
from binfut_cli.sandbox.exchange.exchange import Exchange

EVERY_S = {"@markPrice@1s": 1, "@markPrice": 3}


def mark_update(exchange: Exchange, contract: Contract) -> JSON:
    """The event `markPriceUpdate` of a symbol; a delivery contract has no funding."""
    row = premium_index(exchange, contract)
    return {
        "e": "markPriceUpdate",
        "E": row["time"],
        "s": contract.symbol,
        "p": row["markPrice"],
        "P": row["estimatedSettlePrice"],
        "i": row["indexPrice"],
        "r": row["lastFundingRate"],
        "T": row["nextFundingTime"],
    }


def index_update(exchange: Exchange, asset: str, rate: AssetRate) -> JSON:
    """The event `assetIndexUpdate` of an asset in multi-assets mode."""
    return {
        "e": "assetIndexUpdate",
        "E": exchange.now_ms(),
        "s": f"{asset}USD",
        "i": amount(rate.price),
        "b": amount(rate.bid_buffer),
        "a": amount(rate.ask_buffer),
        "B": amount(rate.bid),
        "A": amount(rate.ask),
        "q": amount(rate.bid_buffer),
        "g": amount(rate.ask_buffer),
        "Q": amount(rate.bid),
        "G": amount(rate.ask),
    }


def tell_marks(exchange: Exchange, second: int) -> None:
    """Tell every price to its subscribers; `second` counts those for which there is a stream."""
    if not exchange.is_heard:
        return
    due = [name for name, every_s in EVERY_S.items() if second % every_s == 0]
    trading = (each for market in MARKETS for each in exchange.trading(market))
    for contract in trading:
        event = mark_update(exchange, contract)
        for name in due:
            exchange.publish_public(contract.market, contract.symbol.lower() + name, event)
    for asset, rate in exchange.rates.items():
        event = index_update(exchange, asset, rate)
        exchange.publish_public("usdm", f"{asset.lower()}usd@assetIndex", event)

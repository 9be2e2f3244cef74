"""The public streams of marks: `<symbol>@markPrice@1s`, and without its end every three seconds."""

from binfut_cli.sandbox.account.contracts import Contract
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


def tell_marks(exchange: Exchange, second: int) -> None:
    """Tell every mark to its subscribers; `second` counts those for which there is a stream."""
    due = [name for name, every_s in EVERY_S.items() if second % every_s == 0]
    for contract in exchange.contracts.values() if exchange.is_heard else ():
        event = mark_update(exchange, contract)
        for name in due:
            exchange.publish_public(contract.market, contract.symbol.lower() + name, event)

"""Which market a symbol belongs to, and what is said of one that a market does not have."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from binfut_cli.endpoints import Market
from binfut_cli.errors import ExchangeError, UsageError

UNKNOWN = -1121
EXAMPLES = {Market.USDM: "BTCUSDT", Market.COINM: "BTCUSD_PERP"}
_COINM = r".+USD_(PERP|[0-9]{6})"


def market_of_symbol(symbol: str) -> Market:
    """The market whose symbols look like this: BTCUSD_PERP and BTCUSD_281229 are coinm's."""
    return Market.COINM if re.fullmatch(_COINM, symbol) else Market.USDM


def markets_of(markets: tuple[Market, ...], symbols: Iterable[str]) -> tuple[Market, ...]:
    """Those of the markets asked for that have one of the symbols; all of them without a symbol.

    Raises UsageError for a symbol of a market that is not asked for.
    """
    homes = {symbol: market_of_symbol(symbol) for symbol in symbols}
    for symbol, home in homes.items():
        if home not in markets:
            raise UsageError(
                f"{symbol} is a symbol of {home}, and {markets[0]} is asked.",
                hint=f"Add --market {home}, or --market all.",
            )
    return tuple(market for market in markets if not homes or market in homes.values())


def unknown_symbol(symbol: str, market: Market) -> ExchangeError:
    """The error for a symbol that a market does not have."""
    return ExchangeError(
        f"{symbol} is not a symbol of {market}.",
        hint=f"Symbols of {market} look like {EXAMPLES[market]}; binfut account config lists them.",
        exchange_code=UNKNOWN,
    )


@contextmanager
def naming(symbol: str | None, market: Market) -> Iterator[None]:
    """Name the symbol where the exchange only says that it is invalid (-1121)."""
    try:
        yield
    except ExchangeError as exc:
        if symbol is None or exc.exchange_code != UNKNOWN:
            raise
        raise unknown_symbol(symbol, market) from exc

"""Which market a symbol belongs to. The symbols are the exchange's own."""

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.errors import ExchangeError, UsageError
from binfut_cli.resources.result.symbols import market_of_symbol, markets_of, naming, unknown_symbol

BOTH = tuple(Market)


@pytest.mark.parametrize(
    ("symbol", "market"),
    [
        ("BTCUSDT", "usdm"),
        ("BTCUSDC", "usdm"),
        ("1000PEPEUSDT", "usdm"),
        ("测试USDT", "usdm"),
        ("BTCUSDT_281229", "usdm"),
        ("ETHBTC", "usdm"),
        ("BTCUSD_PERP", "coinm"),
        ("BTCUSD_281229", "coinm"),
        ("USD_PERP", "usdm"),
        ("BTCUSD_28122", "usdm"),
    ],
)
def test_the_form_of_a_symbol_tells_its_market(symbol: str, market: str) -> None:
    assert market_of_symbol(symbol) == market


def test_only_the_markets_of_the_symbols_are_asked() -> None:
    assert markets_of(BOTH, []) == BOTH
    assert markets_of(BOTH, ["BTCUSDT"]) == (Market.USDM,)
    assert markets_of(BOTH, ["BTCUSD_PERP"]) == (Market.COINM,)
    assert markets_of(BOTH, ["BTCUSD_PERP", "BTCUSDT"]) == BOTH


@pytest.mark.parametrize(("symbol", "asked"), [("BTCUSDT", "coinm"), ("BTCUSD_PERP", "usdm")])
def test_a_symbol_of_the_other_market_is_told_where_it_belongs(symbol: str, asked: str) -> None:
    with pytest.raises(UsageError) as caught:
        markets_of((Market(asked),), [symbol])
    home = market_of_symbol(symbol)
    assert caught.value.message == f"{symbol} is a symbol of {home}, and {asked} is asked."
    assert caught.value.hint.startswith(f"Add --market {home}")


def test_the_exchanges_own_refusal_gets_the_symbols_name() -> None:
    with pytest.raises(ExchangeError, match="XX is not a symbol of usdm"), naming("XX", BOTH[0]):
        raise ExchangeError("Invalid symbol.", hint="", exchange_code=-1121)


@pytest.mark.parametrize(("symbol", "code"), [(None, -1121), ("XX", -1003)])
def test_any_other_refusal_stays_as_it_is(symbol: str | None, code: int) -> None:
    with pytest.raises(ExchangeError, match="as it was"), naming(symbol, Market.USDM):
        raise ExchangeError("as it was", hint="", exchange_code=code)


def test_an_unknown_symbol_keeps_the_exchanges_code() -> None:
    assert unknown_symbol("X", Market.COINM).exchange_code == -1121
    assert "BTCUSD_PERP" in unknown_symbol("X", Market.COINM).hint

import pytest

from binfut_cli.commands.options.option_types import duration, exchange_name
from binfut_cli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("30s", 30), ("5m", 300), ("0.5h", 1800), ("4w", 2419200)]
)
def test_a_duration_has_a_unit_or_is_in_seconds(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-1", "1e3", "5 m", "7x", "١s"])
def test_no_other_duration_is_read(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        duration(text)


@pytest.mark.parametrize(
    ("typed", "asked"), [("btcusdt", "BTCUSDT"), ("币安人生usdt", "币安人生USDT")]
)
def test_a_symbol_is_asked_for_in_capitals_and_in_any_letters(typed: str, asked: str) -> None:
    assert exchange_name(typed) == asked


@pytest.mark.parametrize("typed", [b"B\xffT".decode("utf-8", "surrogateescape"), "BTC\n", "\x1b[m"])
def test_a_symbol_that_no_request_can_carry_is_refused_before_it(typed: str) -> None:
    with pytest.raises(UsageError, match="is not a name"):
        exchange_name(typed)

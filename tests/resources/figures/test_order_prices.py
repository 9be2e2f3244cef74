"""Where an open order would act next, and how far that is."""

from decimal import Decimal

import pytest

from binfut_cli.codec import Row
from binfut_cli.resources.figures.order_prices import (
    activation,
    callback_rate,
    distance,
    own_price,
    trigger,
)

MARK = Decimal(9200)

# The row of the exchange's Current-All-Open-Orders page; of the algo service's, the words that
# differ.
TRAILING: Row = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "TRAILING_STOP_MARKET", "status": "NEW",
    "price": "0", "stopPrice": "9300", "activatePrice": "9020", "priceRate": "0.3",
}  # fmt: skip
ALGO_TRAILING: Row = {
    "symbol": "BTCUSDT", "side": "SELL", "orderType": "TRAILING_STOP_MARKET", "algoStatus": "NEW",
    "price": "0", "triggerPrice": "9100", "activatePrice": "9300", "callbackRate": "1",
}  # fmt: skip


def test_a_trailing_stop_waits_for_its_activation_and_its_stop_price_means_nothing() -> None:
    for row, price, rate in ((TRAILING, "9020", "0.3"), (ALGO_TRAILING, "9300", "1")):
        assert (activation(row), callback_rate(row)) == (Decimal(price), Decimal(rate))
        assert (trigger(row), own_price(row)) == (None, None)
    assert distance(TRAILING, MARK) == Decimal("0.01956522")
    assert distance(ALGO_TRAILING, MARK) == Decimal("0.01086957")


@pytest.mark.parametrize(
    "row",
    [
        {**TRAILING, "activatePrice": "9200"},
        {**TRAILING, "activatePrice": "9250"},
        {**TRAILING, "activatePrice": "0"},
        {**TRAILING, "activatePrice": None},
        {**ALGO_TRAILING, "activatePrice": "9150"},
        {**ALGO_TRAILING, "activatePrice": "9200"},
        {**ALGO_TRAILING, "algoStatus": "TRIGGERED"},
    ],
)
def test_an_activated_trailing_stop_has_no_distance(row: Row) -> None:
    assert distance(row, MARK) is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"type": "LIMIT", "price": "9108", "stopPrice": "0"}, "0.01"),
        ({"type": "STOP", "price": "9000", "stopPrice": "9108"}, "0.01"),
        ({"type": "LIMIT", "origType": "STOP", "price": "9108", "stopPrice": "9200"}, "0.01"),
        ({"orderType": "STOP", "price": "1", "triggerPrice": "9108", "algoStatus": "NEW"}, "0.01"),
        ({"orderType": "STOP", "price": "9108", "triggerPrice": "1", "algoStatus": "TRIGGERED"},
         "0.01"),
        ({"orderType": "STOP_MARKET", "price": "0", "triggerPrice": "9108"}, "0.01"),
        ({"orderType": "STOP_MARKET", "price": "0", "triggerPrice": "1",
          "algoStatus": "TRIGGERING"}, None),
        ({"type": "MARKET", "price": "0", "stopPrice": "0"}, None),
        ({"type": "LIMIT", "price": Decimal("9108.0")}, "0.01"),
        ({"type": "LIMIT", "price": ""}, None),
        ({"type": "LIMIT"}, None),
    ],
)  # fmt: skip
def test_an_order_acts_next_at_its_trigger_until_it_has_fired(
    row: Row, expected: str | None
) -> None:
    found = distance(row, MARK)
    assert found == (None if expected is None else Decimal(expected))


STOP: Row = {"orderType": "STOP", "price": "9384", "triggerPrice": "9292"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        *(({"algoStatus": each}, "0.01") for each in ("NEW", "CANCELED", "REJECTED", "EXPIRED")),
        *(({"algoStatus": each}, "0.02") for each in ("TRIGGERING", "TRIGGERED", "FINISHED")),
        ({"algoStatus": "PAUSED"}, None),
        *(({"orderType": each}, "0.01") for each in ("STOP_MARKET", "TAKE_PROFIT")),
        ({"orderType": "TAKE_PROFIT_MARKET"}, "0.01"),
        *(({"type": each}, "0.02") for each in ("LIMIT", "MARKET")),
        ({"type": "LIQUIDATION"}, None),
        *(({each: "x"}, None) for each in ("price", "stopPrice", "triggerPrice", "activatePrice")),
        ({"triggerPrice": "x", "stopPrice": "9292"}, None),
    ],
)
def test_what_decides_between_its_prices_is_known_or_there_is_no_distance(
    changed: Row, expected: str | None
) -> None:
    found = distance({**STOP, **changed}, MARK)
    assert found == (None if expected is None else Decimal(expected))


def test_only_a_trailing_stop_is_activated() -> None:
    assert activation({**STOP, "activatePrice": "9020"}) is None


def test_without_a_mark_price_there_is_no_distance() -> None:
    assert distance(TRAILING, None) is None
    assert distance(TRAILING, Decimal()) is None

"""Which rows are left out for being nothing but zeros, and which never are."""

import pytest

from binfut_cli.resources.balances import BALANCES
from binfut_cli.resources.positions import POSITIONS

NONE = {"symbol": "BTCUSDT", "positionAmt": "0", "openOrderInitialMargin": "0", "notional": "0"}


def test_a_position_of_nothing_is_left_out() -> None:
    order = {**NONE, "bidNotional": "12.5"}
    rows = [NONE, {**NONE, "positionAmt": "-0.000"}, order]
    assert POSITIONS.visible(rows, whole=False) == [order]
    assert POSITIONS.visible(rows, whole=True) == rows


@pytest.mark.parametrize("odd", ["", None, "1,5", "NaN", [], {}, True])
@pytest.mark.parametrize("field", ["positionAmt", "openOrderInitialMargin"])
def test_a_position_is_not_left_out_for_what_cannot_be_read(field: str, odd: object) -> None:
    assert POSITIONS.visible([{**NONE, field: odd}], whole=False)


def test_a_position_is_not_left_out_for_an_amount_that_is_not_told() -> None:
    assert POSITIONS.visible([{"symbol": "BTCUSDT", "notional": "18000"}], whole=False)


def test_a_balance_is_not_left_out_for_what_cannot_be_read() -> None:
    nothing = {"asset": "USDT", "balance": "0.00", "crossUnPnl": "0", "availableBalance": "5"}
    assert not BALANCES.visible([nothing], whole=False)
    assert BALANCES.visible([{**nothing, "balance": ""}], whole=False)

"""Single events that do not come, on both markets under a clock moved by hand: they are found."""

import pytest

from binfut_cli.endpoints import Market
from tests.support.losing import Losing


@pytest.mark.parametrize("market", tuple(Market))
def test_what_is_lost_of_balances_positions_and_fills_lies_in_a_gap(market: Market) -> None:
    losing = Losing(market, 0.05, seed=3, every_s=3.0)
    losing.run(900)
    told, lost = losing.told(losing.gaps), losing.told()
    assert lost["account"] + lost["fill"] >= 5
    assert (told["account"], told["fill"]) == (lost["account"], lost["fill"])
    assert len(losing.found) >= 3
    assert losing.false() == []

"""A moment that does not add up: what is off, and since when it may be."""

from decimal import Decimal

import pytest

from binfut_cli.stream.fold.continuity.moment import Moment


@pytest.mark.parametrize(("at_ms", "may"), [(4, False), (5, True), (8, True), (9, False)])
def test_a_row_is_off_by_what_a_moment_since_its_chain_began_lacks(at_ms: int, may: bool) -> None:
    moment = Moment(9, 10)
    moment.add("USDT", Decimal(1), 5)
    assert not moment.may_hear("USDT", at_ms)  # nothing told of it
    moment.heard.add("USDT")
    assert moment.may_hear("USDT", at_ms) is may


def test_a_row_that_nothing_is_said_of_may_be_forgotten() -> None:
    moment = Moment(9, 10)
    moment.add("USDT", Decimal(1), 5)
    moment.forget(["BNB", "USDT"])
    assert moment.off == {}

"""Where positions are liquidated: equity is what they need there, and nothing before."""

from decimal import Decimal

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.stream.live.formulas.brackets import Bracket
from binfut_cli.stream.live.formulas.liquidation import Backing, Held, liquidation_price
from binfut_cli.stream.live.formulas.multi_assets import Rate
from binfut_cli.stream.live.formulas.valuation import Terms

D = Decimal
TIERS = (
    Bracket(D(0), D("0.004"), D(0)),
    Bracket(D(50_000), D("0.005"), D(50)),
    Bracket(D(250_000), D("0.01"), D(1300)),
)
USDM = Terms(Market.USDM, tiers=TIERS)
COINM = Terms(Market.COINM, D(100), (Bracket(D(0), D("0.004"), D(0)),))
MARK = D(80_000)


def price(terms: Terms, backing: str, *legs: tuple[str, str]) -> Decimal | None:
    held = [Held(D(amount), D(entry)) for amount, entry in legs]
    return liquidation_price(terms, held, MARK, Backing(D(backing)))


@pytest.mark.parametrize(
    ("backing", "legs", "at"),
    [
        ("1000", [("0.1", "80000")], "70281.124"),  # (0.1 × 80000 − 1000) / 0.1 / (1 − 0.004)
        ("1000", [("-0.1", "80000")], "89641.434"),
        ("1000", [("1", "80000")], "79346.734"),  # the second bracket, as at the mark
        ("60000", [("1", "80000")], "20080.321"),  # the first, which is not that of the mark
        (
            "1000",
            [("0.3", "80000"), ("-0.1", "81000")],
            "75100.806",
        ),  # 14900 / 0.1984
    ],
)
def test_a_pool_is_used_up(backing: str, legs: list[tuple[str, str]], at: str) -> None:
    found = price(USDM, backing, *legs)
    assert found is not None
    assert round(found, 3) == D(at)


def test_of_coinm_a_short_at_one_times_is_never_liquidated() -> None:
    assert price(COINM, "0.125", ("-100", "80000")) == 0
    assert price(COINM, "0.2", ("-100", "80000")) == 0
    found = price(COINM, "0.025", ("100", "80000"))  # 5x: 0.125 BTC
    assert found is not None
    assert round(found, 3) == D("66933.333")


RATE = Rate(D("0.9"), D("1.2"), 1)


def left(terms: Terms, backing: Backing, at: Decimal, legs: list[Held]) -> Decimal:
    """What is left at a price of all that stands behind legs, less what they need there."""
    own, needed = backing.equity, D(0)
    for amount, entry in legs:
        value = abs(amount) * terms.size / at if terms.size else abs(amount) * at
        tier = [each for each in terms.tiers if each.floor <= value][-1]
        needed += value * tier.rate - tier.cum
        gained = (1 / entry - 1 / at) * terms.size if terms.size else at - entry
        own += amount * gained
    bid_or_ask = backing.rate.bid if own > 0 else backing.rate.ask
    return backing.rest + own * bid_or_ask - needed * backing.rate.ask


@pytest.mark.parametrize(
    ("terms", "backing", "legs"),
    [
        (USDM, Backing(D(1000)), [("0.3", "80000"), ("0.1", "82000")]),
        (USDM, Backing(D(5000), D(-700)), [("1", "79000"), ("4", "80500")]),
        (USDM, Backing(D(1000), D(3000), RATE), [("1", "80000")]),  # own equity is gone by then
        (USDM, Backing(D(9000), D(-3000), RATE), [("1", "80000")]),  # and here there is some
        (USDM, Backing(D(9000), D(-3000), RATE), [("-2", "80000"), ("0.5", "70000")]),
        (USDM, Backing(D(-400), D(2000), RATE), [("-0.3", "80000"), ("-0.2", "79000")]),
        (COINM, Backing(D("0.03")), [("100", "80000"), ("-20", "70000")]),
        (COINM, Backing(D("0.03"), D("0.001"), RATE), [("-300", "80000"), ("20", "70000")]),
    ],
)
def test_at_the_price_nothing_is_left(
    terms: Terms, backing: Backing, legs: list[tuple[str, str]]
) -> None:
    held = [Held(D(amount), D(entry)) for amount, entry in legs]
    at = liquidation_price(terms, held, MARK, backing)
    assert at
    assert abs(left(terms, backing, at, held)) < D("1e-15")


def test_nobody_can_tell_of_a_coinm_leg_without_an_entry() -> None:
    assert price(COINM, "1", ("100", "80000"), ("100", "0")) is None


def test_what_cannot_fall_far_enough_has_no_price() -> None:
    assert price(USDM, "9000", ("0.1", "80000")) == 0


def test_legs_that_balance_are_liquidated_by_what_they_need() -> None:
    assert price(USDM, "1000", ("0.1", "80000"), ("-0.1", "80000")) == 1_100_000  # 2 × 500


def test_nobody_can_tell_without_brackets_or_a_contract_size() -> None:
    assert price(Terms(Market.USDM), "1000", ("0.1", "80000")) is None
    assert price(Terms(Market.COINM, None, TIERS), "1", ("1", "80000")) is None


def test_what_moves_with_no_price_is_liquidated_at_none() -> None:
    assert price(USDM, "1000") == 0

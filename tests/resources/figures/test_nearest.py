"""What is nearest to liquidation: the worst of what can be liquidated alone, and whose it is."""

from decimal import Decimal

import pytest

from binfut_cli.codec import Row
from binfut_cli.resources.figures.nearest import Nearest, highest_ratio, nearest_liquidation


def position(
    symbol: str,
    distance: str | None = None,
    ratio: str | None = None,
    *,
    side: str = "BOTH",
    amount: str = "1",
    maint: str = "5",
    price: str = "100",
) -> Row:
    """A position's row, with what was derived of it."""
    return {
        "symbol": symbol,
        "positionSide": side,
        "positionAmt": amount,
        "maintMargin": maint,
        "liquidationPrice": price,
        "derived": {"liquidationDistance": distance, "marginRatio": ratio},
    }


def account(*positions: Row, ratio: str | None = None, **assets: str | None) -> Row:
    """An account's document."""
    rows = [{"asset": name, "derived": {"marginRatio": found}} for name, found in assets.items()]
    return {"derived": {"marginRatio": ratio}, "assets": rows, "positions": list(positions)}


def test_the_highest_ratio_is_that_of_the_pool_or_of_an_isolated_position() -> None:
    cross = position("A", ratio="0.1")
    assert highest_ratio(account(cross, USDT="0.1")) == Nearest("0.1", "USDT", True)
    alone = position("B", ratio="0.35", side="SHORT")
    assert highest_ratio(account(cross, alone, USDT="0.1")) == Nearest("0.35", "B SHORT", True)
    assert highest_ratio(account(cross, ratio="0.1")) == Nearest("0.1", "account", True)


def test_ratios_are_compared_as_numbers_and_an_infinite_one_is_the_highest() -> None:
    document = account(position("A", ratio="Infinity"), BTC="12.5", ETH="9")
    assert highest_ratio(account(BTC="12.5", ETH="9")) == Nearest("12.5", "BTC", True)
    found = highest_ratio(document)
    assert found == Nearest("Infinity", "A", True)
    assert found.number == Decimal("Infinity")


def test_the_nearest_liquidation_is_the_shortest_distance_below_zero_too() -> None:
    rows = [position("A", "0.2"), position("B", "-0.01"), position("C", "0.03")]
    assert nearest_liquidation(account(*rows)) == Nearest("-0.01", "B", True)
    assert nearest_liquidation(account(rows[0], rows[2])) == Nearest("0.03", "C", True)


def test_of_equal_figures_the_first_stands_for_the_others() -> None:
    rows = [position("A", "0.2", side="LONG"), position("A", "0.2", side="SHORT")]
    assert nearest_liquidation(account(*rows)) == Nearest("0.2", "A LONG", True)


def test_positions_without_an_amount_count_for_nothing() -> None:
    empty = position("A", "0.01", "0.9", amount="0.000")
    assert nearest_liquidation(account(empty)) is None
    assert highest_ratio(account(empty)) is None


@pytest.mark.parametrize(
    ("lacking", "is_sure"),
    [
        (position("B"), False),
        (position("B", maint="0", price="0"), True),  # needs no margin, and cannot be liquidated
        (position("B", amount="odd"), False),
        ({"symbol": "B", "positionAmt": "1"}, False),
    ],
)
def test_a_figure_that_is_not_told_makes_the_extreme_unsure(lacking: Row, is_sure: bool) -> None:
    document = account(position("A", "0.2", "0.1"), lacking)
    assert highest_ratio(document) == Nearest("0.1", "A", is_sure)
    assert nearest_liquidation(document) == Nearest("0.2", "A", is_sure)


@pytest.mark.parametrize("derived", [None, {}, {"marginRatio": "soon", "liquidationDistance": {}}])
def test_what_is_no_figure_in_a_recording_is_none(derived: Row | None) -> None:
    document = account({**position("A"), "derived": derived})
    assert highest_ratio(document) is None
    assert nearest_liquidation(document) is None


def test_an_account_without_anything_is_near_to_nothing() -> None:
    assert highest_ratio({}) is None
    assert nearest_liquidation({}) is None

"""What was last told of each row, and since when: what the next that is told must follow from."""

from decimal import Decimal

import pytest

from binfut_cli.codec import Row
from binfut_cli.stream.fold.continuity import links as module
from binfut_cli.stream.fold.continuity.links import CHAINED, LAG_MS, MOST_CHANGES, ZERO, Link, Links
from binfut_cli.stream.state import State

D = Decimal
LEG = ("BTCUSDT", "BOTH")


def account(wallet: object = "500", amount: object = "2", **more: object) -> State:
    """One asset and one position, as they were read."""
    position = {"symbol": LEG[0], "positionSide": LEG[1], "positionAmt": amount, **more}
    return State({"assets": [{"asset": "USDT", "walletBalance": wallet}], "positions": [position]})


def test_what_is_told_for_the_first_time_begins() -> None:
    links = Links()
    assert links.before("USDT", 5) is None
    links.begin("USDT", "7.50", D("7.5"), 5)
    assert links.before("USDT", 9) == Link("7.50", D("7.5"), 5, 5, changes=(ZERO,))


def test_changes_of_one_time_are_kept_together_and_no_others() -> None:
    links = Links()
    links.begin("USDT", "7", D(7), 5, D(1))
    links.begin("USDT", "9", D(9), 5, D(2))
    link = links.before("USDT", 5)
    assert link == Link("9", D(9), 5, 5, changes=(D(1), D(2)))
    links.begin("USDT", "3", D(3), 6, D(-6))
    link = links.before("USDT", 6)
    assert link is not None
    assert link.changes == (D(-6),)
    for number in range(MOST_CHANGES + 9):
        link.changes = link.with_change(D(number))
    assert link.changes == (*map(D, range(9, MOST_CHANGES + 9)),)


@pytest.mark.parametrize(
    ("time_ms", "began_ms", "agreed_ms", "since_ms"),
    [(5, 5, 0, 6), (4, 5, 0, 5), (9, 5, 0, 9), (9, 5, 8, 9), (9, 5, 20, 20), (5, 5, 6, 6)],
)
def test_what_may_have_come_to_nobody_happened_after_it_was_known(
    time_ms: int, began_ms: int, agreed_ms: int, since_ms: int
) -> None:
    assert Link("1", D(1), time_ms, began_ms, agreed_ms).since_ms == since_ms


@pytest.mark.parametrize(
    ("texts", "changes", "times", "after"),
    [
        (["2", "4.0"], ["1", "2"], [11, 12], ("4.0", D("4.0"), 12, [D(2)], 7)),
        (["2", "5"], ["1", "2"], [11, 12], None),
        (["3", "4"], ["1", "1"], [11, 12], None),
        (["2", "3"], ["1", "1"], [10, 12], None),
        (["2", "2"], ["1", "0"], [11, 12], None),
        (["2", "x"], ["1", "1"], [11, 12], None),
        (["1", "1"], ["0", "0"], [11, 12], ("1", D(1), 10, (), 12)),
        (["1", "2"], ["0", "0"], [11, 12], None),
        (["1.0", "1.0"], ["0", "0"], [11, 12], None),
    ],
)
def test_many_values_are_taken_at_once_only_if_each_goes_on_from_the_one_before(
    texts: list[str], changes: list[str], times: list[int], after: object
) -> None:
    assert Link("1", D(1), 10, 10, same_ms=7).after(texts, changes, times) == after


def test_rows_are_known_from_a_reading_that_says_when_they_changed() -> None:
    links = Links()
    links.read(account(), {LEG: 30}, account())
    assert links.rows == {LEG: Link("2", D(2), 30, 30)}
    later = account(wallet="x", amount="3")
    links.read(later, {LEG: 40, "USDT": 40}, later)
    assert links.rows == {LEG: Link("2", D(2), 30, 30)}  # what was told stands, no amount is none


@pytest.mark.parametrize("odd", [None, "x"])
def test_a_row_of_which_a_reading_says_no_amount_is_neither_known_nor_flat(odd: object) -> None:
    links, part = Links(), account(amount=odd)
    links.read(account(), {LEG: 30, "USDT": 30}, part)
    assert links.rows == {"USDT": Link("500", D(500), 30, 30)}
    links.agreed(account(), 90_000)
    assert links.before(LEG, 90_001) is None
    assert links.before(("ETHUSDT", "BOTH"), 90_001) is not None
    links.read(account(), {}, account())
    links.agreed(account(), 91_000)
    assert links.before(LEG, 90_001) == Link("2", D(2), 91_000, 91_000, 91_000 - LAG_MS)


def test_a_reading_that_agrees_makes_all_rows_known_and_the_others_flat() -> None:
    links = Links()
    links.begin("USDT", "500", D(500), 70_000)
    links.agreed(account(), 90_000)
    assert links.rows == {
        "USDT": Link("500", D(500), 70_000, 70_000, 90_000 - LAG_MS, (ZERO,)),
        LEG: Link("2", D(2), 90_000, 90_000, 90_000 - LAG_MS),
    }
    other = ("ETHUSDT", "BOTH")
    assert links.before(other, 90_000) is None  # it may have been opened just then
    assert links.before("USDC", 90_001) is None  # an asset is not flat
    assert links.before(other, 90_001) == Link("0", ZERO, 90_000, 90_000)
    assert links.rows[other] is links.before(other, 90_002)


@pytest.mark.parametrize("way", ["clear", "forget", "unsure"])
def test_nothing_is_flat_once_something_may_have_been_missed(way: str) -> None:
    links, state = Links(), account()
    links.agreed(state, 90_000)
    if way == "clear":
        links.clear()
    elif way == "forget":
        links.forget([LEG, "nothing"])
    else:
        state.unsure = True  # rows of it were refused
        links.agreed(state, 91_000)
    assert links.before(("ETHUSDT", "BOTH"), 100_000) is None
    assert links.rows.keys() == {"clear": set(), "forget": {"USDT"}}.get(way, {"USDT", LEG})


def test_of_too_many_rows_none_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    links = Links()
    for asset in ("USDT", "USDC", "BNB"):
        links.begin(asset, "1", D(1), 5)
    assert [*links.rows] == ["BNB"]


@pytest.mark.parametrize(
    ("row", "asset"),
    [
        ({"symbol": "BTCUSDT", "marginAsset": "USDC"}, "USDC"),  # told
        ({"symbol": "BTCUSDT"}, "BNB"),  # known of the position
        ({"symbol": "BTCUSDT", "marginAsset": "DOGE"}, "USDT"),  # there is none of that
        ({"symbol": "ETHUSDT", "marginAsset": 7}, "USDT"),
        ({"symbol": "ETHUSDC"}, "USDC"),
        ({"symbol": "ETHBTC"}, None),
        ({}, None),
    ],
)
def test_the_asset_of_a_profit_is_told_or_known_or_the_end_of_the_symbol(
    row: Row, asset: str | None
) -> None:
    links = Links()
    links.agreed(account(marginAsset="BNB"), 5)
    for each in ("USDC", "BNB"):
        links.begin(each, "1", D(1), 5)
    links.learn_margin("ETHUSDC", None)
    assert links.margin_asset(row) == asset


def test_the_asset_of_a_symbol_is_learnt_from_any_reading_and_from_what_is_told() -> None:
    links = Links()
    for each in ("USDT", "BNB"):
        links.begin(each, "1", D(1), 5)
    links.read(account(marginAsset="BNB"), {}, account())
    assert links.margin_asset({"symbol": "BTCUSDT"}) == "BNB"
    links.learn_margin("BTCUSDT", "USDT")
    assert links.margin_asset({"symbol": "BTCUSDT"}) == "USDT"


def test_what_is_linked_are_the_fields_that_say_so() -> None:
    links, state = Links(), account()
    links.agreed(state, 90_000)
    rows = [*state.balances.values(), *state.positions.values()]
    fields = [row[name] for row in rows for name in CHAINED if name in row]
    assert [link.text for link in links.rows.values()] == fields == ["500", "2"]

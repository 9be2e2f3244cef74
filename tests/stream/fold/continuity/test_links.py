"""What was last told of each row, and since when: what the next that is told must follow from."""

from decimal import Decimal

import pytest

from binfut_cli.codec import Row, dumps
from binfut_cli.endpoints import Market
from binfut_cli.stream.events import Told, account_updates, decode
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


@pytest.mark.parametrize(
    ("text", "change", "time", "found"),
    [
        ("12", "2", 6, Link("12", D(12), 6, 1, changes=(D(2),))),
        ("8.0", "-2", 6, Link("8.0", D(8), 6, 1, changes=(D(-2),))),
        ("10.0", "0", 6, Link("10.0", D(10), 5, 1, changes=(D(1),))),  # only written otherwise
        ("12", "1", 6, None),
        ("12", "2", 5, None),
        ("12", "2", 4, None),
        ("-", "2", 6, None),
        ("12", "1.1.1", 6, None),
        (None, "2", 6, None),
        ([], "2", 6, None),
    ],
)
def test_a_row_goes_on_by_a_later_change_that_makes_it_what_it_is(
    text: object, change: str, time: int, found: Link | None
) -> None:
    link = Link("10", D(10), 5, 1, changes=(D(1),))
    assert link.goes_on(text, change, time) is (found is not None)
    assert link == (found or Link("10", D(10), 5, 1, changes=(D(1),)))


@pytest.mark.parametrize(
    ("texts", "changes", "times", "found"),
    [
        ("10 10 10", "0 0 0", (6, 7, 9), Link("10", D(10), 5, 1, 3, (D(1),), 9)),
        ("11 13 12.0", "1 2 -1", (6, 7, 9), Link("12.0", D(12), 9, 1, 3, (D(-1),), 2)),
        ("10 10 10.0", "0 0 0", (6, 7, 9), None),
        ("11 11 12", "1 0 1", (6, 7, 9), None),  # which ones left it as it was is not looked at
        ("11 13 13", "1 2 -1", (6, 7, 9), None),
        ("12 14 13", "1 2 -1", (6, 7, 9), None),
        ("11 13 12", "1 2 -1", (5, 7, 9), None),
        ("11 - 12", "1 2 -1", (6, 7, 9), None),
        ("11 13 12", "1 1.1.1 -1", (6, 7, 9), None),
    ],
)
def test_a_row_goes_on_by_many_changes_if_each_follows_from_the_one_before(
    texts: str, changes: str, times: tuple[int, ...], found: Link | None
) -> None:
    link = Link("10", D(10), 5, 1, 3, (D(1),), 2)
    after = link.after(texts.split(), changes.split(), times)
    assert (after is None) is (found is None)
    if after is not None:
        link.take(after)
    assert link == (found or Link("10", D(10), 5, 1, 3, (D(1),), 2))


def told(*wallets: str, amount: str = "2") -> list[Told]:
    """What updates say of one asset, which grows by one each time, and of one position."""
    position = {"s": LEG[0], "pa": amount, "ps": LEG[1]}
    messages = [
        dumps({
            "e": "ACCOUNT_UPDATE", "E": 1, "T": 1,
            "a": {"B": [{"a": "USDT", "wb": wallet, "cw": "0", "bc": "1"}], "P": [position]},
        })
        for wallet in wallets
    ]  # fmt: skip
    decode(messages[0], Market.USDM)  # from which the order of its keys is learned
    found = account_updates(messages)
    assert found is not None
    return [each.told for each in found]


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("wallets", [("501",), ("501", "502")])
def test_what_events_tell_is_taken_if_all_rows_go_on(wallets: tuple[str, ...]) -> None:
    links, times = Links(), [90_001, 90_002][: len(wallets)]
    links.agreed(account(), 90_000)
    assert links.go_on(["USDT", LEG], told(*wallets), times) is True
    assert links.rows["USDT"].text == wallets[-1]
    assert links.rows["USDT"].time_ms == links.rows[LEG].same_ms == times[-1]


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize(
    ("wallets", "amount", "leg"),
    [(("501", "503"), "2", LEG), (("501", "502"), "3", LEG), (("501", "502"), "2", ("", ""))],
)
def test_nothing_of_what_many_events_tell_is_taken_if_a_row_does_not_go_on(
    wallets: tuple[str, ...], amount: str, leg: tuple[str, str]
) -> None:
    links, other = Links(), Links()
    for each in (links, other):
        each.agreed(account(), 90_000)
    assert links.go_on(["USDT", leg], told(*wallets, amount=amount), (90_001, 90_002)) is False
    assert links == other

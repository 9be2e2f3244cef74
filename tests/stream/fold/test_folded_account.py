"""The account as it is known: read, folded, compared."""

import pytest

from binfut_cli.codec import Row, dumps
from binfut_cli.endpoints import Market
from binfut_cli.stream.events import AccountUpdate, Event, Rows, account_updates, decode
from binfut_cli.stream.fold import folded_account
from binfut_cli.stream.fold.audit import STALE_LOOKS, Finding, stamps
from binfut_cli.stream.fold.folded_account import FoldedAccount, KnownAccount
from binfut_cli.stream.fold.reported_orders import ReportedOrders, change_key, conditional_key
from binfut_cli.stream.records import Cause, Gap
from binfut_cli.stream.state import State
from tests.support.samples import encoded

GAP = Gap(1, 20, 90, "x", "possible", Cause.TRANSPORT, possible_from_ms=10)


def read(wallet: str, changed_ms: int) -> Row:
    """An answer that has one asset."""
    row = {"asset": "USDT", "walletBalance": wallet, "updateTime": changed_ms}
    return {"assets": [row], "positions": []}


def judged(known: FoldedAccount, document: Row) -> Finding:
    return known.judge(State(document), stamps(document))


def event(message: Row) -> Event:
    found = decode(encoded(message), Market.USDM)
    assert isinstance(found, Event)
    return found


def wallet(amount: str, time_ms: int) -> Event:
    row = {"a": "USDT", "wb": amount}
    return event({"e": "ACCOUNT_UPDATE", "E": time_ms, "T": time_ms, "a": {"B": [row]}})


def typed(amount: str, time_ms: int, asset: str = "USDT") -> AccountUpdate:
    """The same, as most are read."""
    told = {"B": [{"a": asset, "wb": amount, "bc": "0"}], "P": [], "m": "ORDER"}
    message = dumps({"e": "ACCOUNT_UPDATE", "E": time_ms, "T": time_ms, "a": told})
    decode(message, Market.USDM)
    found = account_updates([message])
    assert found is not None
    return found[0]


def order(time_ms: int) -> Event:
    row = {"s": "BTCUSDT", "i": 7, "X": "NEW", "x": "NEW"}
    return event({"e": "ORDER_TRADE_UPDATE", "E": time_ms, "T": time_ms, "o": row})


def account() -> FoldedAccount:
    known = FoldedAccount()
    known.read(read("10", 5))
    return known


def test_of_an_account_that_was_never_read_events_say_nothing() -> None:
    known, update = FoldedAccount(), wallet("11", 6)
    known.apply(update)
    known.apply(order(7))
    assert "previous" not in update.body["balances"][0]
    assert not known.orders.open
    assert known.read(read("10", 5)) == []
    assert known.is_known


def test_an_event_is_folded_into_its_row_and_an_order_is_remembered() -> None:
    known, update = account(), wallet("11", 6)
    known.apply(update)
    known.apply(order(7))
    assert update.body["balances"][0]["previous"] == {"walletBalance": "10"}
    assert known.state.balances["USDT"]["walletBalance"] == "11"
    assert known.orders.was_told(change_key("BTCUSDT", "7", 7))


@pytest.mark.usefixtures("nothing_learned")
def test_a_typed_update_is_folded_the_same_whether_its_rows_are_asked_for_or_not() -> None:
    asked, unasked = account(), account()
    for known in (asked, unasked):
        known.chains.agreed(known.state, 5)
    ((balances, positions),) = asked.update([typed("12", 7)], 8)
    assert unasked.update([typed("12", 7)], 8, Rows.NONE) == [([], [])]
    assert [row["previous"] for row in balances] == [{"walletBalance": "10"}]
    assert positions == []
    for known in (asked, unasked):
        assert known.state.balances["USDT"]["walletBalance"] == "12"
        assert known.stamps == {"USDT": 7}
        assert known.chains.moments[7].came_ms == 8
    assert asked.chains == unasked.chains


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize(("is_known", "is_full"), [(False, False), (True, True)])
def test_a_typed_update_is_left_to_others_by_an_account_that_takes_none(
    is_known: bool, is_full: bool
) -> None:
    known = account() if is_known else FoldedAccount()
    known.state.is_full = is_full
    assert known.update([typed("11", 6)], 7) == []
    assert known.stamps.get("USDT", 0) <= 5


def test_a_conditional_order_is_remembered() -> None:
    known, told = account(), {"s": "BTCUSDT", "aid": 9, "X": "NEW"}
    known.apply(event({"e": "ALGO_UPDATE", "E": 6, "T": 6, "o": told}))
    assert known.orders.was_told(conditional_key("BTCUSDT", "9", "NEW"))


@pytest.mark.parametrize(("changed_ms", "holds"), [(7, "12"), (6, "12"), (5, "11")])
def test_a_reading_is_the_truth_but_for_rows_that_the_stream_told_later_ones_of(
    changed_ms: int, holds: str
) -> None:
    known = account()
    known.apply(wallet("11", 6))
    found = known.read(read("12", changed_ms))
    assert [(each.before, each.after) for each in found] == [("11", "12")] * (holds == "12")
    assert known.state.balances["USDT"]["walletBalance"] == holds


def test_what_readings_of_an_older_row_insist_on_is_the_truth() -> None:
    known = account()
    known.apply(wallet("11", 6))
    for _ in range(STALE_LOOKS):
        found = judged(known, read("12", 5))
    assert found.verdict == "drift"
    (told,) = known.read(read("12", 5))
    assert (told.before, told.after) == ("11", "12")
    assert judged(known, read("12", 5)).verdict == "clean"


def test_an_older_reading_does_not_make_forgotten_how_late_a_row_was_told() -> None:
    known = account()
    known.apply(wallet("11", 6))
    for _ in range(2):
        assert known.read(read("12", 5)) == []
    assert known.state.balances["USDT"]["walletBalance"] == "11"


def test_a_doubt_does_not_outlive_the_stream_that_gave_it() -> None:
    known, other = account(), read("11", 5)
    assert judged(known, other).verdict == "doubt"
    known.has_drifted = True
    known.covered()
    assert not known.has_drifted
    assert judged(known, other).verdict == "doubt"
    assert judged(known, other).verdict == "drift"


@pytest.mark.parametrize(
    ("wallet", "changed_ms", "missed"),
    [("11", 6, True), ("11", 9, True), ("11", 10, False), ("11", 5, False), ("10", 6, False)],
)
def test_a_change_was_missed_if_it_is_later_than_what_is_known_and_early_enough(
    wallet: str, changed_ms: int, missed: bool
) -> None:
    assert account().misses_change(read(wallet, changed_ms), until_ms=9) == missed


def test_what_changes_after_a_gap_was_told_does_not_change_what_was_before_it() -> None:
    known = account()
    before = known.before_gap(GAP)
    known.apply(wallet("11", 95))
    change = known.after_gap(before, read_ms=99)
    assert (change.gap, change.read_ms) == (GAP, 99)
    assert (change.before, change.after) == ({"USDT": "10"}, {"USDT": "11"})
    assert (change.since, change.until) == ({"USDT": 5}, {"USDT": 95})


def test_a_reading_that_tells_less_than_the_last_is_one_in_part() -> None:
    known, odd = account(), {"assets": [{"asset": "USDT", "walletBalance": None}], "positions": []}
    assert known.is_part(State(odd))
    assert not known.is_part(State(read("12", 6)))
    assert not known.has_more(State(read("12", 6)))
    known.reread(odd)
    assert known.is_part(State(odd))  # what was read before goes on being asked for
    known.read(odd)
    assert not known.is_part(State(odd))  # a new snapshot is all that is known to be told
    assert known.has_more(State(read("12", 6)))


def test_it_is_weighed_each_time_that_so_many_bytes_have_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, weighed = account(), list[State]()
    monkeypatch.setattr(State, "weigh", lambda state: weighed.append(state))
    monkeypatch.setattr(folded_account, "WEIGHED_EACH", 10)
    counts = []
    for told in (10, 1, 10, 1, 1, 8, 3):
        known.weigh(told)
        counts.append(len(weighed))
    assert counts == [0, 1, 1, 2, 2, 2, 3]


def test_what_is_full_is_not_weighed_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    known, weighed = account(), list[State]()
    monkeypatch.setattr(State, "weigh", lambda state: weighed.append(state))
    assert known.is_full is False
    known.state.is_full = True
    known.weigh(folded_account.WEIGHED_EACH + 1)
    assert known.is_full is True
    assert weighed == []


@pytest.mark.parametrize("is_full", [False, True])
def test_of_what_was_full_nothing_is_kept_that_a_reading_does_not_tell(is_full: bool) -> None:
    known = account()
    known.state.is_full = is_full
    known.read({"assets": [{"asset": "USDT"}], "positions": []})
    assert ("walletBalance" in known.state.balances["USDT"]) is not is_full


def test_what_was_never_read_is_no_less_than_any_reading() -> None:
    known = FoldedAccount()
    assert not known.is_part(State({"assets": [], "positions": []}))


def test_rows_are_lacking_only_if_what_was_read_had_them() -> None:
    known, none = account(), {"assets": [{"asset": "USDT"}], "positions": []}
    known.read(none)
    assert not known.has_more(State(none))
    assert known.has_more(State(read("12", 6)))


@pytest.mark.parametrize(("held", "has_more"), [("1", True), ("0", False)])
def test_of_rows_that_were_refused_a_reading_has_more_if_it_has_what_is_held(
    held: str, has_more: bool
) -> None:
    known = account()
    lacking: Row = {"assets": [], "positions": [], "incomplete": ["positions"]}
    known.read(lacking)
    assert known.has_more(
        State({**lacking, "assets": [{"asset": "BNB", "walletBalance": held}]})
    ) is (has_more)


def test_another_goes_on_from_what_is_known_and_neither_changes_it() -> None:
    first = FoldedAccount()
    first.read(read("10", 5), time_ms=4)
    first.apply(wallet("11", 6))
    known = first.known(8)
    assert known is not None
    assert (known.document, known.read_ms, known.proven_ms) == (read("10", 5), 4, 8)
    assert known.orders is first.orders
    other = FoldedAccount(known)
    assert other.stamps == {"USDT": 6}
    assert (other.is_known, other.is_read, other.has_drifted) == (True, False, False)
    assert other.orders is known.orders
    for each, update in ((first, wallet("12", 9)), (other, wallet("13", 10))):
        each.apply(update)
        assert update.body["balances"][0]["previous"] == {"walletBalance": "11"}
    assert known.stamps == {"USDT": 6}
    again = other.known(12)
    assert again is not None
    assert (again.document, again.read_ms) == (read("10", 5), 4)
    assert (again.state.balances["USDT"]["walletBalance"], again.stamps) == ("13", {"USDT": 10})


def test_what_was_never_read_is_not_known() -> None:
    known = FoldedAccount()
    assert (known.is_known, known.is_read, known.has_drifted) == (False, False, False)
    assert known.known(5) is None
    known.read(read("10", 5))
    found = known.known(5)
    assert known.is_read is True
    assert found is not None
    assert found.read_ms == 0


def test_orders_of_a_value_that_names_none_are_its_own() -> None:
    one, other = (KnownAccount(read("10", 5), 4, State(read("10", 5)), {}, 8) for _ in range(2))
    assert isinstance(one.orders, ReportedOrders)
    assert one.orders is not other.orders


def test_a_check_says_what_differs_and_when_it_was_read() -> None:
    known = account()
    (found,) = known.reread(read("12", 6), 77)
    assert (found.before, found.after) == ("10", "12")
    now = known.known(1)
    assert now is not None
    assert now.read_ms == 77
    known.reread(read("12", 6))
    now = known.known(1)
    assert now is not None
    assert now.read_ms == 0


def fill(time_ms: int, trade: int = 3) -> Event:
    row = {"s": "BTCUSDT", "i": 7, "t": trade, "S": "BUY", "X": "FILLED", "x": "TRADE"}
    more = {"ps": "BOTH", "l": "1", "z": "1", "n": "0"}
    return event({"e": "ORDER_TRADE_UPDATE", "E": time_ms, "T": time_ms, "o": row | more})


@pytest.mark.parametrize("came_ms", [0, 7])
def test_of_what_does_not_add_up_it_is_known_when_it_came(came_ms: int) -> None:
    known = account()
    known.chains.agreed(known.state, 5)
    row = {"a": "USDT", "wb": "11", "bc": "0"}
    paid = event({"e": "ACCOUNT_UPDATE", "E": 20, "T": 20, "a": {"B": [row]}})
    for update in (paid, fill(30)):
        known.apply(update, *([came_ms] if came_ms else []))
    assert {at: each.came_ms for at, each in known.chains.moments.items()} == {
        20: came_ms,
        30: came_ms,
    }


def test_a_fill_that_is_told_twice_moves_its_position_once() -> None:
    known = account()
    known.chains.agreed(known.state, 5)
    for _ in range(2):
        known.apply(fill(30))
    assert [*known.chains.moments[30].off.values()] == [-1]


def test_a_row_that_was_not_known_was_missed_and_one_that_is_not_told_was_not() -> None:
    known, bnb = account(), {"asset": "BNB", "walletBalance": "1", "updateTime": 6}
    more = read("10", 5)
    more["assets"].append(bnb)
    assert known.misses_change(more, until_ms=9)
    known.read({**more, "positions": [{"symbol": "BTCUSDT", "positionAmt": "1"}]})
    assert not known.misses_change(more, until_ms=9)


@pytest.mark.usefixtures("nothing_learned")
def test_each_row_is_stamped_with_the_last_that_was_told_of_it() -> None:
    known = account()
    for time_ms in (6, 7, 8):
        known.update([typed("11", time_ms)], time_ms)
    known.apply(wallet("12", 9))
    assert known.stamps == {"USDT": 9}
    known.update([typed("13", 10)], 10)
    known.update([typed("14", 11)], 11)
    known.read(read("14", 5), 12)
    assert known.stamps == {"USDT": 11}
    known.update([typed("15", 12)], 12)
    assert known.stamps == {"USDT": 12}
    known.update([typed("16", 13), typed("1", 14, "BNB"), typed("2", 15, "BNB")], 15)
    assert known.stamps == {"USDT": 13, "BNB": 15}


@pytest.mark.usefixtures("nothing_learned")
def test_what_is_told_at_once_of_one_row_and_then_another_is_said_of_each() -> None:
    known = account()
    known.chains.agreed(known.state, 5)
    known.update([typed("12", 6), typed("1", 7, "BNB"), typed("2", 8, "BNB")], 9)
    assert known.stamps == {"USDT": 6, "BNB": 8}
    assert {time: each.came_ms for time, each in known.chains.moments.items()} == {6: 9, 8: 9}

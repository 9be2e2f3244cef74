"""The account as it is known: read, folded, compared."""

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.stream.events import Event, decode
from binfut_cli.stream.fold.audit import STALE_LOOKS
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.reported_orders import change_key
from binfut_cli.stream.records import Cause, Gap
from tests.support.samples import encoded

GAP = Gap(1, 20, 90, "x", "possible", Cause.TRANSPORT, possible_from_ms=10)


def read(wallet: str, changed_ms: int) -> Row:
    """An answer that has one asset."""
    row = {"asset": "USDT", "walletBalance": wallet, "updateTime": changed_ms}
    return {"assets": [row], "positions": []}


def event(message: Row) -> Event:
    found = decode(encoded(message), Market.USDM)
    assert isinstance(found, Event)
    return found


def wallet(amount: str, time_ms: int) -> Event:
    row = {"a": "USDT", "wb": amount}
    return event({"e": "ACCOUNT_UPDATE", "E": time_ms, "T": time_ms, "a": {"B": [row]}})


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
        found = known.judge(read("12", 5))
    assert found.verdict == "drift"
    (told,) = known.read(read("12", 5))
    assert (told.before, told.after) == ("11", "12")
    assert known.judge(read("12", 5)).verdict == "clean"


def test_an_older_reading_does_not_make_forgotten_how_late_a_row_was_told() -> None:
    known = account()
    known.apply(wallet("11", 6))
    for _ in range(2):
        assert known.read(read("12", 5)) == []
    assert known.state.balances["USDT"]["walletBalance"] == "11"


def test_a_doubt_does_not_outlive_the_stream_that_gave_it() -> None:
    known, other = account(), read("11", 5)
    assert known.judge(other).verdict == "doubt"
    known.has_drifted = True
    known.covered()
    assert not known.has_drifted
    assert known.judge(other).verdict == "doubt"
    assert known.judge(other).verdict == "drift"


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
    assert known.is_part(odd)
    assert not known.is_part(read("12", 6))
    assert not known.has_more(read("12", 6))
    known.reread(odd)
    assert known.is_part(odd)  # what was read before goes on being asked for
    known.read(odd)
    assert not known.is_part(odd)  # a new snapshot is all that is known to be told
    assert known.has_more(read("12", 6))

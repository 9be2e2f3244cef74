"""The judge of a watch notices what is missing."""

from typing import Any

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.stream.records import Cause, Gap, Raw, Record, Status, Verdict
from tests.support.oracle import Told, Verdicts, verdicts

T = 1_790_000_000_000
Row = dict[str, Any]


def balance(number: int, wallet: str, time: int = T) -> Row:
    """A ledger entry."""
    after = {"walletBalance": wallet, "crossWalletBalance": wallet}
    where = {"account": "one-way", "market": "usdm", "kind": "balance", "keys": {"asset": "BNB"}}
    return {"id": number, "T": time, "after": after, "event": "ACCOUNT_UPDATE", **where}


def connected() -> Record:
    return Record.of(Status(Verdict.CONNECTED, "x"), T - 9999, Market.USDM)


def event(wallet: str, time: int = T) -> Record:
    """The record that tells it."""
    row = {"asset": "BNB", "walletBalance": wallet, "crossWalletBalance": wallet}
    body: Row = {"event": "ACCOUNT_UPDATE", "eventTime": time, "transactionTime": time}
    return Record("event", Market.USDM, time, "stream", body | {"balances": [row], "positions": []})


def gap(start: int, end: int, possible: int | None = None) -> Record:
    body = Gap(1, start, end, "x", "possible", Cause.TRANSPORT, possible_from_ms=possible)
    return Record.of(body, T + 9999, Market.USDM)


def raw(text: str, time: int = T) -> Record:
    return Record.of(Raw("x", text), time, Market.USDM)


def judged(ledger: list[Row], *records: Record, acts: list[int] | None = None) -> Verdicts:
    return verdicts(ledger, Told("usdm", [connected(), *records]), acts or [])


def test_what_is_neither_printed_nor_in_a_gap_is_lost() -> None:
    ledger = [balance(1, "5"), balance(2, "6", T + 1), balance(3, "7", T + 2)]
    found = judged(ledger, event("5"), gap(T + 2, T + 3))
    assert (found.printed, found.in_gap, found.lost) == (1, 1, [ledger[1]])


def test_an_event_with_another_value_or_time_tells_nothing() -> None:
    assert judged([balance(1, "5")], event("6")).lost
    assert judged([balance(1, "5")], event("5", T + 1)).lost


def test_twins_need_two_events() -> None:
    twins = [balance(1, "5"), balance(2, "6"), balance(3, "5")]
    acts = [1, 2, 3]
    assert judged(twins, event("5"), event("6"), event("5"), acts=acts).printed == 3
    assert judged(twins, event("5"), event("6"), acts=acts).lost == [twins[2]]


def test_of_the_steps_of_one_happening_the_last_is_told() -> None:
    found = judged([balance(1, "5"), balance(2, "6")], event("6"), acts=[2])
    assert (found.all, found.printed) == (1, 1)


@pytest.mark.parametrize("text", ['{"e":"ACCOUNT_UPDATE","T":', "", "{"])
def test_an_unreadable_message_stands_for_one_of_its_time(text: str) -> None:
    ledger = [balance(1, "5"), balance(2, "6", T + 1)]
    found = judged(ledger, raw(text, T + 2))
    assert (found.unreadable, found.lost) == (1, [ledger[1]])
    assert judged(ledger, raw(text, T - 1)).unreadable == 0


def test_an_unreadable_message_that_says_when_stands_for_that_alone() -> None:
    text = f'{{"e":"ACCOUNT_UPDATE","T":{T},'
    assert judged([balance(1, "5")], raw(text, T + 5000)).unreadable == 1
    assert judged([balance(1, "5", T + 1)], raw(text, T + 2)).lost


def test_what_only_a_possible_gap_contains_is_counted_apart() -> None:
    found = judged([balance(1, "5")], gap(T + 1, T + 2, possible=T))
    assert (found.in_gap, found.possible) == (1, 1)


def dropped(ledger: list[Row], *records: Record) -> Verdicts:
    """Judged, where the account's event of this time was dropped."""
    kept = {("ACCOUNT_UPDATE", T): "account"}
    return verdicts(ledger, Told("usdm", [connected(), *records], dropped=kept))


def test_what_was_dropped_and_is_followed_is_to_be_found() -> None:
    ledger = [{**balance(1, "5"), "before": {"walletBalance": "4"}}]
    assert dropped(ledger).unfound == ledger
    found = dropped(ledger, gap(T, T))
    assert (found.found, found.unfound, found.unfindable) == (1, [], 0)


@pytest.mark.parametrize(
    "more",
    [
        {"before": {"walletBalance": "5"}},
        {"kind": "config", "before": {"marginType": "CROSSED"}, "after": {"marginType": "x"}},
    ],
)
def test_of_margin_and_settings_that_were_dropped_nothing_follows(more: Row) -> None:
    found = dropped([{**balance(1, "5"), **more}])
    assert (found.unfindable, found.unfound, found.lost) == (1, [], [])


def test_the_last_update_of_a_millisecond_may_tell_those_before() -> None:
    steps = [{**balance(n, wallet), "before": {}} for n, wallet in ((1, "5"), (2, "6"))]
    told = verdicts(steps, Told("usdm", [connected(), event("6")], dropped={
        ("ACCOUNT_UPDATE", T): "account",
    }), [1, 2])  # fmt: skip
    assert (told.printed, told.unfindable, told.unfound) == (1, 1, [])

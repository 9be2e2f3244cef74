"""What of a watch was shown, counted by few and short names whatever the exchange says."""

import random

import pytest

from binfut_cli.codec import Unreadable, Why
from binfut_cli.commands.watch.limits import MOST_REASON, MOST_REASONS, OTHER, Tallies, Tally
from binfut_cli.endpoints import Market
from binfut_cli.stream.events import decode
from binfut_cli.stream.records import Raw, Record


def event(reason: object) -> Record:
    return Record("event", Market.USDM, 1, "stream", {"event": "ACCOUNT_UPDATE", "reason": reason})


def test_reasons_are_counted_by_their_names() -> None:
    tally = Tally()
    for record in (event("ORDER"), event("ORDER"), event(None), event("")):
        tally.count(record)
    tally.count(Record.of(Raw("not UTF-8", "x"), 1, Market.USDM))
    assert tally.by_reason == {"ORDER": 2, "not UTF-8": 1}
    assert tally.events == 5


def test_messages_that_cannot_be_read_are_counted_by_their_kind() -> None:
    """Whatever their bytes, and whatever the decoder says of them."""
    tally, chance = Tally(), random.Random(1)
    message = b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[{"a":"USDT","wb":"1"}],"m":"\\u00e9"}}'
    for _ in range(400):
        place, byte = chance.randrange(len(message)), chance.choice(b'{}[]",:01-\\x\xff')
        odd = message[:place] + bytes([byte]) + message[place + chance.randrange(3) :]
        try:
            decode(odd, Market.USDM)
        except Unreadable as exc:
            tally.count(Record.of(Raw(str(exc), "x"), 1, Market.USDM))
    assert {Why.MALFORMED, Why.NOT_UTF8, Why.NO_SUCH_SHAPE} <= set(tally.by_reason) <= set(Why)


@pytest.mark.parametrize("reason", [["ORDER"], {"a": 1}, 7, True, "x" * (MOST_REASON + 1)])
def test_what_is_no_name_is_another(reason: object) -> None:
    tally = Tally()
    tally.count(event(reason))
    assert tally.by_reason == {OTHER: 1}


def test_of_ever_new_reasons_the_first_are_told_apart() -> None:
    tally = Tally()
    for number in range(1000):
        tally.count(event(f"R{number}"))
    tally.count(event("R0"))
    assert len(tally.by_reason) == MOST_REASONS + 1
    assert tally.by_reason["R0"] == 2
    assert sum(tally.by_reason.values()) == 1001


def test_many_are_counted_as_one_after_the_other() -> None:
    reasons = ["A", None, "B", "A", "", ["A"], 7, "x" * (MOST_REASON + 1), "A", OTHER]
    records = [*map(event, reasons), Record.of(Raw("not UTF-8", "x"), 1, Market.USDM)]
    many, single = Tallies([None]), Tallies([None])
    many.count_all(records)
    for record in records:
        single.count(record)
    assert many.each == single.each
    assert many.events == single.events == len(records)

"""Copies of an event that two servers write otherwise: the same, and never what says otherwise."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.stream.events import DECODERS, Event, decode
from binfut_cli.stream.fold.streams.joined_streams import JoinedStreams
from binfut_cli.stream.fold.streams.meaning import Meaning, meaning
from tests.support.samples import FRAMES, body, encoded, market

ACCOUNT: dict[str, Any] = {
    "e": "ACCOUNT_UPDATE",
    "E": 5,
    "T": 4,
    "a": {
        "m": "ORDER",
        "B": [{"a": "USDT", "wb": "100.50", "cw": "0.0010", "bc": "0"}],
        "P": [{"s": "BTCUSDT", "pa": "-120", "ep": "83000", "ps": "BOTH", "iw": "0"}],
    },
}
ORDER: dict[str, Any] = {
    "e": "ORDER_TRADE_UPDATE",
    "E": 5,
    "T": 4,
    "o": {"s": "BTCUSDT", "c": "1e3.", "i": 8389765991000001, "x": "TRADE", "z": "1", "m": True},
}
NAMED: dict[str, Any] = {
    "e": "ORDER_TRADE_UPDATE",
    "E": 5,
    "T": 4,
    "o": {"s": "BTCUSDT", "c": "-07", "si": "007", "N": "07.5"},
}
TWO: dict[str, Any] = {
    "e": "ACCOUNT_UPDATE",
    "E": 5,
    "T": 4,
    "a": {"B": [{"a": "USDT", "wb": "1"}, {"a": "USDC"}]},
}
OTHER: dict[str, Any] = {"e": "NEW_EVENT", "E": 5, "T": 4, "x": {"wb": "1.0", "more": "1"}}


pytestmark = pytest.mark.usefixtures("nothing_learned")  # layouts that no exchange uses


def said(message: dict[str, Any]) -> Meaning:
    event = decode(json.dumps(message).encode(), Market.USDM)
    assert isinstance(event, Event)
    return meaning(event)


def changed(message: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    text = json.dumps(message)
    assert text.count(old) == 1
    found: dict[str, Any] = json.loads(text.replace(old, new))
    return found


@pytest.mark.parametrize(
    ("message", "old", "new"),
    [
        (ACCOUNT, '"E": 5', '"E": 6'),
        (ACCOUNT, '"100.50"', '"100.5"'),
        (ACCOUNT, '"100.50"', '"1.005E+2"'),
        (ACCOUNT, '"0.0010"', '"1e-3"'),
        (ACCOUNT, '"83000"', '"83000.00"'),
        (ACCOUNT, '"bc": "0"', '"bc": "0.00000000"'),
        (ACCOUNT, '"-120"', '"-1.2E2"'),
        (ACCOUNT, '"iw": "0"', '"iw": "0", "new": "field"'),
        (ACCOUNT, '"T": 4', '"T": 4, "new": {"deep": [1]}'),
        (ACCOUNT, '"iw": "0"', '"iw": "0", "ma": "USDT"'),
        (ACCOUNT, '"wb": "100.50", "cw": "0.0010"', '"cw": "0.0010", "wb": "100.50"'),
        (ORDER, "8389765991000001", '"8389765991000001"'),
        (ORDER, '"x": "TRADE", "z": "1"', '"z": "1.0", "x": "TRADE"'),
    ],
)
def test_what_is_written_otherwise_is_a_copy(message: Any, old: str, new: str) -> None:
    joined, copy = JoinedStreams(Market.USDM), changed(message, old, new)
    joined.joining(2)
    joined.joined(2)
    first, second = (json.dumps(each).encode() for each in (message, copy))
    assert joined.new(1, [first], 0) == [first]
    assert joined.new(2, [second], 1) == []


@pytest.mark.parametrize(
    ("message", "old", "new"),
    [
        (ACCOUNT, '"T": 4', '"T": 5'),
        (ACCOUNT, '"100.50"', '"100.05"'),
        (ACCOUNT, '"100.50"', '"-100.50"'),
        (ACCOUNT, '"-120"', '"-12"'),  # no zero of a whole number is left out
        (ACCOUNT, '"83000"', '"83"'),
        (ACCOUNT, '"bc": "0"', '"bc": "0.00000001"'),
        (ACCOUNT, '"USDT"', '"USDC"'),
        (ORDER, "8389765991000001", "8389765991000002"),
        (ORDER, '"1e3."', '"1000"'),  # that is no number
        (ORDER, "true", "false"),
        (ORDER, '"TRADE"', '"NEW"'),
        (NAMED, '"-07"', '"-7"'),  # an id, not a number
        (NAMED, '"007"', '"7"'),
        (NAMED, '"07.5"', '"7.5"'),
        (NAMED, '"-07"', '""'),
        (TWO, '{"a": "USDT", "wb": "1"}, {"a": "USDC"}', '{"a": "USDC"}, {"a": "USDT", "wb": "1"}'),
        (OTHER, '"more": "1"', '"more": "2"'),  # of what is not documented, all may matter
        (OTHER, '"1.0"', '"1.00"'),
    ],
)
def test_what_says_something_else_is_none(message: Any, old: str, new: str) -> None:
    assert said(message) != said(changed(message, old, new))


def test_all_that_a_documented_event_says_tells_it_apart() -> None:
    for event in documented():
        for bent in others(event.body):
            other = Event(event.name, event.event_time, event.transaction_time, bent)
            assert meaning(event) != meaning(other), bent


def documented() -> Iterator[Event]:
    for name in FRAMES:
        event = decode(encoded(body(name)), market(name))
        if isinstance(event, Event) and event.name in DECODERS:
            yield event


ASIDE = ("accountAlias", "marginAsset")  # of the account and of the symbol, not of the event


def others(value: Any) -> list[Any]:
    """The value in which one thing is otherwise, for each thing in it."""
    if isinstance(value, dict):
        keys = [key for key in value if key not in ASIDE]
        return [{**value, key: each} for key in keys for each in others(value[key])]
    if isinstance(value, list):
        places = range(len(value))
        return [
            [*value[:place], each, *value[place + 1 :]]
            for place in places
            for each in others(value[place])
        ]
    return ["another"]

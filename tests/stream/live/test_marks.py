"""Marks: which messages tell one, and which of two is the later."""

import json
from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.stream.live.formulas.multi_assets import Rate
from binfut_cli.stream.live.marks import (
    Mark,
    Marks,
    Price,
    index_of,
    index_stream_of,
    price_of,
    stream_of,
)

# The exchange's own examples, from the Mark-Price-Stream pages of both markets.
USDM = {
    "e": "markPriceUpdate", "E": 1562305380000, "s": "BTCUSDT", "p": "11794.15000000",
    "i": "11784.62659091", "P": "11784.25641265", "r": "0.00038167", "T": 1562306400000,
}  # fmt: skip
COINM = {
    "e": "markPriceUpdate", "E": 1596095725000, "s": "BTCUSD_201225", "p": "10934.62615417",
    "P": "10962.17178236", "i": "10933.62615417", "r": "", "T": 0,
}  # fmt: skip


# That of its page on the asset index of multi-assets mode.
INDEX = {
    "e": "assetIndexUpdate", "E": 1686749230000, "s": "ADAUSD", "i": "0.27462452",
    "b": "0.10000000", "a": "0.10000000", "B": "0.24716207", "A": "0.30208698", "q": "0.05000000",
    "g": "0.05000000", "Q": "0.26089330", "G": "0.28835575",
}  # fmt: skip


def told(message: Any) -> tuple[str, Price] | None:
    return price_of(json.dumps(message).encode())


def test_the_documented_messages_tell_a_mark() -> None:
    assert told(USDM) == ("BTCUSDT", Mark("11794.15000000", 1562305380000))
    assert told(COINM) == ("BTCUSD_201225", Mark("10934.62615417", 1596095725000))
    assert told({"stream": "btcusdt@markPrice@1s", "data": USDM}) == told(USDM)
    assert stream_of("BTCUSD_PERP") == "btcusd_perp@markPrice@1s"


def test_the_documented_message_tells_what_an_asset_counts() -> None:
    rate = Rate(Decimal("0.24716207"), Decimal("0.30208698"), 1686749230000)
    assert told(INDEX) == (index_of("ADA"), rate)
    assert index_stream_of("ADA") == "adausd@assetIndex"


def test_prices_below_one_and_a_bid_that_is_the_ask_are_prices() -> None:
    assert told({**USDM, "p": "0.00001"}) == ("BTCUSDT", Mark("0.00001", 1562305380000))
    rate = Rate(Decimal("0.3"), Decimal("0.3"), 1686749230000)
    assert told({**INDEX, "B": "0.3", "A": "0.3"}) == ("ADAUSD", rate)


@pytest.mark.parametrize(
    "message",
    [
        {**INDEX, "B": "0"},
        {**INDEX, "B": "0.31"},
        {**INDEX, "B": "x"},
        {**INDEX, "A": "x"},
        {**INDEX, "A": None},
        {**INDEX, "s": 7},
        {**INDEX, "E": None},
        {"result": None, "id": 1},
        [USDM],
        {"data": [USDM]},
        {**USDM, "e": "aggTrade"},
        {**USDM, "p": 11794.15},
        {**USDM, "p": "0"},
        {**USDM, "p": "-1"},
        {**USDM, "p": "NaN"},
        {**USDM, "E": "1562305380000"},
        {**USDM, "E": 10**20},
        {**USDM, "s": None},
        None,
    ],
)
def test_no_other_message_does(message: Any) -> None:
    assert told(message) is None
    assert price_of(b"{") is None


def test_the_later_of_two_marks_stands_and_the_rest_is_forgotten() -> None:
    marks = Marks()
    assert marks.take("BTCUSDT", "2", 20)
    assert marks.take("BTCUSDT", "1", 10) is False
    assert marks.take("BTCUSDT", "1", 20) is False
    assert marks.of("BTCUSDT") == Mark("2", 20)
    marks.take_all({"BTCUSDT": Mark("3", 30), "ETHUSDT": Mark("4", 30)})
    assert marks.of("BTCUSDT") == Mark("3", 30)
    marks.keep({"ETHUSDT"})
    assert marks.of("BTCUSDT") is None
    assert marks.of("ETHUSDT") == Mark("4", 30)


def test_the_later_of_two_rates_stands() -> None:
    marks, one, two = Marks(), Rate(Decimal(1), Decimal(1), 20), Rate(Decimal(2), Decimal(2), 30)
    for rate in (two, one, Rate(Decimal(3), Decimal(3), 30)):
        marks.take_all({"BNBUSD": rate})
    assert (marks.rates(["BNB", "BTC"]), marks.of("BNBUSD")) == ({"BNB": two}, None)


def test_a_symbol_is_silent_once_nothing_is_told_of_it_for_15_s() -> None:
    marks, both = Marks(), ("ETHUSDT", "BTCUSDT")
    assert marks.silent(both, 0) == ()
    marks.take("BTCUSDT", "2", 5000)
    assert marks.silent(both, 15_000) == ()
    assert marks.silent(both, 15_001) == ("ETHUSDT",)
    assert marks.silent(both, 20_001) == ("BTCUSDT", "ETHUSDT")
    marks.take("ETHUSDT", "4", 20_000)
    assert marks.silent(both, 20_002) == ("BTCUSDT",)
    assert marks.silent((*both, "NEWUSDT"), 25_000) == ("BTCUSDT",)


def test_whoever_looks_again_waits_anew() -> None:
    marks = Marks()
    marks.take("BTCUSDT", "2", 1)
    assert marks.silent(["BTCUSDT"], 1_000_000) == ()
    assert marks.silent(["BTCUSDT"], 1_015_001) == ()  # nobody has looked for 15 s, so none came
    assert marks.silent(["BTCUSDT"], 1_020_000) == ()
    assert marks.silent(["BTCUSDT"], 1_030_002) == ("BTCUSDT",)
    marks.keep(())
    assert marks.silent(["BTCUSDT"], 1_030_003) == ()

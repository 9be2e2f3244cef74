"""What many accounts have alike is there once, and stays what it was."""

import sys
import time
from copy import deepcopy
from typing import Any

import pytest

from binfut_cli.codec import parse
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.shared import (
    SETTINGS,
    SHAPES,
    TEXTS,
    _forgets,
    _once,
    _settings,
    _shape,
    once,
    share_texts,
    shared,
)
from binfut_cli.stream.events import decode
from binfut_cli.stream.fold.folded_account import FoldedAccount

TEXT = b"""{"totalWalletBalance": "0.00000000",
"assets": [{"asset": "USDT", "walletBalance": "7.5"}],
"positions": [{"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "1",
"isolated": false}],
"symbols": [{"symbol": "BTCUSDT", "leverage": 20, "isolated": false}]}"""


def read() -> Any:
    return parse(TEXT)


def test_it_is_the_same_document() -> None:
    assert shared(read()) == read()


def test_a_list_of_something_else_than_rows_stays_as_it_is() -> None:
    document = {"incomplete": ["assets", 7, None]}
    assert shared(document) == document


def test_what_is_derived_is_not_kept() -> None:
    whole = read() | {"derived": {"totalsUnit": "USDT"}}
    whole["positions"][0]["derived"] = {"roe": "1"}
    assert shared(whole) == read()


def test_equal_settings_and_texts_of_two_accounts_are_one() -> None:
    one, other = shared(read()), shared(read())
    assert one["symbols"][0] is other["symbols"][0]
    assert one["assets"][0]["walletBalance"] is other["assets"][0]["walletBalance"]
    assert one["assets"][0] is not other["assets"][0]


def test_the_fields_of_a_row_are_kept_once_for_all_rows() -> None:
    row = {f"field{number}": "0" for number in range(22)}
    one, *_, other = shared({"positions": [row] * 50})["positions"]
    assert one == other == row
    assert [*other] == [*row]
    assert sys.getsizeof(other) < sys.getsizeof(dict(row)) / 2


def test_texts_of_what_was_just_read_are_kept_once() -> None:
    one, other = share_texts(read()), share_texts(read())
    assert one == other == read()
    for name in ("assets", "positions"):
        for key, value in one[name][0].items():
            assert value is other[name][0][key]
    assert one["totalWalletBalance"] is other["totalWalletBalance"]


def test_a_text_that_nobody_has_any_more_does_not_stay() -> None:
    """As each would for ever in Python 3.12, if it were interned."""
    for share in (share_texts, shared):
        found = share({"walletBalance": f"{time.time_ns()}.5"})
        assert sys.getrefcount(found["walletBalance"]) < 100


@pytest.mark.parametrize("forgets", [True, False])
def test_a_text_is_kept_once_by_a_python_of_either_kind(forgets: bool) -> None:
    assert once is sys.intern or not _forgets()
    assert _forgets() is (sys.version_info[:2] != (3, 12))
    share = _once(forgets=forgets)
    texts = [str(number) for number in range(10**5, 10**5 + TEXTS + 2)]
    first = share(texts[0])
    assert share(str(10**5)) is first == texts[0]
    for text in texts:
        share(text)
    assert (share(str(10**5)) is first) is forgets  # of too many, what was not asked for is gone


def test_texts_of_an_object_within_are_kept_once_but_not_those_of_settings() -> None:
    text = b'{"derived": {"totalsUnit": "USDT"}, "symbols": [{"symbol": "BTCUSDT"}]}'
    one, other = share_texts(parse(text)), share_texts(parse(text))
    assert one["derived"]["totalsUnit"] is other["derived"]["totalsUnit"]
    assert one["symbols"][0]["symbol"] is not other["symbols"][0]["symbol"]


def test_a_row_may_have_any_fields() -> None:
    odd: dict[str, Any] = dict.fromkeys(map(str, range(99)), "0")
    odd |= {"__class__": "1", "__dict__": {}, "": None}
    assert shared({"assets": [odd, {"asset": "X"}]})["assets"] == [odd, {"asset": "X"}]


def test_settings_of_other_types_are_others() -> None:
    numbers = {"symbols": [{"symbol": "X", "leverage": 1, "isolated": True}]}
    texts = {"symbols": [{"symbol": "X", "leverage": True, "isolated": 1}]}
    assert [type(each) for each in shared(numbers)["symbols"][0].values()] == [str, int, bool]
    assert [type(each) for each in shared(texts)["symbols"][0].values()] == [str, bool, int]


def test_not_all_settings_and_sets_of_fields_are_remembered_for_ever() -> None:
    for kept, bound in ((_settings, SETTINGS), (_shape, SHAPES)):
        most = kept.cache_info().maxsize
        assert most is not None
        assert most <= bound < 10_000


def test_settings_of_an_unknown_shape_stay_as_they_are() -> None:
    odd = {"symbols": [{"symbol": "X", "leverage": ["1"]}]}
    assert shared(odd) == odd


def test_an_account_holds_each_row_once_until_the_stream_tells_another() -> None:
    account = FoldedAccount()
    account.read(read())
    before = account.state.copy()
    assert before.balances["USDT"] is account.state.balances["USDT"]
    was = deepcopy(before.balances["USDT"])
    account.apply(_update())
    assert before.balances["USDT"] == was
    assert account.state.balances["USDT"]["walletBalance"] == "8"


def _update() -> Any:
    payload = (
        b'{"e":"ACCOUNT_UPDATE","E":2,"T":2,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"8",'
        b'"cw":"8","bc":"0"}],"P":[]}}'
    )
    return decode(payload, Market.USDM)

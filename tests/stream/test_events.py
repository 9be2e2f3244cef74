"""Stream messages to events: every name as documented, every value as it came, and no surprise."""

import copy
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row, Unreadable, Why, dumps
from binfut_cli.endpoints import Market
from binfut_cli.stream import events
from binfut_cli.stream.events import (
    BALANCE,
    NAMES,
    SPELLED,
    AssetIndex,
    Control,
    Event,
    MarkPrice,
    account_updates,
    as_mapping,
    as_record,
    as_row,
    decode,
    decode_other,
    public_update,
    spelled,
)
from tests.support.samples import FRAMES, body, encoded, event, market

EVENTS = [name for name in FRAMES if "control_" not in name]
CONTROLS = [name for name in FRAMES if "control_" in name]
EXPECTED: dict[str, dict[str, Any]] = {
    "usdm/account_update_order_open_demo": {
        "reason": "ORDER",
        "balances": [
            {
                "asset": "USDT",
                "balanceChange": "0",
                "crossWalletBalance": "4999.81580253",
                "walletBalance": "4999.81580253",
            }
        ],
        "positions": [
            {
                "breakEvenPrice": "83041.30324000001",
                "accumulatedRealized": "-0.0182",
                "entryPrice": "83008.1",
                "isolatedWallet": "0",
                "marginAsset": "USDT",
                "marginType": "cross",
                "positionAmt": "0.001",
                "positionSide": "BOTH",
                "symbol": "BTCUSDT",
                "unrealizedProfit": "0",
            }
        ],
    },
    "usdm/account_update_funding_fee_cross": {
        "reason": "FUNDING_FEE",
        "symbol": "BTCUSDT",
        "balances": [
            {
                "asset": "USDT",
                "walletBalance": "4999.77250913",
                "crossWalletBalance": "4999.77250913",
                "balanceChange": "-0.0099902",
            }
        ],
        "positions": [],
    },
    "coinm/margin_call": {
        "accountAlias": "SfsR",
        "crossWalletBalance": "3.16812045",
        "positions": [
            {
                "symbol": "BTCUSD_200925",
                "positionSide": "LONG",
                "positionAmt": "132",
                "marginType": "CROSSED",
                "isolatedWallet": "0",
                "markPrice": "9187.17127000",
                "unrealizedProfit": "-1.166074",
                "maintMargin": "1.614445",
            }
        ],
    },
    "usdm/order_trade_update_docs": {
        "order": {
            "symbol": "BTCUSDT",
            "clientOrderId": "TEST",
            "side": "SELL",
            "type": "TRAILING_STOP_MARKET",
            "timeInForce": "GTC",
            "origQty": "0.001",
            "price": "0",
            "avgPrice": "0",
            "stopPrice": "7103.04",
            "executionType": "NEW",
            "status": "NEW",
            "orderId": "8886774",
            "lastFilledQty": "0",
            "executedQty": "0",
            "lastFilledPrice": "0",
            "commissionAsset": "USDT",
            "commission": "0",
            "tradeTime": 1568879465650,
            "tradeId": "0",
            "bidsNotional": "0",
            "asksNotional": "9.91",
            "maker": False,
            "reduceOnly": False,
            "workingType": "CONTRACT_PRICE",
            "origType": "TRAILING_STOP_MARKET",
            "positionSide": "LONG",
            "closePosition": False,
            "activatePrice": "7476.89",
            "priceRate": "5.0",
            "priceProtect": False,
            "sourceId": "0",
            "sourceStatus": 0,
            "realizedPnl": "0",
            "selfTradePreventionMode": "EXPIRE_TAKER",
            "priceMatch": "OPPONENT",
            "goodTillDate": 0,
            "expiryReason": "0",
        }
    },
    "usdm/trade_lite": {
        "symbol": "BTCUSDT",
        "origQty": "0.001",
        "price": "0",
        "maker": False,
        "clientOrderId": "z8hcUoOsqEdKMeKPSABslD",
        "side": "BUY",
        "lastFilledPrice": "64089.20",
        "lastFilledQty": "0.040",
        "tradeId": "109100866",
        "orderId": "8886774",
    },
    "usdm/account_config_update_leverage": {"symbolConfig": {"symbol": "BTCUSDT", "leverage": 25}},
    "usdm/account_config_update_multi_assets": {"accountConfig": {"multiAssetsMargin": True}},
    "usdm/algo_update_rejected": {
        "algoOrder": {
            "clientAlgoId": "Q5xaq5EGKgXXa0fD7fs0Ip",
            "algoId": "2148719",
            "algoType": "CONDITIONAL",
            "orderType": "TAKE_PROFIT",
            "symbol": "BNBUSDT",
            "side": "SELL",
            "positionSide": "BOTH",
            "timeInForce": "GTC",
            "quantity": "0.01",
            "algoStatus": "REJECTED",
            "actualOrderId": "",
            "avgPrice": "0.00000",
            "executedQty": "0.00000",
            "actualType": "0",
            "triggerPrice": "750",
            "price": "750",
            "selfTradePreventionMode": "EXPIRE_MAKER",
            "workingType": "CONTRACT_PRICE",
            "priceMatch": "NONE",
            "closePosition": False,
            "priceProtect": False,
            "reduceOnly": False,
            "triggerTime": 1750515742290,
            "goodTillDate": 0,
            "rejectReason": "Reduce Only reject",
        }
    },
    "usdm/strategy_update": {
        "strategy": {
            "strategyId": "176054594",
            "strategyType": "GRID",
            "strategyStatus": "NEW",
            "symbol": "BTCUSDT",
            "updateTime": 1669261797627,
            "opCode": 8007,
        }
    },
    "usdm/grid_update": {
        "grid": {
            "strategyId": "176057039",
            "strategyType": "GRID",
            "strategyStatus": "WORKING",
            "symbol": "BTCUSDT",
            "realizedPnl": "-0.00300716",
            "unmatchedAvgPrice": "16720",
            "unmatchedQty": "-0.001",
            "unmatchedFee": "-0.00300716",
            "matchedPnl": "0.0",
            "updateTime": 1669262908197,
        }
    },
    "usdm/listen_key_expired": {
        "listenKey": "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
    },
    "usdm/unknown_event": {"x": {"k": "0.10"}},
}


def leaves(value: Any) -> Iterator[str]:
    """Every value that is neither an object nor an array, in a form that tells types apart."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        yield repr(value)
        return
    for inner in value:
        yield from leaves(inner)


IDENTIFIED = {
    "ORDER_TRADE_UPDATE": ("o", {"i", "t", "si", "M"}),
    "ALGO_UPDATE": ("o", {"aid"}),
    "STRATEGY_UPDATE": ("su", {"si"}),
    "GRID_UPDATE": ("gu", {"si"}),
    "CONDITIONAL_ORDER_TRIGGER_REJECT": ("or", {"i"}),
}
"""Where an event has its ids, and under which keys."""


def with_text_ids(sample: Any) -> Any:
    """A copy of an event with its ids as text, which is how they are told."""
    if sample["e"] == "TRADE_LITE":
        return {k: str(v) if k in ("i", "t") else v for k, v in sample.items()}
    place, ids = IDENTIFIED.get(sample["e"], ("", set()))
    if not place:
        return sample
    row = {k: str(v) if k in ids else v for k, v in sample[place].items()}
    return {**sample, place: row}


def told(found: Event) -> Counter[str]:
    times = [time for time in (found.event_time, found.transaction_time) if time is not None]
    return Counter(leaves([found.name, times, found.body]))


def bare(name: str) -> Any:
    sample = body(name)
    return sample.get("data", sample)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_kind_of_event_is_spelled_out(name: str) -> None:
    assert event(name).body == EXPECTED[name]


def test_every_documented_event_is_spelled_out_here() -> None:
    covered = {event(name).name for name in EXPECTED} | {"CONDITIONAL_ORDER_TRIGGER_REJECT"}
    assert set(NAMES) <= covered
    rejected = event("usdm/conditional_order_trigger_reject").body["order"]
    assert (rejected["symbol"], rejected["orderId"]) == ("ETHUSDT", "155618472834")
    assert rejected["rejectReason"].startswith("Due to the order")


@pytest.mark.parametrize("name", EVENTS)
def test_every_value_of_an_event_survives_as_it_came(name: str) -> None:
    sample = bare(name)
    found = event(name)
    expected = Counter(leaves(with_text_ids(sample)))
    if isinstance(sample.get("E"), str):
        expected = expected - Counter([repr(sample["E"])]) + Counter([repr(int(sample["E"]))])
    assert told(found) == expected


@pytest.mark.parametrize("name", EVENTS)
def test_the_times_of_an_event_are_milliseconds(name: str) -> None:
    sample, found = bare(name), event(name)
    assert found.name == sample["e"]
    assert found.event_time == int(sample["E"])
    assert found.transaction_time == sample.get("T")


@pytest.mark.parametrize("name", ["usdm/wrapped_account_update", "coinm/wrapped_account_update"])
def test_a_wrapped_event_is_the_bare_one_without_the_listen_key(name: str) -> None:
    assert event(name) == event(
        name.replace("wrapped_account_update", "account_update_order_open_demo")
    )
    assert "pqia91ma" not in repr(event(name))


def test_a_notice_in_the_other_wrapper_is_an_event() -> None:
    found = decode(b'{"event":{"e":"serverShutdown","E":5}}', Market.USDM)
    assert found == Event("serverShutdown", 5, None, {})


@pytest.mark.parametrize("name", CONTROLS)
def test_an_answer_to_a_question_of_ours_is_no_event(name: str) -> None:
    sample = body(name)
    assert decode(encoded(sample), market(name)) == Control(sample.get("id"), sample)


def test_coinm_orders_count_quantities_where_usdm_orders_count_money() -> None:
    order = event("coinm/order_trade_update_docs").body["order"]
    assert {"bidsQty", "asksQty", "marginAsset"} <= order.keys()
    assert not {"bidsNotional", "asksNotional"} & order.keys()
    assert event("coinm/order_trade_update_docs").body["accountAlias"] == "SfsR"


@pytest.mark.parametrize("key", ["B", "P"])
@pytest.mark.parametrize("absent", [True, False])
def test_a_table_that_is_null_or_missing_is_empty(key: str, absent: bool) -> None:
    sample = body("usdm/account_update_order_open_demo")
    sample["a"].pop(key) if absent else sample["a"].update({key: None})
    found = decode(encoded(sample), Market.USDM)
    assert isinstance(found, Event)
    assert found.body["balances" if key == "B" else "positions"] == []
    assert len(found.body["positions" if key == "B" else "balances"]) == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("a",), None),
        (("a",), []),
        (("a",), ""),
        (("a",), [["m", "ORDER"]]),
        (("a", "B"), 0),
        (("a", "B"), "USDT"),
        (("a", "B"), {"a": "USDT"}),
        (("a", "B", 0), None),
        (("a", "B", 0), {}),
        (("a", "B", 0, "a"), None),
        (("a", "B", 0, "a"), 5),
        (("a", "P", 0, "s"), ["BTCUSDT"]),
    ],
)
def test_an_update_of_an_unknown_shape_is_unreadable_not_half_read(
    path: tuple[str | int, ...], value: object
) -> None:
    sample = changed(body("usdm/account_update_order_open_demo"), path, value)
    with pytest.raises(Unreadable, match="an unknown shape: ACCOUNT_UPDATE"):
        decode(encoded(sample), Market.USDM)


def told_by(where: Market = Market.USDM, **message: object) -> Row:
    """The body of an event with these keys."""
    found = decode(encoded({"E": 1, "T": 1, **message}), where)
    assert isinstance(found, Event)
    return found.body


@pytest.mark.parametrize(("told", "leverage"), [(25, 25), ("25", 25), ("odd", "odd"), (None, None)])
def test_a_leverage_is_a_number_if_it_is_one(told: object, leverage: object) -> None:
    found = told_by(e="ACCOUNT_CONFIG_UPDATE", ac={"s": "X", "l": told})
    assert found["symbolConfig"] == {"symbol": "X", "leverage": leverage}


def test_what_is_not_told_of_an_account_is_nothing() -> None:
    nothing: Row = {"reason": None, "balances": [], "positions": []}
    assert told_by(e="ACCOUNT_UPDATE", a={}) == nothing
    assert told_by(e="MARGIN_CALL") == {"positions": []}


def test_the_id_under_i_is_an_orders_or_the_alias_of_a_coinm_account() -> None:
    assert told_by(Market.COINM, e="TRADE_LITE", s="X", i=7) == {"symbol": "X", "orderId": "7"}
    assert told_by(Market.COINM, e="NEW", i="SgsR") == {"accountAlias": "SgsR"}
    assert told_by(Market.USDM, e="NEW", i="SgsR") == {"i": "SgsR"}


def test_a_conditional_order_is_spelled_out() -> None:
    told = {"aid": 8, "ai": 9, "AP": "1", "cr": "2", "ia": True}
    assert told_by(e="ALGO_UPDATE", o=told)["algoOrder"] == {
        "algoId": "8",
        "actualOrderId": "9",
        "activatePrice": "1",
        "priceRate": "2",
        "isActivated": True,
    }


def test_no_row_says_itself_what_was_before() -> None:
    row = {"a": "USDT", "previous": {}}
    assert spelled(row, BALANCE) == {"asset": "USDT", "exchange": {"previous": {}}}


def keys_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for each in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from keys_of(each)


def test_every_key_that_events_are_spelled_out_with_is_known() -> None:
    found = {key for name in EVENTS for key in keys_of(event(name).body)}
    assert len(found) > 80
    assert found - SPELLED == {"accountAlias", "k", "x"}  # the connection's own; what nobody knows


@pytest.mark.parametrize(
    ("data", "why"), [(b"5", Why.NO_OBJECT), (b"{}", Why.NO_EVENT), (b'{"data":{}}', Why.NO_EVENT)]
)
def test_why_it_is_no_event_is_told(data: bytes, why: Why) -> None:
    with pytest.raises(Unreadable, match=f"^{why}$"):
        decode(data, Market.USDM)


@pytest.mark.parametrize("data", [b"", b"5", b"[]", b'"e"', b"{}", b'{"E":1}', b'{"data":{}}'])
def test_what_is_neither_an_event_nor_an_answer_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data, Market.USDM)


@pytest.mark.parametrize(
    ("value", "time", "kept"),
    [
        (1736996475556, 1736996475556, None),
        ("1736996475556", 1736996475556, None),
        (None, None, None),
        ("soon", None, "soon"),
        ("١", None, "١"),
        ("9" * 20, None, "9" * 20),
        (True, None, True),
        (1.5, None, Decimal("1.5")),
        ([1], None, [1]),
        (-1, None, -1),
        (253_402_300_799_999, 253_402_300_799_999, None),
        (253_402_300_800_000, None, 253_402_300_800_000),
        (10**30, None, 10**30),
        ("9" * 19, None, "9" * 19),
    ],
)
def test_a_time_is_read_as_a_number_or_kept_as_it_came(
    value: object, time: int | None, kept: object
) -> None:
    found = decode(encoded({"e": "X", "E": value}), Market.USDM)
    assert isinstance(found, Event)
    assert (found.event_time, found.body.get("E")) == (time, kept)


def test_numbers_beyond_a_float_are_exact() -> None:
    data = (
        b'{"e":"ORDER_TRADE_UPDATE","E":1,"T":1,'
        b'"o":{"s":"A","i":8389765591998765432,"t":36893488147419103232,"q":0.10}}'
    )
    found = decode(data, Market.USDM)
    assert isinstance(found, Event)
    order = found.body["order"]
    assert (order["orderId"], order["tradeId"]) == ("8389765591998765432", "36893488147419103232")
    assert str(order["origQty"]) == "0.10"


def test_an_id_is_text_and_what_is_no_id_stays_as_it_came() -> None:
    sample = body("usdm/order_trade_update_from_algo")
    sample["o"] |= {"i": True, "t": None, "M": 7, "c": 8}
    found = decode(encoded(sample), Market.USDM)
    assert isinstance(found, Event)
    order = found.body["order"]
    assert (order["orderId"], order["tradeId"], order["clientOrderId"]) == (True, None, 8)
    assert (order["modifyId"], order["executedQty"], order["tradeTime"]) == (
        "7", "500", 1791400003998,
    )  # fmt: skip


def test_the_order_that_a_conditional_order_became_names_it() -> None:
    order = event("usdm/order_trade_update_from_algo").body["order"]
    source = {key: order[key] for key in order if key.startswith("source")}
    assert source == {
        "sourceId": "2000000000000004",
        "sourceStatus": -1,
        "sourceType": "ALGO_CONDITION",
    }
    algo = event("usdm/algo_update_finished").body["algoOrder"]
    assert (algo["algoId"], algo["actualOrderId"]) == (order["sourceId"], order["orderId"])


def changed(sample: Any, path: tuple[str | int, ...], value: object) -> Any:
    """A copy of a sample with another value at a path."""
    if not path:
        return value
    found = copy.deepcopy(sample)
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return found


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a body, the body itself first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from objects(inner)


CLASHING = [
    "reason", "symbol", "balances", "positions", "order", "previous", "event", "eventTime",
    "walletBalance", "asset", "status", "type", "time", "market", "source", "derived",
]  # fmt: skip


@given(
    name=st.sampled_from([name for name in EVENTS if "wrapped" not in name]),
    key=st.one_of(st.sampled_from(CLASHING), st.text(min_size=4, max_size=9)),
    value=st.one_of(st.integers(), st.text(max_size=5), st.just({"deep": ["0.10"]})),
    data=st.data(),
)
def test_a_key_that_nobody_documented_takes_no_others_place(
    name: str, key: str, value: object, data: st.DataObject
) -> None:
    sample = body(name)
    place = data.draw(st.sampled_from(list(objects(sample))), label="place")
    if key in place:
        return
    place[key] = value
    found = decode(encoded(sample), market(name))
    assert isinstance(found, Event)
    without = event(name)
    assert told(found) - told(without) == Counter(leaves(value))
    assert not told(without) - told(found)


@given(st.text(min_size=1, max_size=20), st.dictionaries(st.text(min_size=2), st.integers()))
def test_an_event_that_nobody_documented_passes_whole(name: str, rest: dict[str, int]) -> None:
    if name in NAMES:
        return
    found = decode(encoded({**rest, "e": name, "E": 1, "T": 2}), Market.USDM)
    assert found == Event(name, 1, 2, rest)


@given(
    st.one_of(
        st.binary(max_size=64),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["e", "data", "event", "id", "a", "o"]), inner)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
    st.sampled_from(Market),
)
def test_no_bytes_raise_anything_but_unreadable(data: bytes, where: Market) -> None:
    try:
        found = decode(data, where)
    except Unreadable:
        return
    assert isinstance(found, Event | Control)


def _made_of(
    reading: Callable[[bytes, Market], Event | Control], sample: bytes, where: Market
) -> tuple[Event | Control | str, bytes]:
    """What is made of a message, and in which order."""
    try:
        made = reading(sample, where)
    except Unreadable as exc:
        return str(exc), b""
    return made, dumps(made.body)


@given(st.data(), st.sampled_from(Market))
def test_the_short_way_of_an_account_update_makes_the_same_of_it(
    data: st.DataObject, where: Market
) -> None:
    sample = body(f"{where}/account_update_docs")
    if data.draw(st.booleans()):  # one row is like all
        del sample["a"]["B"][1:], sample["a"]["P"][1:]
    for place in data.draw(st.lists(st.sampled_from(list(objects(sample))), max_size=2)):
        key = data.draw(st.sampled_from([*place, "S", "i", "x", "mp", "previous"]))
        place.pop(key, None)
        values: list[object] = [None, 1, -1, 1.0, True, "0", "ORDER", {}, [], [{}], [1]]
        if data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from(values))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_layouts", {})
        patch.setattr(events, "_forms", {})
        text = dumps(sample)
        assert _made_of(decode_other, text, where) == _made_of(decode, text, where)


ACCOUNT_UPDATES = [name for name in EVENTS if body(name).get("e") == "ACCOUNT_UPDATE"]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", ACCOUNT_UPDATES)
def test_an_update_that_is_written_as_one_before_says_the_same(
    name: str, turned: bool, nothing_learned: None
) -> None:
    message = body(name)
    if turned:
        for row in [*message["a"]["B"], *message["a"]["P"]]:
            row.update({key: row.pop(key) for key in [*row][::-1]})
    payload = json.dumps(message, separators=(",", ":")).encode()
    first, again = decode(payload, market(name)), decode(payload, market(name))
    assert isinstance(first, Event)
    assert isinstance(again, Event)
    assert json.dumps(again.body) == json.dumps(first.body)  # in the same order
    assert again == first
    assert account_updates([payload, payload]) is not None


@pytest.mark.parametrize("where", Market)
@pytest.mark.parametrize("alias", [None, "SgsR"])
@pytest.mark.parametrize(
    "name", ["usdm/account_update_order_open_demo", "usdm/account_update_funding_fee_cross"]
)
def test_a_record_says_of_a_typed_update_what_any_other_does(
    name: str, alias: str | None, where: Market, nothing_learned: None
) -> None:
    message = {key: value for key, value in body(name).items() if key != "i"}
    payload = dumps({**message, "i": alias} if alias else message)
    other = decode(payload, where)
    found = account_updates([payload])
    assert found is not None
    assert isinstance(other, Event)
    typed = found[0]
    balances, positions = (
        [*map(as_row, each)] for each in (typed.told.balances, typed.told.positions)
    )
    mapping = as_mapping(typed, balances, positions, where)
    record = as_record(typed, balances, positions, where)
    times = {"eventTime": other.event_time, "transactionTime": other.transaction_time}
    assert mapping == {"event": "ACCOUNT_UPDATE", **times, **other.body}
    assert record.row == mapping
    assert dumps(record) == dumps(mapping)


def test_of_messages_of_several_forms_that_are_known_each_is_typed(nothing_learned: None) -> None:
    message = body("usdm/account_update_order_open_demo")
    first = dumps(message)
    message["a"]["P"][0]["mt"] = "isolated"
    other = dumps(message)
    assert account_updates([]) is None
    decode(first, Market.USDM)
    for each in (first, other):
        assert account_updates([each]) is not None
    typed = account_updates([first, other, first])
    assert typed is not None
    assert [each.told.positions[0].marginType for each in typed] == ["cross", "isolated", "cross"]


def test_an_update_with_anything_that_is_not_documented_is_no_typed_one(
    nothing_learned: None,
) -> None:
    plain = b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[{"a":"X","wb":"1"}],"P":[],"m":"M"}}'
    decode(plain, Market.USDM)
    assert account_updates([plain]) is not None
    for odd in (
        plain.replace(b'"1"', b"1"),
        plain.replace(b'"1"', b"null"),
        *(plain.replace(b'"1"', odd) for odd in (b'"1e0"', b'"1_0"', b'"1 "', b'"+1"', b'"NaN"')),
        plain.replace(b'"1"', '"١"'.encode()),
        plain.replace(b'"wb"', b'"zz"'),
        plain.replace(b'"T":1', b'"T": 1'),
        plain.replace(b'"M"', rb'"\u004d"'),
        plain.replace(b'{"a":"X","wb":"1"}', b'{"wb":"1","a":"X"}'),
    ):
        assert account_updates([odd]) is None
        assert account_updates([plain, odd, plain]) is None
        assert isinstance(decode(odd, Market.USDM), Event)


def test_what_plain_messages_are_without_their_amounts_is_kept_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "_layouts", {})
    monkeypatch.setattr(events, "_forms", forms := dict[bytes, object]())
    plain = b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[{"a":"X%b","wb":"%b"}],"P":[],"m":"M"}}'
    decode(plain % (b"", b"1"), Market.USDM)
    for size in range(events._MOST_FORMS + 1):
        assert account_updates([plain % (b"Y" * size, b"-2.50")]) is not None
        assert account_updates([plain % (b"Y" * size, b"1")]) is not None
    assert len(forms) == 1
    assert account_updates([plain % (b"Y" * events._MOST_FORM, b"1")]) is not None
    assert account_updates([plain % (b"Y" * events._MOST_FORM, b"x")]) is None
    assert len(forms) == 1


@pytest.mark.parametrize(
    "whole",
    [
        b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[{"wb":"1"}],"P":[],"m":"M"}}',
        b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[],"P":[{"pa":"1"}],"m":"M"}}',
        b'{"e":"ACCOUNT_UPDATE","E":1,"a":{"B":[{"a":"X","wb":"1"}],"P":[],"m":"M"}}',
        b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[],"P":[{"s":"X","mp":"1"}],"m":"M"}}',
        b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[],"P":[{"s":"X","mm":"1"}],"m":"M"}}',
    ],
)
def test_an_update_without_its_time_or_what_its_rows_are_known_by_is_no_typed_one(
    whole: bytes, nothing_learned: None
) -> None:
    for _ in range(2):  # neither the first, nor when one such came before
        with suppress(Unreadable):
            decode(whole, Market.USDM)
        assert account_updates([whole]) is None


def test_messages_that_differ_in_the_signs_of_numbers_are_typed_in_their_own_order(
    nothing_learned: None,
) -> None:
    rows = b'{"a":"X","wb":"%b"}', b'{"wb":"%b","a":"X"}'
    plain = b'{"e":"ACCOUNT_UPDATE","E":%b,"T":1,"a":{"B":[%b],"P":[],"m":"M"}}'
    for row in rows * 2:
        text = plain % (b"1", row % b"1")
        decode(text, Market.USDM)
        for amount in (b"-2.50", b"0", b""):
            assert [*map(dumps, account_updates([text, plain % (b"5", row % amount)]) or ())] == [
                text, plain % (b"5", row % amount),
            ]  # fmt: skip
        for time in (b"1.0", b"-1", b"01", b"1-1", b""):
            assert account_updates([text, plain % (time, row % b"1")]) is None
            assert account_updates([plain % (time, row % b"1")]) is None
    assert account_updates([plain % (b"1", row % b"1") for row in rows]) is None


@pytest.mark.parametrize("escape", [rb"\u001f", rb"\""])
def test_of_texts_with_escapes_no_other_is_taken_for_known(
    escape: bytes, nothing_learned: None
) -> None:
    text = b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[{"a":"%b","wb":"1"}],"P":[],"m":"M"}}'
    decode(text % escape, Market.USDM)
    assert account_updates([text % escape]) is not None
    assert account_updates([text % rb"\u004f"]) is None  # an O is not written so
    assert not events._forms


def test_layouts_are_learned_up_to_a_bound(nothing_learned: None) -> None:
    keys = ["wb", "cw", "bc", "a"]
    for order in itertools.permutations(keys):
        row = ",".join(f'"{key}":"1"' for key in order).encode()
        decode(
            b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[{%b}],"P":[],"m":"M"}}' % row, Market.USDM
        )
    assert len(events._layouts) == 16


MARK = {"e": "markPriceUpdate", "E": 5, "s": "BTCUSDT", "p": "1.5", "i": "2"}
INDEX = {"e": "assetIndexUpdate", "E": 6, "s": "USDTUSD", "i": "1", "B": "0.99", "A": "1.01"}


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (MARK, MarkPrice(5, "BTCUSDT", "1.5")),
        (INDEX, AssetIndex(6, "USDTUSD", "0.99", "1.01")),
        ({"e": "other"}, None),
        ({**MARK, "p": 1.5}, None),
        ({**INDEX, "B": None}, None),
    ],
)
def test_of_a_public_stream_a_mark_and_what_an_asset_counts_are_kept(
    message: Row, found: MarkPrice | AssetIndex | None
) -> None:
    assert public_update(encoded(message)) == found
    assert public_update(encoded({"stream": "x", "data": message})) == found


@pytest.mark.parametrize("data", [b"", b"5", b"{}", b"{", b'{"e":"\xff"}', b'{"data":[]}'])
def test_anything_else_of_a_public_stream_is_nothing(data: bytes) -> None:
    assert public_update(data) is None

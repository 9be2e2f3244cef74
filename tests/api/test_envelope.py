"""The envelope of the WebSocket API, and what a stream says that it subscribes to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.api.envelope import (
    RateLimit,
    Reply,
    reply,
    result,
    subscribes,
    weight,
)
from binfut_cli.endpoints import Market
from binfut_cli.errors import AnswerError, AuthError, BinfutError, ClockError, RateLimitedError
from tests.support.samples import WIRE, body, encoded

ENVELOPES = sorted(f"{file.parent.name}/{file.stem}" for file in WIRE.glob("*/wsapi_*.json"))
ANSWERED = [name for name in ENVELOPES if "result" in body(name)]


@pytest.mark.parametrize("name", ANSWERED)
def test_a_result_comes_through_whole(name: str) -> None:
    sample = body(name)
    found = reply(encoded(sample), "x")
    assert (found.id, found.status, found.error) == (sample["id"], 200, None)
    assert result(found, Market.USDM, "x") == sample["result"]


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("usdm/wsapi_error_key", AuthError, -2015),
        ("usdm/wsapi_error_signature", AuthError, -1022),
        ("usdm/wsapi_error_timestamp", ClockError, -1021),
        ("usdm/wsapi_error_banned", RateLimitedError, -1003),
        ("usdm/wsapi_session_revoked", AuthError, -2015),
        ("coinm/wsapi_error_key", AuthError, -2015),
        ("coinm/wsapi_session_revoked", AuthError, -2015),
    ],
)
def test_an_error_is_raised_as_what_it_is(name: str, error: type[BinfutError], code: int) -> None:
    with pytest.raises(error, match=r"^account\.status was refused: ") as caught:
        result(reply(encoded(body(name)), "x"), Market.USDM, "account.status")
    assert caught.value.exchange_code == code


@pytest.mark.parametrize(
    ("data", "at_ms"),
    [
        ({"serverTime": 1791673500000, "retryAfter": 1791673560000}, 1791673560000),
        ({"retryAfter": "1791673560000"}, None),
        ({"retryAfter": True}, None),
        ({"retryAfter": -1}, None),
        ({"retryAfter": 10**20}, None),
        ([1], None),
        (None, None),
    ],
)
def test_a_refusal_tells_when_to_ask_again(data: object, at_ms: int | None) -> None:
    """As in the WebSocket API's general info on rate limits: `error.data.retryAfter`."""
    error = {"code": -1003, "msg": "Too many requests.", "data": data}
    answer = encoded({"id": 1, "status": 429, "error": error})
    with pytest.raises(RateLimitedError) as caught:
        result(reply(answer, "x"), Market.USDM, "x")
    assert caught.value.retry_at_ms == at_ms


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_a_revoked_key_answers_nobody_in_particular(market: str) -> None:
    assert reply(encoded(body(f"{market}/wsapi_session_revoked")), "x").id is None


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b"null",
        b'"text"',
        b'{"id":[]}',
        b'{"id":1.5}',
        b'{"id":1,"error":{"msg":"no code"}}',
        b'{"id":1,"error":{"code":"-1"}}',
        b'{"e":"ACCOUNT_UPDATE"}',
        b'{"id":1,"rateLimits":{}}',
    ],
)
def test_json_that_is_no_reply_is_an_answer_error(data: bytes) -> None:
    with pytest.raises(AnswerError, match="is not a reply of the WebSocket API"):
        reply(data, "x")


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff", b"{", b"[" * 100_000])
def test_what_is_not_json_has_a_sentence_of_its_own(data: bytes) -> None:
    with pytest.raises(AnswerError, match=r"The answer to x is not JSON"):
        reply(data, "x")


@given(st.binary(max_size=48))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    try:
        found = reply(data, "x")
    except AnswerError:
        return
    assert isinstance(found, Reply)


@pytest.mark.parametrize(
    "envelope",
    [
        {"id": 1, "status": 200},
        {"id": 1, "status": 500},
        {"id": 1, "status": 500, "result": {}},
        {"id": 1, "result": {}},
    ],
)
def test_a_reply_without_a_result_says_so(envelope: dict[str, Any]) -> None:
    with pytest.raises(AnswerError, match=r"has no result \(status \d+\)"):
        result(reply(encoded(envelope), "x"), Market.USDM, "x")


def test_a_result_may_be_null() -> None:
    assert result(reply(b'{"id":1,"status":200,"result":null}', "x"), Market.USDM, "x") is None


def test_amounts_and_large_numbers_of_a_result_are_untouched() -> None:
    data = b'{"id":"a","status":200,"result":{"a":"0.10","n":9007199254740993,"d":0.10}}'
    found = result(reply(data, "x"), Market.USDM, "x")
    assert (found["a"], found["n"], str(found["d"])) == ("0.10", 9007199254740993, "0.10")


def test_the_weight_is_the_counter_per_minute() -> None:
    limits = [
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 9, "count": 8},
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "SECOND", "intervalNum": 10, "limit": 7},
        {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": 2400,
            "count": 20,
        },
    ]
    found = weight(reply(encoded({"id": 1, "rateLimits": limits}), "x").rate_limits)
    assert found is not None
    assert (found.count, found.limit) == (20, 2400)
    assert weight(reply(encoded({"id": 1, "rateLimits": limits[:2]}), "x").rate_limits) is None
    assert weight(()) is None


@pytest.mark.parametrize(
    ("limit", "count", "makes_sense"),
    [(2400, 0, True), (2400, 2401, True), (0, 5, False), (-2400, 5, False), (2400, -1, False),
     (10**30, 10**30, False), (2400, 10**30, False)],
)  # fmt: skip
def test_a_counter_of_weight_that_makes_no_sense_is_none(
    limit: int, count: int, makes_sense: bool
) -> None:
    told = RateLimit("REQUEST_WEIGHT", "MINUTE", 1, limit, count)
    assert weight([RateLimit("ORDERS", "MINUTE", 1, 1, 1), told]) == (told if makes_sense else None)


@pytest.mark.parametrize(
    ("listed", "ours"),
    [
        (["KEY"], True),
        (["other", "KEY@ACCOUNT_UPDATE"], True),
        (["KEYS"], False),
        (["other@KEY"], False),
        ([], False),
        ([7, {"KEY": 1}], False),
        (None, None),
        ("KEY", None),
    ],
)
def test_our_key_is_looked_for_in_the_list(listed: object, ours: bool | None) -> None:
    assert subscribes(listed, "KEY") is ours

"""What each refusal of the exchange becomes: its class, its exit status and its advice."""

import pytest

from binfut_cli.api.error_codes import ADVICE, ADVICE_OF_MARKET, refused_by_code, refused_by_status
from binfut_cli.endpoints import Market
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    BusyError,
    ClockError,
    ExchangeError,
    RateLimitedError,
)
from tests.support.samples import body, encoded

NOW = 1_700_000_000_000
BANNED = "Way too many requests; IP(192.0.2.1) banned until 1700000060000. Please use the websocket"

CODES: list[tuple[int, type[BinfutError], str]] = [
    (-1000, BusyError, "try again in a minute"),
    (-1001, BusyError, "try again in a minute"),
    (-1002, AuthError, "Allow this key to read futures"),
    (-1003, RateLimitedError, "behind this IP address"),
    (-1006, BusyError, "try again in a minute"),
    (-1007, BusyError, "try again in a minute"),
    (-1008, BusyError, "overloaded"),
    (-1011, AuthError, "IP address"),
    (-1016, BusyError, "maintenance"),
    (-1020, ExchangeError, "--market"),
    (-1021, ClockError, "clock"),
    (-1022, AuthError, "another type"),
    (-1023, ExchangeError, "start of the span"),
    *((code, ExchangeError, "fault of binfut") for code in range(-1106, -1099)),
    (-1109, ExchangeError, "Open the futures account"),
    (-1121, ExchangeError, "BTCUSD_PERP"),
    (-1125, ExchangeError, "listenKey"),
    (-1127, ExchangeError, "shorter span"),
    (-1130, ExchangeError, "fault of binfut"),
    (-2008, AuthError, "another environment"),
    (-2014, AuthError, "quotes, spaces"),
    (-2015, AuthError, "Portfolio Margin"),
    (-4056, AuthError, "Ed25519"),
    (-4057, AuthError, "Ed25519"),
    (-4402, ExchangeError, "region"),
    (-4531, BusyError, "try again in a minute"),
]
CODES_OF_MARKET: list[tuple[Market, int, type[BinfutError], str]] = [
    (Market.USDM, -1099, AuthError, "another environment"),
    (Market.USDM, -2017, AuthError, "Unlock"),
    (Market.USDM, -4109, ExchangeError, "archived"),
    (Market.USDM, -5028, ClockError, "clock"),
    (Market.COINM, -4188, ClockError, "clock"),
]


def test_every_code_listed_has_a_row_here() -> None:
    assert {code for code, *_ in CODES} == set(ADVICE)
    assert {(market, code) for market, code, *_ in CODES_OF_MARKET} == set(ADVICE_OF_MARKET)


@pytest.mark.parametrize("market", Market)
@pytest.mark.parametrize(("code", "error", "hint"), CODES)
def test_a_code_of_both_markets(
    market: Market, code: int, error: type[BinfutError], hint: str
) -> None:
    found = refused_by_code(market, "account.status", code, "No.")
    assert type(found) is error
    assert found.message == f"account.status was refused: No ({code})."
    assert hint in found.hint
    assert found.exchange_code == code


@pytest.mark.parametrize(("market", "code", "error", "hint"), CODES_OF_MARKET)
def test_a_code_of_one_market_is_a_stranger_to_the_other(
    market: Market, code: int, error: type[BinfutError], hint: str
) -> None:
    (other,) = set(Market) - {market}
    found = refused_by_code(market, "x", code, "No.")
    assert type(found) is error
    assert hint in found.hint
    stranger = refused_by_code(other, "x", code, "No.")
    assert type(stranger) is ExchangeError
    assert "error-code page" in stranger.hint


@pytest.mark.parametrize("text", ["", "  ", "."])
def test_a_refusal_without_words_is_still_a_sentence(text: str) -> None:
    found = refused_by_code(Market.USDM, "x", -2015, text)
    assert found.message == "x was refused: the exchange does not say why (-2015)."


def test_a_ban_by_code_says_until_when() -> None:
    found = refused_by_code(Market.USDM, "x", -1003, BANNED)
    assert isinstance(found, RateLimitedError)
    assert found.retry_at_ms == 1_700_000_060_000
    assert found.hint.startswith("Wait until 2023-11-14 22:14:20 UTC; every program")


def test_a_recorded_ban_says_until_when() -> None:
    error = body("usdm/wsapi_error_banned")["error"]
    found = refused_by_code(Market.USDM, "x", error["code"], error["msg"])
    assert isinstance(found, RateLimitedError)
    assert found.retry_at_ms == 1_791_673_560_000


def test_without_a_time_the_wait_has_no_end_named() -> None:
    found = refused_by_code(Market.USDM, "x", -1003, "Too many requests.")
    assert isinstance(found, RateLimitedError)
    assert found.retry_at_ms is None
    assert found.hint.startswith("Wait; ")


HTML = b"<html><h1>Forbidden</h1></html>"


@pytest.mark.parametrize(
    ("status", "answer", "error", "exit_status", "said"),
    [
        (401, b"", AuthError, 5, "not accepted (HTTP 401)"),
        (403, HTML, ExchangeError, 4, "firewall"),
        (404, HTML, AnswerError, 8, "nothing at that address"),
        (418, HTML, RateLimitedError, 7, "banned for a while (HTTP 418)"),
        (429, b"", RateLimitedError, 7, "too many requests (HTTP 429)"),
        (451, b"", ExchangeError, 4, "location"),
        (400, HTML, AnswerError, 8, "HTTP 400 and nothing readable"),
        (409, b"[]", AnswerError, 8, "HTTP 409"),
        (301, b"", AnswerError, 8, "never follows"),
        (500, HTML, BusyError, 4, "exchange's side (HTTP 500)"),
        (502, b"\xff", BusyError, 4, "HTTP 502"),
        (503, b'{"239999": "maintenance"}', BusyError, 4, "HTTP 503"),
        (400, b'{"code": "-2015", "msg": "text as a code"}', AnswerError, 8, "HTTP 400"),
    ],
)
def test_a_status_without_a_code(
    status: int, answer: bytes, error: type[BinfutError], exit_status: int, said: str
) -> None:
    found = refused_by_status(Market.USDM, "GET /x", status, {}, answer, NOW)
    assert type(found) is error
    assert found.exit_status == exit_status
    assert found.message.startswith("GET /x ")
    assert said in found.message
    assert found.hint.endswith(".")
    assert "<" not in found.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_code_inside_says_more_than_the_status(status: int) -> None:
    answer = encoded(body("usdm/rest_error_key"))
    found = refused_by_status(Market.USDM, "x", status, {}, answer, NOW)
    assert type(found) is AuthError
    assert found.exchange_code == -2015


def test_a_code_is_also_found_in_the_envelope_of_a_handshake() -> None:
    answer = encoded(body("usdm/wsapi_error_timestamp"))
    found = refused_by_status(Market.USDM, "x", 400, {}, answer, NOW)
    assert type(found) is ClockError


@pytest.mark.parametrize("status", [418, 429])
def test_a_limit_by_status_is_one_whatever_the_code(status: int) -> None:
    found = refused_by_status(
        Market.USDM, "x", status, {}, b'{"code": -1015, "msg": "Too many orders."}', NOW
    )
    assert isinstance(found, RateLimitedError)
    assert found.message == f"x was refused: Too many orders (HTTP {status})."
    assert found.exchange_code == -1015


@pytest.mark.parametrize(
    ("headers", "text", "expected"),
    [
        ({"retry-after": "120"}, "", NOW + 120_000),
        ({"retry-after": "0"}, "", NOW),
        ({"retry-after": "120"}, BANNED, NOW + 120_000),
        ({}, BANNED, 1_700_000_060_000),
        ({"retry-after": "soon"}, BANNED, 1_700_000_060_000),
        ({"retry-after": "-5"}, "", None),
        ({"retry-after": "99999999"}, "", None),
        ({"retry-after": "1.5"}, "", None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", None),
        ({}, "banned until 17000000600001 or so", None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], text: str, expected: int | None) -> None:
    answer = encoded({"code": -1003, "msg": text})
    found = refused_by_status(Market.COINM, "x", 429, headers, answer, NOW)
    assert isinstance(found, RateLimitedError)
    assert found.retry_at_ms == expected
    assert ("Wait until" in found.hint) is (expected is not None)


def test_a_limit_told_with_another_status_keeps_its_time() -> None:
    answer = encoded(body("usdm/rest_error_rate_limit"))
    found = refused_by_status(Market.USDM, "x", 403, {"retry-after": "7"}, answer, NOW)
    assert isinstance(found, RateLimitedError)
    assert found.retry_at_ms == NOW + 7000


@pytest.mark.parametrize(
    ("status", "text", "is_ban"),
    [
        (429, "Too many requests.", False),
        (418, "", True),
        (418, "Way too many requests; IP(127.0.0.1) banned until 1790000000000.", True),
        (400, "Way too many requests; IP(127.0.0.1) banned until 1790000000000.", True),
    ],
)
def test_a_ban_is_told_from_a_request_to_slow_down(status: int, text: str, is_ban: bool) -> None:
    answer = encoded({"code": -1003, "msg": text})
    found = refused_by_status(Market.USDM, "GET", status, {}, answer, 0)
    assert isinstance(found, RateLimitedError)
    assert found.is_ban is is_ban

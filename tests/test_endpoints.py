"""Every address exactly, and what the user may put in its place."""

import pytest

from binfut_cli.endpoints import (
    MARKET_APIS,
    Endpoints,
    Env,
    Market,
    Overrides,
    endpoints,
    market_stream_url,
    overridden,
    stream_url,
)
from binfut_cli.errors import ConfigError, UsageError
from binfut_cli.stream.events import NAMES

QUERY = "/private/ws?listenKey={listenKey}&events={events}"
TABLE = {
    (Env.PROD, Market.USDM): (
        "https://fapi.binance.com",
        "wss://ws-fapi.binance.com/ws-fapi/v1",
        "wss://fstream.binance.com" + QUERY,
    ),
    (Env.PROD, Market.COINM): (
        "https://dapi.binance.com",
        "wss://ws-dapi.binance.com/ws-dapi/v1",
        "wss://dstream.binance.com/ws/{listenKey}",
    ),
    (Env.TESTNET, Market.USDM): (
        "https://testnet.binancefuture.com",
        "wss://testnet.binancefuture.com/ws-fapi/v1",
        "wss://fstream.binancefuture.com" + QUERY,
    ),
    (Env.TESTNET, Market.COINM): (
        "https://testnet.binancefuture.com",
        "wss://testnet.binancefuture.com/ws-dapi/v1",
        "wss://dstream.binancefuture.com/ws/{listenKey}",
    ),
    (Env.DEMO, Market.USDM): (
        "https://demo-fapi.binance.com",
        "wss://testnet.binancefuture.com/ws-fapi/v1",
        "wss://demo-fstream.binance.com" + QUERY,
    ),
    (Env.DEMO, Market.COINM): (
        "https://demo-dapi.binance.com",
        "wss://testnet.binancefuture.com/ws-dapi/v1",
        "wss://demo-dstream.binance.com/ws/{listenKey}",
    ),
}
USDM = Endpoints("https://rest", "wss://api/ws-fapi/v1", "wss://stream" + QUERY)


@pytest.mark.parametrize(("env", "market"), TABLE)
def test_each_address_is_the_published_one(env: Env, market: Market) -> None:
    assert endpoints(env, market) == Endpoints(*TABLE[env, market])


def test_the_sandbox_is_the_one_environment_without_an_address() -> None:
    assert {env for env, _ in TABLE} == set(Env) - {Env.SANDBOX}
    with pytest.raises(KeyError):
        endpoints(Env.SANDBOX, Market.USDM)


@pytest.mark.parametrize(
    ("market", "status", "position", "listen_key", "time"),
    [
        (
            Market.USDM,
            "v2/account.status",
            "v2/account.position",
            "/fapi/v1/listenKey",
            "/fapi/v1/time",
        ),
        (Market.COINM, "account.status", "account.position", "/dapi/v1/listenKey", "/dapi/v1/time"),
    ],
)
def test_each_market_has_words_of_its_own(
    market: Market, status: str, position: str, listen_key: str, time: str
) -> None:
    market_api = MARKET_APIS[market]
    assert market_api.market is market
    assert (market_api.status_method, market_api.position_method) == (status, position)
    assert (market_api.listen_key_path, market_api.time_path) == (listen_key, time)


def test_what_is_not_given_stays() -> None:
    assert overridden(USDM, Market.USDM, Overrides()) == USDM


@pytest.mark.parametrize(
    ("given", "field", "expected"),
    [
        (Overrides(rest="https://other/"), "rest", "https://other"),
        (Overrides(rest="http://127.0.0.1:81"), "rest", "http://127.0.0.1:81"),
        (Overrides(rest="http://127.8.9.10"), "rest", "http://127.8.9.10"),
        (Overrides(rest="http://localhost:81"), "rest", "http://localhost:81"),
        (Overrides(rest="http://[::1]:81"), "rest", "http://[::1]:81"),
        (Overrides(ws_api="wss://other"), "ws_api", "wss://other/ws-fapi/v1"),
        (Overrides(ws_api="wss://other/"), "ws_api", "wss://other/ws-fapi/v1"),
        (Overrides(ws_api="wss://other/mm/v2"), "ws_api", "wss://other/mm/v2"),
        (Overrides(stream="wss://other"), "stream", "wss://other" + QUERY),
        (Overrides(stream="wss://other/"), "stream", "wss://other" + QUERY),
        (
            Overrides(stream="wss://other/private/ws/{listenKey}"),
            "stream",
            "wss://other/private/ws/{listenKey}",
        ),
        (Overrides(stream="ws://127.0.0.1:9"), "stream", "ws://127.0.0.1:9" + QUERY),
    ],
)
def test_an_address_given_is_completed_and_changes_nothing_else(
    given: Overrides, field: str, expected: str
) -> None:
    found = overridden(USDM, Market.USDM, given)
    changed = {name for name in ("rest", "ws_api", "stream") if _of(found, name) != _of(USDM, name)}
    assert changed == {field}
    assert _of(found, field) == expected


def _of(found: Endpoints, name: str) -> str:
    value = getattr(found, name)
    assert isinstance(value, str)
    return value


def test_coinm_completes_with_its_own_paths() -> None:
    given = Overrides(ws_api="wss://a", stream="wss://b")
    found = overridden(USDM, Market.COINM, given)
    assert (found.ws_api, found.stream) == ("wss://a/ws-dapi/v1", "wss://b/ws/{listenKey}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host",
        "host:443",
        "//host",
        "ftp://host",
        "wss://host",
        "https://",
        "https://user@host",
        "https://user:word@host",
        "https://host:port",
        "https://host:99999",
        "https://[::1",
        "https://host?query",
        "https://host/?",
        "https://host/path?\n",
        "https://host/path?\t",
        "https://host/path#\r",
        "https://host/\n",
        " https://host",
        "https://ho st",
        "https://one..two",
        f"https://{'a' * 64}.example",
    ],
)
def test_a_malformed_address_is_a_usage_error_that_names_the_option(url: str) -> None:
    with pytest.raises(UsageError, match=r"^--rest-url .+\.$") as caught:
        overridden(USDM, Market.USDM, Overrides(rest=url))
    assert "https://host[:port]" in caught.value.hint


@pytest.mark.parametrize(
    "given",
    [
        Overrides(rest="https://host/zürich"),
        Overrides(ws_api="wss://host/zürich"),
        Overrides(stream="wss://host/{listenKey}?city=zürich"),
    ],
)
def test_what_no_address_can_have_is_told_and_how_to_write_it(given: Overrides) -> None:
    with pytest.raises(UsageError, match="behind the host that no address can have") as caught:
        overridden(USDM, Market.USDM, given)
    assert "%C3%BC for ü" in caught.value.hint


def test_such_characters_may_be_escaped_and_a_host_may_have_them() -> None:
    given = "https://zürich.example/z%C3%BCrich"
    assert overridden(USDM, Market.USDM, Overrides(rest=given)).rest == given


@pytest.mark.parametrize(("name", "option"), [("ws_api", "--ws-api-url"), ("stream", "--stream-")])
def test_a_socket_needs_a_socket_address(name: str, option: str) -> None:
    with pytest.raises(UsageError, match=option) as caught:
        overridden(USDM, Market.USDM, Overrides(**{name: "https://host"}))
    assert "wss://host[:port]" in caught.value.hint


@pytest.mark.parametrize(
    "given",
    [
        Overrides(rest="http://example.com"),
        Overrides(rest="http://10.0.0.1"),
        Overrides(rest="http://0.0.0.0"),
        Overrides(rest="http://localhost.example.com"),
        Overrides(rest="http://127.0.0.1.example.com"),
        Overrides(ws_api="ws://example.com"),
        Overrides(stream="ws://example.com/{listenKey}"),
    ],
)
def test_no_key_leaves_this_machine_in_plaintext(given: Overrides) -> None:
    with pytest.raises(ConfigError, match="in plaintext"):
        overridden(USDM, Market.USDM, given)


def test_overrides_are_complete_when_nothing_of_the_table_is_needed() -> None:
    assert not Overrides().complete()
    assert not Overrides(rest="a", ws_api="b").complete()
    assert Overrides("a", "b", "c").complete()


def test_a_stream_template_is_filled_and_the_key_is_quoted() -> None:
    assert stream_url("wss://h" + QUERY, "aB9", ("A", "B")) == (
        "wss://h/private/ws?listenKey=aB9&events=A/B"
    )
    assert stream_url("wss://h/ws/{listenKey}", "a/b?{events}", ("A",)) == (
        "wss://h/ws/a%2Fb%3F%7Bevents%7D"
    )


def test_every_documented_event_is_asked_for() -> None:
    """A name left out of the address, or misspelt, is silence."""
    asked = stream_url(endpoints(Env.PROD, Market.USDM).stream, "k", NAMES).split("events=")[1]
    assert asked == (
        "ACCOUNT_UPDATE/MARGIN_CALL/ORDER_TRADE_UPDATE/TRADE_LITE/ACCOUNT_CONFIG_UPDATE/"
        "ALGO_UPDATE/STRATEGY_UPDATE/GRID_UPDATE/CONDITIONAL_ORDER_TRIGGER_REJECT/listenKeyExpired"
    )


@pytest.mark.parametrize(
    ("market", "given", "found"),
    [
        (Market.USDM, None, "wss://fstream.binance.com/market/stream"),
        (Market.COINM, None, "wss://dstream.binance.com/stream"),
        (Market.USDM, "ws://127.0.0.1:9", "ws://127.0.0.1:9/market/stream"),
        (Market.USDM, "wss://h/by/way", "wss://h/by/way/market/stream"),
        (Market.USDM, "wss://h/private/ws/{listenKey}", "wss://h/market/stream"),
        (Market.USDM, "wss://h/{listenKey}/private/ws", "wss://h/market/stream"),
        (Market.COINM, "wss://h/by/ws/{listenKey}", "wss://h/by/stream"),
        (Market.COINM, "wss://h/x?k={listenKey}", "wss://h/stream"),
    ],
)
def test_public_streams_are_beside_the_accounts_and_carry_no_key(
    market: Market, given: str | None, found: str
) -> None:
    place = overridden(endpoints(Env.PROD, market), market, Overrides(stream=given))
    assert market_stream_url(market, place) == found

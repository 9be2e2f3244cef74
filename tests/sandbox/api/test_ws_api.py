"""The WS-API of the sandbox, asked by the websockets library with signatures of our own."""

import base64
import json
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.sync.client import connect

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.exchange_client import (
    exchange,
    named,
    now_ms,
    question,
    signature,
    signed_request,
)

BOTH = ["account.status", "account.balance", "account.position"]
USDM = ["v2/account.status", "v2/account.balance", "v2/account.position"]


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_account_methods_answer_on_both_markets(sandbox: Sandbox, market: str, method: str) -> None:
    answer = exchange(sandbox.ws_api[market], signed_request(sandbox.accounts[0], method))
    assert (answer["id"], answer["status"]) == (1, 200)
    assert answer["result"]
    assert answer["rateLimits"][0]["count"] == 10  # handshake 5 and the method's 5


@pytest.mark.parametrize("method", USDM)
def test_the_v2_methods_are_usdm_only(sandbox: Sandbox, method: str) -> None:
    request = signed_request(sandbox.accounts[0], method)
    assert exchange(sandbox.ws_api["usdm"], request)["status"] == 200
    assert exchange(sandbox.ws_api["coinm"], request)["error"]["code"] == -1020


@pytest.mark.parametrize("number", [7, "text", None, 2**60])
def test_the_id_comes_back_untouched(sandbox: Sandbox, number: object) -> None:
    answer = exchange(sandbox.ws_api["usdm"], json.dumps({"id": number, "method": "time"}))
    assert answer["id"] == number
    assert abs(answer["result"]["serverTime"] - now_ms()) < 2000


def test_rate_limits_can_be_left_out(sandbox: Sandbox) -> None:
    url = sandbox.ws_api["usdm"] + "?returnRateLimits=false"
    with connect(url) as socket:
        assert "rateLimits" not in question(socket, {"id": 1, "method": "time"})
        asked = {"id": 1, "method": "time", "params": {"returnRateLimits": True}}
        assert "rateLimits" in question(socket, asked)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"signature": "00"}, 400, -1022),
        ({"signature": ""}, 400, -1102),
        ({"timestamp": 1}, 400, -1021),
        ({"apiKey": "x" * 64}, 401, -2015),
        ({"apiKey": "short"}, 401, -2014),
        ({"recvWindow": 5000}, 400, -1022),
    ],
)
def test_refusals(sandbox: Sandbox, change: dict[str, object], status: int, code: int) -> None:
    request = signed_request(sandbox.accounts[0], "account.balance")
    request["params"].update(change)
    answer = exchange(sandbox.ws_api["usdm"], request)
    assert (answer["status"], answer["error"]["code"]) == (status, code)
    assert "result" not in answer


@pytest.mark.parametrize("written", ["测试USDT", "%E6%B5%8B%E8%AF%95USDT"])
def test_a_non_ascii_symbol_is_signed_either_way(sandbox: Sandbox, written: str) -> None:
    account, asked = named(sandbox, "multi-assets"), now_ms()
    text = f"apiKey={account.api_key}&symbol={written}&timestamp={asked}"
    params = {"apiKey": account.api_key, "symbol": "测试USDT", "timestamp": asked}
    params["signature"] = signature(account.secret, text)
    request = {"id": 1, "method": "v2/account.position", "params": params}
    answer = exchange(sandbox.ws_api["usdm"], request)
    assert [row["positionAmt"] for row in answer["result"]] == ["5000"]
    params["symbol"] = "BTCUSDT"
    assert exchange(sandbox.ws_api["usdm"], request)["error"]["code"] == -1022


@pytest.mark.parametrize("text", ["{", "[]", "7"])
def test_what_is_no_request_has_no_id(sandbox: Sandbox, text: str) -> None:
    answer = exchange(sandbox.ws_api["usdm"], text)
    assert (answer["id"], answer["status"]) == (None, 400)


def test_an_unknown_method_is_refused(sandbox: Sandbox) -> None:
    answer = exchange(sandbox.ws_api["usdm"], {"id": 1, "method": "order.place"})
    assert answer["error"]["code"] == -1020


def test_filters(sandbox: Sandbox) -> None:
    account = sandbox.accounts[0]
    rows = exchange(
        sandbox.ws_api["usdm"], signed_request(account, "v2/account.position", symbol="ETHUSDT")
    )["result"]
    assert [row["symbol"] for row in rows] == ["ETHUSDT"]
    coin = exchange(
        sandbox.ws_api["coinm"], signed_request(account, "account.position", marginAsset="ETH")
    )["result"]
    assert {row["symbol"] for row in coin} == {"ETHUSD_PERP", "ETHUSD_281229"}
    bad = exchange(sandbox.ws_api["usdm"], signed_request(account, "account.position", symbol="NO"))
    assert bad["error"]["code"] == -1121


def test_hedge_rows_are_long_and_short(sandbox: Sandbox) -> None:
    request = signed_request(named(sandbox, "hedge"), "v2/account.status")
    positions = exchange(sandbox.ws_api["usdm"], request)["result"]["positions"]
    sides = [(row["symbol"], row["positionSide"]) for row in positions]
    assert sides == [(s, side) for s in ("BTCUSDT", "ETHUSDT") for side in ("LONG", "SHORT")]


def test_multi_assets_rows_show_what_is_available_in_their_own_unit(sandbox: Sandbox) -> None:
    request = signed_request(named(sandbox, "multi-assets"), "v2/account.status")
    status = exchange(sandbox.ws_api["usdm"], request)["result"]
    rows = {row["asset"]: Decimal(row["availableBalance"]) for row in status["assets"]}
    total = Decimal(status["availableBalance"])
    assert abs(rows["BTC"] * Decimal("82970.15") - total) < Decimal("0.01")
    assert rows["ETH"] > 0  # though it holds none
    wallet = Decimal(status["totalMarginBalance"]) - Decimal(status["totalInitialMargin"])
    assert total < wallet  # collateral counts for less than its price


def test_coinm_figures_agree_with_each_other(sandbox: Sandbox) -> None:
    account = named(sandbox, "coinm")
    request = signed_request(account, "account.position")
    for row in exchange(sandbox.ws_api["coinm"], request)["result"]:
        amt, mark = Decimal(row["positionAmt"]), Decimal(row["markPrice"])
        if amt:
            size = 100 if row["symbol"].startswith("BTC") else 10
            assert row["notionalValue"] == f"{amt * size / mark:.8f}"
            gain = amt * size * (1 / Decimal(row["entryPrice"]) - 1 / mark)
            assert row["unRealizedProfit"] == f"{gain:.8f}"


def test_listen_keys_over_the_ws_api_are_those_of_rest(sandbox: Sandbox) -> None:
    key = sandbox.accounts[0].api_key
    with connect(sandbox.ws_api["coinm"]) as socket:
        start = {"id": 1, "method": "userDataStream.start", "params": {"apiKey": key}}
        first = question(socket, start)["result"]["listenKey"]
        again = question(socket, {**start, "method": "userDataStream.ping"})["result"]
        assert again["listenKey"] == first
        assert question(socket, {**start, "method": "userDataStream.stop"})["result"] == {}
        gone = question(socket, {**start, "method": "userDataStream.ping"})
        assert gone["error"]["code"] == -1125
        assert question(socket, start)["result"]["listenKey"] != first


def test_a_session_needs_ed25519(sandbox: Sandbox) -> None:
    answer = exchange(sandbox.ws_api["usdm"], signed_request(sandbox.accounts[0], "session.logon"))
    assert answer["status"] != 200


def test_a_session_carries_key_and_signature(sandbox: Sandbox) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    params = {"apiKey": sandbox.add_key("one-way", pem.decode()), "timestamp": now_ms()}
    payload = f"apiKey={params['apiKey']}&timestamp={params['timestamp']}"
    signature = base64.b64encode(private.sign(payload.encode())).decode()
    logon = {"id": 1, "method": "session.logon", "params": {**params, "signature": signature}}
    with connect(sandbox.ws_api["usdm"]) as socket:
        assert question(socket, logon)["result"]["apiKey"] == params["apiKey"]
        ask = {"id": 2, "method": "account.balance", "params": {"timestamp": now_ms()}}
        assert question(socket, ask)["status"] == 200
        status = question(socket, {"id": 3, "method": "session.status"})["result"]
        assert status["authorizedSince"] >= status["connectedSince"]
        out = question(socket, {"id": 4, "method": "session.logout"})["result"]
        assert (out["apiKey"], out["authorizedSince"]) == (None, None)
        assert question(socket, ask)["error"]["code"] == -1102


def test_the_usdm_ws_api_has_a_pool_of_its_own() -> None:
    with Sandbox.start(rules=Rules(weight_limit=12)) as sandbox:
        request = signed_request(sandbox.accounts[0], "account.balance")
        with connect(sandbox.ws_api["usdm"]) as socket:
            assert question(socket, request)["status"] == 200
            refused = question(socket, request)
        assert (refused["status"], refused["error"]["code"]) == (429, -1003)
        assert refused["error"]["data"]["retryAfter"] > now_ms()
        assert exchange(sandbox.ws_api["coinm"], request)["status"] == 200

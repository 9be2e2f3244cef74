"""Troubles of the exchange itself, and its clock: what a client meets on its sockets."""

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.actions import TROUBLES
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.exchange_client import (
    Rest,
    heard,
    named,
    now_ms,
    question,
    signed_request,
    silent,
)

DEPOSIT = {"action": "deposit", "asset": "BNB", "amount": "1"}
LISTED = {"method": "LIST_SUBSCRIPTIONS", "id": 1}


def act(sandbox: Sandbox, name: str, **words: Any) -> None:
    sandbox.act({"action": name, **words})
    assert name in TROUBLES
    assert sandbox.fired()[f"{name}/act"] >= 1


def bnb(sandbox: Sandbox) -> str:
    rows = Rest(sandbox).get("/fapi/v3/balance")
    return str(next(row["balance"] for row in rows if row["asset"] == "BNB"))


def test_a_replaced_listen_key_is_another_one(sandbox: Sandbox) -> None:
    first = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{first}") as socket:
        act(sandbox, "replaceListenKey")
        sandbox.act(DEPOSIT)
        assert silent(socket)
    assert Rest(sandbox).listen_key(method="PUT") not in (first, (400, {}))


def test_forgotten_subscriptions_leave_a_live_key(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        assert question(socket, LISTED)["result"]
        act(sandbox, "forgetSubscriptions")
        sandbox.act(DEPOSIT)
        assert silent(socket)
        assert question(socket, LISTED)["result"] == []
    assert Rest(sandbox).listen_key(method="PUT") == key


def test_revoked_keys_are_refused_until_they_are_good_again(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    with connect(sandbox.ws_api["usdm"]) as socket:
        act(sandbox, "revokeKeys")
        request = signed_request(sandbox.accounts[0], "v2/account.status")
        assert question(socket, request)["error"]["code"] == -2015
        status, body, _ = rest.signed("/fapi/v3/balance")
        assert (status, body["code"]) == (401, -2015)
        assert Rest(sandbox, named(sandbox, "hedge")).signed("/fapi/v3/balance")[0] == 200
        act(sandbox, "revokeKeys", revoked=False)
        assert question(socket, request)["status"] == 200


def test_a_ban_holds_everywhere_until_its_time(sandbox: Sandbox) -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now) as sandbox:
        act(sandbox, "ban", seconds=90)
        for path in ("/fapi/v1/time", "/dapi/v1/time"):
            status, body, headers = Rest(sandbox).ask("GET", path)
            assert (status, body["code"], headers["Retry-After"]) == (418, -1003, "90")
        with pytest.raises(Exception, match="418"), connect(sandbox.ws_api["usdm"]):
            pytest.fail("it connected")
        now += 90_000
        assert Rest(sandbox).ask("GET", "/fapi/v1/time")[0] == 200


def test_a_replica_lags_while_events_go_on() -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now) as sandbox:
        key, before = Rest(sandbox).listen_key(), bnb(sandbox)
        with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
            act(sandbox, "replicaLag", seconds=4)
            sandbox.act(DEPOSIT)
            told = heard(socket)["a"]["B"][0]["wb"]
        assert bnb(sandbox) == before != told
        now += 4_000
        assert float(bnb(sandbox)) == float(told)


def test_a_burst_has_one_time(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        act(sandbox, "burst", actions=[DEPOSIT] * 20)
        assert len({heard(socket)["E"] for _ in range(20)}) == 1
    assert [entry["kind"] for entry in sandbox.ledger()] == ["balance"] * 20


def test_the_clock_is_moved_by_an_action(sandbox: Sandbox) -> None:
    act(sandbox, "clock", shiftMs=-60_000)
    assert Rest(sandbox).ask("GET", "/fapi/v1/time")[1]["serverTime"] < now_ms() - 59_000


@pytest.mark.parametrize("shape", [{}, {"stringTime": True}, {"wrapped": True}, {"silent": True}])
def test_an_expired_listen_key(sandbox: Sandbox, shape: dict[str, Any]) -> None:
    key = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        act(sandbox, "expireListenKey", **shape)
        if shape.get("silent"):
            assert silent(socket)
        else:
            assert "listenKeyExpired" in json.dumps(heard(socket))
    assert Rest(sandbox).listen_key(method="PUT")[1]["code"] == -1125


def test_a_raw_text_goes_out_as_it_is(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        act(sandbox, "raw", text="no JSON")
        assert socket.recv(timeout=5) == "no JSON"


def test_the_life_of_a_listen_key_is_a_rule() -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now) as sandbox:
        act(sandbox, "rules", listenKeyAge=30)
        key = Rest(sandbox).listen_key()
        now += 29_000
        assert Rest(sandbox).listen_key(method="PUT") == key
        now += 30_000
        assert Rest(sandbox).listen_key(method="PUT")[1]["code"] == -1125


def test_income_may_be_late() -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now, past=False) as sandbox:
        act(sandbox, "rules", incomeDelay=10)
        sandbox.act(DEPOSIT)
        assert Rest(sandbox).get("/fapi/v1/income", timestamp=now) == []
        now += 10_000
        assert len(Rest(sandbox).get("/fapi/v1/income", timestamp=now)) == 1


def test_a_filter_may_be_taken_literally(sandbox: Sandbox) -> None:
    act(sandbox, "rules", literalFilter=True)
    query = f"listenKey={Rest(sandbox).listen_key()}&events=ACCOUNT_UPDATE/ORDER_TRADE_UPDATE"
    with connect(f"{sandbox.stream['usdm']}/private/ws?{query}") as socket:
        sandbox.act(DEPOSIT)
        assert silent(socket)


def test_virtual_time_ends_listen_keys_and_forgives_clients() -> None:
    started = now = now_ms()
    with Sandbox.start(clock=lambda: now, time_speed=100.0) as sandbox:
        key = Rest(sandbox).listen_key()
        with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
            now += 35_999  # a hundredth of an hour
            assert Rest(sandbox).ask("GET", "/fapi/v1/time")[1]["serverTime"] == started + 3_599_900
            assert Rest(sandbox).signed("/fapi/v3/balance", timestamp=now)[0] == 200
            assert (
                Rest(sandbox).signed("/fapi/v3/balance", timestamp=now - 6_000)[1]["code"] == -1021
            )
            now += 1
            assert heard(socket)["e"] == "listenKeyExpired"


def test_virtual_time_hurries_the_end_of_connections() -> None:
    rules = Rules(ping_interval_s=10**9)
    with (
        Sandbox.start(rules=rules, time_speed=864_000.0) as sandbox,
        pytest.raises(ConnectionClosed) as closed,
        connect(sandbox.ws_api["usdm"]) as socket,
    ):
        socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.reason == "24 hours are over"

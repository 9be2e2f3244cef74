"""Troubles of the exchange itself, and its clock: what a client meets on its sockets."""

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.actions import TROUBLES
from binfut_cli.sandbox.rules import Rules
from tests.sandbox.outside import Rest, heard, named, now_ms, question, signed_request, silent

DEPOSIT = {"action": "deposit", "asset": "BNB", "amount": "1"}
LISTED = {"method": "LIST_SUBSCRIPTIONS", "id": 1}


def act(box: Sandbox, name: str, **words: Any) -> None:
    box.act({"action": name, **words})
    assert name in TROUBLES
    assert box.fired()[f"{name}/act"] >= 1


def bnb(box: Sandbox) -> str:
    rows = Rest(box).get("/fapi/v3/balance")
    return str(next(row["balance"] for row in rows if row["asset"] == "BNB"))


def test_a_replaced_listen_key_is_another_one(box: Sandbox) -> None:
    first = Rest(box).listen_key()
    with connect(f"{box.stream['usdm']}/private/ws/{first}") as socket:
        act(box, "replaceListenKey")
        box.act(DEPOSIT)
        assert silent(socket)
    assert Rest(box).listen_key(method="PUT") not in (first, (400, {}))


def test_forgotten_subscriptions_leave_a_live_key(box: Sandbox) -> None:
    key = Rest(box).listen_key()
    with connect(f"{box.stream['usdm']}/private/ws/{key}") as socket:
        assert question(socket, LISTED)["result"]
        act(box, "forgetSubscriptions")
        box.act(DEPOSIT)
        assert silent(socket)
        assert question(socket, LISTED)["result"] == []
    assert Rest(box).listen_key(method="PUT") == key


def test_revoked_keys_are_refused_until_they_are_good_again(box: Sandbox) -> None:
    rest = Rest(box)
    with connect(box.ws_api["usdm"]) as socket:
        act(box, "revokeKeys")
        request = signed_request(box.accounts[0], "v2/account.status")
        assert question(socket, request)["error"]["code"] == -2015
        status, body, _ = rest.signed("/fapi/v3/balance")
        assert (status, body["code"]) == (401, -2015)
        assert Rest(box, named(box, "hedge")).signed("/fapi/v3/balance")[0] == 200
        act(box, "revokeKeys", revoked=False)
        assert question(socket, request)["status"] == 200


def test_a_ban_holds_everywhere_until_its_time(box: Sandbox) -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now) as box:
        act(box, "ban", seconds=90)
        for path in ("/fapi/v1/time", "/dapi/v1/time"):
            status, body, headers = Rest(box).ask("GET", path)
            assert (status, body["code"], headers["Retry-After"]) == (418, -1003, "90")
        with pytest.raises(Exception, match="418"), connect(box.ws_api["usdm"]):
            pytest.fail("it connected")
        now += 90_000
        assert Rest(box).ask("GET", "/fapi/v1/time")[0] == 200


def test_a_replica_lags_while_events_go_on() -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now) as box:
        key, before = Rest(box).listen_key(), bnb(box)
        with connect(f"{box.stream['usdm']}/private/ws/{key}") as socket:
            act(box, "replicaLag", seconds=4)
            box.act(DEPOSIT)
            told = heard(socket)["a"]["B"][0]["wb"]
        assert bnb(box) == before != told
        now += 4_000
        assert float(bnb(box)) == float(told)


def test_a_burst_has_one_time(box: Sandbox) -> None:
    key = Rest(box).listen_key()
    with connect(f"{box.stream['usdm']}/private/ws/{key}") as socket:
        act(box, "burst", actions=[DEPOSIT] * 20)
        assert len({heard(socket)["E"] for _ in range(20)}) == 1
    assert [entry["kind"] for entry in box.ledger()] == ["balance"] * 20


def test_the_clock_is_moved_by_an_action(box: Sandbox) -> None:
    act(box, "clock", shiftMs=-60_000)
    assert Rest(box).ask("GET", "/fapi/v1/time")[1]["serverTime"] < now_ms() - 59_000


@pytest.mark.parametrize("shape", [{}, {"stringTime": True}, {"wrapped": True}, {"silent": True}])
def test_an_expired_listen_key(box: Sandbox, shape: dict[str, Any]) -> None:
    key = Rest(box).listen_key()
    with connect(f"{box.stream['usdm']}/private/ws/{key}") as socket:
        act(box, "expireListenKey", **shape)
        if shape.get("silent"):
            assert silent(socket)
        else:
            assert "listenKeyExpired" in json.dumps(heard(socket))
    assert Rest(box).listen_key(method="PUT")[1]["code"] == -1125


def test_a_raw_text_goes_out_as_it_is(box: Sandbox) -> None:
    key = Rest(box).listen_key()
    with connect(f"{box.stream['usdm']}/private/ws/{key}") as socket:
        act(box, "raw", text="no JSON")
        assert socket.recv(timeout=5) == "no JSON"


def test_the_life_of_a_listen_key_is_a_rule() -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now) as box:
        act(box, "rules", listenKeyAge=30)
        key = Rest(box).listen_key()
        now += 29_000
        assert Rest(box).listen_key(method="PUT") == key
        now += 30_000
        assert Rest(box).listen_key(method="PUT")[1]["code"] == -1125


def test_income_may_be_late() -> None:
    now = now_ms()
    with Sandbox.start(clock=lambda: now, past=False) as box:
        act(box, "rules", incomeDelay=10)
        box.act(DEPOSIT)
        assert Rest(box).get("/fapi/v1/income", timestamp=now) == []
        now += 10_000
        assert len(Rest(box).get("/fapi/v1/income", timestamp=now)) == 1


def test_a_filter_may_be_taken_literally(box: Sandbox) -> None:
    act(box, "rules", literalFilter=True)
    query = f"listenKey={Rest(box).listen_key()}&events=ACCOUNT_UPDATE/ORDER_TRADE_UPDATE"
    with connect(f"{box.stream['usdm']}/private/ws?{query}") as socket:
        box.act(DEPOSIT)
        assert silent(socket)


def test_virtual_time_ends_listen_keys_and_forgives_clients() -> None:
    started = now = now_ms()
    with Sandbox.start(clock=lambda: now, time_speed=100.0) as box:
        key = Rest(box).listen_key()
        with connect(f"{box.stream['usdm']}/private/ws/{key}") as socket:
            now += 35_999  # a hundredth of an hour
            assert Rest(box).ask("GET", "/fapi/v1/time")[1]["serverTime"] == started + 3_599_900
            assert Rest(box).signed("/fapi/v3/balance", timestamp=now)[0] == 200
            assert Rest(box).signed("/fapi/v3/balance", timestamp=now - 6_000)[1]["code"] == -1021
            now += 1
            assert heard(socket)["e"] == "listenKeyExpired"


def test_virtual_time_hurries_the_end_of_connections() -> None:
    rules = Rules(ping_interval_s=10**9)
    with (
        Sandbox.start(rules=rules, time_speed=864_000.0) as box,
        pytest.raises(ConnectionClosed) as closed,
        connect(box.ws_api["usdm"]) as socket,
    ):
        socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.reason == "24 hours are over"

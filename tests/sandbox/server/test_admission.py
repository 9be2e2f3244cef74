"""Who is let in: programs of this machine that know the token, and no web page."""

import http.client
import json
import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from binfut_cli.sandbox import Sandbox
from tests.support.exchange_client import Rest, control, heard

OURS = ("localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:1", "[::1]:8080")
STRANGE = ("rebound.example", "rebound.example:80", "127.0.0.1.example", "localhost.example",
           "localhost@rebound.example", "10.0.0.1", "0.0.0.0", "[::1", "")  # fmt: skip

UPGRADE = {"upgrade": "websocket", "connection": "Upgrade"}
WAYS = {"/fapi/v1/time": {}, "/private/ws": UPGRADE, "/ws-fapi/v1": UPGRADE}


@pytest.fixture(scope="module")
def steered() -> Iterator[Sandbox]:
    with Sandbox.start(control=True) as running:
        yield running


@pytest.mark.parametrize("host", OURS)
def test_a_request_to_this_machine_is_answered(steered: Sandbox, host: str) -> None:
    assert control(steered, "GET", "/fault", host=host)[0] == 200
    assert Rest(steered).ask("GET", "/fapi/v1/time", {"host": host})[0] == 200


@pytest.mark.parametrize("host", STRANGE)
def test_a_name_that_was_led_here_is_not(steered: Sandbox, host: str) -> None:
    """As DNS rebinding does: the connection is to this machine, the name is the page's."""
    said = "this sandbox answers to localhost and 127.0.0.1 only: the Host header names another"
    assert control(steered, "GET", "/state", host=host) == (403, {"error": said})
    for path, headers in WAYS.items():
        status, body, _ = Rest(steered).ask("GET", path, {**headers, "host": host})
        assert (status, body) == (403, {"code": -1000, "msg": said})


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is Linux's")
def test_it_listens_on_loopback_alone(steered: Sandbox) -> None:
    """Another address of this machine, even of loopback, finds nothing there."""
    for address in (steered.rest["usdm"], steered.control):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", urlsplit(address).port or 0), timeout=5)


def test_without_a_host_or_with_two_nobody_is_meant(steered: Sandbox) -> None:
    for hosts, status in (((), 403), (("localhost", "rebound.example"), 400)):
        connection = http.client.HTTPConnection(urlsplit(steered.rest["usdm"]).netloc, timeout=5)
        connection.putrequest("GET", "/fapi/v1/time", skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "file://", "http://[::1"])
def test_a_web_page_hears_nothing(steered: Sandbox, origin: str) -> None:
    for path, headers in WAYS.items():
        status, body, _ = Rest(steered).ask("GET", path, {**headers, "origin": origin})
        assert (status, "web pages" in body["msg"]) == (403, True)


def test_an_origin_of_this_machine_may_ask_the_exchange(steered: Sandbox) -> None:
    """Some WebSocket libraries send the address they connect to; so does a page one works on."""
    with connect(
        f"{steered.stream['usdm']}/private/ws", origin=Origin("http://localhost:3000")
    ) as socket:
        socket.send(json.dumps({"id": 1, "method": "LIST_SUBSCRIPTIONS"}))
        assert heard(socket)["id"] == 1


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000"])
def test_no_web_page_steers(steered: Sandbox, origin: str) -> None:
    for method, path in (("POST", "/act"), ("GET", "/state"), ("OPTIONS", "/act")):
        status, answer = control(steered, method, path, {"action": "ban"}, origin=origin)
        assert status == 403
        assert "web page" in answer["error"]


@pytest.mark.parametrize("given", [None, "", "Bearer ", "Bearer x", "Basic x", "Bearer \xe9"])
def test_who_has_not_read_the_announcement_steers_nothing(
    steered: Sandbox, given: str | None
) -> None:
    for method, path in (("POST", "/act"), ("GET", "/ledger"), ("DELETE", "/fault")):
        status, answer = control(steered, method, path, {}, authorization=given)
        assert status == 401
        assert "controlToken" in answer["error"]


@pytest.mark.parametrize("kind", [None, "", "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_can_send_is_not_read(steered: Sandbox, kind: str | None) -> None:
    deposit = {"action": "deposit", "asset": "BNB", "amount": "1"}
    status, answer = control(steered, "POST", "/act", deposit, **{"content-type": kind})
    assert (status, "application/json" in answer["error"]) == (415, True)
    assert steered.ledger() == []


def test_json_may_say_its_encoding(steered: Sandbox) -> None:
    kind = {"content-type": "Application/JSON; charset=utf-8"}
    assert control(steered, "POST", "/clock", {"shiftMs": 0}, **kind)[0] == 200


def test_every_sandbox_has_a_token_of_its_own() -> None:
    with Sandbox.start(control=True) as one, Sandbox.start(control=True) as other:
        assert one.control_token != other.control_token
        assert one.control_token is not None
        assert len(one.control_token) >= 32


def test_an_embedded_one_has_no_control_endpoint(sandbox: Sandbox) -> None:
    assert sandbox.control is sandbox.control_token is None
    assert not {"control", "controlToken"} & sandbox.announcement().keys()


@pytest.mark.parametrize("path", ["/ws-fapi/v1", "/private/ws"])
def test_deep_json_is_answered_like_any_that_is_none(steered: Sandbox, path: str) -> None:
    with connect(steered.stream["usdm"] + path) as socket:
        socket.send("[" * 5000 + "]" * 5000)
        deep = heard(socket)
        socket.send("no JSON")
        assert {**deep, "rateLimits": 0} == {**heard(socket), "rateLimits": 0}

"""Faults, seen from outside: what a client meets on its socket."""

import http.client
import json
import socket as sockets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.faults.hostile_text import HOSTILE_TEXTS
from tests.support.exchange_client import WAIT_S, Rest, exchange, heard, question

DEPOSIT = {"action": "deposit", "asset": "BNB", "amount": "1"}
TIME = {"id": 9, "method": "time"}
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, section 1.3


@contextmanager
def stream(sandbox: Sandbox, **options: Any) -> Iterator[ClientConnection]:
    url = f"{sandbox.stream['usdm']}/private/ws/{Rest(sandbox).listen_key()}"
    with connect(url, **options) as open_stream:
        yield open_stream


@contextmanager
def bare(sandbox: Sandbox, path: str) -> Iterator[sockets.socket]:
    """A socket that has sent an upgrade request and answers nothing by itself."""
    port = urlsplit(sandbox.stream["usdm"]).port
    with sockets.create_connection(("127.0.0.1", port), timeout=WAIT_S) as socket:
        socket.sendall(HANDSHAKE.format(path=path).encode())
        yield socket


def upgraded(socket: sockets.socket) -> bytes:
    """Read the handshake's answer; give what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += socket.recv(4096)
    head, _, rest = data.partition(b"\r\n\r\n")
    assert ACCEPT in head
    return rest


@pytest.mark.parametrize(
    ("status", "kind", "holds"),
    [
        (403, "text/html", "<html>"),
        (418, "application/json;charset=UTF-8", "banned until"),
        (429, "application/json;charset=UTF-8", "-1003"),
        (451, "application/json;charset=UTF-8", "restricted location"),
        (503, "application/json;charset=UTF-8", "-1008"),
    ],
)
def test_http_statuses(sandbox: Sandbox, status: int, kind: str, holds: str) -> None:
    sandbox.fault({"fault": "httpStatus", "status": status})
    address = urlsplit(sandbox.rest["usdm"]).netloc
    connection = http.client.HTTPConnection(address, timeout=WAIT_S)
    connection.request("GET", "/fapi/v1/time")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (status, kind)
    assert (answer.headers["Retry-After"] is not None) == (status in (418, 429))
    assert holds in answer.read().decode()
    connection.request("GET", "/fapi/v1/time")
    assert connection.getresponse().status == 200  # it struck once
    connection.close()


def test_conditions(sandbox: Sandbox) -> None:
    sandbox.fault(
        {"fault": "httpStatus", "status": 500, "on": "/fapi/v1/ping", "after": 1, "count": 2}
    )
    rest = Rest(sandbox)
    assert rest.ask("GET", "/fapi/v1/time")[0] == 200
    seen = [rest.ask("GET", "/fapi/v1/ping")[0] for _ in range(4)]
    assert seen == [200, 500, 500, 200]


def test_a_market_can_be_spared(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "httpStatus", "market": "coinm", "count": None})
    rest = Rest(sandbox)
    assert [rest.ask("GET", f"/{m}/v1/ping")[0] for m in ("fapi", "dapi")] == [200, 503]
    sandbox.clear_faults()
    assert rest.ask("GET", "/dapi/v1/ping")[0] == 200


def test_chance_follows_the_seed(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)

    def strikes() -> list[int]:
        sandbox.clear_faults()
        fault = {"fault": "httpStatus", "probability": "0.5", "seed": 3, "count": None}
        sandbox.fault(fault)
        return [rest.ask("GET", "/fapi/v1/ping")[0] for _ in range(20)]

    first = strikes()
    assert set(first) == {200, 503}
    assert strikes() == first


def test_each_fault_has_its_own_dice(sandbox: Sandbox) -> None:
    def strikes(others: int) -> list[int]:
        with Sandbox.start(seed=5) as other:
            rest = Rest(other)
            half: dict[str, Any] = {"fault": "httpStatus", "probability": 0.5, "count": None}
            other.fault({**half, "on": "/fapi/v1/ping"})
            other.fault({**half, "on": "/fapi/v1/time"})
            seen = []
            for _ in range(12):
                seen.append(rest.ask("GET", "/fapi/v1/ping")[0])
                for _ in range(others):
                    rest.ask("GET", "/fapi/v1/time")
            return seen

    assert strikes(others=0) == strikes(others=2)


def test_a_fault_begins_and_ends_by_the_clock() -> None:
    now = 1_700_000_000_000
    with Sandbox.start(clock=lambda: now) as sandbox:
        always = {"fault": "httpStatus", "count": None, "afterSeconds": 60, "forSeconds": "30"}
        sandbox.fault(always)
        seen = []
        for step in (0, 59_999, 1, 29_999, 1):
            now += step
            seen.append(Rest(sandbox).ask("GET", "/fapi/v1/ping")[0])
    assert seen == [200, 200, 503, 503, 200]


def test_what_fired_is_counted(sandbox: Sandbox) -> None:
    assert sandbox.fired() == {}
    sandbox.fault({"fault": "httpStatus", "on": ["/fapi/v1/ping", "/dapi/v1/ping"], "count": 2})
    rest = Rest(sandbox)
    for path in ("/fapi/v1/ping", "/fapi/v1/time", "/dapi/v1/ping", "/dapi/v1/ping"):
        rest.ask("GET", path)
    sandbox.fault({"fault": "field", "layer": "rest", "path": "no.such", "count": None})
    rest.ask("GET", "/fapi/v1/time")
    assert sandbox.fired() == {"httpStatus/rest": 2}  # what had no effect did not fire
    sandbox.clear_faults()
    with stream(sandbox) as socket:
        sandbox.fault({"fault": "close", "now": True})
        with pytest.raises(ConnectionClosed):
            heard(socket)
    assert sandbox.fired() == {"close/stream": 1, "httpStatus/rest": 2}


def test_a_truncated_body(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "truncated", "layer": "rest", "bytes": 5})
    with pytest.raises(http.client.IncompleteRead) as cut:
        Rest(sandbox).ask("GET", "/fapi/v1/time")
    assert cut.value.partial == b'{"ser'


@pytest.mark.parametrize("layer", ["rest", "wsApi"])
def test_a_silent_answer(sandbox: Sandbox, layer: str) -> None:
    sandbox.fault({"fault": "silent", "layer": layer})
    if layer == "rest":
        address = urlsplit(sandbox.rest["usdm"]).netloc
        connection = http.client.HTTPConnection(address, timeout=0.1)
        connection.request("GET", "/fapi/v1/time")
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        return
    with connect(sandbox.ws_api["usdm"]) as socket:
        socket.send(json.dumps(TIME))
        assert question(socket, {"id": 10, "method": "time"})["id"] == 10


def test_a_late_reply_is_overtaken(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "late", "layer": "wsApi", "seconds": "0.05"})
    with connect(sandbox.ws_api["usdm"]) as socket:
        socket.send(json.dumps({"id": 1, "method": "time"}))
        socket.send(json.dumps({"id": 2, "method": "time"}))
        assert [heard(socket)["id"], heard(socket)["id"]] == [2, 1]


def test_ws_api_errors(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "status": 418})
    answer = exchange(sandbox.ws_api["usdm"], TIME)
    assert (answer["id"], answer["status"], answer["error"]["code"]) == (9, 418, -1003)
    sandbox.fault({"fault": "revoked"})
    answer = exchange(sandbox.ws_api["usdm"], TIME)
    assert (answer["id"], answer["status"], answer["error"]["code"]) == (None, 401, -2015)
    sandbox.fault({"fault": "noResult"})
    assert "result" not in exchange(sandbox.ws_api["usdm"], TIME)
    sandbox.fault({"fault": "text", "layer": "wsApi", "text": "<html>"})
    with connect(sandbox.ws_api["usdm"]) as socket:
        socket.send(json.dumps(TIME))
        assert socket.recv(timeout=WAIT_S) == "<html>"


def test_a_huge_message(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "huge", "layer": "wsApi", "bytes": 3_000_000})
    with connect(sandbox.ws_api["usdm"], max_size=None) as socket:
        assert len(question(socket, TIME)["padding"]) == 3_000_000


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_refused_handshake(sandbox: Sandbox, status: int) -> None:
    sandbox.fault({"fault": "httpStatus", "layer": "handshake", "status": status})
    with pytest.raises(InvalidStatus) as refused, connect(sandbox.ws_api["usdm"]):
        pytest.fail("it connected")
    assert refused.value.response.status_code == status


def test_a_redirect(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "redirect", "location": sandbox.stream["usdm"] + "/private/ws"})
    with bare(sandbox, "/private/ws") as socket:
        data = b""
        while more := socket.recv(4096):
            data += more
    assert data.startswith(b"HTTP/1.1 302 Found")
    assert b"Location: ws://127.0.0.1" in data


def test_a_silent_handshake(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "silent", "layer": "handshake"})
    with bare(sandbox, "/private/ws") as socket:
        socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            socket.recv(1)


def test_a_trickled_handshake_still_succeeds(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "trickle", "layer": "handshake", "pause": "0.0001"})
    with connect(sandbox.stream["usdm"] + "/private/ws") as socket:
        assert question(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 1})["id"] == 1


def test_a_reset_is_a_reset(sandbox: Sandbox) -> None:
    with bare(sandbox, "/private/ws") as socket:
        upgraded(socket)
        sandbox.fault({"fault": "reset", "now": True})
        with pytest.raises(ConnectionResetError):
            socket.recv(1)


def test_a_fin_has_no_close_frame(sandbox: Sandbox) -> None:
    with bare(sandbox, "/private/ws") as socket:
        upgraded(socket)
        sandbox.fault({"fault": "fin", "now": True})
        assert socket.recv(100) == b""


def test_a_close_has_its_code(sandbox: Sandbox) -> None:
    with stream(sandbox) as socket:
        sandbox.fault({"fault": "close", "code": 1012, "reason": "restart", "now": True})
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=WAIT_S)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "restart")


def test_half_open_answers_no_ping(sandbox: Sandbox) -> None:
    with stream(sandbox, close_timeout=0.1) as socket:
        assert socket.ping().wait(WAIT_S)
        sandbox.fault({"fault": "halfOpen"})
        sandbox.act(DEPOSIT)
        assert not socket.ping().wait(0.1)


def test_a_stall_leaves_a_frame_unfinished(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    sandbox.fault({"fault": "stall", "bytes": 7})
    with bare(sandbox, f"/private/ws/{key}") as socket:
        data = upgraded(socket)
        sandbox.act(DEPOSIT)
        while len(data) < 7:
            data += socket.recv(100)
        assert data[:1] == b"\x81"
        socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            socket.recv(1)


def test_a_trickled_event_arrives_whole(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "trickle", "pause": "0.0001"})
    with stream(sandbox) as socket:
        sandbox.act(DEPOSIT)
        assert heard(socket)["e"] == "ACCOUNT_UPDATE"


def test_bent_events(sandbox: Sandbox) -> None:
    with stream(sandbox) as socket:

        def said(**fault: Any) -> Any:
            sandbox.fault(fault)
            sandbox.act(DEPOSIT)
            return heard(socket)

        assert said(fault="unknownEvent")["e"] == "FUTURE_EVENT"
        assert heard(socket)["e"] == "ACCOUNT_UPDATE"
        assert said(fault="unknownField", value=[1])["newField"] == [1]
        assert "wb" not in said(fault="field", path="a.B.0.wb")["a"]["B"][0]
        assert said(fault="field", path="a.B.0.wb", value=None)["a"]["B"][0]["wb"] is None
        twice = said(fault="duplicate")
        assert heard(socket) == twice
        sandbox.fault({"fault": "silent", "on": "ACCOUNT_UPDATE"})
        sandbox.act(DEPOSIT)
        sandbox.act({"action": "leverage", "symbol": "BTCUSDT", "leverage": 5})
        assert heard(socket)["e"] == "ACCOUNT_CONFIG_UPDATE"
        sandbox.fault({"fault": "text"})
        sandbox.act(DEPOSIT)
        with pytest.raises(json.JSONDecodeError):
            heard(socket)


@pytest.mark.parametrize("number", range(len(HOSTILE_TEXTS)))
def test_evil_texts_arrive_as_they_are(sandbox: Sandbox, number: int) -> None:
    sandbox.fault({"fault": "evil", "number": number})
    with stream(sandbox) as socket:
        sandbox.act({"action": "leverage", "symbol": "BTCUSDT", "leverage": 5})
        assert heard(socket)["ac"]["s"] == HOSTILE_TEXTS[number]


def test_fragments_arrive_as_one_message(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "fragmented", "size": 7})
    with stream(sandbox) as socket:
        sandbox.act(DEPOSIT)
        parts = list(socket.recv_streaming())
    assert len(parts) > 3
    assert json.loads("".join(map(str, parts)))["e"] == "ACCOUNT_UPDATE"


def test_a_binary_message(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "binary"})
    with stream(sandbox) as socket:
        sandbox.act(DEPOSIT)
        assert isinstance(socket.recv(timeout=WAIT_S), bytes)


@pytest.mark.parametrize(("fault", "code"), [("badUtf8", 1007), ("rsv1", 1002)])
def test_frames_against_the_protocol(sandbox: Sandbox, fault: str, code: int) -> None:
    sandbox.fault({"fault": fault})
    with stream(sandbox) as socket:
        sandbox.act(DEPOSIT)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=WAIT_S)
    assert closed.value.sent is not None
    assert closed.value.sent.code == code


def test_a_client_that_never_pongs_is_dropped() -> None:
    rules = Rules(ping_interval_s=0.02, pong_timeout_s=0.1)
    with Sandbox.start(rules=rules) as sandbox, bare(sandbox, "/private/ws") as socket:
        data = upgraded(socket)
        while more := socket.recv(4096):
            data += more
        assert data[:1] == b"\x89"  # pings came before the end

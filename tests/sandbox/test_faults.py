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
from binfut_cli.sandbox.evil import EVIL
from binfut_cli.sandbox.rules import Rules
from tests.sandbox.outside import WAIT_S, Rest, exchange, heard, question

DEPOSIT = {"action": "deposit", "asset": "BNB", "amount": "1"}
TIME = {"id": 9, "method": "time"}
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, section 1.3


@contextmanager
def stream(box: Sandbox, **options: Any) -> Iterator[ClientConnection]:
    url = f"{box.stream['usdm']}/private/ws/{Rest(box).listen_key()}"
    with connect(url, **options) as open_stream:
        yield open_stream


@contextmanager
def bare(box: Sandbox, path: str) -> Iterator[sockets.socket]:
    """A socket that has sent an upgrade request and answers nothing by itself."""
    port = urlsplit(box.stream["usdm"]).port
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
def test_http_statuses(box: Sandbox, status: int, kind: str, holds: str) -> None:
    box.fault({"fault": "httpStatus", "status": status})
    address = urlsplit(box.rest["usdm"]).netloc
    connection = http.client.HTTPConnection(address, timeout=WAIT_S)
    connection.request("GET", "/fapi/v1/time")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (status, kind)
    assert (answer.headers["Retry-After"] is not None) == (status in (418, 429))
    assert holds in answer.read().decode()
    connection.request("GET", "/fapi/v1/time")
    assert connection.getresponse().status == 200  # it struck once
    connection.close()


def test_conditions(box: Sandbox) -> None:
    box.fault({"fault": "httpStatus", "status": 500, "on": "/fapi/v1/ping", "after": 1, "count": 2})
    rest = Rest(box)
    assert rest.ask("GET", "/fapi/v1/time")[0] == 200
    seen = [rest.ask("GET", "/fapi/v1/ping")[0] for _ in range(4)]
    assert seen == [200, 500, 500, 200]


def test_a_market_can_be_spared(box: Sandbox) -> None:
    box.fault({"fault": "httpStatus", "market": "coinm", "count": None})
    rest = Rest(box)
    assert [rest.ask("GET", f"/{m}/v1/ping")[0] for m in ("fapi", "dapi")] == [200, 503]
    box.clear_faults()
    assert rest.ask("GET", "/dapi/v1/ping")[0] == 200


def test_chance_follows_the_seed(box: Sandbox) -> None:
    rest = Rest(box)

    def strikes() -> list[int]:
        box.clear_faults()
        fault = {"fault": "httpStatus", "probability": "0.5", "seed": 3, "count": None}
        box.fault(fault)
        return [rest.ask("GET", "/fapi/v1/ping")[0] for _ in range(20)]

    first = strikes()
    assert set(first) == {200, 503}
    assert strikes() == first


def test_each_fault_has_its_own_dice(box: Sandbox) -> None:
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
    with Sandbox.start(clock=lambda: now) as box:
        always = {"fault": "httpStatus", "count": None, "afterSeconds": 60, "forSeconds": "30"}
        box.fault(always)
        seen = []
        for step in (0, 59_999, 1, 29_999, 1):
            now += step
            seen.append(Rest(box).ask("GET", "/fapi/v1/ping")[0])
    assert seen == [200, 200, 503, 503, 200]


def test_what_fired_is_counted(box: Sandbox) -> None:
    assert box.fired() == {}
    box.fault({"fault": "httpStatus", "on": ["/fapi/v1/ping", "/dapi/v1/ping"], "count": 2})
    rest = Rest(box)
    for path in ("/fapi/v1/ping", "/fapi/v1/time", "/dapi/v1/ping", "/dapi/v1/ping"):
        rest.ask("GET", path)
    box.fault({"fault": "field", "layer": "rest", "path": "no.such", "count": None})
    rest.ask("GET", "/fapi/v1/time")
    assert box.fired() == {"httpStatus/rest": 2}  # what had no effect did not fire
    box.clear_faults()
    with stream(box) as socket:
        box.fault({"fault": "close", "now": True})
        with pytest.raises(ConnectionClosed):
            heard(socket)
    assert box.fired() == {"close/stream": 1, "httpStatus/rest": 2}


def test_a_truncated_body(box: Sandbox) -> None:
    box.fault({"fault": "truncated", "layer": "rest", "bytes": 5})
    with pytest.raises(http.client.IncompleteRead) as cut:
        Rest(box).ask("GET", "/fapi/v1/time")
    assert cut.value.partial == b'{"ser'


@pytest.mark.parametrize("layer", ["rest", "wsApi"])
def test_a_silent_answer(box: Sandbox, layer: str) -> None:
    box.fault({"fault": "silent", "layer": layer})
    if layer == "rest":
        address = urlsplit(box.rest["usdm"]).netloc
        connection = http.client.HTTPConnection(address, timeout=0.1)
        connection.request("GET", "/fapi/v1/time")
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        return
    with connect(box.ws_api["usdm"]) as socket:
        socket.send(json.dumps(TIME))
        assert question(socket, {"id": 10, "method": "time"})["id"] == 10


def test_a_late_reply_is_overtaken(box: Sandbox) -> None:
    box.fault({"fault": "late", "layer": "wsApi", "seconds": "0.05"})
    with connect(box.ws_api["usdm"]) as socket:
        socket.send(json.dumps({"id": 1, "method": "time"}))
        socket.send(json.dumps({"id": 2, "method": "time"}))
        assert [heard(socket)["id"], heard(socket)["id"]] == [2, 1]


def test_ws_api_errors(box: Sandbox) -> None:
    box.fault({"fault": "wsError", "status": 418})
    answer = exchange(box.ws_api["usdm"], TIME)
    assert (answer["id"], answer["status"], answer["error"]["code"]) == (9, 418, -1003)
    box.fault({"fault": "revoked"})
    answer = exchange(box.ws_api["usdm"], TIME)
    assert (answer["id"], answer["status"], answer["error"]["code"]) == (None, 401, -2015)
    box.fault({"fault": "noResult"})
    assert "result" not in exchange(box.ws_api["usdm"], TIME)
    box.fault({"fault": "text", "layer": "wsApi", "text": "<html>"})
    with connect(box.ws_api["usdm"]) as socket:
        socket.send(json.dumps(TIME))
        assert socket.recv(timeout=WAIT_S) == "<html>"


def test_a_huge_message(box: Sandbox) -> None:
    box.fault({"fault": "huge", "layer": "wsApi", "bytes": 3_000_000})
    with connect(box.ws_api["usdm"], max_size=None) as socket:
        assert len(question(socket, TIME)["padding"]) == 3_000_000


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_refused_handshake(box: Sandbox, status: int) -> None:
    box.fault({"fault": "httpStatus", "layer": "handshake", "status": status})
    with pytest.raises(InvalidStatus) as refused, connect(box.ws_api["usdm"]):
        pytest.fail("it connected")
    assert refused.value.response.status_code == status


def test_a_redirect(box: Sandbox) -> None:
    box.fault({"fault": "redirect", "location": box.stream["usdm"] + "/private/ws"})
    with bare(box, "/private/ws") as socket:
        data = b""
        while more := socket.recv(4096):
            data += more
    assert data.startswith(b"HTTP/1.1 302 Found")
    assert b"Location: ws://127.0.0.1" in data


def test_a_silent_handshake(box: Sandbox) -> None:
    box.fault({"fault": "silent", "layer": "handshake"})
    with bare(box, "/private/ws") as socket:
        socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            socket.recv(1)


def test_a_trickled_handshake_still_succeeds(box: Sandbox) -> None:
    box.fault({"fault": "trickle", "layer": "handshake", "pause": "0.0001"})
    with connect(box.stream["usdm"] + "/private/ws") as socket:
        assert question(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 1})["id"] == 1


def test_a_reset_is_a_reset(box: Sandbox) -> None:
    with bare(box, "/private/ws") as socket:
        upgraded(socket)
        box.fault({"fault": "reset", "now": True})
        with pytest.raises(ConnectionResetError):
            socket.recv(1)


def test_a_fin_has_no_close_frame(box: Sandbox) -> None:
    with bare(box, "/private/ws") as socket:
        upgraded(socket)
        box.fault({"fault": "fin", "now": True})
        assert socket.recv(100) == b""


def test_a_close_has_its_code(box: Sandbox) -> None:
    with stream(box) as socket:
        box.fault({"fault": "close", "code": 1012, "reason": "restart", "now": True})
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=WAIT_S)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "restart")


def test_half_open_answers_no_ping(box: Sandbox) -> None:
    with stream(box, close_timeout=0.1) as socket:
        assert socket.ping().wait(WAIT_S)
        box.fault({"fault": "halfOpen"})
        box.act(DEPOSIT)
        assert not socket.ping().wait(0.1)


def test_a_stall_leaves_a_frame_unfinished(box: Sandbox) -> None:
    key = Rest(box).listen_key()
    box.fault({"fault": "stall", "bytes": 7})
    with bare(box, f"/private/ws/{key}") as socket:
        data = upgraded(socket)
        box.act(DEPOSIT)
        while len(data) < 7:
            data += socket.recv(100)
        assert data[:1] == b"\x81"
        socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            socket.recv(1)


def test_a_trickled_event_arrives_whole(box: Sandbox) -> None:
    box.fault({"fault": "trickle", "pause": "0.0001"})
    with stream(box) as socket:
        box.act(DEPOSIT)
        assert heard(socket)["e"] == "ACCOUNT_UPDATE"


def test_bent_events(box: Sandbox) -> None:
    with stream(box) as socket:

        def said(**fault: Any) -> Any:
            box.fault(fault)
            box.act(DEPOSIT)
            return heard(socket)

        assert said(fault="unknownEvent")["e"] == "FUTURE_EVENT"
        assert heard(socket)["e"] == "ACCOUNT_UPDATE"
        assert said(fault="unknownField", value=[1])["newField"] == [1]
        assert "wb" not in said(fault="field", path="a.B.0.wb")["a"]["B"][0]
        assert said(fault="field", path="a.B.0.wb", value=None)["a"]["B"][0]["wb"] is None
        twice = said(fault="duplicate")
        assert heard(socket) == twice
        box.fault({"fault": "silent", "on": "ACCOUNT_UPDATE"})
        box.act(DEPOSIT)
        box.act({"action": "leverage", "symbol": "BTCUSDT", "leverage": 5})
        assert heard(socket)["e"] == "ACCOUNT_CONFIG_UPDATE"
        box.fault({"fault": "text"})
        box.act(DEPOSIT)
        with pytest.raises(json.JSONDecodeError):
            heard(socket)


@pytest.mark.parametrize("number", range(len(EVIL)))
def test_evil_texts_arrive_as_they_are(box: Sandbox, number: int) -> None:
    box.fault({"fault": "evil", "number": number})
    with stream(box) as socket:
        box.act({"action": "leverage", "symbol": "BTCUSDT", "leverage": 5})
        assert heard(socket)["ac"]["s"] == EVIL[number]


def test_fragments_arrive_as_one_message(box: Sandbox) -> None:
    box.fault({"fault": "fragmented", "size": 7})
    with stream(box) as socket:
        box.act(DEPOSIT)
        parts = list(socket.recv_streaming())
    assert len(parts) > 3
    assert json.loads("".join(map(str, parts)))["e"] == "ACCOUNT_UPDATE"


def test_a_binary_message(box: Sandbox) -> None:
    box.fault({"fault": "binary"})
    with stream(box) as socket:
        box.act(DEPOSIT)
        assert isinstance(socket.recv(timeout=WAIT_S), bytes)


@pytest.mark.parametrize(("fault", "code"), [("badUtf8", 1007), ("rsv1", 1002)])
def test_frames_against_the_protocol(box: Sandbox, fault: str, code: int) -> None:
    box.fault({"fault": fault})
    with stream(box) as socket:
        box.act(DEPOSIT)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=WAIT_S)
    assert closed.value.sent is not None
    assert closed.value.sent.code == code


def test_a_client_that_never_pongs_is_dropped() -> None:
    rules = Rules(ping_interval_s=0.02, pong_timeout_s=0.1)
    with Sandbox.start(rules=rules) as box, bare(box, "/private/ws") as socket:
        data = upgraded(socket)
        while more := socket.recv(4096):
            data += more
        assert data[:1] == b"\x89"  # pings came before the end

"""The one way out: what it refuses to send, and what it makes of a refusal."""

import gzip
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from binfut_cli.api.allowed import ALLOWED, Way
from binfut_cli.api.client import system_ms
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.transport import Transport
from binfut_cli.endpoints import Market
from binfut_cli.errors import BusyError, NetworkError, RateLimitedError
from binfut_cli.sandbox import Sandbox
from tests.support.endless import Answer, repeating, saying, serving
from tests.support.program import place

TRANSPORT = Transport(Market.USDM, system_ms)
PLACE = "/fapi/v1/time"


def deadline() -> Deadline:
    return Deadline(5.0, "It")


def refuse(sandbox: Sandbox, layer: str, status: int, **more: object) -> None:
    sandbox.fault({"fault": "httpStatus", "layer": layer, "status": status, "count": None, **more})


def test_an_answer_comes_with_its_headers(sandbox: Sandbox) -> None:
    found = TRANSPORT.send_rest("GET", sandbox.rest["usdm"], PLACE, "", {}, deadline())
    assert found.body.startswith(b'{"serverTime":')
    assert found.headers["x-mbx-used-weight-1m"].isdigit()


def test_a_refused_request_is_named_by_its_path(sandbox: Sandbox) -> None:
    refuse(sandbox, "rest", 503)
    with pytest.raises(BusyError, match=r"^GET /fapi/v1/time was refused: "):
        TRANSPORT.send_rest("GET", sandbox.rest["usdm"], PLACE, "", {}, deadline())


@pytest.mark.parametrize("form", ["", " (query form)"])
@pytest.mark.parametrize("way", [Way.WS_API, Way.STREAM])
def test_a_refused_upgrade_is_named_by_its_way(sandbox: Sandbox, way: Way, form: str) -> None:
    refuse(sandbox, "handshake", 418)
    with pytest.raises(RateLimitedError) as caught:
        TRANSPORT.open_ws(way, sandbox.ws_api["usdm"], deadline(), form)
    start = f"The connection to the USD-M {way}{form} was refused: "
    assert caught.value.message.startswith(start)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/fapi/v1/order"), ("POST", PLACE), ("GET", PLACE + "?x=1")]
)
def test_nothing_that_is_not_allowed_goes_over_rest(
    sandbox: Sandbox, method: str, path: str
) -> None:
    with pytest.raises(PermissionError, match="does not send"):
        TRANSPORT.send_rest(method, sandbox.rest["usdm"], path, "", {}, deadline())


@pytest.mark.parametrize("way", [Way.WS_API, Way.STREAM])
@pytest.mark.parametrize("method", ["order.place", "session.logon", "userDataStream.stop", "", "x"])
def test_nothing_that_is_not_allowed_goes_over_a_connection(
    sandbox: Sandbox, way: Way, method: str
) -> None:
    url = place(sandbox, Market.USDM).ws_api
    connection = TRANSPORT.open_ws(way, url, deadline())
    other = ALLOWED[Way.STREAM if way is Way.WS_API else Way.WS_API]
    for each in [method, *other]:
        with pytest.raises(PermissionError, match="does not send"):
            connection.send(1, each)
    connection.close()


@contextmanager
def packed(body: bytes, encoding: str) -> Iterator[str]:
    """A server that answers with a packed body."""

    class Packed(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Packed) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_packed_answer_is_unpacked() -> None:
    with packed(gzip.compress(b'{"serverTime":1}' * 9000), "gzip") as base:
        found = TRANSPORT.send_rest("GET", base, PLACE, "", {}, deadline())
    assert found.body == b'{"serverTime":1}' * 9000


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (gzip.compress(bytes(9 << 20), mtime=0), "gzip", "over 8 MiB"),
        (b"no such thing", "gzip", "cannot be unpacked"),
        (b"{}", "br", "nobody asked for"),
    ],
    ids=["too much", "no gzip", "another encoding"],
)
def test_the_bound_holds_of_what_is_unpacked(body: bytes, encoding: str, said: str) -> None:
    with packed(body, encoding) as base, pytest.raises(NetworkError, match=said):
        TRANSPORT.send_rest("GET", base, PLACE, "", {}, deadline())


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        repeating(b"", b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 60_000 + b"\r\n\r\n"),
        repeating(CHUNKED, b"0" * 65_536),
        repeating(CHUNKED + b"0\r\n", b"X: x\r\n" * 9000),
        repeating(CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
    ],
    ids=["interim answers", "a chunk's length", "trailers", "chunks"],
)
def test_an_answer_without_end_is_cut_off_wherever_it_has_none(answer: Answer) -> None:
    late = Deadline(60.0, "It")  # what ends it is how much it is, on a busy machine too
    with serving(answer) as port, pytest.raises(NetworkError, match=r"cut off|LineTooLong"):
        TRANSPORT.send_rest("GET", f"http://127.0.0.1:{port}", PLACE, "", {}, late)


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{",
        CHUNKED + b"2\r\n{",
        CHUNKED + b"2\r\n{}\r\n",
        b"",
        b"SSH-2.0-x\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_is_none(cut: bytes) -> None:
    with serving(saying(cut)) as port, pytest.raises(NetworkError, match="cannot be reached"):
        TRANSPORT.send_rest("GET", f"http://127.0.0.1:{port}", PLACE, "", {}, deadline())


def test_nobody_goes_on_reading_after_the_deadline() -> None:
    ended = threading.Event()

    def trickle(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                time.sleep(0.01)
        except OSError:
            ended.set()

    with serving(trickle) as port, pytest.raises(NetworkError, match=r"no answer within 0\.2 s"):
        TRANSPORT.send_rest("GET", f"http://127.0.0.1:{port}", PLACE, "", {}, Deadline(0.2, "It"))
    assert ended.wait(5)

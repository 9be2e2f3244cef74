"""A socket that speaks WebSocket, or why not, against servers that break off, lie or never end."""

import base64
import hashlib
import re
import socket
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest

from binfut_cli import __version__
from binfut_cli.api.allowed import Way
from binfut_cli.api.transport import ws
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.dialling import HandshakeRefused, authority, shake_hands
from binfut_cli.api.transport.upgrade import accepted, check
from binfut_cli.errors import NetworkError
from tests.support.endless import Answer, head_of, repeating, saying, serving

BANNED = b"HTTP/1.1 418 I'm a teapot\r\nRetry-After: 120\r\n"
BODY = b'{"code":-1003,"msg":"banned"}'


def opened(answer: Answer, seconds: float = 5.0) -> ws.Connection:
    with serving(answer) as port:
        return ws.connect(Way.STREAM, f"ws://127.0.0.1:{port}/", Deadline(seconds, "It"))


RIGHT = (b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: %s")


def agreeing(
    *fields: bytes, behind: bytes = b"", before: bytes = b"", by: Sequence[bytes] = RIGHT
) -> Answer:
    """A server that upgrades `by` some fields, and adds to the head of its answer and behind it."""

    def answer(connection: socket.socket) -> None:
        found = re.search(rb"Sec-WebSocket-Key: (\S+)", head_of(connection))
        assert found
        key = found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key).digest())
        agreed = [each.replace(b"%s", accept) for each in by]
        lines = [b"HTTP/1.1 101 Switching Protocols", *agreed, *fields, b"", behind]
        connection.sendall(before + b"\r\n".join(lines))
        connection.recv(1024)

    return answer


def test_frames_that_come_with_the_head_are_not_lost() -> None:
    connection = opened(agreeing(behind=b"\x81\x02{}"))
    assert connection.receive(5.0) == [(1, b"{}")]
    connection.close()


def test_every_connection_has_a_key_of_its_own() -> None:
    heads: list[bytes] = []

    def refusing(connection: socket.socket) -> None:
        heads.append(head_of(connection))
        connection.sendall(BANNED + b"\r\n")

    for _ in range(2):
        with pytest.raises(HandshakeRefused):
            opened(refusing)
    keys = {re.search(rb"Key: (\S+)", head)[1] for head in heads}  # type: ignore[index]
    assert len(keys) == 2
    assert {len(base64.b64decode(key)) for key in keys} == {16}


KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def test_a_key_is_accepted_as_the_rfc_shows() -> None:
    assert accepted(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("path", "target"),
    [("", "/"), ("/", "/"), ("/ws/a%20b", "/ws/a%20b"), ("?x=1", "/?x=1"), ("/ws?x=1", "/ws?x=1")],
)
def test_what_is_asked_for_is_an_upgrade_as_the_rfc_shows(path: str, target: str) -> None:
    heads: list[bytes] = []

    def refusing(connection: socket.socket) -> None:
        heads.append(head_of(connection))
        connection.sendall(BANNED + b"\r\n")

    with serving(refusing) as port, pytest.raises(HandshakeRefused):
        ws.connect(Way.STREAM, f"ws://127.0.0.1:{port}{path}", Deadline(5.0, "It"))
    assert re.sub(r"(?<=Key: )\S+", "?", heads[0].decode()).split("\r\n") == [
        f"GET {target} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: ?",
        "Sec-WebSocket-Version: 13",
        f"User-Agent: binfut/{__version__}",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("field", "why"),
    [
        (b"Connection: Upgrade,keep-alive", None),
        (b"Upgrade: h2c", "it does not agree to the upgrade"),
        (b"no field", "its answer is not HTTP"),
        (b"Sec-WebSocket-Protocol: a:b", "a.b broke the protocol: it chose a subprotocol that .*"),
    ],
)
def test_an_answer_is_no_agreement_for_a_reason(field: bytes, why: str | None) -> None:
    accept = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    head = b"\r\n".join([b"HTTP/1.1 101 OK", *RIGHT[:2], accept, field, b"", b""])
    if why is None:
        check(head, KEY, "a.b")
        return
    with pytest.raises((ConnectionError, NetworkError), match=f"^{why}$"):
        check(head, KEY, "a.b")


def test_nothing_but_blanks_is_left_out_beside_a_protocol() -> None:
    accept = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    for odd in (b"\xa0websocket", b"websocketX"):
        fields = b"Upgrade: " + odd, b"Connection: Upgrade", accept
        with pytest.raises(ConnectionError):
            check(b"\r\n".join([b"HTTP/1.1 101 OK", *fields, b"", b""]), KEY, "a.b")


@pytest.mark.parametrize(
    "by",
    [
        (b"upgrade: WebSocket", b"CONNECTION: keep-alive, upgrade", b"sec-websocket-accept:%s "),
        (*RIGHT, b"X-Odd: \xff"),
        (RIGHT[0], b"Connection: upgrade", b"Connection: keep-alive", RIGHT[2]),
        (RIGHT[0], b"Connection: keep-alive,\r\n\tUpgrade", RIGHT[2]),
        (*RIGHT, RIGHT[0], b"X-Folded: a\r\n b"),
    ],
)
def test_an_agreement_is_known_however_it_is_written(by: Sequence[bytes]) -> None:
    opened(agreeing(by=by)).close()


@pytest.mark.parametrize(
    "by",
    [
        RIGHT[1:],
        RIGHT[::2],
        RIGHT[:2],
        (b"Upgrade: h2c", *RIGHT[1:]),
        (RIGHT[0], b"Connection: close", RIGHT[2]),
        (*RIGHT[:2], b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        (*RIGHT[:2], b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", RIGHT[2]),
        (*RIGHT[:2], RIGHT[2] + b"\xa0"),
        (*RIGHT[1:], b"Upgrade: h2c, websocket"),
        (*RIGHT[1:], b"X-Folded: a\r\n Upgrade: websocket"),
    ],
)
def test_what_is_no_agreement_is_told(by: Sequence[bytes]) -> None:
    with pytest.raises(NetworkError, match="it does not agree to the upgrade"):
        opened(agreeing(by=by))


@pytest.mark.parametrize("line", [b"no field", b"X: a\rUpgrade: websocket"])
def test_a_line_that_is_no_field_is_told(line: bytes) -> None:
    with pytest.raises(NetworkError, match="its answer is not http"):
        opened(agreeing(line))


def test_an_answer_that_is_no_upgrade_is_a_refusal() -> None:
    with pytest.raises(HandshakeRefused) as caught:
        opened(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    assert caught.value.status == 200


def test_what_comes_before_the_answer_is_passed_over() -> None:
    opened(agreeing(before=b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")).close()
    with pytest.raises(NetworkError, match=r"\bit answers without end"):
        opened(repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n"))


@pytest.mark.parametrize(
    ("field", "what"),
    [
        (b"Sec-WebSocket-Extensions: permessage-deflate", "an extension"),
        (b"sec-websocket-protocol: chat", "a subprotocol"),
        (b"sec-websocket-protocol: chat\r\nSec-WebSocket-Protocol:", "a subprotocol"),
    ],
)
def test_what_nobody_asked_for_is_refused(field: bytes, what: str) -> None:
    with pytest.raises(
        NetworkError, match=rf"^127\.0\.0\.1:\d+ broke the protocol: it chose {what} that nobody"
    ):
        opened(agreeing(field))


@pytest.mark.parametrize("cookie", [b"a@b=1; path=/", b"\xff", b"x=1; Domain=127.0.0.1", b""])
def test_a_cookie_is_passed_over_however_odd(cookie: bytes) -> None:
    opened(agreeing(b"set-Cookie: " + cookie)).close()


def test_a_name_of_another_alphabet_goes_over_the_wire_as_ascii() -> None:
    heads: list[bytes] = []

    def refusing(connection: socket.socket) -> None:
        heads.append(head_of(connection))
        connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")

    with serving(refusing) as port, pytest.raises(ConnectionError, match="502"):
        shake_hands(("127.0.0.1", port), ("bücher.example", 443), None, Deadline(5.0, "It"))
    assert heads[0].startswith(b"CONNECT xn--bcher-kva.example:443 HTTP/1.1\r\n")
    assert authority(urlsplit("wss://bücher.example:8443/")) == "xn--bcher-kva.example:8443"
    assert authority(urlsplit("wss://[::1]:8443/")) == "[::1]:8443"


def test_a_host_is_named_with_a_port_that_is_not_its_schemes() -> None:
    for secure, plain in (("wss", "ws"), ("https", "http")):
        for scheme, usual, other in ((secure, 443, 80), (plain, 80, 443)):
            assert authority(urlsplit(f"{scheme}://a.example:{usual}/")) == "a.example"
            assert authority(urlsplit(f"{scheme}://a.example:{other}/")) == f"a.example:{other}"


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        (b"Content-Length: 29\r\n\r\n" + BODY, BODY),
        (b"Content-Length: 500\r\n\r\n" + BODY, BODY),
        (b"Content-Length: 10\r\n\r\n" + BODY, BODY[:10]),
        (b"Content-Length: -5\r\n\r\n" + BODY, BODY),
        (b"Content-Length: many\r\n\r\n" + BODY, BODY),
        (b"Content-Length: 29\r\n\r\n", b""),
        (b"\r\n" + BODY, BODY),
        (b"Transfer-Encoding: chunked\r\n\r\n1d\r\n" + BODY + b"\r\n0\r\n\r\n", BODY),
        (b"Transfer-Encoding: chunked\r\n\r\n1d\r\n" + BODY, BODY),
        (b"Transfer-Encoding: chunked\r\n\r\n" + BODY, b""),
    ],
)
def test_a_refusal_keeps_its_status_whatever_becomes_of_its_body(rest: bytes, body: bytes) -> None:
    with pytest.raises(HandshakeRefused) as caught:
        opened(saying(BANNED + rest))
    assert (caught.value.status, caught.value.headers["retry-after"]) == (418, "120")
    assert caught.value.body == body


def test_a_refusal_does_not_wait_for_its_body_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binfut_cli.api.transport.answers.REFUSAL_S", 0.1)

    def late(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(BANNED + b"Content-Length: 29\r\n\r\n" + BODY[:9])
        connection.recv(1)

    with pytest.raises(HandshakeRefused) as caught:
        opened(late)
    assert (caught.value.status, caught.value.body) == (418, BODY[:9])
    assert caught.value.headers["retry-after"] == "120"


def test_a_refusal_whose_body_never_ends_is_cut_off() -> None:
    with pytest.raises(HandshakeRefused) as caught:
        opened(repeating(BANNED + b"\r\n", b"x" * 4096))
    assert len(caught.value.body) <= 64 * 1024


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nX: ", b"x" * 4096),
        (b"HTTP/1.1 101 Switching Protocols\r\n", b"X: x\r\n" * 500),
        (BANNED, b"X: x\r\n" * 500),
        (b"", b"x" * 4096),
    ],
)
def test_a_head_without_end_is_cut_off(head: bytes, part: bytes) -> None:
    with pytest.raises(NetworkError, match="the head of its answer is over 64 kib"):
        opened(repeating(head, part))


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Sw", b"hello\r\n\r\n", b"HTTP/2 200\n\n"])
def test_what_is_no_answer_is_told(answer: bytes) -> None:
    with pytest.raises(NetworkError, match="cannot be reached: it"):
        opened(saying(answer))


def test_a_head_that_trickles_ends_with_the_deadline() -> None:
    """Counted in what has come meanwhile: of a machine that is slow, no second is worth much."""
    sent: list[bytes] = []

    def trickle(connection: socket.socket) -> None:
        head_of(connection)
        while True:
            connection.sendall(b"x")
            sent.append(b"x")
            time.sleep(0.01)

    with pytest.raises(NetworkError, match=r"no answer within 0\.3 s"):
        opened(trickle, 0.3)
    assert len(sent) < 100


def test_a_handshake_that_stalls_ends_with_the_deadline() -> None:
    """Of TLS: the server reads, and says nothing."""

    def silent(connection: socket.socket) -> None:
        while connection.recv(65_536):
            pass

    with serving(silent) as port, pytest.raises(NetworkError, match=r"no answer within 0\.2 s"):
        ws.connect(Way.STREAM, f"wss://127.0.0.1:{port}/", Deadline(0.2, "It"))

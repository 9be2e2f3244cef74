"""A connection: what a request is on the wire, and what a peer that takes nothing can hold up."""

import json
import socket
import ssl
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.ws import TLS_CHUNK, Connection, ConnectionClosed, Params
from binfut_cli.errors import NetworkError
from tests.support.published import certificate

TRIES = 30
PARAMS = {"apiKey": "k", "timestamp": 1, "flag": True, "symbol": "币安人生USDT"}


def test_a_close_wakes_the_thread_that_waits_for_bytes() -> None:
    """Many times: it depends on which of the two threads goes on first."""
    for _ in range(TRIES):
        ours, theirs = socket.socketpair()
        connection = Connection(ours, "nowhere", Way.STREAM)
        ended, waits = threading.Event(), threading.Event()

        def wait(
            connection: Connection = connection,
            waits: threading.Event = waits,
            ended: threading.Event = ended,
        ) -> None:
            waits.set()
            try:
                while True:
                    connection.receive(60)
            except NetworkError:
                ended.set()

        threading.Thread(target=wait, daemon=True).start()
        assert waits.wait(10)
        connection.close()
        assert ended.wait(10)
        theirs.close()


@pytest.mark.parametrize(
    ("params", "more"),
    [
        ((), {}),
        (PARAMS, {"params": PARAMS}),
    ],
)
def test_a_request_is_one_object(params: Params, more: dict[str, object]) -> None:
    ours, theirs = socket.socketpair()
    connection = Connection(ours, "nowhere", Way.WS_API)
    with closing(connection), theirs:
        connection.send(7, "time", params)
        data = theirs.recv(65536)
    mask, payload = data[2:6], data[6:]
    sent = json.loads(bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))
    assert sent == {"id": 7, "method": "time", **more}


NEVER_S = 10.0**9
PING = b"\x89\x00"


def blocked() -> tuple[Connection, socket.socket, threading.Thread]:
    """A connection whose peer reads nothing, and a thread that pings until it cannot send."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    connection = Connection(ours, "nowhere", Way.STREAM)

    def send() -> None:
        with suppress(NetworkError):
            while True:
                connection.ping(b"x" * 125)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    sending = connection._duplex._sending
    while sender.is_alive() and sending.acquire(timeout=0.2):  # not stuck yet
        sending.release()
    return connection, theirs, sender


def test_a_close_does_not_wait_for_a_sender_that_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binfut_cli.api.transport.ws.SEND_S", 60.0)
    connection, theirs, sender = blocked()
    start = time.monotonic()
    connection.close()
    assert time.monotonic() - start < 5.0
    sender.join(5)
    assert not sender.is_alive()
    theirs.close()


def test_who_sends_beside_another_does_not_wait_for_him_and_all_goes_out_whole() -> None:
    ours, theirs = socket.socketpair()
    connection = Connection(ours, "nowhere", Way.STREAM)
    with closing(connection), theirs:
        with connection._duplex._sending:  # by one who waits for the processor
            connection.ping(b"1")
            connection.ping(b"2")
        connection.ping(b"3")
        theirs.settimeout(5)
        sent = b"".join(theirs.recv(7) for _ in range(3))
        assert [sent[at + 6] ^ sent[at + 2] for at in (0, 7, 14)] == list(b"123")


def test_a_reader_does_not_wait_for_a_sender_that_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binfut_cli.api.transport.ws.SEND_S", 60.0)
    connection, theirs, _ = blocked()
    with closing(connection), theirs:
        theirs.sendall(b"\x81\x01a")
        start = time.monotonic()
        assert connection.receive(30) == [(1, b"a")]
        assert time.monotonic() - start < 5.0


def test_pings_whose_pongs_nobody_takes_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many of them: what cannot be sent is not tried again for each, which would take an hour."""
    monkeypatch.setattr("binfut_cli.api.transport.ws.SEND_S", 0.2)
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    connection = Connection(ours, "nowhere", Way.STREAM)
    with closing(connection), theirs:
        theirs.sendall(b"\x81\x01a" + PING * 20_000)
        start = time.monotonic()
        assert connection.receive(0.5) == [(1, b"a")]
        assert time.monotonic() - start < 5.0
        with pytest.raises(NetworkError, match="broke"):
            connection.receive(0.5)


def test_half_a_frame_is_the_last_that_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binfut_cli.api.transport.ws.SEND_S", 0.1)
    connection, theirs, sender = blocked()
    sender.join(5)
    with theirs:
        theirs.settimeout(1)
        with pytest.raises(NetworkError):
            connection.ping()
        connection.close()
        data = b""
        while more := theirs.recv(65_536):
            data += more
    assert set(data[:: 6 + 125]) == {0x89}  # pings all the way, and no close frame in one


def test_records_that_wait_are_read_at_once_and_an_end_behind_them_is_told_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binfut_cli.api.transport.ws.LONELY_S", NEVER_S)
    ours, theirs = _secured_pair(tmp_path)
    with closing(theirs):
        texts = [b"%d" % number for number in range(50)]
        for text in texts:  # a record each
            theirs.sendall(bytes([0x81, len(text)]) + text)
    with closing(Connection(ours, "nowhere", Way.STREAM)) as connection:
        assert [payload for _, payload in connection.receive(10)] == texts
        with pytest.raises(ConnectionClosed, match="without a close frame"):
            connection.receive(10)


def test_after_a_while_nobody_looks_for_a_second_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binfut_cli.api.transport.ws.LONELY_S", 0.0)
    ours, theirs = _secured_pair(tmp_path)
    with closing(theirs):
        for _ in range(3):
            theirs.sendall(b"\x81\x01a")
        with closing(Connection(ours, "nowhere", Way.STREAM)) as connection:
            assert [connection.receive(10) for _ in range(3)] == [[(1, b"a")]] * 3


def test_one_whole_record_is_enough_for_a_turn(tmp_path: Path) -> None:
    """Or who has many of them would keep all others waiting."""
    ours, theirs = _secured_pair(tmp_path)
    text = b"\x81\x7e" + (TLS_CHUNK - 4).to_bytes(2) + bytes(TLS_CHUNK - 4)
    with closing(theirs):
        for _ in range(3):
            theirs.sendall(text)
        with closing(Connection(ours, "nowhere", Way.STREAM)) as connection:
            assert [len(connection.receive(10)) for _ in range(3)] == [1, 1, 1]


def _secured_pair(folder: Path) -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    """Two ends of a connection, the client's first, after their handshake."""
    ours, theirs = (_secured(each, folder) for each in socket.socketpair())
    shaking = threading.Thread(target=ours.do_handshake)
    shaking.start()
    theirs.do_handshake()
    shaking.join(10)
    return ours, theirs


def _secured(sock: socket.socket, folder: Path) -> ssl.SSLSocket:
    """The first of a pair is the client's; the other has a certificate."""
    file = folder / "pair.pem"
    if not file.exists():
        certificate(file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(sock, do_handshake_on_connect=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)

"""HTTP as bytes: what is no request, what is no upgrade, and bodies in pieces."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from binfut_cli.sandbox import Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[socket.socket]:
    port = urlsplit(sandbox.rest["usdm"]).port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
        yield opened


def answer(client: socket.socket) -> bytes:
    """All that comes until the exchange ends the connection."""
    data = b""
    while more := client.recv(65_536):
        data += more
    return data


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET /" + b"x" * 70_000,
    ],
)
def test_what_is_no_request_is_400_and_the_end(client: socket.socket, request_bytes: bytes) -> None:
    client.sendall(request_bytes)
    assert client.recv(65_536).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_an_upgrade_without_a_key_is_refused(client: socket.socket) -> None:
    head = b"GET /private/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    client.sendall(head + b"Connection: Upgrade\r\n\r\n")
    assert answer(client).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_body_may_come_in_pieces(sandbox: Sandbox, client: socket.socket) -> None:
    key = sandbox.accounts[0].api_key
    head = f"POST /fapi/v1/listenKey HTTP/1.1\r\nHost: localhost\r\nX-MBX-APIKEY: {key}\r\n"
    client.sendall(f"{head}Connection: close\r\nContent-Length: 7\r\n\r\nabc".encode())
    client.sendall(b"=123")
    assert b'{"listenKey":"' in answer(client)


def test_a_client_that_leaves_in_the_middle_harms_no_one(sandbox: Sandbox) -> None:
    port = urlsplit(sandbox.rest["usdm"]).port
    for part in (
        b"GET /fapi",
        b"POST /fapi/v1/listenKey HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\nab",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as leaving:
            leaving.sendall(part)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as staying:
        staying.sendall(
            b"GET /fapi/v1/time HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        assert b"serverTime" in answer(staying)

"""How far a connection gets, over real sockets of this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from binfut_cli.api.transport.proxies import Proxy
from binfut_cli.doctor import reachability
from binfut_cli.doctor.reachability import Route
from binfut_cli.endpoints import Endpoints, Env, Market, endpoints
from binfut_cli.errors import NetworkError


def route(
    port: int, *, host: str = "localhost", secure: bool = True, proxy: Proxy | None = None
) -> Route:
    return Route(("rest",), host, port, secure, proxy)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def port_of(listener: socket.socket) -> int:
    found: int = listener.getsockname()[1]
    return found


def test_every_address_is_looked_at_once_with_all_its_uses() -> None:
    three = reachability.routes(endpoints(Env.PROD, Market.USDM), {})
    assert [(r.name, r.host, r.port, r.uses) for r in three] == [
        ("rest", "fapi.binance.com", 443, "REST"),
        ("ws-api", "ws-fapi.binance.com", 443, "WebSocket API"),
        ("stream", "fstream.binance.com", 443, "stream"),
    ]
    two = reachability.routes(endpoints(Env.TESTNET, Market.COINM), {})
    assert [r.roles for r in two] == [("rest", "ws-api"), ("stream",)]


def test_plain_and_secure_are_two_routes() -> None:
    place = Endpoints("http://localhost:1", "wss://localhost:1/x", "ws://localhost/{listenKey}")
    assert [(r.port, r.secure) for r in reachability.routes(place, {})] == [
        (1, False), (1, True), (80, False),
    ]  # fmt: skip


def test_behind_a_proxy_the_first_hop_is_the_proxy() -> None:
    environ = {"https_proxy": "http://joe:secret@proxy:3128"}
    (first, *_) = reachability.routes(endpoints(Env.PROD, Market.USDM), environ)
    assert first.first_hop == ("proxy", 3128)
    assert first.hop_shown == "the proxy of https_proxy"


def test_a_name_without_an_address_is_told() -> None:
    impossible = "a" * 64 + ".com"  # a label has at most 63 letters, so nobody needs to be asked
    with pytest.raises(NetworkError, match="has no address") as caught:
        reachability.look_up(route(1, host=impossible), 5.0)
    assert "DNS" in caught.value.hint


def test_the_addresses_of_a_name_are_counted_and_an_address_is_none() -> None:
    assert reachability.look_up(route(1), 5.0).detail.startswith("localhost has ")
    assert (
        reachability.look_up(route(1, host="127.0.0.1"), 5.0).detail
        == "127.0.0.1 is an address (REST)"
    )


def test_a_port_that_accepts_and_one_that_does_not(listener: socket.socket) -> None:
    port = port_of(listener)
    assert "accepts connections" in reachability.connect(route(port), 5.0).detail
    listener.close()
    with pytest.raises(NetworkError, match="connection refused"):
        reachability.connect(route(port), 5.0)


def test_a_host_that_never_shakes_hands_is_given_up(listener: socket.socket) -> None:
    with pytest.raises(NetworkError, match=r"gave no answer within 0\.2 s"):
        reachability.shake_hands(route(port_of(listener)), 0.2)


def test_plain_text_has_no_certificate_to_look_at() -> None:
    assert "this machine" in reachability.shake_hands(route(1, secure=False), 5.0).detail


def test_a_host_that_speaks_no_tls_is_told(listener: socket.socket) -> None:
    def answer() -> None:
        peer, _ = listener.accept()
        with closing(peer):
            peer.recv(4096)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(NetworkError, match=r"localhost cannot be trusted: [a-z ]+\."):
        reachability.shake_hands(route(port_of(listener)), 5.0)
    thread.join(5.0)


def test_through_a_proxy_the_tunnel_is_asked_for_with_the_password(listener: socket.socket) -> None:
    """What answers is no proxy but a refusal; what it was asked is what matters."""
    asked: list[bytes] = []

    def refuse() -> None:
        peer, _ = listener.accept()
        with closing(peer):
            while b"\r\n\r\n" not in b"".join(asked):
                asked.append(peer.recv(4096))
            peer.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    thread = threading.Thread(target=refuse)
    thread.start()
    proxy = Proxy("127.0.0.1", port_of(listener), ("joe", "p"))
    with pytest.raises(NetworkError, match="407") as caught:
        reachability.shake_hands(route(443, host="fapi.binance.com", proxy=proxy), 5.0)
    thread.join(5.0)
    request = b"".join(asked)
    assert request.startswith(b"CONNECT fapi.binance.com:443 ")
    assert b"Proxy-Authorization: Basic am9lOnA=" in request
    assert "am9l" not in str(caught.value)


def test_who_vouches_for_a_certificate_is_told() -> None:
    certificate = {
        "issuer": ((("countryName", "US"),), (("organizationName", "Example Inc"),),
                   (("commonName", "Example CA 1"),)),
        "notAfter": "Mar  1 12:00:00 2027 GMT",
    }  # fmt: skip
    expected = "signed by Example Inc, Example CA 1, valid until 2027-03-01"
    assert reachability.vouched(certificate) == expected
    assert reachability.vouched({}) == "signed by nobody named"

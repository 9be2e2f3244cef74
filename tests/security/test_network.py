"""Nothing in the surroundings weakens a connection: key logs, redirects, proxies, cookies."""

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol

from binfut_cli.api.allowed import Way
from binfut_cli.api.client import system_ms
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.transport import Transport
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError, ConfigError, NetworkError
from binfut_cli.sandbox import Sandbox
from tests.support.program import at, binfut, environment

PASSWORD = "hunter2-canary"
VERSIONS = bytes.fromhex("002b 0005 04 0304 0303")
"""The extension supported_versions of a ClientHello: TLS 1.3 and 1.2 (RFC 8446, 4.2.1)."""


@pytest.fixture(scope="module")
def secure() -> Iterator[Sandbox]:
    with Sandbox.start(tls=True) as running:
        yield running


def test_no_session_key_is_ever_logged(secure: Sandbox, tmp_path: Path) -> None:
    log = tmp_path / "keys.log"
    env = environment(secure, BINFUT_ENV="prod") | {
        "SSL_CERT_FILE": str(secure.ca),
        "SSLKEYLOGFILE": str(log),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    options = ["--env", "prod", *at(secure)[2:]]
    for question in ("status", "config"):  # over the WS-API, and over REST
        done = binfut("account", question, *options, env=env)
        assert done.status == 0, done.err
        assert "ipRestrict" in done.err  # the key's check has gone over REST with TLS
    assert not log.exists()


def test_a_certificate_of_nobodys_is_refused_on_both_ways(secure: Sandbox) -> None:
    env = environment(secure)
    done = binfut("account", "status", *at(secure), env=env)
    assert (done.status, "cannot be trusted" in done.err) == (6, True)
    with pytest.raises(NetworkError, match="cannot be trusted"):
        over_rest(secure.rest["usdm"])


@pytest.mark.parametrize("layer", ["handshake", "rest"])
def test_a_redirect_is_not_followed(sandbox: Sandbox, layer: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        port = elsewhere.getsockname()[1]
        scheme = "ws" if layer == "handshake" else "http"
        target = f"{scheme}://127.0.0.1:{port}/"
        sandbox.fault({"fault": "redirect", "layer": layer, "location": target, "count": None})
        env = environment(sandbox) | {"XDG_CACHE_HOME": str(tmp_path)}
        question = "status" if layer == "handshake" else "config"
        done = binfut("account", question, *at(sandbox), env=env)
        assert (done.status, "never follows" in done.err) == (8, True)
        with pytest.raises(TimeoutError):
            elsewhere.accept()


class Proxy(http.server.BaseHTTPRequestHandler):
    """Refuses everything, and notes what it was asked and by whom."""

    asked: list[tuple[str, str]]

    def do_CONNECT(self) -> None:
        self.asked.append((self.path, self.headers.get("Proxy-Authorization", "")))
        self.send_error(407)

    do_GET = do_CONNECT

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    asked: list[tuple[str, str]] = []
    handler = type("Noted", (Proxy,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://user:{PASSWORD}@127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


TRANSPORT = Transport(Market.USDM, system_ms)


def over_rest(base: str = "https://exchange.invalid") -> None:
    TRANSPORT.send_rest("GET", base, "/fapi/v1/time", "", {}, Deadline(5, "It"))


def over_ws(url: str = "wss://exchange.invalid/ws-fapi/v1") -> None:
    TRANSPORT.open_ws(Way.WS_API, url, Deadline(5, "It")).close()


@pytest.mark.parametrize("ask", [over_rest, over_ws])
def test_nothing_older_than_tls_1_2_is_offered(ask: Callable[[str], None]) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if ask is over_rest else "wss"
    with ThreadPoolExecutor(1) as pool:
        hello = pool.submit(_first_bytes, listening)
        with pytest.raises(NetworkError):
            ask(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}")
    assert VERSIONS in hello.result()


def _first_bytes(listening: socket.socket) -> bytes:
    """What the first to connect says; whoever comes after it is refused."""
    with listening, listening.accept()[0] as met:
        return met.recv(16_384)


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize("ask", [over_rest, over_ws])
def test_a_proxy_is_used_by_both_ways_and_its_password_is_not_shown(
    ask: Callable[[], None],
    variable: str,
    proxy: tuple[str, list[tuple[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, asked = proxy
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, address)
    with pytest.raises(BinfutError) as caught:
        ask()
    assert PASSWORD not in str(caught.value)
    # "user:hunter2-canary" in base64
    assert asked == [("exchange.invalid:443", "Basic dXNlcjpodW50ZXIyLWNhbmFyeQ==")]


@pytest.mark.parametrize("excepted", ["exchange.invalid", ".invalid", "invalid", "*"])
@pytest.mark.parametrize("ask", [over_rest, over_ws])
def test_no_proxy_is_honoured_alike(
    ask: Callable[[], None],
    excepted: str,
    proxy: tuple[str, list[tuple[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, asked = proxy
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.setenv("no_proxy", excepted)
    with pytest.raises(NetworkError, match=r"exchange\.invalid"):
        ask()
    assert asked == []


@pytest.mark.parametrize("ask", [over_rest, over_ws])
def test_a_proxy_for_everything_counts_where_there_is_no_other(
    ask: Callable[[], None],
    proxy: tuple[str, list[tuple[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, asked = proxy
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("all_proxy", address)
    with pytest.raises(NetworkError, match="proxy of all_proxy"):
        ask()
    assert [target for target, _ in asked] == ["exchange.invalid:443"]
    monkeypatch.setenv("all_proxy", "socks5h://127.0.0.1:9")
    with pytest.raises(ConfigError, match="all_proxy is a socks5h:// one"):
        ask()


class Portal(http.server.BaseHTTPRequestHandler):
    """A network's login page: it answers whatever is asked, with its own page or a way there."""

    protocol_version = "HTTP/1.1"
    status = 200

    def do_GET(self) -> None:
        page = b"<!DOCTYPE html><title>Welcome</title>"
        self.send_response(self.status)
        self.send_header("Location", "http://portal.invalid/login")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_POST = do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "left", "said"),
    [(200, 8, "login page"), (302, 8, "login page"), (511, 6, "sign in first")],
)
def test_a_login_page_in_place_of_the_exchange_is_told_as_what_it_may_be(
    status: int, left: int, said: str
) -> None:
    handler = type("Answering", (Portal,), {"status": status})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        port = server.server_address[1]
        address = f"--rest-url=http://127.0.0.1:{port}", f"--ws-api-url=ws://127.0.0.1:{port}"
        stream = f"--stream-url=ws://127.0.0.1:{port}"
        given = {"BINFUT_API_KEY": "k" * 64, "BINFUT_API_SECRET": "s" * 64}
        commands: list[tuple[str, ...]] = [
            *(("account", question, "--no-key-check") for question in ("status", "config")),
            ("watch", "--limit=1", "--no-key-check", stream),
            ("doctor", stream),
        ]
        for command in commands:
            done = binfut(*command, *address, env=environment() | given)
            assert (done.status, command[0], done.err.count("Traceback")) == (left, command[0], 0)
            assert said in " ".join((done.err + done.out).split())
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("command", ["status", "config", "doctor"])
def test_a_certificate_of_another_name_is_told_with_its_reason(command: str) -> None:
    """What a login page, or a proxy that replaces certificates, shows over TLS."""
    with Sandbox.start(tls="wrongHost") as wrong:
        env = environment(wrong) | {"SSL_CERT_FILE": str(wrong.ca)}
        words = ("doctor",) if command == "doctor" else ("account", command, "--no-key-check")
        done = binfut(*words, *at(wrong), env=env)
    assert done.status == 6
    said = " ".join((done.err + done.out).split())
    assert "cannot be trusted: IP address mismatch, certificate is not valid" in said


def answering(listener: socket.socket, asked: list[bytes]) -> None:
    """Answer one REST request or one upgrade."""
    client, _ = listener.accept()
    with client:
        asked.append(client.recv(65536))
        if b"Upgrade" not in asked[-1]:
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            return
        protocol = ServerProtocol()
        protocol.receive_data(asked[-1])
        (request,) = protocol.events_received()
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        client.sendall(b"".join(protocol.data_to_send()))


LOOPBACKS = {"::1": socket.AF_INET6, "127.0.0.1": socket.AF_INET}


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("listens", list(LOOPBACKS))
@pytest.mark.parametrize("names", [["::1", "127.0.0.1"], ["127.0.0.1", "::1"], None])
@pytest.mark.parametrize("ask", [over_rest, over_ws])
def test_of_a_name_with_both_kinds_of_address_the_one_that_answers_is_taken_at_once(
    ask: Callable[[str], None],
    names: list[str] | None,
    listens: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where a name has one kind of address alone."""
    real = socket.getaddrinfo

    def found(host: bytes, port: int, *_: object, **__: object) -> list[object]:
        assert host == b"both.invalid"
        kinds = {"type": socket.SOCK_STREAM}
        return [one for name in names or [listens] for one in real(name, port, **kinds)]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    asked: list[bytes] = []
    with socket.create_server((listens, 0), family=LOOPBACKS[listens]) as listener:
        thread = threading.Thread(target=answering, args=(listener, asked))
        thread.start()
        began = time.monotonic()
        ask(f"{'http' if ask is over_rest else 'ws'}://both.invalid:{listener.getsockname()[1]}")
        assert time.monotonic() - began < 2
        thread.join(5)
    assert len(asked) == 1


def test_a_cookie_is_not_given_back() -> None:
    """Of what a server hands out, nothing comes back to it."""
    heads: list[bytes] = []

    def serve() -> None:
        for _ in range(2):
            client, _ = listener.accept()
            with client:
                protocol = ServerProtocol()
                heads.append(client.recv(65536))
                protocol.receive_data(heads[-1])
                (request,) = protocol.events_received()
                assert isinstance(request, Request)
                response = protocol.accept(request)
                response.headers["Set-Cookie"] = "spy=1; Domain=localhost"
                protocol.send_response(response)
                client.sendall(b"".join(protocol.data_to_send()))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        for _ in range(2):
            over_ws(f"ws://localhost:{listener.getsockname()[1]}/")
        thread.join(5)
    assert len(heads) == 2
    assert not [head for head in heads if b"cookie:" in head.lower()]


SPELLED = ["127.0.0.1", "127.0.0.2", "localhost", "[::1]", "[::0001]"]


@pytest.mark.parametrize("host", SPELLED)
@pytest.mark.parametrize("ask", [over_rest, over_ws])
def test_what_is_for_this_machine_never_goes_to_a_proxy(
    ask: Callable[[str], None],
    host: str,
    proxy: tuple[str, list[tuple[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, asked = proxy
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, address)
        monkeypatch.setenv(name.upper(), address)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NetworkError):
        ask(f"{'http' if ask is over_rest else 'ws'}://{host}:{port}")
    assert asked == []


@pytest.mark.parametrize("no_proxy", [{}, {"NO_PROXY": "example.com"}], ids=["without", "with"])
@pytest.mark.parametrize("capital", [False, True], ids=["small", "capital"])
def test_the_first_try_works_behind_a_proxy(no_proxy: dict[str, str], capital: bool) -> None:
    names = ("http_proxy", "https_proxy", "all_proxy")
    given = {name.upper() if capital else name: "http://127.0.0.1:9" for name in names}
    for command in (("status",), ("orders",)):
        done = binfut("account", *command, "--env", "sandbox", env=environment() | given | no_proxy)
        assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("question", ["status", "config"])
def test_a_proxy_that_cannot_be_reached_is_blamed_itself(question: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    given = {"https_proxy": f"http://joe:{PASSWORD}@127.0.0.1:{port}"}
    key = {"BINFUT_API_KEY": "k" * 64, "BINFUT_API_SECRET": "s" * 64}
    address = ("--rest-url", "https://exchange.invalid", "--ws-api-url", "wss://exchange.invalid")
    options = (*address, "--no-key-check")
    done = binfut("account", question, *options, env=environment() | given | key)
    assert done.status == 6
    assert "The proxy of https_proxy cannot be reached" in done.err
    assert PASSWORD not in done.err


@pytest.mark.parametrize("command", [("account", "status"), ("account", "config"), ("doctor",)])
def test_a_proxy_that_cannot_be_read_is_named_by_its_variable(command: tuple[str, ...]) -> None:
    given = {"https_proxy": f"http://joe:{PASSWORD}#x@127.0.0.1:9"}
    key = {"BINFUT_API_KEY": "k" * 64, "BINFUT_API_SECRET": "s" * 64}
    options = ("--timeout", "2", *(("--no-key-check",) if command[0] == "account" else ()))
    done = binfut(*command, *options, env=environment() | given | key)
    assert "The proxy in https_proxy cannot be read." in done.err + done.out
    assert PASSWORD not in done.err + done.out
    assert "Traceback" not in done.err
    assert command[0] == "doctor" or done.status == 3

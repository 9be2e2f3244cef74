"""A wire between the program and the sandbox that notes every request: REST, WS-API, stream.

It reads what the client sends with a library of its own, so that the test's list of what was asked
does not come from the code under test. Where the sandbox says as many `@` as the last signature has
characters, the program is told that signature: no sandbox would repeat it, and others might.
"""

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.frames import Frame
from websockets.server import ServerProtocol

from binfut_cli.sandbox import Sandbox


@dataclass
class Seen:
    """What has passed: REST requests, upgrades, and the text frames behind them."""

    rest: list[tuple[str, str]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    upgrades: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)

    def signatures(self) -> set[str]:
        found = {one["params"]["signature"] for one in self.frames if "signature" in _params(one)}
        for query in self.queries:
            found |= set(parse_qs(query).get("signature", []))
        return found


def _params(frame: dict[str, Any]) -> dict[str, Any]:
    params = frame.get("params")
    return params if isinstance(params, dict) else {}


class Tap:
    """Forward every connection to the sandbox; `url` is where the program is sent."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.seen = Seen()
        self._target = urlsplit(sandbox.rest["usdm"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def options(self, env: str = "prod") -> list[str]:
        http, ws = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}"
        return ["--env", env, "--rest-url", http, "--ws-api-url", ws]

    def stream(self) -> list[str]:
        return ["--stream-url", f"ws://127.0.0.1:{self.port}"]

    def __enter__(self) -> "Tap":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in list(self._open):
            _hang_up(each)
        for thread in self._threads:
            thread.join(5)
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((self._target.hostname, self._target.port), 5)
            server.settimeout(None)
            self._open += [client, server]
            for work in (self._up, self._down):
                thread = threading.Thread(target=work, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        protocol, head, upgraded = ServerProtocol(), b"", False
        while data := _receive(client):
            if upgraded:
                protocol.receive_data(data)
                self._note_frames(protocol)
            server.sendall(data)
            if not upgraded:
                head += data
                if b"\r\n\r\n" not in head:
                    continue
                upgraded = self._note_head(head)
                if not upgraded:
                    head = b""
                    continue
                protocol.receive_data(head)
                (request,) = protocol.events_received()
                protocol.send_response(protocol.accept(request))  # type: ignore[arg-type]
        _hang_up(server)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        while data := _receive(server):
            try:
                client.sendall(self._echoing(data))
            except OSError:
                break
        _hang_up(client)

    def _echoing(self, data: bytes) -> bytes:
        for frame in reversed(self.seen.frames):
            if signature := str(_params(frame).get("signature", "")):
                return data.replace(b"@" * len(signature), signature.encode())
        return data

    def _note_head(self, head: bytes) -> bool:
        method, target, _ = head.decode().split("\r\n")[0].split(" ")
        self.seen.heads.append(head)
        if b"\r\nupgrade: websocket" in head.lower():
            self.seen.upgrades.append(target)
            return True
        self.seen.rest.append((method, urlsplit(target).path))
        self.seen.queries.append(urlsplit(target).query)
        return False

    def _note_frames(self, protocol: ServerProtocol) -> None:
        for event in protocol.events_received():
            if isinstance(event, Frame) and event.opcode == 1:
                self.seen.frames.append(json.loads(bytes(event.data)))


def _receive(sock: socket.socket) -> bytes:
    try:
        return sock.recv(65536)
    except OSError:
        return b""


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return

"""A client of the sandbox that no one of this project wrote: http.client, websockets, hmac."""

import hashlib
import hmac
import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.sync.client import ClientConnection, connect

from binfut_cli.sandbox import Account, Sandbox

WAIT_S = 5.0


def named(sandbox: Sandbox, name: str) -> Account:
    return next(account for account in sandbox.accounts if account.name == name)


def signature(secret: str, payload: str) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Rest:
    """Signed and unsigned requests of one account; gives status, body and headers."""

    def __init__(self, sandbox: Sandbox, account: Account | None = None) -> None:
        self._address = urlsplit(sandbox.rest["usdm"]).netloc
        self._account = account or sandbox.accounts[0]

    def ask(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: str = ""
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection(self._address, timeout=WAIT_S)
        try:
            connection.request(method, target, body or None, headers or {})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text), answer.headers

    def get(self, path: str, **params: Any) -> Any:
        status, body, _ = self.signed(path, **params)
        assert status == 200, body
        return body

    def signed(self, path: str, **params: Any) -> tuple[int, Any, http.client.HTTPMessage]:
        query = urlencode({**params, "timestamp": params.get("timestamp", now_ms())})
        target = f"{path}?{query}&signature={signature(self._account.secret, query)}"
        return self.ask("GET", target, self.key)

    @property
    def key(self) -> dict[str, str]:
        return {"X-MBX-APIKEY": self._account.api_key}

    def listen_key(self, market: str = "usdm", method: str = "POST") -> Any:
        prefix = {"usdm": "fapi", "coinm": "dapi"}[market]
        status, body, _ = self.ask(method, f"/{prefix}/v1/listenKey", self.key)
        return body.get("listenKey", (status, body))


def control(
    sandbox: Sandbox, method: str, path: str, body: Any = None, **headers: str | None
) -> tuple[int, Any]:
    """Ask the control endpoint as it wants to be asked, but for these headers (None: left out)."""
    text = body if isinstance(body, str) else None if body is None else json.dumps(body)
    usual = {"authorization": f"Bearer {sandbox.control_token}"}
    if method == "POST":
        usual["content-type"] = "application/json"
    sent = {k: v for k, v in (usual | headers).items() if v is not None}
    assert sandbox.control is not None
    connection = http.client.HTTPConnection(urlsplit(sandbox.control).netloc, timeout=WAIT_S)
    try:
        connection.request(method, path, text, sent)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def signed_request(account: Account, method: str, **params: Any) -> dict[str, Any]:
    full = {"apiKey": account.api_key, "timestamp": now_ms(), **params}
    payload = "&".join(f"{name}={full[name]}" for name in sorted(full))
    full["signature"] = signature(account.secret, payload)
    return {"id": 1, "method": method, "params": full}


def exchange(url: str, request: dict[str, Any] | str) -> Any:
    """Ask one WS-API question over a connection of its own."""
    with connect(url) as socket:
        return question(socket, request)


def question(socket: ClientConnection, request: dict[str, Any] | str) -> Any:
    socket.send(request if isinstance(request, str) else json.dumps(request))
    return heard(socket)


def heard(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=WAIT_S))


def silent(socket: ClientConnection) -> bool:
    """Whether nothing came before the answer to a control message, which is sent last."""
    answer = question(socket, {"method": "GET_PROPERTY", "params": ["combined"], "id": 77})
    return bool(answer.get("id") == 77)

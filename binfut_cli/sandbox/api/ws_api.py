"""The WS-API: a request text in, a reply text out. Pure; a `Session` is one connection's memory."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.account.rows import JSON, AccountState
from binfut_cli.sandbox.api.authentication import check_signed, check_time, require
from binfut_cli.sandbox.api.coinm_views import CoinmViews
from binfut_cli.sandbox.api.usdm_views import UsdmViews
from binfut_cli.sandbox.exchange.exchange import ApiKey, Exchange
from binfut_cli.sandbox.exchange.refusal import Refusal, bad_signature, missing, unsupported
from binfut_cli.sandbox.exchange.signing import Ed25519Key, ws_api_payloads

HANDSHAKE_WEIGHT = 5


class Session(msgspec.Struct):
    """What one WS-API connection knows: its market and who logged on."""

    market: Market
    connected_ms: int
    return_rate_limits: bool = True
    logged_on: ApiKey | None = None
    authorized_ms: int | None = None


class Call(msgspec.Struct, frozen=True):
    """One request on its way: who asks what, where."""

    exchange: Exchange
    session: Session
    params: Mapping[str, Any]

    def account(self) -> AccountState:
        """Check a signed request, or the session it is made in."""
        if "signature" not in self.params and self.session.logged_on is not None:
            check_time(self.exchange, self.params)
            key = self.session.logged_on
            self.exchange.key(key.api_key)  # it may be revoked since
        else:
            key = self.signer()
        return self.exchange.read(key.account)

    def signer(self) -> ApiKey:
        """Check a request that carries its own key and signature."""
        name, payloads = require(self.params, "apiKey"), ws_api_payloads(self.params)
        return check_signed(self.exchange, name, self.params, *payloads)

    def key_holder(self) -> AccountState:
        """Check a USER_STREAM request: a key and nothing else; coinm's may come from the logon."""
        given = self.params.get("apiKey")
        if given is None and self.session.logged_on is not None:
            given = self.session.logged_on.api_key
        text = require({"apiKey": given}, "apiKey")
        return self.exchange.read(self.exchange.key(text).account)

    def filter(self, name: str) -> str | None:
        """An optional parameter; a `symbol` must be traded here."""
        value = self.params.get(name)
        if value is not None and name == "symbol":
            self.exchange.contract(self.session.market, str(value))
        return value if value is None else str(value)


class Method(msgspec.Struct, frozen=True):
    """A method: what answers it, its weight and where it exists."""

    answer: Callable[[Call], Any]
    weight: int = 5
    markets: tuple[Market, ...] = ("usdm", "coinm")


def _views(call: Call) -> UsdmViews | CoinmViews:
    account = call.account()
    kind = UsdmViews if call.session.market == "usdm" else CoinmViews
    return kind(call.exchange, account)


def _usdm(call: Call) -> UsdmViews:
    return UsdmViews(call.exchange, call.account())


def _time(call: Call) -> JSON:
    return {"serverTime": call.exchange.now_ms()}


def _position(call: Call) -> list[JSON]:
    views = _views(call)
    if isinstance(views, UsdmViews):
        return views.positions(call.filter("symbol"))
    return views.positions(call.filter("marginAsset"), call.filter("pair"))


def _start(call: Call) -> JSON:
    account, market = call.key_holder(), call.session.market
    key = call.exchange.listen_keys.start(account.name, market, call.exchange.now_ms())
    return {"listenKey": key.key}


def _ping(call: Call) -> JSON:
    account, market = call.key_holder(), call.session.market
    key = call.exchange.listen_keys.ping(account.name, market, call.exchange.now_ms())
    return {"listenKey": key.key}


def _stop(call: Call) -> JSON:
    call.exchange.end_listen_key(call.key_holder(), call.session.market, None)
    return {}


def _logon(call: Call) -> JSON:
    key = call.signer()
    if not isinstance(key.verifier, Ed25519Key):
        raise bad_signature()  # Ed25519 keys only; the docs give no code of its own
    call.session.logged_on = key
    call.session.authorized_ms = call.exchange.now_ms()
    return _status(call)


def _logout(call: Call) -> JSON:
    call.session.logged_on = call.session.authorized_ms = None
    return _status(call)


def _status(call: Call) -> JSON:
    session = call.session
    return {
        "apiKey": session.logged_on.api_key if session.logged_on else None,
        "authorizedSince": session.authorized_ms,
        "connectedSince": session.connected_ms,
        "returnRateLimits": session.return_rate_limits,
        "serverTime": call.exchange.now_ms(),
    }


METHODS: Mapping[str, Method] = {
    "time": Method(_time, 1),
    "account.status": Method(lambda call: _views(call).account_status()),
    "account.balance": Method(lambda call: _views(call).balances()),
    "account.position": Method(_position),
    "v2/account.status": Method(lambda call: _usdm(call).account_status_v2(), 5, ("usdm",)),
    "v2/account.balance": Method(lambda call: _usdm(call).balances(), 5, ("usdm",)),
    "v2/account.position": Method(
        lambda call: _usdm(call).positions_v2(call.filter("symbol")), 5, ("usdm",)
    ),
    "userDataStream.start": Method(_start, 1),
    "userDataStream.ping": Method(_ping, 1),
    "userDataStream.stop": Method(_stop, 1),
    "session.logon": Method(_logon, 2),
    "session.status": Method(_status, 2),
    "session.logout": Method(_logout, 2),
}


def answer(exchange: Exchange, session: Session, text: str) -> JSON:
    """Answer one request; refusals are answers too."""
    request: Any = None
    try:
        request = _parse(text)
        reply = {"id": request.get("id"), "status": 200, "result": _run(exchange, session, request)}
    except Refusal as refusal:
        reply = {
            "id": request.get("id") if isinstance(request, dict) else None,
            "status": refusal.status,
            "error": _error(exchange, refusal),
        }
    if _wants_limits(session, request):
        pool = exchange.ws_weight[session.market]
        reply["rateLimits"] = pool.rate_limits(exchange.now_ms())
    return reply


def _error(exchange: Exchange, refusal: Refusal) -> JSON:
    body: JSON = {"code": refusal.code, "msg": refusal.msg}
    if refusal.retry_after_s is not None:
        now = exchange.now_ms()
        body["data"] = {"serverTime": now, "retryAfter": now + refusal.retry_after_s * 1000}
    return body


def _parse(text: str) -> JSON:
    try:
        request = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        raise Refusal(-1100, "Illegal characters found in a parameter.") from exc
    if not isinstance(request, dict):
        raise Refusal(-1130, "Data sent for parameter 'request' is not valid.")
    if not isinstance(request.get("id"), int | str | None):
        raise Refusal(-1130, "Data sent for parameter 'id' is not valid.")
    return request


def _run(exchange: Exchange, session: Session, request: JSON) -> Any:
    if "id" not in request:
        raise missing("id")
    params = request.get("params") or {}
    if not isinstance(params, dict):
        raise Refusal(-1130, "Data sent for parameter 'params' is not valid.")
    method = METHODS.get(require(request, "method"))
    if method is None or session.market not in method.markets:
        raise unsupported()
    exchange.ws_weight[session.market].spend(method.weight, exchange.now_ms())
    return method.answer(Call(exchange, session, params))


def _wants_limits(session: Session, request: object) -> bool:
    params = request.get("params") if isinstance(request, dict) else None
    if isinstance(params, dict) and isinstance(params.get("returnRateLimits"), bool):
        return bool(params["returnRateLimits"])
    return session.return_rate_limits

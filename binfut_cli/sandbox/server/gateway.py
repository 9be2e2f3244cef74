"""The exchange's front door: one port for REST, WS-API and streams of both markets."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.api.rest import Reply, Request, Rest, dumps, refused
from binfut_cli.sandbox.api.subscriptions import Subscriptions, subscriptions_of
from binfut_cli.sandbox.api.ws_api import HANDSHAKE_WEIGHT, Session, answer
from binfut_cli.sandbox.exchange.exchange import Exchange, Listener, Publication
from binfut_cli.sandbox.exchange.refusal import Refusal, no_such_path
from binfut_cli.sandbox.faults.armed import Connected, Faults, Layer, Output
from binfut_cli.sandbox.server.admission import stranger
from binfut_cli.sandbox.wire.connection import Connection
from binfut_cli.sandbox.wire.frames import text_frame
from binfut_cli.sandbox.wire.http11 import BadRequest, Head, Reader, response
from binfut_cli.sandbox.wire.steps import Fin, Steps

if TYPE_CHECKING:
    from binfut_cli.sandbox.server.websocket import WebSocket  # loads websockets

WS_API: Mapping[str, Market] = {"/ws-fapi/v1": "usdm", "/ws-dapi/v1": "coinm"}


class Talk(msgspec.Struct, frozen=True):
    """What a WebSocket connection is for, and what answers it."""

    layer: Layer
    market: Market
    heard: Callable[[str], Steps]
    subscriptions: Subscriptions | None = None


class Gateway:
    """Serve one connection after another; `serve` runs in the connection's own thread."""

    def __init__(self, exchange: Exchange, faults: Faults) -> None:
        self._exchange, self._faults = exchange, faults
        self._rest = Rest(exchange)

    def admit(self) -> Steps:
        """What happens to a connection before its first byte."""
        return self._faults.effect(Output(layer="accept", market=None))

    def serve(self, connection: Connection) -> None:
        """Answer requests until one of them becomes a WebSocket or the client goes."""
        reader = Reader(connection)
        try:
            while not connection.over.is_set() and (head := reader.head()) is not None:
                if (why := stranger(head)) is not None:
                    connection.play((_said_no(403, why), Fin()))
                elif head.upgrade:
                    self._upgrade(connection, head, reader.rest)
                    return
                self._answer(connection, head, reader.body(head))
        except BadRequest as exc:
            connection.play((_said_no(400, str(exc)),))

    def _answer(self, connection: Connection, head: Head, body: bytes) -> None:
        url = urlsplit(head.target)
        request = Request(
            method=head.method,
            path=url.path,
            query=url.query,
            body=body.decode(errors="replace"),
            api_key=head.headers.get("x-mbx-apikey", ""),
        )
        reply = self._rest.answer(request)
        output = Output(
            layer="rest",
            market=request.market,
            subject=f"{head.method} {url.path}",
            text=reply.body.decode(),
            steps=(response(reply.status, reply.body, reply.headers),),
            headers=reply.headers,
        )
        connection.play(self._faults.effect(output))
        if head.last:
            connection.play((Fin(),))

    def _upgrade(self, connection: Connection, head: Head, early: bytes) -> None:
        path = urlsplit(head.target).path
        subscriptions = (
            None
            if path in WS_API
            else subscriptions_of(head.target, literal=self._exchange.rules.literal_filter)
        )
        if path in WS_API:
            self._ws_api(connection, head, early, WS_API[path])
        elif subscriptions is not None:
            self._stream(connection, head, early, subscriptions)
        else:
            self._refuse(connection, no_such_path(head.method, path))

    def _refuse(self, connection: Connection, refusal: Refusal) -> None:
        status, body, headers = refused(refusal)
        reply = Reply(status=status, body=dumps(body).encode(), headers=headers)
        connection.play((response(reply.status, reply.body, reply.headers), Fin()))

    def _ws_api(self, connection: Connection, head: Head, early: bytes, market: Market) -> None:
        exchange = self._exchange
        try:
            with exchange.lock:
                exchange.ws_weight[market].spend(HANDSHAKE_WEIGHT, exchange.now_ms())
        except Refusal as refusal:
            self._refuse(connection, refusal)
            return
        query = dict(parse_qsl(urlsplit(head.target).query))
        session = Session(market, exchange.now_ms(), query.get("returnRateLimits") != "false")
        talk = Talk("wsApi", market, lambda text: self._reply(session, text))
        self._converse(connection, head, early, talk)

    def _reply(self, session: Session, text: str) -> Steps:
        with self._exchange.lock:
            self._exchange.expire_listen_keys()
            reply = dumps(answer(self._exchange, session, text))
        return self._said("wsApi", session.market, _method(text), reply)

    def _said(self, layer: Layer, market: Market, subject: str, text: str) -> Steps:
        """Say a text message, or what a fault makes of it."""
        steps = (text_frame(text),)
        return self._faults.effect(
            Output(layer=layer, market=market, subject=subject, text=text, steps=steps)
        )

    def _stream(
        self, connection: Connection, head: Head, early: bytes, subscriptions: Subscriptions
    ) -> None:
        market = subscriptions.market

        def heard(text: str) -> Steps:
            with self._exchange.lock:
                reply = dumps(subscriptions.request(_loaded(text)))
            return self._said("control", market, _method(text), reply)

        talk = Talk("stream", market, heard, subscriptions)
        self._converse(connection, head, early, talk)

    def _converse(self, connection: Connection, head: Head, early: bytes, talk: Talk) -> None:
        from binfut_cli.sandbox.server.websocket import WebSocket

        def bent(layer: Layer, data: bytes) -> Steps:
            return self._faults.effect(Output(layer=layer, market=talk.market, steps=(data,)))

        websocket = WebSocket(
            connection, self._exchange.hurried_rules, bent, busy=talk.subscriptions is not None
        )
        keys = talk.subscriptions.keys if talk.subscriptions is not None else ()
        connected = Connected(talk.layer, talk.market, websocket.push, keys)

        def told(news: Publication) -> None:
            if (
                talk.subscriptions is not None
                and (text := talk.subscriptions.word(news)) is not None
            ):
                websocket.push(self._said("stream", news.market, news.subject, text))

        # Before the handshake: what happens after the client sees it must not be missed.
        self._enter(connected, told)
        try:
            if self._shake_hands(connection, websocket, head, talk.market):
                websocket.run(early, talk.heard)
        finally:
            self._leave(connected, told)
            websocket.close()

    def _enter(self, connected: Connected, told: Listener) -> None:
        with self._exchange.lock:
            self._exchange.listen(told)
        self._faults.connect(connected)  # last: who sees the connection may count on its news

    def _leave(self, connected: Connected, told: Listener) -> None:
        with self._exchange.lock:
            self._exchange.unlisten(told)
        self._faults.disconnect(connected)

    def _shake_hands(
        self, connection: Connection, websocket: "WebSocket", head: Head, market: Market
    ) -> bool:
        """Answer the upgrade; true when frames may follow (a silenced one included)."""
        accepted, answered = websocket.accept(head.raw)
        steps: Steps = (answered,) if accepted else (answered, Fin())
        subject = urlsplit(head.target).path
        output = Output(layer="handshake", market=market, subject=subject, steps=steps)
        connection.play(self._faults.effect(output))
        return not connection.over.is_set()


def _said_no(status: int, why: str) -> bytes:
    return response(status, dumps({"code": -1000, "msg": why}).encode())


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _method(text: str) -> str:
    """The method a request asked for, for faults to choose by."""
    request = _loaded(text)
    return str(request.get("method", "")) if isinstance(request, dict) else ""

"""Faults of the session: refusals of the WS-API and of control messages, the listenKey, news."""

import json
from collections.abc import Callable
from typing import Any

from binfut_cli.sandbox.account.rows import JSON
from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.exchange.listen_keys import alphanumerics
from binfut_cli.sandbox.exchange.refusal import no_listen_key
from binfut_cli.sandbox.faults.armed import Effect, Output
from binfut_cli.sandbox.faults.effects import preceded, reworded, said
from binfut_cli.sandbox.faults.kinds.http import refusal
from binfut_cli.sandbox.faults.kinds.kind import MESSAGES, REPLIES, Kind, Kinds, plain
from binfut_cli.sandbox.params import Params
from binfut_cli.sandbox.wire.frames import text_frame
from binfut_cli.sandbox.wire.http11 import response
from binfut_cli.sandbox.wire.steps import Steps

EXTENDING = ("PUT /", "userDataStream.ping")
STARTING = ("POST /", "userDataStream.start")
SHUTDOWNS = {
    "wsApi": {"event": {"e": "serverShutdown", "E": 1}},
    "event": {"e": "serverShutdown", "E": 1},
    "wrapped": {"stream": "serverShutdown", "data": {"e": "serverShutdown", "E": 1}},
}


def replied(change: Callable[[JSON], JSON]) -> Effect:
    """Make an effect of a WS-API reply or a control answer, as an object."""
    return reworded(lambda text: dumps(change(json.loads(text))))


def _ws_error(params: Params) -> Effect:
    status = params.integer("status", 400)
    code, msg = refusal(status)
    error = {"code": params.integer("code", code), "msg": params.text("msg", msg)}
    keep_id = not params.flag("nullId", False)
    return replied(
        lambda reply: {"id": reply.get("id") if keep_id else None, "status": status, "error": error}
    )


def _revoked(reply: JSON) -> JSON:
    code, msg = refusal(401)
    return {"id": None, "status": 401, "error": {"code": code, "msg": msg}}


def _without(*names: str) -> Effect:
    return replied(lambda reply: {k: v for k, v in reply.items() if k not in names})


def _with_id(change: Callable[[Any], Any]) -> Effect:
    return replied(lambda reply: {**reply, "id": change(reply.get("id"))})


def _unknown_key(output: Output) -> Steps:
    """-1125, as if the listenKey were gone; it is not."""
    gone = no_listen_key()
    error = {"code": gone.code, "msg": gone.msg}
    if output.layer == "rest":
        return (response(gone.status, dumps(error).encode(), output.headers),)
    reply = {"id": json.loads(output.text).get("id"), "status": gone.status, "error": error}
    return said(output, dumps(reply))


def _other_key(reply: JSON) -> JSON:
    """Name a listenKey that nobody made."""
    other = {"listenKey": alphanumerics("another listenKey")}
    if "listenKey" in reply:
        return {**reply, **other}
    return {**reply, "result": other} if isinstance(reply.get("result"), dict) else reply


def _shutdown(params: Params) -> Effect:
    shape = params.choice("shape", tuple(SHUTDOWNS), "wsApi")
    return preceded(text_frame(dumps(SHUTDOWNS[shape])))


def _refused(reply: JSON) -> JSON:
    error = {"code": 2, "msg": "Invalid request: unknown stream"}
    return {"error": error, "id": reply.get("id")}


def _unlisted(reply: JSON) -> JSON:
    return {**reply, "result": []} if isinstance(reply.get("result"), list) else reply


KINDS: Kinds = {
    "wsError": Kind(("wsApi",), _ws_error),
    "revoked": Kind(("wsApi",), plain(replied(_revoked))),
    "noResult": Kind(("wsApi", "control"), plain(_without("result", "error"))),
    "noStatus": Kind(("wsApi",), plain(_without("status"))),
    "noId": Kind(("wsApi", "control"), plain(_without("id"))),
    "textId": Kind(("wsApi", "control"), plain(_with_id(str))),
    "wrongId": Kind(("wsApi", "control"), plain(_with_id(lambda number: "nobody asked this"))),
    "unknownKey": Kind(REPLIES, plain(_unknown_key), EXTENDING),
    "otherKey": Kind(REPLIES, plain(replied(_other_key)), EXTENDING),
    "bogusKey": Kind(REPLIES, plain(replied(_other_key)), STARTING),
    "shutdown": Kind(MESSAGES, _shutdown),
    "controlError": Kind(("control",), plain(replied(_refused))),
    "unlisted": Kind(("control",), plain(replied(_unlisted)), ("LIST_SUBSCRIPTIONS",)),
}

"""Faults of the WebSocket: frames and closes that are wrong, or right and unusual."""

from collections.abc import Callable

from binfut_cli.sandbox.faults.armed import Effect, Output
from binfut_cli.sandbox.faults.effects import ending, followed, framed, preceded
from binfut_cli.sandbox.faults.kinds.kind import MESSAGES, Kind, Kinds, plain
from binfut_cli.sandbox.params import BadParams, Params
from binfut_cli.sandbox.wire.frames import (
    CLOSE,
    FIN,
    PONG,
    STRANGE,
    TEXT,
    close_frame,
    fragments,
    frame,
    ping_frame,
    text_frame,
)
from binfut_cli.sandbox.wire.steps import Close, Fin, Steps

MOST_PINGS = 100_000
ENDLESS = bytes([FIN | TEXT, 127]) + (1 << 40).to_bytes(8)


def _close(params: Params) -> Effect:
    return ending(Close(params.integer("code", 1001), params.text("reason", "going away")))


def _data_after_close(output: Output) -> Steps:
    return (close_frame(1000), *(output.steps or (text_frame("{}"),)), Fin())


def _fragmented(params: Params) -> Effect:
    size = params.size("size", 16, least=1)
    return framed(lambda data: fragments(data, size))


def _ping_flood(params: Params) -> Effect:
    number = params.integer("number", 100, least=1, most=MOST_PINGS)
    payload = params.text("payload", "x" * 125)
    if len(payload.encode()) > 125:
        raise BadParams("payload must have at most 125 bytes")
    return preceded(ping_frame(payload.encode()) * number)


def _frames(make: Callable[[bytes], bytes]) -> Effect:
    return framed(lambda data: (make(data),))


KINDS: Kinds = {
    "close": Kind(MESSAGES, _close),
    "closeEmpty": Kind(MESSAGES, plain(ending(frame(CLOSE, b""), Fin()))),
    "closeBadCode": Kind(MESSAGES, plain(ending(close_frame(1005), Fin()))),
    "closeBadReason": Kind(MESSAGES, plain(ending(close_frame(1000, b"\xff\xfe"), Fin()))),
    "closeOneByte": Kind(MESSAGES, plain(ending(frame(CLOSE, b"\x03"), Fin()))),
    "dataAfterClose": Kind(MESSAGES, plain(_data_after_close)),
    "endless": Kind(MESSAGES, plain(ending(ENDLESS))),
    "emptyMessage": Kind(MESSAGES, plain(preceded(text_frame("")))),
    "pingFlood": Kind(MESSAGES, _ping_flood),
    "fragmented": Kind(MESSAGES, _fragmented),
    "wrongPong": Kind(("pong",), plain(ending(frame(PONG, b"wrong")))),
    "pongTwiceWrong": Kind(("pong",), plain(followed(frame(PONG, b"wrong")))),
    **{name: Kind(MESSAGES, plain(_frames(make))) for name, make in STRANGE.items()},
}

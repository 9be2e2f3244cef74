"""Faults of the WebSocket: frames and closes that are wrong, or right and unusual."""

from collections.abc import Callable

from binfut_cli.sandbox.bends import ending, followed, framed, preceded
from binfut_cli.sandbox.fault_kinds.kind import MESSAGES, Kind, Kinds, plain
from binfut_cli.sandbox.faults import Bend, Output
from binfut_cli.sandbox.frames import (
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
from binfut_cli.sandbox.steps import Close, Fin, Steps
from binfut_cli.sandbox.words import BadWords, Words

ENDLESS = bytes([FIN | TEXT, 127]) + (1 << 40).to_bytes(8)


def _close(words: Words) -> Bend:
    return ending(Close(words.integer("code", 1001), words.text("reason", "going away")))


def _data_after_close(output: Output) -> Steps:
    return (close_frame(1000), *(output.steps or (text_frame("{}"),)), Fin())


def _fragmented(words: Words) -> Bend:
    size: int = words.integer("size", 16)
    if size < 1:
        raise BadWords("size must be above zero")
    return framed(lambda data: fragments(data, size))


def _ping_flood(words: Words) -> Bend:
    number, payload = words.integer("number", 100), words.text("payload", "x" * 125)
    if len(payload.encode()) > 125:
        raise BadWords("payload must have at most 125 bytes")
    return preceded(ping_frame(payload.encode()) * number)


def _frames(make: Callable[[bytes], bytes]) -> Bend:
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

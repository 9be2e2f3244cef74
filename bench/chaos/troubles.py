"""What is done to a connection: each trouble by name, with the faults and actions that make it."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.words import BadWords

Trouble = Callable[[Sandbox, str, random.Random], None]


def _fault(**words: Any) -> Trouble:
    def strike(box: Sandbox, market: str, chance: random.Random) -> None:
        box.fault({**words, "market": market})

    return strike


def _act(**words: Any) -> Trouble:
    def do(box: Sandbox, market: str, chance: random.Random) -> None:
        try:
            box.act({**words, "market": market})
        except BadWords:
            return  # there is no key to end just now

    return do


def _replaced(box: Sandbox, market: str, chance: random.Random) -> None:
    """Another program ends the key in silence, and makes one for itself."""
    _act(action="expireListenKey", silent=True)(box, market, chance)
    with box.exchange.lock:
        keys, now = box.exchange.listen_keys, box.exchange.now_ms()
        keys.start(box.accounts[0].name, "usdm" if market == "usdm" else "coinm", now)


def _now(fault: str, **words: Any) -> Trouble:
    return _fault(fault=fault, layer=words.pop("layer", "stream"), now=True, **words)


TROUBLES: Mapping[str, Trouble] = {
    "reset": _now("reset"),
    "end without a close frame": _now("fin"),
    "half open": _now("halfOpen"),
    **{f"close {code}": _now("close", code=code) for code in (1000, 1001, 1011, 1012, 1013)},
    "stall inside a frame": _fault(fault="stall", layer="stream", bytes=7),
    "stall inside a header": _fault(fault="stall", layer="stream", bytes=1),
    "trickle": _fault(fault="trickle", layer="stream", pause="0.3"),
    "event twice": _fault(fault="duplicate", layer="stream"),
    "fragments": _fault(fault="fragmented", layer="stream", size=20, count=5),
    "unknown event": _fault(fault="unknownEvent", layer="stream", count=3),
    "unknown field": _fault(fault="unknownField", layer="stream", count=3),
    "reserved bit": _fault(fault="rsv1", layer="stream"),
    "broken JSON": _fault(fault="text", layer="stream"),
    "cut JSON": _fault(fault="truncated", layer="stream", bytes=30),
    "not UTF-8": _fault(fault="badUtf8", layer="stream"),
    "late event": _fault(fault="late", layer="stream", seconds="0.2"),
    "key expires": _act(action="expireListenKey"),
    "key expires, time as text": _act(action="expireListenKey", stringTime=True),
    "key expires, wrapped": _act(action="expireListenKey", wrapped=True),
    "key replaced in silence": _replaced,
    "shutdown announced": _act(action="raw", text='{"event":{"e":"serverShutdown","E":1}}'),
    "WS-API reset": _now("reset", layer="wsApi"),
    "WS-API half open": _now("halfOpen", layer="wsApi"),
    "WS-API without result": _fault(fault="noResult", layer="wsApi", count=2),
    "WS-API broken JSON": _fault(fault="text", layer="wsApi", count=2),
    "WS-API busy": _fault(fault="wsError", layer="wsApi", status=503, code=-1008, msg="x"),
    "WS-API slow": _fault(fault="late", layer="wsApi", seconds="0.3", count=3),
    "handshake 503": _fault(fault="httpStatus", layer="handshake", status=503, count=2),
    "handshake 403": _fault(fault="httpStatus", layer="handshake", status=403),
    "handshake 429": _fault(
        fault="httpStatus", layer="handshake", status=429, headers={"Retry-After": "1"}
    ),
    "handshake reset": _fault(fault="reset", layer="handshake", count=2),
    "handshake redirected": _fault(
        fault="redirect", layer="handshake", location="https://example.com/", status=302
    ),
}
"""Troubles that strike at once or with the next outputs, and pass."""

SLEEP = "the computer sleeps for an hour"
MUTE = "stream alive but deaf"
"""The trouble that lasts until it is found."""


def mute(box: Sandbox, market: str) -> None:
    """Let no event through any more, on a connection that answers pings."""
    box.fault({"fault": "silent", "layer": "stream", "market": market, "count": None})

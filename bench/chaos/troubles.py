"""What is done to the connections: faults sprinkled by chance, and troubles that strike at once.

A fault is written in the words of `POST /fault`, an action in those of `POST /act`. Left out is
what no client could notice: an event of right form with wrong figures or times, or one that later
ones overtake (a connection keeps its order, and that is what a pong proves).
"""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.params import BadParams

Words = dict[str, Any]
Trouble = Callable[[Sandbox, str], None]

WORDS: Mapping[str, Words] = {
    "late": {"seconds": 0.05},
    "latency": {"seconds": 0.02},
    "slice": {"bytes": 40},
    "bandwidth": {"bytesPerSecond": 100_000},
    "trickle": {"pause": 0.0005},
    "fragmented": {"size": 20},
    "huge": {"bytes": 100_000},
    "truncated": {"bytes": 30},
    "pingFlood": {"number": 5},
    "evil": {"keys": ["c", "caid", "ma", "clientOrderId"]},
    "redirect": {"location": "https://example.com/", "status": 302},
    "wsError": {"status": 503, "code": -1008, "msg": "x"},
    "freeze": {"seconds": 0.1},
}
"""What a fault takes beside its chance, wherever it strikes."""

UNUSUAL = (
    "duplicate fragmented pingInside emptyFragments pongUnasked unknownField textNumber exponent "
    "pretty escaped shuffled slice evil"
)
UNREADABLE = (
    "text truncated inList nanLiteral badEscape nulByte twoDocuments surrogate longNumber "
    "outOfRange byteOrderMark twiceNamed empty"
)
WRONG = (
    "missingField nullField wrongType nan bigInteger negative absent partial noRows doubled "
    "timeZero unknownField numberText"
)
SPRINKLED: tuple[tuple[str, float, str], ...] = (
    ("stream", 0.015, f"{UNUSUAL} binary unknownEvent rewrapped"),
    ("stream", 0.001, "latency bandwidth trickle numberText huge deep"),
    ("stream", 0.0002, UNREADABLE),
    ("wsApi", 0.01, f"{UNUSUAL} late latency bandwidth noId textId"),
    ("wsApi", 0.002, f"{UNREADABLE} {WRONG} binary huge deep wsError noResult noStatus wrongId"),
    ("wsApi", 0.001, "badUtf8 rsv1 masked close fin reset cut tear stall silent unknownKey"),
    ("control", 0.01, "duplicate late noId textId noResult wrongId silent unlisted controlError"),
    ("pong", 0.01, "late wrongPong pongTwiceWrong"),
    ("pong", 0.002, "silent fin reset cut tear"),
    ("rest", 0.02, f"{UNREADABLE} {WRONG} late slice chunked noLength compressed unknownKey"),
    ("rest", 0.01, "httpStatus reset fin cut tear garbage badChunk notCompressed tooLong portal"),
    ("handshake", 0.02, "late slice earlyHints"),
    ("handshake", 0.005, "httpStatus reset fin cut tear garbage badHead wrongAccept extension"),
    ("handshake", 0.002, "portal maintenance hugeHead noUpgrade redirect silent stall"),
    ("accept", 0.005, "late reset fin garbage"),
    ("closing", 0.05, "silent fin reset"),
)
"""Where, with what chance, and which: they may meet anything said as long as a run lasts."""


def sprinkled() -> Iterator[Words]:
    """Every fault of the table, as the sandbox takes it."""
    for layer, chance, names in SPRINKLED:
        for name in names.split():
            where = {"layer": layer, "probability": chance, "count": None}
            yield {"fault": name, **WORDS.get(name, {}), **where}


def _fault(fault: str, layer: str = "stream", **words: Any) -> Trouble:
    def strike(sandbox: Sandbox, market: str) -> None:
        more = {**WORDS.get(fault, {}), **words}
        sandbox.fault({"fault": fault, "layer": layer, "market": market, **more})

    return strike


def _now(fault: str, layer: str = "stream", **words: Any) -> Trouble:
    return _fault(fault, layer, now=True, **words)


def _act(**words: Any) -> Trouble:
    def do(sandbox: Sandbox, market: str) -> None:
        try:
            sandbox.act({**words, "market": market})
        except BadParams:
            return  # there is no key to end just now

    return do


AT_ONCE = "reset fin halfOpen freeze"
WITH_THE_NEXT = (
    "cut tear stall garbage endless dataAfterClose closeEmpty closeBadCode closeBadReason "
    "closeOneByte badUtf8 rsv1 masked badOpcode badControl fragmentedPing longPing "
    "looseContinuation textInside badLength longLength pingFlood"
)
STRIKES: Mapping[str, tuple[int, Trouble]] = {
    **{name: (6, _now(name)) for name in AT_ONCE.split()},
    **{name: (1, _fault(name)) for name in WITH_THE_NEXT.split()},
    **{f"close {code}": (2, _now("close", code=code)) for code in (1000, 1001, 1011, 1012, 1013)},
    "stall inside a header": (2, _fault("stall", bytes=1)),
    "trickle": (2, _fault("trickle", pause=0.3)),
    "a burst of unreadable text": (1, _fault("text", count=5)),
    **{f"shutdown {s}": (6, _fault("shutdown", shape=s)) for s in ("wsApi", "event", "wrapped")},
    "key expires": (4, _act(action="expireListenKey")),
    "key expires, time as text": (2, _act(action="expireListenKey", stringTime=True)),
    "key expires, wrapped": (2, _act(action="expireListenKey", wrapped=True)),
    "key ends in silence": (2, _act(action="expireListenKey", silent=True)),
    "key replaced in silence": (3, _act(action="replaceListenKey")),
    "another key": (1, _fault("otherKey", "wsApi")),
    "a key that is none": (1, _fault("bogusKey", "wsApi")),
    "subscriptions forgotten": (3, _act(action="forgetSubscriptions")),
    "unlisted": (1, _fault("unlisted", "control")),
    "replica lags": (3, _act(action="replicaLag", seconds=0.02)),
    "banned": (1, _act(action="ban", seconds=0.5)),
    **{f"WS-API {name}": (3, _now(name, "wsApi")) for name in AT_ONCE.split()},
    "WS-API closes": (2, _now("close", "wsApi", code=1001)),
    "WS-API slow": (2, _fault("late", "wsApi", seconds=0.3, count=3)),
    "WS-API busy": (2, _fault("wsError", "wsApi", count=3)),
    "WS-API refuses the key": (1, _fault("revoked", "wsApi")),
    "handshake 503": (2, _fault("httpStatus", "handshake", status=503, count=2)),
    "handshake 429": (
        1,
        _fault("httpStatus", "handshake", status=429, headers={"Retry-After": "1"}),
    ),
    "no connection": (2, _fault("reset", "accept", count=3)),
}
"""Troubles by name: how likely beside the others, and what to do."""


def sprinkle(sandbox: Sandbox) -> None:
    """Arm all that may meet anything."""
    for words in sprinkled():
        sandbox.fault(words)


def strike(sandbox: Sandbox, market: str, chance: random.Random) -> None:
    """Make one trouble, chosen at random."""
    weights = [weight for weight, _ in STRIKES.values()]
    (name,) = chance.choices(tuple(STRIKES), weights)
    STRIKES[name][1](sandbox, market)


def mute(sandbox: Sandbox, market: str) -> None:
    """Let no event through any more, on a connection that answers pings."""
    sandbox.fault({"fault": "silent", "layer": "stream", "market": market, "count": None})

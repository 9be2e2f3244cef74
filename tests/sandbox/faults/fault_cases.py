"""What each fault does to a client, as checks of the bytes that come."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from binfut_cli.sandbox.faults.kinds.transport import BANDWIDTH_TICK_S
from tests.support.bare_sockets import Met, length, marker

Check = Callable[[Met, Met], bool]
"""Whether what was met is the fault's doing; the second is what comes without one."""

PAUSE_S = 0.03
HOUR_MS = 3_600_000
LATE_S = 1.0  # in which something else can be asked, and answered, on any computer
ALONE = ("rest", "accept", "handshake")  # where nothing can overtake what is late
SIGNS = {  # what the output holds when nothing is wrong with it
    "stream": b"ACCOUNT_UPDATE",
    "wsApi": b'"id":1,',
    "rest": b'"serverTime"',
    "accept": b'"serverTime"',
    "handshake": b"101 Switching",
    "control": b'"id":5',
    "pong": b"\x8a\x04mine",
}
SMALL = {"rest": "GET /fapi/v1/time", "wsApi": "time"}
EXTEND = {"rest": "PUT /fapi/v1/listenKey", "wsApi": "userDataStream.ping"}
START = {"rest": "POST /fapi/v1/listenKey", "wsApi": "userDataStream.start"}
PATHS = {"stream": "a.B.0.wb", "wsApi": "result.assets.0.asset", "rest": "assets.0.asset"}


@dataclass(frozen=True)
class Case:
    """How a fault is armed and seen; `until` is marker, end, quiet, both or certain bytes."""

    check: Check
    until: str | bytes = "marker"
    words: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)


def ended(end: str = "end", data: bytes = b"") -> Case:
    return Case(lambda met, plain: (met.end, met.data) == (end, data), "end", asks=SMALL)


def opcodes(*codes: int) -> Case:
    return Case(lambda met, plain: met.opcodes()[: len(codes)] == list(codes))


def says(check: Callable[[str], bool], **words: Any) -> Case:
    return Case(lambda met, plain: check(met.said()), words=words)


def holds(part: str) -> Case:
    return says(lambda text: part in text)


def carries(check: Callable[[Any, Any], bool], **words: Any) -> Case:
    return Case(lambda met, plain: check(met.core(), plain.core()), words=words)


def reply(check: Callable[[Any], bool], asks: dict[str, str] | None = None) -> Case:
    return Case(lambda met, plain: check(json.loads(met.said())), asks=asks or SMALL)


def slowly(size: int, pause_s: float, **words: Any) -> Case:
    """Whole, and not before each of its pieces has waited."""

    def check(met: Met, plain: Met) -> bool:
        waits = answered(met) // size
        return SIGNS[met.layer] in met.data and met.seconds >= waits * pause_s > 0

    return Case(check, words=words, asks=SMALL)


def answered(met: Met) -> int:
    """How many bytes the answer has at the least, be it in a frame or with a head."""
    head = met.data.partition(b"\r\n\r\n")[0]
    if met.layer == "rest":
        return len(head) + length(head)
    return len(head) if met.layer == "handshake" else len(met.said())


def delayed() -> Case:
    def check(met: Met, plain: Met) -> bool:
        sign, last = SIGNS[met.layer], marker(met.layer)
        return met.data.index(sign) < met.data.index(last) and met.seconds >= PAUSE_S

    return Case(check, words={"seconds": PAUSE_S}, asks=SMALL)


def overtaken(met: Met, plain: Met) -> bool:
    sign, last = met.data.index(SIGNS[met.layer]), met.data.index(marker(met.layer))
    alone = met.layer in ALONE
    return (sign < last if alone else last < sign) and met.seconds >= PAUSE_S


def absent(met: Met, plain: Met) -> bool:
    sign = SIGNS.get(met.layer, b"\x88")
    if met.layer in ("accept", "handshake", "closing"):
        return met.data == b""
    return sign not in met.data and marker(met.layer) in met.data


def some_bytes(met: Met, plain: Met) -> bool:
    return len(met.data) == 3 and met.data in plain.data


def scalars(value: Any) -> Iterator[Any]:
    members = value.values() if isinstance(value, dict) else value
    for each in members:
        if isinstance(each, dict | list):
            yield from scalars(each)
        else:
            yield each


def names(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return {found for at, each in enumerate(value) for found in names(each, f"{path}.{at}")}
    if not isinstance(value, dict):
        return set()
    found = {f"{path}.{name}" for name in value}
    return found.union(*(names(each, f"{path}.{name}") for name, each in value.items()))


def rows(value: Any) -> int:
    lists = value.values() if isinstance(value, dict) else [value]
    return sum(len(each) for each in lists if isinstance(each, list))


def amounts(value: Any) -> list[str]:
    found = [each for each in scalars(value) if isinstance(each, str)]
    return [each for each in found if re.fullmatch(r"-?\d+(\.\d+)?", each)]


def integers(value: Any) -> list[int]:
    return [each for each in scalars(value) if type(each) is int]


def whole_body(met: Met) -> bytes:
    return met.data.partition(b"\r\n\r\n")[2]


def chunks(met: Met, plain: Met) -> bool:
    size, _, rest = whole_body(met).partition(b"\r\n")
    return b"chunked" in met.data and rest[int(size, 16) :].startswith(b"\r\n")


def unzipped(met: Met, plain: Met) -> bool:
    head, _, body = met.data.partition(b"\r\n\r\n")
    return b"gzip" in head and b"serverTime" in gzip.decompress(body[: length(head)])


def closed(payload: bytes) -> Case:
    return Case(lambda met, plain: met.frames() == [(0x88, payload)], "end")


def moved(met: Met, plain: Met) -> bool:
    """By an hour; what came without the fault was asked some moments before or after."""
    return bool(met.core()["E"] < plain.core()["E"] - HOUR_MS // 2)


SOME = {"bytes": 3}
PIECES = {  # with a pause in which any computer would have sent the next
    "trickle": Case(some_bytes, "quiet", {"pause": 60}),
    "slice": Case(some_bytes, "quiet", {"bytes": 3, "pause": 60}),
}
CASES: dict[str, Case] = {
    "reset": ended("reset"),
    "fin": ended(),
    "halfOpen": Case(lambda met, plain: met.data == b"", "quiet", asks=SMALL),
    "silent": Case(absent, asks=SMALL),
    "late": Case(overtaken, "both", {"seconds": PAUSE_S}, SMALL),
    "latency": delayed(),
    "freeze": delayed(),
    "stall": Case(some_bytes, "quiet", SOME, SMALL),
    "cut": Case(lambda m, p: some_bytes(m, p) and m.end == "end", "end", SOME, SMALL),
    "tear": Case(lambda m, p: m.data in p.data and m.end == "reset", "end", SOME, SMALL),
    "trickle": slowly(1, 0.0002, pause=0.0002),
    "slice": slowly(20, 0.002, bytes=20, pause=0.002),
    "bandwidth": slowly(40, BANDWIDTH_TICK_S, bytesPerSecond=2000),
    "duplicate": Case(lambda met, plain: met.data.count(SIGNS[met.layer]) == 2, asks=SMALL),
    "garbage": ended(data=b"SSH-2.0-OpenSSH_9.6\r\n"),
    "close": Case(
        lambda met, plain: met.frames() == [(0x88, b"\x03\xe9going away")], b"going away"
    ),
    "closeEmpty": closed(b""),
    "closeBadCode": closed((1005).to_bytes(2)),
    "closeBadReason": closed(b"\x03\xe8\xff\xfe"),
    "closeOneByte": closed(b"\x03"),
    "dataAfterClose": Case(lambda met, plain: met.opcodes() == [0x88, 0x81], "end"),
    "fragmented": Case(
        lambda m, p: m.opcodes()[:3] == [0x01, 0, 0] and len(m.data) > len(p.data),
        words={"size": 9},
    ),
    "endless": Case(lambda met, plain: met.data[:10] == b"\x81\x7f" + (1 << 40).to_bytes(8)),
    "emptyMessage": Case(lambda met, plain: met.frames()[0] == (0x81, b"")),
    "pingFlood": Case(
        lambda met, plain: met.frames()[:9] == [(0x89, b"?")] * 9, words={"payload": "?"}
    ),
    "binary": opcodes(0x82, 0x81),
    "pingInside": opcodes(0x01, 0x89, 0x80),
    "emptyFragments": opcodes(0x01, *[0] * 50, 0x80),
    "pongUnasked": opcodes(0x8A, 0x81),
    "badUtf8": Case(lambda met, plain: b"\xff\xfe" in met.frames()[0][1]),
    "rsv1": opcodes(0xC1),
    "masked": Case(lambda met, plain: bool(met.data[1] & 0x80)),
    "badOpcode": opcodes(0x83),
    "badControl": opcodes(0x8B, 0x81),
    "fragmentedPing": opcodes(0x09, 0x81),
    "longPing": Case(lambda met, plain: met.data[:4] == b"\x89\x7e\x00\x7e"),
    "looseContinuation": opcodes(0x80, 0x81),
    "textInside": opcodes(0x01, 0x81, 0x80),
    "badLength": Case(lambda met, plain: met.data[:3] == b"\x81\x7f\x80"),
    "longLength": Case(lambda met, plain: met.data[:8] == b"\x81\x7f" + bytes(6)),
    "wrongPong": Case(lambda met, plain: met.frames()[0] == (0x8A, b"wrong")),
    "pongTwiceWrong": Case(
        lambda met, plain: met.frames()[:2] == [(0x8A, b"mine"), (0x8A, b"wrong")]
    ),
    "httpStatus": Case(lambda met, plain: met.data.startswith(b"HTTP/1.1 503 "), b"-1008"),
    "redirect": Case(
        lambda met, plain: met.data.startswith(b"HTTP/1.1 302 ") and b"Location: /x" in met.data,
        b"\r\n\r\n",
        {"location": "/x"},
    ),
    "portal": Case(lambda met, plain: met.data.startswith(b"HTTP/1.1 200 "), b"</html>"),
    "maintenance": Case(lambda met, plain: met.data.startswith(b"HTTP/1.1 502 "), b"</html>"),
    "earlyHints": Case(
        lambda m, p: m.data.startswith(b"HTTP/1.1 103 ") and SIGNS[m.layer] in m.data, asks=SMALL
    ),
    "hugeHead": Case(lambda met, plain: b"x" * (1 << 20) in met.data, b"\r\n\r\n{}"),
    "badHead": ended(data=b"HTTP/one 2OO fine\r\n\r\n"),
    "truncated": Case(lambda met, plain: len(broken(met)) == 7, words={"bytes": 7}),
    "noLength": Case(
        lambda met, plain: b"Content-Length" not in met.data and met.end == "end", "end"
    ),
    "chunked": Case(chunks),
    "badChunk": Case(lambda met, plain: b"\r\n\r\nzz\r\n" in met.data, "end"),
    "compressed": Case(unzipped, asks=SMALL),
    "notCompressed": Case(
        lambda met, plain: b"Content-Encoding: gzip" in met.data and b'{"serverTime"' in met.data,
        asks=SMALL,
    ),
    "tooLong": Case(
        lambda met, plain: len(met.said()) * 2 <= whole_body(met).index(b"HTTP/1.1"), asks=SMALL
    ),
    "wrongAccept": Case(lambda met, plain: b"Sec-WebSocket-Accept: AAAA\r\n" in met.data),
    "noUpgrade": Case(lambda m, p: b"Upgrade: websocket" in p.data and b"\nUpgrade:" not in m.data),
    "extension": Case(lambda met, plain: b"Extensions: permessage-deflate\r\n\r\n" in met.data),
    "wsError": reply(
        lambda said: (said["id"], said["status"], said["error"]["code"]) == (1, 400, -1000)
    ),
    "revoked": reply(lambda said: (said["id"], said["error"]["code"]) == (None, -2015)),
    "noResult": reply(lambda said: "id" in said and not {"result", "error"} & set(said)),
    "noStatus": reply(lambda said: "result" in said and "status" not in said),
    "noId": reply(lambda said: "result" in said and "id" not in said),
    "textId": reply(lambda said: said["id"] in ("1", "5")),
    "wrongId": reply(lambda said: said["id"] == "nobody asked this"),
    "unknownKey": reply(lambda said: said.get("error", said)["code"] == -1125, EXTEND),
    "otherKey": Case(lambda met, plain: met.core() != plain.core() and key_of(met), asks=EXTEND),
    "bogusKey": Case(lambda met, plain: met.core() != plain.core() and key_of(met), asks=START),
    "shutdown": says(lambda text: json.loads(text)["event"]["e"] == "serverShutdown"),
    "controlError": reply(lambda said: said["error"]["code"] == 2),
    "unlisted": Case(
        lambda met, plain: (
            json.loads(met.said())["result"] == [] != json.loads(plain.said())["result"]
        )
    ),
    "text": says(lambda text: text == '{"e":"ACCOUNT_UPDATE","E":17'),
    "huge": says(lambda text: len(json.loads(text)["padding"]) == 99_999, bytes=99_999),
    "unknownEvent": says(lambda text: json.loads(text)["e"] == "FUTURE_EVENT"),
    "unknownField": says(lambda text: json.loads(text)["newField"] == "new"),
    "evil": says(lambda text: "\\u001b[2J" in text, keys=["a", "asset"]),
    "field": Case(
        lambda m, p: (
            {n for n in names(m.core()) ^ names(p.core()) if ".0." in n} != set()
            and names(m.core()) < names(p.core())
        )
    ),
    "missingField": carries(lambda core, plain: names(core) < names(plain)),
    "nullField": carries(lambda core, plain: None in scalars(core)),
    "wrongType": holds('[{"unexpected":true}]'),
    "textNumber": carries(lambda core, plain: not integers(core) and bool(integers(plain))),
    "numberText": carries(lambda core, plain: not amounts(core) and bool(amounts(plain))),
    "nan": carries(lambda core, plain: "NaN" in scalars(core)),
    "emptyText": carries(lambda core, plain: not amounts(core) and "" in scalars(core)),
    "exponent": carries(
        lambda core, plain: any(
            re.fullmatch(r"[\d.]+E[+-]\d+", str(each)) for each in scalars(core)
        )
    ),
    "bigInteger": carries(lambda core, plain: max(integers(core)) > 2**64),
    "negative": carries(lambda core, plain: min(integers(core)) < 0),
    "pretty": says(lambda text: "\n  " in text and bool(json.loads(text))),
    "escaped": Case(lambda m, p: '"\\u00' in m.said() and names(m.core()) == names(p.core())),
    "shuffled": carries(lambda core, plain: list(core) == list(plain)[::-1]),
    "twiceNamed": says(lambda text: text.count(text[1:].partition(":")[0] + ":") > 1),
    "deep": holds("[" * 1000),
    "longNumber": holds("9" * 5000),
    "outOfRange": holds('"number":1e400'),
    "surrogate": holds('"text":"\\ud800"'),
    "inList": says(lambda text: len(json.loads(text)) == 1 and text.startswith("[{")),
    "nanLiteral": holds('"number":NaN'),
    "badEscape": holds('"text":"\\x41"'),
    "byteOrderMark": says(lambda text: text.startswith("\ufeff{")),
    "nulByte": says(lambda text: text.endswith("}\x00")),
    "twoDocuments": says(lambda text: text[: len(text) // 2] == text[len(text) // 2 :]),
    "empty": says(lambda text: text == ""),
    "timeBack": Case(moved, words={"ms": HOUR_MS}),
    "sameTime": carries(
        lambda core, plain: core["E"] % HOUR_MS == core["T"] % HOUR_MS == 0, ms=HOUR_MS
    ),
    "rewrapped": says(lambda text: set(json.loads(text)) == {"stream", "data"}),
    "absent": carries(lambda core, plain: '"BTCUSDT"' not in json.dumps(core)),
    "partial": carries(lambda core, plain: 0 < rows(core) < rows(plain)),
    "noRows": carries(lambda core, plain: rows(core) == 0 < rows(plain)),
    "doubled": carries(lambda core, plain: rows(core) == 2 * rows(plain)),
    "timeZero": carries(lambda core, plain: '"updateTime": 0' in json.dumps(core)),
}


def broken(met: Met) -> str:
    """The text that ended early, wherever it is."""
    return whole_body(met).decode() if met.layer == "rest" else met.said()


def key_of(met: Met) -> bool:
    return len(met.core()["listenKey"]) == 64

"""Whatever an endpoint answers, and for how long, the program stays small and in time."""

import itertools
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest

from binfut_cli.sandbox import Sandbox
from tests.support.endless import (
    BIG,
    Answer,
    framed,
    framing,
    repeating,
    replying,
    saying,
    serving,
    streaming,
)
from tests.support.program import PROJECT, command, environment

pytestmark = pytest.mark.slow  # real starts, because memory is the matter

MOST_MIB = 150
TIMEOUT_S = 2
START_S = 3.0  # for a start and an end, unless the computer is busier than that
MEASURED = (
    "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024; "
    "print(f'\\n{peak}', file=sys.stderr); sys.exit(done.returncode)"
)


@dataclass(frozen=True)
class Measured:
    status: int
    out: str
    err: str
    mib: int
    seconds: float


def measured(*arguments: str, sandbox: Sandbox) -> Measured:
    """Run the program; its greatest resident size, as its parent is told of it."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command(*arguments)],
        env=environment(sandbox), cwd=PROJECT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    err, _, peak = done.stderr.rstrip().rpartition("\n")
    return Measured(done.returncode, done.stdout, err, int(peak), time.monotonic() - start)


def holds(found: Measured, seconds: float = TIMEOUT_S) -> None:
    assert "Traceback" not in found.err, found.err
    assert found.mib < MOST_MIB
    assert found.seconds < seconds + START_S or found.seconds < seconds + 4 * a_start_s()


def a_start_s() -> float:
    """How long a start and an end take just now: on a busy computer, many times as long."""
    start = time.monotonic()
    subprocess.run(
        command("account", "status", "--env", "sandbox"),
        env=environment(), cwd=PROJECT, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return time.monotonic() - start


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ROW = b'{"symbol":"A","positionSide":"BOTH"},'


def listing(row: bytes, size: int = 8_000_000) -> bytes:
    return b"[" + row * (size // len(row)) + row.rstrip(b",") + b"]"


def body(data: Callable[[], bytes]) -> Answer:
    def answer(connection: socket.socket) -> None:
        made = data()
        saying(OK + b"Content-Length: %d\r\n\r\n" % len(made), made)(connection)

    return answer


def result(data: Callable[[], bytes]) -> Answer:
    return lambda connection: replying(data())(connection)


REST: dict[str, Answer] = {
    "a line of the head without end": repeating(OK + b"X: ", BIG),
    "lines of the head without end": repeating(OK, b"X: x\r\n" * 9000),
    "interim answers without end": repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 999),
    "a body without end": repeating(OK + b"\r\n", BIG),
    "a chunk's length without end": repeating(CHUNKED, b"0" * 65_536),
    "chunks without end": repeating(CHUNKED, b"10000\r\n" + BIG + b"\r\n"),
    "trailers without end": repeating(CHUNKED + b"0\r\n", b"X: x\r\n" * 9000),
    "ever more rows": body(lambda: listing(ROW)),
    "ever more values": body(lambda: listing(b"1.1,")),
    "deep nesting": body(lambda: b"[" * 4_000_000 + b"]" * 4_000_000),
}


@pytest.mark.parametrize("answer", REST.values(), ids=REST)
def test_of_rest(sandbox: Sandbox, answer: Answer) -> None:
    with serving(answer) as port:
        found = measured(
            "account", "orders", "--env", "sandbox", "--market", "usdm", "--ws-api-url",
            sandbox.ws_api["usdm"], "--rest-url", f"http://127.0.0.1:{port}", "--timeout",
            str(TIMEOUT_S), sandbox=sandbox,
        )  # fmt: skip
    assert found.status in (6, 7, 8, 11), (found.status, found.err)
    holds(found, 2 * TIMEOUT_S)  # the clock is asked for as well


def without_end(frame: bytes) -> Answer:
    return framing(itertools.repeat(frame))


UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
WS_API: dict[str, Answer] = {
    "a line of the head without end": repeating(UPGRADE + b"X: ", BIG),
    "lines of the head without end": repeating(UPGRADE, b"X: x\r\n" * 9000),
    "texts without end": without_end(framed(b"{}" * 20_000)),
    "fragments without end": framing(
        itertools.chain([framed(BIG, 1)], itertools.repeat(framed(BIG, 0)))
    ),
    "empty fragments without end": framing(
        itertools.chain([framed(b"", 1)], itertools.repeat(framed(b"", 0) * 9000))
    ),
    "pings without end": without_end(framed(b"x" * 125, 0x89) * 500),
    "pongs inside a fragment without end": framing(
        itertools.chain([framed(b"", 1)], itertools.repeat(framed(b"x" * 125, 0x8A) * 500))
    ),
    "a frame that is announced and trickles": framing(
        itertools.chain([b"\x81\x7f" + (8_000_000).to_bytes(8)], itertools.repeat(b"x"))
    ),
    "ever more rows": result(lambda: b'{"positions":%b,"assets":[]}' % listing(ROW)),
    "ever more values": result(lambda: b'{"positions":[],"assets":%b}' % listing(b"1.1,")),
    "deep nesting": result(lambda: b"[" * 3_900_000 + b"]" * 3_900_000),
}


@pytest.mark.parametrize("answer", WS_API.values(), ids=WS_API)
def test_of_the_ws_api(sandbox: Sandbox, answer: Answer) -> None:
    with serving(answer) as port:
        found = measured(
            "account", "status", "--env", "sandbox", "--market", "usdm", "--rest-url",
            sandbox.rest["usdm"], "--ws-api-url", f"ws://127.0.0.1:{port}", "--timeout",
            str(TIMEOUT_S), sandbox=sandbox,
        )  # fmt: skip
    assert found.status in (6, 8), (found.status, found.err)
    holds(found)


def event(number: int, name: str = "ACCOUNT_UPDATE", **more: object) -> bytes:
    return framed(json.dumps({"e": name, "E": number, "T": number, **more}).encode())


def balances(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        rows = [{"a": f"A{number}N{row}", "wb": "1", "cw": "1"} for row in range(100)]
        yield event(number, a={"B": rows})


def positions(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        rows = [{"s": f"S{number}N{row}", "pa": "1", "ep": "1"} for row in range(100)]
        yield event(number, a={"P": rows})


def fields(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        row = {f"f{number}n{field}": "x" * 60 for field in range(100)}
        yield event(number, a={"B": [{"a": "USDT", **row}]})


def values(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield event(number, a={"B": [{"a": "USDT", f"f{number % 50}": f"{number}" * 100_000}]})


def names(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield event(number, a={"B": [{"a": f"{number}" * 100_000}]})


def settings(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield event(number, "ACCOUNT_CONFIG_UPDATE", ac={"s": f"S{number}", "l": 1})


def orders(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        order = {"s": f"S{number}", "i": number, "X": "NEW", "x": "TRADE", "t": number}
        yield event(number, "ORDER_TRADE_UPDATE", o=order)


def reasons(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield event(number, a={"m": f"R{number}" * 100})


def kinds(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield event(number, f"E{number}" * 100, x="x" * 1000)


def listen_keys(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield event(number, "listenKeyExpired", listenKey=f"k{number}" * 10)
        time.sleep(0.1)


def unreadable(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield framed(b'{"e":"' + b"x" * (number % 99) + b"\n}" + b"{" * (number % 60))


def large(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield event(number, a={"B": [{"a": "USDT", "wb": f"{row}"} for row in range(60_000)]})


def deep(_: Iterator[int]) -> Iterator[bytes]:
    for depth in [*range(850, 1100), 50_000]:
        for shape in (
            b'{"e":"X","x":%b}',
            b'{"e":"ACCOUNT_UPDATE","a":{"B":[{"a":"USDT","wb":%b}]}}',
        ):
            yield framed(shape % (b"[" * depth + b"]" * depth))
            yield framed(shape % (b'{"x":' * depth + b"1" + b"}" * depth))


Made = Callable[[Iterator[int]], Iterable[bytes]]
STREAM: dict[str, Made] = {
    made.__name__: made
    for made in (
        balances, positions, fields, values, names, settings, orders, reasons, kinds, listen_keys,
        unreadable, large, deep,
    )
}  # fmt: skip
ANEW = {balances, positions, settings}
"""What makes more rows than are kept, and so a gap."""
WATCH_S = 5
NESTED = re.compile(r"\[{50}|(\{.x.:){50}")  # what the tests' own decoder may not bear


def watched(sandbox: Sandbox, made: Made, *more: str) -> None:
    with serving(streaming(lambda: made(itertools.count(1)))) as port:
        found = measured(
            "watch", "--env", "sandbox", "--market", "usdm", "--rest-url", sandbox.rest["usdm"],
            "--ws-api-url", sandbox.ws_api["usdm"], "--stream-url", f"ws://127.0.0.1:{port}",
            "--json", "--duration", f"{WATCH_S}s", *more, sandbox=sandbox,
        )  # fmt: skip
    assert found.status == 0, (found.status, found.err[-2000:])
    holds(found, WATCH_S + 3)  # the end is waited for
    lines = [line for line in found.out.splitlines() if not NESTED.search(line)]
    records = [json.loads(line) for line in lines]
    if made is not deep:
        assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert records[-1]["type"] == "stop"
    assert len(records[-1]["byReason"]) <= 65
    if made in ANEW:
        gap = next(record for record in records if record["type"] == "gap")
        assert (gap["cause"], gap["certainty"]) == ("audit", "certain")
        assert "more than is kept" in gap["reason"]


@pytest.mark.parametrize("made", STREAM.values(), ids=STREAM)
def test_of_a_stream(sandbox: Sandbox, made: Made) -> None:
    watched(sandbox, made)


@pytest.mark.parametrize("made", [balances, kinds, deep], ids=lambda made: made.__name__)
def test_of_two_streams(sandbox: Sandbox, made: Made) -> None:
    watched(sandbox, made, "--redundant")

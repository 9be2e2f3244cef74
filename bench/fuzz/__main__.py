"""Feed changed samples to everything that reads from outside; write how many, and what escaped.

    python -m bench.fuzz --seconds 60 --seed 1 [--write | --add]

`--add` counts what the page has of earlier runs, which had other seeds, with what this one feeds.

With atheris installed, `python -m bench.fuzz --atheris TARGET --seconds 3600` lets it lead the way
by coverage; what it finds on its way goes when it ends, and the samples stay few.
"""

import argparse
import faulthandler
import gc
import logging
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FunctionType

from bench.chaos.document import put, rows
from bench.fuzz.targets import TARGETS as WIRE
from bench.fuzz.targets import Target
from bench.fuzz.texts import TEXTS
from binfut_cli.endpoints import Market

LONGEST = 8192
STUCK_S = 60.0  # on no machine do 64 inputs take so long
"""Bytes of an input that atheris makes; all samples but the longest are far below."""
ODD = [
    *(b"", b"\x00", b"\xff", b"null", b"1e400", b"-0", b"NaN", b'"', b"{", b"}", b"[", b"]"),
    *(b"\\ud800", b"\x1b[2J", b"\xe2\x80\xae", b"9" * 400, b"[" * 400),
    *(b"\x81\x7f", b"\x88\x02"),
    b'{"e":"listenKeyExpired","E":1}',
    *(b'{"result":["key"],"id":1}', b'{"result":null,"id":null}'),
    b'{"id":"x","status":429,"error":{"code":-1003,"msg":"banned until 1659146400000"}}',
]
UPGRADE = (  # RFC 6455, section 1.3
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def _of_text(read: Callable[[str], None]) -> Target:
    """A target of what a shell or a file may hold: bytes that are no UTF-8 come as surrogates."""
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


TARGETS: Mapping[str, Target] = {
    **WIRE, **{name: _of_text(read) for name, (read, _) in TEXTS.items()}
}  # fmt: skip


def corpus(name: str) -> list[bytes]:
    """Samples: a text's own, lines of a watch, or those of the wire, bare and as frames."""
    if name in TEXTS:
        return [*(each.encode() for each in TEXTS[name][1]), *ODD]
    if name == "upgrades":
        return [UPGRADE, UPGRADE + b"Sec-WebSocket-Protocol: chat\r\n\r\n", *ODD]
    if name == "recordings":
        from tests.support.recordings import simulated

        return [*(line for market in Market for line in simulated(market)), *ODD]
    from tests.support.samples import FRAMES, body, encoded

    texts = [encoded(body(name)) for name in FRAMES]
    framed = [b"\x81\x7e" + len(text).to_bytes(2) + text for text in texts]
    return [*texts, *framed, *ODD]


def changed(samples: list[bytes], chance: random.Random) -> Iterator[bytes]:
    """Samples with bytes turned, cut, doubled, moved and replaced by odd ones."""
    while True:
        data = bytearray(chance.choice(samples))
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(data) + 1)
            end = min(len(data), place + chance.randrange(1, 9))
            match chance.randrange(4):
                case 0:
                    data[place:end] = chance.randbytes(end - place)
                case 1:
                    data[place:end] = chance.choice(ODD)
                case 2:
                    data[place:place] = data[place:end] * chance.randrange(1, 4)
                case 3:
                    other = chance.choice(samples)
                    start = chance.randrange(len(other) + 1)
                    data[place:end] = other[start : start + chance.randrange(1, 64)]
        yield bytes(data)


def run(name: str, seconds: float, seed: int) -> tuple[int, list[tuple[bytes, str]]]:
    """Feed the target for so long; how many inputs, and those that something escaped from.

    An input that never comes to an end ends the process, which says where it was stuck.
    """
    found: list[tuple[bytes, str]] = []
    end, count = time.monotonic() + seconds, 0
    for data in changed(corpus(name), random.Random(seed)):
        if count % 64 == 0:
            faulthandler.dump_traceback_later(STUCK_S, exit=True)
        try:
            TARGETS[name](data)
        except Exception as exc:
            found.append((data, repr(exc)))
        count += 1
        if count % 64 == 0 and (time.monotonic() >= end or len(found) > 10):
            break
    faulthandler.cancel_dump_traceback_later()
    return count, found


def led(name: str, seconds: float) -> None:
    """Let atheris feed a target, from the same samples, for so long; it ends the process."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    for each in gc.get_objects():
        if isinstance(each, FunctionType) and (each.__module__ or "").startswith("binfut_cli."):
            atheris.instrument_func(each)
    with tempfile.TemporaryDirectory() as samples:
        for number, data in enumerate(corpus(name)):
            Path(samples, str(number)).write_bytes(data)
        bounds = f"-max_total_time={seconds:.0f}", f"-max_len={LONGEST}", "-print_final_stats=1"
        atheris.Setup([sys.argv[0], samples, *bounds], TARGETS[name])
        atheris.Fuzz()


def earlier(table: str) -> Counter[str]:
    """How much each target was fed, as the page has it; none of what anything escaped from."""
    found = re.findall(r"`(\w+)`: inputs / escapes \| ([\d,]+) / 0 ", table)
    return Counter({name: int(count.replace(",", "")) for name, count in found})


def main() -> int:
    """Feed every target, print, and leave with 1 if anything escaped."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz")
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--atheris", choices=TARGETS, help="led by atheris, this one alone")
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    parser.add_argument("--add", action="store_true", help="to the figures that are there")
    options = parser.parse_args()
    if options.atheris:
        led(options.atheris, options.seconds)
    logging.disable()  # what a library says of each odd input
    fed, escapes = Counter[str](), Counter[str]()
    for name in TARGETS:
        fed[name], found = run(name, options.seconds, options.seed)
        escapes[name] = len(found)
        for data, what in found[:3]:
            print(name, data, what, file=sys.stderr)
    command = f"python -m bench.fuzz --seconds {options.seconds:g} --seed {options.seed}"
    print(rows(_figures(fed, escapes)))
    if options.add:
        put("fuzz", f"{command} --add", lambda page: rows(_figures(fed + earlier(page), escapes)))
    elif options.write:
        put("fuzz", f"{command} --write", rows(_figures(fed, escapes)))
    return int(escapes.total() > 0)


def _figures(fed: Counter[str], escapes: Counter[str]) -> dict[str, object]:
    each = {f"`{name}`: inputs / escapes": f"{fed[name]:,} / {escapes[name]}" for name in TARGETS}
    return {**each, "all": f"{fed.total():,} / {escapes.total()}"}


if __name__ == "__main__":
    sys.exit(main())

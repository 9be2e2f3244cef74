"""The real program as a process of its own, and what it printed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import msgspec

from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.records import BODIES, Record

Line = dict[str, Any]
_KINDS = {body.type: body for body in BODIES}
_HEAD = frozenset(("v", "type", "market", "env", "profile", "time", "run", "seq", "source"))


def environment(sandbox: Sandbox, home: str) -> dict[str, str]:
    """A clean environment with the key of the sandbox's first account."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BINFUT_", "BINANCE_"))}
    key = sandbox.accounts[0]
    found = {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "CACHE", "STATE")}
    found |= {"BINFUT_API_KEY": key.api_key, "BINFUT_API_SECRET": key.secret}
    return kept | found | {"BINFUT_ENV": "sandbox"}


def command(sandbox: Sandbox, market: str, *more: str) -> list[str]:
    """The command line of a watch of one market."""
    return [
        sys.executable, "-m", "binfut_cli", "watch", "--json", "--market", market,
        "--rest-url", sandbox.rest[market], "--ws-api-url", sandbox.ws_api[market],
        "--stream-url", sandbox.stream[market], "--no-key-check", *more,
    ]  # fmt: skip


def start(
    command: list[str], env: dict[str, str], stdout: Any = subprocess.PIPE
) -> "subprocess.Popen[bytes]":
    """Start it; what it says to people is thrown away."""
    return subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL
    )


def until(met: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; False if it is not met in so many seconds."""
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def records(lines: Iterable[Line]) -> list[Record]:
    """Printed lines as the records they were."""
    return [_record(line) for line in lines]


def _record(line: Line) -> Record:
    market = Market(line["market"]) if line["market"] else None
    row = {name: value for name, value in line.items() if name not in _HEAD}
    kind = _KINDS.get(line["type"])
    body = row if kind is None else msgspec.convert(row, kind)
    return Record(line["type"], market, line["time"], line["source"], body)


def parsed(data: bytes) -> tuple[list[Line], int]:
    """The lines that can be read, and how many cannot."""
    found, torn = [], 0
    for line in data.split(b"\n"):
        try:
            if line:
                found.append(json.loads(line))
        except ValueError:
            torn += 1
    return found, torn


def holes(lines: Iterable[Line]) -> int:
    """How many times a run's numbers do not go on by one, or do not begin at 1."""
    runs: dict[str, list[int]] = {}
    for line in lines:
        runs.setdefault(line["run"], [0]).append(line["seq"])
    return sum(after != before + 1 for seqs in runs.values() for before, after in pairwise(seqs))

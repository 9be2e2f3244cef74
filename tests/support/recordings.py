"""Recordings for tests: lines as a watch writes them, and a whole one of the simulated exchange."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render.documents import Lines
from binfut_cli.stream.records import Record
from tests.support.simulation import Simulation

SCOPE = Scope(Env.SANDBOX, "one-way")
LASTS_S = 700.0


def line(seq: int, type_: str = "heartbeat", **body: Any) -> bytes:
    """One line as a watch writes it; what is given takes the place of the envelope's own."""
    head = {
        "v": 1, "type": type_, "market": "usdm", "env": "sandbox", "profile": "one-way",
        "time": 1_791_000_000_000 + seq * 1000, "run": "a1", "seq": seq, "source": "watch",
    }  # fmt: skip
    return json.dumps({**head, **body}, separators=(",", ":")).encode() + b"\n"


def written(path: Path, lines: Iterable[bytes]) -> str:
    """A file of these lines, by its name."""
    path.write_bytes(b"".join(lines))
    return str(path)


@cache
def simulated(market: Market = Market.USDM, run: str = "a1") -> tuple[bytes, ...]:
    """The lines of a watch of some minutes, in which a stream breaks for a while."""
    found: list[Record] = []
    sim = Simulation(market, 3, every_s=60.0, told=found.append)
    _happen(sim, 20, sim.happen)
    sim.at(300, lambda: setattr(sim, "cut", True))
    sim.at(350, lambda: setattr(sim, "cut", False))
    sim.run(LASTS_S)
    lines = Lines(SCOPE, run)
    return tuple(map(lines.line, found))


def _happen(sim: Simulation, every_s: float, do: Callable[[], object]) -> None:
    second = 5.0
    while second < LASTS_S - 100:
        sim.at(second, do)
        second += every_s

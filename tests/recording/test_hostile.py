"""Recordings that somebody has edited: nothing raises, and what is wrong is said."""

import json
import os
import random
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Market
from binfut_cli.recording.moments.differences import as_events, rows
from binfut_cli.recording.moments.index import Index
from binfut_cli.recording.moments.moment import at
from binfut_cli.recording.reader import Recording
from binfut_cli.recording.recorded import record
from binfut_cli.recording.summary.summary import Summary
from binfut_cli.stream.state import State
from tests.support.recordings import simulated
from tests.support.simulation import EPOCH_MS

ODD: list[Any] = [
    *(None, True, 0, -1, 10**30, 1e400, "", "x", "NaN", "Infinity", "9e99", "\u202e", [], {}),
    *([None], [[]], [{}], {"a": {}}, "0" * 500),
]


@cache
def recorded() -> list[Any]:
    return [json.loads(each) for each in simulated(Market.USDM)]


def bent(value: Any, chance: random.Random) -> Any:
    """A value with one thing in it that is otherwise."""
    if chance.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return chance.choice(ODD)
    found: Any = value.copy()
    place = chance.choice(list(found) if isinstance(found, dict) else range(len(found)))
    if chance.random() < 0.15:
        del found[place]
    else:
        found[place] = bent(found[place], chance)
    return found


def read(name: str, chance: random.Random) -> int:
    """All that is done with recordings; return how much was found wrong."""
    recording, summary = Recording([name]), Summary()
    for line in recording:
        try:
            summary.take(line.record, line.data)
            record(line.record, line.data)
        except Unreadable:
            continue
    for account in summary.accounts.values():
        account.result()
    index = Index(worthwhile=0, lead=100)
    states = []
    for _ in range(3):
        found = at([name], EPOCH_MS + chance.randrange(800_000), index)
        states += [State(each.document) for each in found.accounts if each.document is not None]
    for old in states:
        rows(old, states[-1])
        as_events(old, states[-1])
    return recording.findings.number


@settings(max_examples=settings.default.max_examples // 4)  # type: ignore[union-attr]
@given(seed=st.integers(0, 2**32))
def test_odd_values(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    chance = random.Random(seed)
    lines = list(recorded())
    for _ in range(8):
        place = chance.randrange(len(lines))
        lines[place] = bent(lines[place], chance)
    name = tmp_path_factory.getbasetemp() / "odd.ndjson"
    name.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    read(str(name), chance)


@settings(max_examples=settings.default.max_examples // 4)  # type: ignore[union-attr]
@given(seed=st.integers(0, 2**32))
def test_odd_bytes(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    chance = random.Random(seed)
    data = bytearray(b"".join(simulated(Market.USDM)))
    for _ in range(10):
        place = chance.randrange(len(data))
        data[place : place + chance.choice((0, 1, 900))] = chance.randbytes(
            chance.choice((0, 1, 40))
        )
    name = tmp_path_factory.getbasetemp() / "bytes.ndjson"
    name.write_bytes(data)
    assert read(str(name), chance) > 0 or os.path.getsize(name) > 0

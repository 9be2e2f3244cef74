"""An engine in trouble, over and over: its streams have what the file beside them has."""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.recording.broker.names import EntryId
from tests.support.program import Watching, environment
from tests.support.redis_server import RedisServer, served
from tests.support.streams import COINM, USDM, stream

pytestmark = pytest.mark.slow
ROUNDS = 12


def disturbed(server: RedisServer, chance: random.Random) -> None:
    """One thing that happens to an engine."""
    match chance.choice(["kill", "freeze", "cut", "read only", "no memory"]):
        case "kill":
            server.kill()
            time.sleep(chance.random())
            server.start()
        case "freeze":
            server.freeze(chance.choice((0.5, 6.5)))
        case "cut":
            with server.client() as client:
                for each in client.client_list(_type="normal")[:-1]:
                    client.client_kill_filter(_id=each["id"])
        case "read only":
            said(server, "REPLICAOF 127.0.0.1 1", chance, "REPLICAOF NO ONE")
        case "no memory":
            said(server, "CONFIG SET maxmemory 1mb", chance, "CONFIG SET maxmemory 0")


def said(server: RedisServer, first: str, chance: random.Random, then: str) -> None:
    with server.client() as client:
        client.execute_command(first)
        time.sleep(chance.random())
        client.execute_command(then)


def bodies(records: list[dict[str, Any]], market: str) -> list[dict[str, Any]]:
    own = [each for each in records if each["market"] in (market, None)]
    return [{name: each[name] for name in each if name != "seq"} for each in own]


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_and_nothing_is_twice(tmp_path: Path, seed: int) -> None:
    path, chance = tmp_path / "day.ndjson", random.Random(seed)
    with served(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server:
        options = ["--env=sandbox", "--market=all", "--speed=300", "--to", server.url]
        shown = ["--record", str(path), "--events=strategy"]  # next to nothing: nobody reads it
        with Watching(*options, *shown, env=environment()) as watching:
            while not (stream(server) and stream(server, COINM)):
                time.sleep(0.05)
            for _ in range(ROUNDS):
                time.sleep(chance.random())
                disturbed(server, chance)
            time.sleep(6)
            watching.process.terminate()
            assert watching.process.wait(20) == 143
        whole = [json.loads(line) for line in path.read_text().splitlines()]
        for name, market in ((USDM, "usdm"), (COINM, "coinm")):
            found = stream(server, name)
            ids = [EntryId.of(each.encode()) for each, _ in found]
            assert ids == [EntryId(1, n + 1) for n in range(len(found))]
            records = [json.loads(record) for _, record in found[1:]]
            assert bodies(records, market) == bodies(whole, market)
    assert len(whole) > 1000

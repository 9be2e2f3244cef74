"""`binfut follow`: what watches wrote, as they showed it, and what is missing among it."""

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.recording.broker.outbox import Entry
from tests.support.process import Process
from tests.support.program import Ended, binfut, environment
from tests.support.redis_server import RedisServer
from tests.support.streams import COINM, USDM, claimed, entries, record, stream
from tests.support.terminal import Terminal


def followed(server: RedisServer, *arguments: str) -> Ended:
    return binfut("follow", server.url, "--from-beginning", "--duration", "0.1s", *arguments)


def test_it_shows_what_a_replay_of_the_same_shows(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    path = str(tmp_path / "day.ndjson")
    watch = ["watch", "--env", "sandbox", "--speed", "200", "--duration", "0.5s", "-q"]
    assert binfut(*watch, "--record", path, "--to", redis_server.url).status == 0
    done = followed(redis_server)
    assert (done.status, done.out) == (0, binfut("replay", path).out)
    lines = followed(redis_server, "--json").out.splitlines()
    assert [line.encode() for line in lines] == [line for _, line in stream(redis_server)]


def test_what_is_missing_is_told_and_leaves_8(redis_server: RedisServer) -> None:
    claimed(redis_server).append(entries(2, 9))
    claimed(redis_server).append(entries(2, 3))
    with redis_server.client() as client:
        client.xdel(USDM, "1-4", "1-5", "2-1")
        client.xadd(USDM, {"price": "1"}, id="2-4")
        client.xadd(USDM, {"record": record(7)}, id="2-5")
    done = followed(redis_server, "--json")
    assert done.status == 8
    assert len(done.out.splitlines()) == 10
    assert f"{USDM} 1-6: 2 records are missing before it" in done.err
    assert f"{USDM} 2-2: 1 record is missing before it" in done.err
    assert f"{USDM} 2-4: not a record" in done.err
    assert f"{USDM} 2-5: its record says seq 7" in done.err


def test_of_several_streams_each_says_which_watch_begins_and_an_end_is_told_once(
    redis_server: RedisServer,
) -> None:
    stop: dict[str, Any] = {"reason": "x", "events": 0, "gaps": 0, "byReason": {}}
    for epoch, run in ((1, "a1"), (2, "b2")):
        head: dict[str, Any] = {"run": run, "time": 1_791_000_000_000 + epoch}
        store = claimed(redis_server, USDM, COINM, **head)
        end = record(2, "stop", market=None, **head, **stop)
        store.append([Entry(place, 2, end) for place in (0, 1)])
    done = followed(redis_server)
    assert done.status == 0
    assert done.err.count("STOP") == 2
    for market in ("usdm", "coinm"):
        assert f"binfut: another watch of {market} one-way begins" in done.err


def test_the_ends_of_several_accounts_are_told_once_each(redis_server: RedisServer) -> None:
    """Their streams are read together, so that those of one account do not follow each other."""
    stop: dict[str, Any] = {"reason": "x", "events": 0, "gaps": 0, "byReason": {}}
    for name in ("one-way", "hedge"):
        streams = [each.replace("one-way", name) for each in (USDM, COINM)]
        store = claimed(redis_server, *streams, profile=name)
        end = record(2, "stop", market=None, profile=name, time=1_791_000_002_000, **stop)
        store.append([Entry(place, 2, end) for place in (0, 1)])
    done = followed(redis_server)
    assert done.err.count("STOP") == 2
    assert done.err.count("one-way") == done.err.count("hedge") == 1


def test_profiles_may_be_patterns_as_in_a_watch(redis_server: RedisServer) -> None:
    for name in ("sub-1", "sub-2", "main"):
        claimed(redis_server, USDM.replace("one-way", name), profile=name)
    for pattern, count in (("sub-*", 2), ("sub-?", 2), ("main", 1), ("sub-[13]", 1), ("x*", 0)):
        assert len(followed(redis_server, "--json", "-p", pattern).out.splitlines()) == count
    assert len(followed(redis_server, "--json", "-p", "*1", "-p", "main").out.splitlines()) == 2


def test_from_now_until_a_signal_and_over_a_restart(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    store.append(entries(2, 3))
    arguments = ["follow", redis_server.url, "--json"]
    out, err = subprocess.PIPE, subprocess.PIPE
    with Process(*arguments, env=environment(), stdout=out, stderr=err) as process:
        assert process.stdout is not None
        written = 3
        with redis_server.client() as client:
            while len(client.client_list(_type="normal")) < 2 + (store._client is not None):
                pass
            while not any(each["cmd"] == "xread" for each in client.client_list()):
                pass
        store.append(entries(written + 1, written + 1))
        assert b'"seq":4' in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=10)
    assert (process.returncode, said) == (130, (b"", b""))


def test_a_group_shares_and_goes_on_where_it_was(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    store.append(entries(2, 5))
    first = followed(redis_server, "--json", "--group", "ledger")
    store.append(entries(6, 7))
    second = followed(redis_server, "--json", "--group", "ledger")
    assert (first.status, len(first.out.splitlines())) == (0, 5)
    assert (second.status, len(second.out.splitlines())) == (0, 2)


def test_what_is_beyond_a_limit_is_left_to_others_of_the_group(redis_server: RedisServer) -> None:
    told: dict[str, Any] = {"event": "X", "eventTime": 1, "transactionTime": 1}
    claimed(redis_server).append([Entry(0, n, record(n, "event", **told)) for n in range(2, 7)])
    done = followed(redis_server, "--json", "--group", "ledger", "--limit", "2")
    assert (done.status, len(done.out.splitlines())) == (0, 3)
    with redis_server.client() as client:
        assert client.xpending(USDM, "ledger")["pending"] == 3


@pytest.mark.slow
def test_on_a_screen_the_accounts_are_as_they_were_told_last(redis_server: RedisServer) -> None:
    watch = ["watch", "--env=sandbox", "--speed=100", "--duration=1s", "-q"]
    assert binfut(*watch, "--to", redis_server.url).status == 0
    with Terminal("follow", redis_server.url, "--live", columns=100) as terminal:
        terminal.until("BTCUSDT")
        terminal.type(b"q")
        assert "Traceback" not in terminal.rest()
        assert terminal.process.wait(10) == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["redis://127.0.0.1:1"], 6, "cannot be reached"),
        (["redis://x:hunter2@h"], 3, "has a password"),
        (["redis://h", "--from-beginning", "--at", "2026-11-20"], 2, "both given"),
        (["redis://h", "--live", "--group", "x"], 2, "as they are now"),
        (["redis://h", "--take-over", "5s"], 2, "--take-over is of --group"),
        (["redis://h", "--group", ""], 2, "name of --group is empty"),
    ],
)
def test_what_cannot_be(arguments: list[str], status: int, said: str) -> None:
    done = binfut("follow", *arguments)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert "hunter2" not in done.err

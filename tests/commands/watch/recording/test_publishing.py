"""`watch --to`: what is shown stands in the streams, too, whatever the engine does meanwhile."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.auth.redaction import Redactor
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.recording import publishing as publishing_module
from binfut_cli.commands.watch.recording.engines import destination
from binfut_cli.commands.watch.recording.published import Published, Taken, claimed
from binfut_cli.commands.watch.recording.publishing import Publishing
from binfut_cli.commands.watch.recording.recording import known_before
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import ConfigError, UsageError
from binfut_cli.recording.broker import reading
from binfut_cli.recording.broker.names import EntryId
from binfut_cli.recording.broker.outbox import Outbox
from binfut_cli.recording.broker.publisher import Publisher
from binfut_cli.recording.broker.store import Destination
from binfut_cli.render.documents import Bodies
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.state import State
from tests.support.program import Watching, account, at, binfut, environment, place
from tests.support.redis_server import RedisServer, served
from tests.support.streams import COINM, USDM, engine, ids, stream

SCOPE = Scope(Env.SANDBOX, "one-way")
LANE = Lane(Market.USDM, SCOPE)
FILE = "day.ndjson"
DEPOSIT = {"action": "deposit", "asset": "USDT", "amount": "1"}


def records(server: RedisServer, name: str = USDM) -> list[dict[str, Any]]:
    return [json.loads(record) for _, record in stream(server, name)]


def bodies(records: list[dict[str, Any]], market: str) -> list[dict[str, Any]]:
    """What records of a market say, but for their numbers."""
    own = [each for each in records if each["market"] in (market, None)]
    return [{name: each[name] for name in each if name != "seq"} for each in own]


def test_the_streams_have_what_json_prints(redis_server: RedisServer, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    done = binfut("watch", "--env=sandbox", "--market=all", "--speed=100", "--json",
                  "--duration=0.5s", "--to", redis_server.url, "--record", str(path))  # fmt: skip
    assert (done.status, done.out) == (0, path.read_text())
    shown = [json.loads(line) for line in done.out.splitlines()]
    for name, market in ((USDM, "usdm"), (COINM, "coinm")):
        first, *found = records(redis_server, name)
        assert (first["type"], first["number"]) == ("segment", 1)
        assert bodies(found, market) == bodies(shown, market)
        assert ids(redis_server, name) == [f"1-{n + 1}" for n in range(len(found) + 1)]
        assert [each["seq"] for each in (first, *found)] == [*range(1, len(found) + 2)]


@pytest.mark.slow
def test_an_engine_that_is_away_stops_no_watch(sandbox: Sandbox, tmp_path: Path) -> None:
    options = [*at(sandbox), "--stream-url", sandbox.stream[Market.USDM]]
    with served(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server:
        options += ["--to", server.url, "--json", "--limit", "2"]
        with Watching(*options, env=environment(sandbox)) as watching:
            while '"status":"LIVE"' not in watching.line():
                pass
            server.kill()
            sandbox.act(DEPOSIT)
            while '"type":"event"' not in watching.line():
                pass
            server.start()
            sandbox.act(DEPOSIT)
            assert watching.process.wait(20) == 0
            assert watching.process.stderr is not None
            said = watching.process.stderr.read().decode()
        found = [json.loads(record) for _, record in stream(server, "binfut:{sandbox}:usdm")]
    assert [each["type"] for each in found].count("event") == 2
    assert [each["seq"] for each in found] == [*range(1, len(found) + 1)]
    assert found[-1]["type"] == "stop"
    assert '"kind":"network"' in said


@pytest.mark.slow
def test_what_is_not_written_at_the_end_is_told_though_a_signal_gives_it_little_time(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    options = [*at(sandbox), "--stream-url", sandbox.stream[Market.USDM]]
    with served(tmp_path) as server:
        options += ["--to", server.url]
        with Watching(*options, "--json", env=environment(sandbox)) as watching:
            while '"status":"LIVE"' not in watching.line():
                pass
            server.kill()
            watching.process.terminate()
            assert watching.process.wait(10) == 143
            assert watching.process.stderr is not None
            assert b"were not written" in watching.process.stderr.read()


def test_what_finds_no_room_is_a_certain_gap(sandbox: Sandbox, tmp_path: Path) -> None:
    with served(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server:
        streams = taken_over(server)
        streams.publisher = Publisher(streams.publisher._store, Outbox(memory=30_000, disk=0))
        asked = threading.Event()
        lane = [(account(sandbox, scope=SCOPE), place(sandbox, Market.USDM))]
        with Engine(lane, Setup(ending=asked)) as engine:
            publishing = Publishing(Context(quiet=True), engine, streams, streams_bodies)
            run = engine.run()

            def go_on(until: str) -> None:
                end = time.monotonic() + 10
                for brought in run:
                    publishing.observe(brought)
                    if until in {each.type for each in brought}:
                        return
                    assert time.monotonic() < end

            go_on("snapshot")
            sandbox_acts(sandbox, go_on)
            server.kill()
            while publishing._pause is None:
                sandbox_acts(sandbox, go_on)
            server.start()
            while publishing._pause is not None:
                publishing.observe(next(run))
            sandbox_acts(sandbox, go_on)
            publishing.close()
            asked.set()
        found = records(server)
    gap = next(each for each in found if each["type"] == "gap")
    assert (gap["cause"], gap["certainty"]) == ("recording", "certain")
    after = found[found.index(gap) + 1 :]
    assert [each["type"] for each in after] == ["snapshot", "heartbeat", "event"]
    wallet = next(each for each in after[0]["assets"] if each["asset"] == "USDT")
    assert after[2]["balances"][0]["previous"]["walletBalance"] == wallet["walletBalance"]


def test_a_long_stream_tells_anew_what_is_known_so_that_it_is_soon_taken_over(
    sandbox: Sandbox, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing_module, "REACH", 4)
    streams, asked = taken_over(redis_server), threading.Event()
    lane = [(account(sandbox, scope=SCOPE), place(sandbox, Market.USDM))]
    with Engine(lane, Setup(ending=asked)) as watching:
        publishing = Publishing(Context(quiet=True), watching, streams, streams_bodies)
        events = 0
        for brought in watching.run():
            publishing.observe(brought)
            types = {each.type for each in brought}
            events += "event" in types
            if types & {"snapshot", "event"} and events < 9:
                sandbox.act(DEPOSIT)
            elif events == 9:
                break
        known = watching.known()[LANE]
        publishing.close()
        asked.set()
    found = records(redis_server)
    assert [each["seq"] for each in found] == [*range(1, len(found) + 1)]
    own = [n for n, each in enumerate(found) if each["type"] == "snapshot"]
    assert len(own) > 2
    assert all(after - before <= 4 + 2 for before, after in pairwise(own))
    assert [found[n]["source"] for n in own] == ["snapshot", *["watch"] * (len(own) - 1)]
    assert {found[n + 1]["type"] for n in own[1:]} == {"heartbeat"}
    monkeypatch.setattr(reading, "MOST", 3)  # the subscription is further back
    store = Destination(engine(redis_server.url)).store([USDM])
    assert len([*store.told(0)]) <= 8
    after = taken_over(redis_server).known[LANE]
    assert wallets(after) == wallets(known)
    assert after.state.positions.keys() == known.state.positions.keys()


def wallets(known: KnownAccount) -> dict[str, str]:
    return {asset: row["walletBalance"] for asset, row in known.state.balances.items()}


streams_bodies = Bodies(Redactor().clean)


def test_a_bug_of_the_thread_that_writes_is_seen_once(redis_server: RedisServer) -> None:
    streams = taken_over(redis_server)
    with Engine([], Setup()) as engine:
        publishing = Publishing(Context(quiet=True), engine, streams, streams_bodies)
        streams.publisher.fault = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            publishing.observe([])
        publishing.observe([])
        publishing.close()


def taken_over(server: RedisServer) -> Published:
    """The stream of an account, taken over."""
    return claimed(
        Context(quiet=True), Destination(engine(server.url)), [LANE], "a1", streams_bodies
    )


def sandbox_acts(sandbox: Sandbox, go_on: Callable[[str], None]) -> None:
    """Let something happen, and go on until it is told."""
    sandbox.act(DEPOSIT)
    go_on("event")


def test_a_stream_that_finds_no_room_to_begin_has_no_place(redis_server: RedisServer) -> None:
    to = destination(Context(), redis_server.url, None, None, 0, 5.0)
    store, own = to.store([]), Bodies(Redactor().clean)
    found = Published("x", "a1", Publisher(store, Outbox(0, 0)), {}, 0)
    other = Lane(Market.COINM, SCOPE)
    assert not found.add(LANE, own)
    assert not found.have(Taken(LANE, EntryId(3, 1), None), own)
    assert (found.places, found.lines) == ({}, {})
    found.publisher.outbox = Outbox()
    assert found.have(Taken(other, EntryId(3, 1), None), own)
    assert found.add(LANE, own)
    assert found.places == {other: 0, LANE: 1}
    store.append(found.publisher.outbox.take(2, 0.0))
    store.disconnect()
    assert ids(redis_server, USDM) == ["1-1"]


def test_a_watch_goes_on_from_what_the_stream_tells(
    sandbox: Sandbox, redis_server: RedisServer
) -> None:
    """It is killed, something happens, and another begins: maybe elsewhere, without a file."""
    options = [*at(sandbox), "--stream-url", sandbox.stream[Market.USDM], "--json"]
    options += ["--to", redis_server.url]
    with Watching(*options, env=environment(sandbox)) as first:
        while '"status":"LIVE"' not in first.line():
            pass
        sandbox.act(DEPOSIT)
        while '"type":"event"' not in first.line():
            pass
        name = "binfut:{sandbox}:usdm"
        while json.loads(stream(redis_server, name)[-1][1])["type"] != "event":
            pass
        first.process.kill()
    sandbox.act(DEPOSIT)
    done = binfut("watch", *options, "--duration", "0.5s", env=environment(sandbox))
    assert done.status == 0
    told = records(redis_server, name)
    second = next(n for n, each in enumerate(told) if n and each["type"] == "segment")
    assert told[second]["previousRun"] == told[0]["run"]
    gap = next(each for each in told if each["type"] == "gap")
    assert gap["cause"] == "restart"
    assert told[0]["time"] - 1000 <= gap["from"] <= told[second]["time"] <= gap["to"]
    changed = next(each for each in told if each["type"] == "resync")
    event = next(each for each in told if each["type"] == "event")
    assert changed["before"] == event["balances"][0]["walletBalance"]
    assert float(changed["after"]) == float(changed["before"]) + 1


def test_an_account_that_comes_later_has_a_stream_of_its_own(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    names = tmp_path / "names"
    names.write_text("one-way\n")
    options = ["--env=sandbox", "--profiles", str(names), "--json", "--to", redis_server.url]
    with Watching(*options, env=environment()) as watching:
        while '"status":"LIVE"' not in watching.line():
            pass
        names.write_text("one-way\nhedge\n")
        watching.process.send_signal(signal.SIGHUP)
        while not ('"status":"LIVE"' in (line := watching.line()) and '"hedge"' in line):
            assert line
        watching.process.terminate()
        assert watching.process.wait(10) == 143
    for name in (USDM, "binfut:{sandbox/hedge}:usdm"):
        found = records(redis_server, name)
        assert [found[0]["type"], found[-1]["type"]] == ["segment", "stop"]
        assert ids(redis_server, name) == [f"1-{each['seq']}" for each in found]
        assert {each["profile"] for each in found} == {found[0]["profile"]}


def test_a_watch_that_another_has_replaced_ends(
    sandbox: Sandbox, redis_server: RedisServer
) -> None:
    options = [*at(sandbox), "--stream-url", sandbox.stream[Market.USDM], "--json"]
    options += ["--to", redis_server.url]
    with Watching(*options, env=environment(sandbox)) as older:
        while '"status":"LIVE"' not in older.line():
            pass
        done = binfut("watch", *options, "--duration", "0.3s", env=environment(sandbox))
        assert done.status == 0
        sandbox.act(DEPOSIT)
        assert older.process.wait(10) == 3
        assert older.process.stderr is not None
        assert b"Others write to" in older.process.stderr.read()
    found = ids(redis_server, "binfut:{sandbox}:usdm")
    assert found.index("2-1") == len([each for each in found if each.startswith("1-")])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--to", "redis://me:hunter2@127.0.0.1"], 3, "has a password in it"),
        (["--to", "http://127.0.0.1", "--record", FILE], 3, "is not the address of a Redis"),
        (["--to", ""], 3, "is not the address of a Redis"),
        (["--share", "desk"], 2, "are of --to"),
        (["--share", "my desk", "--to", "redis://127.0.0.1"], 2, "is not a name"),
        (["--share", "desk", "--to", "redis://127.0.0.1", "--record", FILE], 2, "has no file"),
        (["--to", "redis://127.0.0.1:1"], 6, "cannot be reached"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_watched_or_written(
    arguments: list[str], status: int, said: str, tmp_path: Path
) -> None:
    given = [str(tmp_path / each) if each == FILE else each for each in arguments]
    done = binfut("watch", "--env", "sandbox", *given)
    assert not [*tmp_path.iterdir()]
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert "hint:" in done.err
    assert "hunter2" not in done.err


@pytest.mark.parametrize(
    ("url", "most", "least", "replicas", "said"),
    [
        (None, 1, None, 0, "are of --to"),
        ("redis://h", 1, "1-1", 0, "both given"),
        ("redis://h", None, "yesterday", 0, "not an entry's id"),
        ("redis+cluster://h", None, None, 1, "not of a Cluster"),
    ],
)
def test_options_that_make_no_sense(
    url: str | None, most: int | None, least: str | None, replicas: int, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        destination(Context(), url, most, least, replicas, 5.0)


def test_of_a_file_and_a_stream_what_was_proven_earlier_counts(redis_server: RedisServer) -> None:
    earlier, later = (
        KnownAccount({}, 5, State({"assets": (), "positions": ()}), {}, proven_ms)
        for proven_ms in (1000, 2000)
    )
    other = LANE._replace(market=Market.COINM)
    streams = taken_over(redis_server)
    streams.known = {LANE: later, other: later}
    assert known_before({LANE: earlier}, streams) == {LANE: earlier, other: later}
    streams.known = {LANE: earlier}
    assert known_before({LANE: later}, streams) == {LANE: earlier}
    assert known_before({LANE: later}, None) == {LANE: later}


def test_without_redis_py_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "binfut_cli.recording.broker.connection", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        destination(Context(), "redis://h", None, None, 0, 5.0)
    assert "pip install 'binfut[redis]'" in caught.value.hint


def test_two_accounts_do_not_share_a_stream(redis_server: RedisServer) -> None:
    lanes = [Lane(Market.USDM), LANE._replace(scope=Scope(Env.SANDBOX, None))]
    where = Destination(engine(redis_server.url))
    with pytest.raises(UsageError, match="one stream"):
        claimed(Context(), where, lanes, "a1", Bodies(bytes))

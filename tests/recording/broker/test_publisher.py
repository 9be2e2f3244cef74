"""The thread that writes: an engine may be away, and what waited follows in order."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from binfut_cli.errors import AuthError, NetworkError, OutputError
from binfut_cli.recording.broker.failures import StrangeStream
from binfut_cli.recording.broker.outbox import Entry, Outbox
from binfut_cli.recording.broker.publisher import Publisher
from binfut_cli.recording.broker.store import StreamStore
from tests.support.redis_server import RedisServer, served
from tests.support.streams import COINM, USDM, claimed, entries, ids


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def publishing(store: StreamStore, outbox: Outbox | None = None) -> Publisher:
    publisher = Publisher(store, outbox or Outbox())
    publisher.start()
    return publisher


def put(publisher: Publisher, some: list[Entry]) -> None:
    assert all(map(publisher.outbox.put, some))


def test_all_is_written_before_the_end(redis_server: RedisServer) -> None:
    publisher = publishing(claimed(redis_server))
    put(publisher, entries(2, 3000))
    publisher.close()
    assert ids(redis_server) == [f"1-{n}" for n in range(1, 3001)]
    assert (publisher.unwritten, [*publisher.troubles]) == (0, [])


def test_what_waited_while_the_engine_was_away_follows_in_order(tmp_path: Path) -> None:
    """It is killed, and comes back with what its log has; some of what waits is on the disk."""
    with served(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server:
        publisher = publishing(claimed(server), Outbox(memory=1000))
        put(publisher, entries(2, 10))
        until(lambda: len(ids(server)) == 10)
        server.kill()
        put(publisher, entries(11, 100))
        until(lambda: publisher.troubles)
        put(publisher, entries(101, 200))
        server.start()
        until(lambda: len(publisher.troubles) > 1)
        publisher.close()
        assert ids(server) == [f"1-{n}" for n in range(1, 201)]
        first, second = publisher.troubles
        assert isinstance(first, NetworkError)
        assert second is None
        assert publisher.unwritten == 0


def test_the_end_does_not_wait_for_ever_and_says_what_was_not_written(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        publisher = publishing(claimed(server))
        server.kill()
        put(publisher, entries(2, 2500))
        until(lambda: publisher.troubles)
        publisher.close(0.05)
        assert publisher.unwritten == 2499
        server.start()


def test_what_is_being_written_at_the_end_counts_as_not_written(redis_server: RedisServer) -> None:
    publisher = publishing(claimed(redis_server))
    redis_server.process.send_signal(signal.SIGSTOP)
    put(publisher, entries(2, 2500))
    publisher.close(0.05)
    redis_server.process.send_signal(signal.SIGCONT)
    assert publisher.unwritten == 2499


def test_a_bug_that_ends_the_thread_is_handed_over(redis_server: RedisServer) -> None:
    publisher = publishing(claimed(redis_server))
    put(publisher, [Entry(99, 1, b"of no stream"), *entries(2, 5)])
    until(lambda: publisher.fault)
    publisher.close()
    assert isinstance(publisher.fault, IndexError)
    assert publisher.unwritten == 5


def test_a_watch_that_another_has_replaced_writes_nothing(redis_server: RedisServer) -> None:
    publisher = publishing(claimed(redis_server))
    claimed(redis_server)
    put(publisher, entries(2, 5))
    until(lambda: publisher.replaced)
    put(publisher, entries(6, 9))
    publisher.close()
    assert ids(redis_server) == ["1-1", "2-1"]
    assert publisher.unwritten == 0


def test_one_that_has_its_stream_again_writes_again(redis_server: RedisServer) -> None:
    publisher = publishing(claimed(redis_server))
    claimed(redis_server)
    put(publisher, entries(2, 5))
    until(lambda: publisher.replaced)
    claimed(redis_server)  # for us
    put(publisher, [*entries(6, 6), Entry(0, 0, b"3-1"), *entries(2, 3)])
    until(lambda: not publisher.replaced)
    publisher.close()
    assert ids(redis_server) == ["1-1", "2-1", "3-1", "3-2", "3-3"]


def test_what_somebody_deletes_is_noticed(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binfut_cli.recording.broker.publisher.LOOK_S", 0)
    publisher = publishing(claimed(redis_server))
    with redis_server.client() as client:
        client.delete(USDM)
    until(lambda: publisher.lost)
    publisher.close()
    assert [*publisher.lost] == [(0, 0)]


def test_each_kind_of_failure_is_told_once_until_all_goes_well(redis_server: RedisServer) -> None:
    publisher = publishing(claimed(redis_server))
    with redis_server.client() as client:
        client.config_set("maxmemory", "1mb")
        put(publisher, entries(2, 5))
        until(lambda: publisher.troubles)
        client.execute_command("ACL SETUSER default -xadd")
        until(lambda: len(publisher.troubles) > 1)
        client.execute_command("ACL SETUSER default +@all")
        client.config_set("maxmemory", 0)
    until(lambda: len(publisher.troubles) > 2)
    publisher.close()
    full, refused, goes_on = publisher.troubles
    assert isinstance(full, OutputError)
    assert isinstance(refused, AuthError)
    assert "pipeline" not in refused.message  # the words are the engine's
    assert goes_on is None


@pytest.mark.parametrize("is_renamed", [False, True])
def test_what_another_program_puts_in_the_place_of_a_stream_hinders_no_other(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, is_renamed: bool
) -> None:
    """It is told once; once it is away, it is told since when the stream lacks something."""
    monkeypatch.setattr("binfut_cli.recording.broker.publisher.STRANGE_S", 0)
    publisher = publishing(claimed(redis_server, USDM, COINM))
    put(publisher, entries(2, 3, time=1_700_000_000_000))
    until(lambda: len(ids(redis_server)) == 3)
    with redis_server.client() as client:
        client.rename(USDM, "kept")
        client.set(USDM, "another program's")
        put(publisher, [*entries(4, 5), *entries(2, 3, place=1)])
        put(publisher, [*entries(6, 6), *entries(4, 4, place=1)])
        until(lambda: len(ids(redis_server, COINM)) == 4 and publisher.troubles)
        assert [type(each) for each in publisher.troubles] == [StrangeStream]
        assert client.get(USDM) == b"another program's"
        client.rename("kept", USDM) if is_renamed else client.delete(USDM)
    until(lambda: publisher.lost)
    put(publisher, entries(7, 7))
    publisher.close()
    assert [*publisher.lost] == [(0, 1_700_000_000_000 if is_renamed else 0)]
    assert [type(each) for each in publisher.troubles] == [StrangeStream, type(None)]
    assert ids(redis_server)[-1] == "1-7"
    assert publisher.unwritten == 0


def test_what_another_program_still_holds_at_the_end_counts_as_not_written(
    redis_server: RedisServer,
) -> None:
    publisher = publishing(claimed(redis_server))
    with redis_server.client() as client:
        client.delete(USDM)
        client.lpush(USDM, "another program's")
    put(publisher, entries(2, 5))
    publisher.close()
    assert publisher.unwritten == 4


@pytest.mark.parametrize("asked", ["CONFIG SET maxmemory 1mb", "REPLICAOF 127.0.0.1 1"])
def test_an_engine_that_refuses_for_a_while(redis_server: RedisServer, asked: str) -> None:
    publisher = publishing(claimed(redis_server))
    with redis_server.client() as client:
        client.execute_command(asked)
        put(publisher, entries(2, 5))
        until(lambda: publisher.troubles)
        client.execute_command("CONFIG SET maxmemory 0")
        client.execute_command("REPLICAOF NO ONE")
    until(lambda: len(publisher.troubles) > 1)
    publisher.close()
    assert ids(redis_server) == [f"1-{n}" for n in range(1, 6)]

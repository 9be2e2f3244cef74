"""Consumers of a group share what is written, and a dead one's entries are taken over."""

import threading
from typing import Any

from binfut_cli.recording.broker.group import GroupReader
from binfut_cli.recording.broker.reading import Found, Start
from tests.support.redis_server import RedisServer
from tests.support.streams import COINM, USDM, claimed, engine, entries


def consumer(server: RedisServer, name: str, idle_s: float = 60.0) -> GroupReader:
    return GroupReader(engine(server.url), bool, Start.BEGINNING, ("ledger", name), idle_s)


def ids(entries: list[Found]) -> list[str]:
    return [str(each.id) for each in entries]


def consumers(server: RedisServer) -> set[str]:
    with server.client() as client:
        return {each["name"].decode() for each in client.xinfo_consumers(USDM, "ledger")}


def test_an_entry_is_given_to_one_of_them(redis_server: RedisServer) -> None:
    store = claimed(redis_server, USDM, COINM)
    with consumer(redis_server, "a") as one, consumer(redis_server, "b") as other:
        first = one.poll(0)
        assert {each.stream for each in first} == {USDM, COINM}
        store.append(entries(2, 3))
        second = other.poll(0)
        assert ids(second) == ["1-2", "1-3"]
        one.acknowledge(first)
        other.acknowledge(second)
        assert one.poll(0) == []
    assert consumers(redis_server) == set()
    with consumer(redis_server, "c") as later:
        assert later.poll(0) == []


def test_what_a_dead_one_had_is_taken_over(redis_server: RedisServer) -> None:
    claimed(redis_server).append(entries(2, 4))
    with consumer(redis_server, "dead") as dead:
        assert ids(dead.poll(0)) == ["1-1", "1-2", "1-3", "1-4"]
        dead.acknowledge(dead.poll(0))
    assert consumers(redis_server) == {"dead"}  # who is owed to is not forgotten
    with redis_server.client() as client:
        client.xdel(USDM, "1-2")
    with consumer(redis_server, "b", idle_s=0.001) as other:
        found = other.poll(0)
        assert ids(found) == ["1-1", "1-3", "1-4"]
        assert other.trimmed == 1
        other.acknowledge(found)
        assert other.poll(0) == []
    with redis_server.client() as client:
        assert client.xpending(USDM, "ledger")["pending"] == 0


def test_a_stream_that_is_deleted_while_it_is_waited_for_begins_anew(
    redis_server: RedisServer,
) -> None:
    store = claimed(redis_server)
    with consumer(redis_server, "a") as one, redis_server.client() as client:
        one.acknowledge(one.poll(0))
        waiting = threading.Thread(target=delete_once_blocked, args=(client,))
        waiting.start()
        assert one.poll(5) == []
        waiting.join()
        store.append(entries(2, 2))
        assert ids(one.poll(0)) == ["1-2"]


def delete_once_blocked(client: Any) -> None:
    while not client.info("clients")["blocked_clients"]:
        pass
    client.delete(USDM)


def test_a_group_that_somebody_deleted_begins_anew(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    with consumer(redis_server, "a") as one:
        one.acknowledge(one.poll(0))
        with redis_server.client() as client:
            client.xgroup_destroy(USDM, "ledger")
        store.append(entries(2, 2))
        assert one.poll(0) == []
        assert ids(one.poll(0)) == ["1-1", "1-2"]

"""Writing to streams of a real engine: each entry once, under one epoch, and what is refused."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from binfut_cli.errors import AuthError, BinfutError, ConfigError, NetworkError, OutputError
from binfut_cli.recording.broker.address import address
from binfut_cli.recording.broker.connection import check_clock, check_version
from binfut_cli.recording.broker.failures import Away, StrangeStream
from binfut_cli.recording.broker.group import GroupReader
from binfut_cli.recording.broker.lease import Leases
from binfut_cli.recording.broker.names import LISTED
from binfut_cli.recording.broker.outbox import Entry
from binfut_cli.recording.broker.reading import Start, StreamReader
from binfut_cli.recording.broker.store import Keeping, StreamStore
from tests.support.redis_server import RedisServer, free_port, served
from tests.support.streams import COINM, USDM, claimed, engine, entries, ids, record, stream


def refused(url: str, password: str = "", timeout_s: float = 5.0) -> BinfutError:
    """What is said of an engine at the start."""
    store = StreamStore(engine(url, password, timeout_s), [USDM], Keeping())
    with pytest.raises(BinfutError) as caught:
        store.claim(lambda place: record(1, "segment"))
    store.disconnect()
    assert caught.value.hint
    return caught.value


def test_a_segment_begins_an_epoch_and_entries_follow(redis_server: RedisServer) -> None:
    store = claimed(redis_server, USDM, COINM)
    found = store.append([*entries(2, 4), *entries(2, 2, place=1)])
    assert (found.replaced, found.lost) == (set(), {})
    assert ids(redis_server) == ["1-1", "1-2", "1-3", "1-4"]
    assert ids(redis_server, COINM) == ["1-1", "1-2"]
    assert stream(redis_server)[1][1] == record(2)
    claimed(redis_server)
    assert ids(redis_server)[-1] == "2-1"
    with redis_server.client() as client:
        assert client.smembers("binfut:streams") == {USDM.encode(), COINM.encode()}


def test_a_batch_that_is_written_again_stands_there_once(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    store.append(entries(2, 4))
    store.disconnect()
    found = store.append(entries(2, 6))
    assert (found.replaced, found.lost) == (set(), {})
    assert ids(redis_server) == [f"1-{n}" for n in range(1, 7)]


def test_a_stream_that_is_added_is_taken_over_with_its_first_entry(
    redis_server: RedisServer,
) -> None:
    claimed(redis_server, COINM)
    store = claimed(redis_server)
    store.add(COINM)
    store.append([*entries(2, 2), *entries(1, 3, place=1), *entries(3, 3)])
    assert ids(redis_server) == ["1-1", "1-2", "1-3"]
    assert ids(redis_server, COINM) == ["1-1", "2-1", "2-2", "2-3"]
    with redis_server.client() as client:
        client.set("binfut:{sandbox/hedge}:usdm", "another program's")
    store.add("binfut:{sandbox/hedge}:usdm")
    assert store.append([*entries(1, 2, place=2), *entries(4, 4)]).replaced == {2}
    assert ids(redis_server)[-1] == "1-4"


def test_an_older_epoch_cannot_write_any_more(redis_server: RedisServer) -> None:
    older = claimed(redis_server, USDM, COINM)
    claimed(redis_server)
    assert older.append([*entries(2, 3), *entries(2, 3, place=1)]).replaced == {0}
    older.disconnect()
    assert older.append(entries(4, 4)).replaced == {0}
    assert ids(redis_server) == ["1-1", "2-1"]
    assert ids(redis_server, COINM) == ["1-1", "1-2", "1-3"]


@pytest.mark.parametrize("connected", [True, False])
def test_a_stream_that_another_store_has_taken_over_for_us_is_ours_again(
    redis_server: RedisServer, connected: bool
) -> None:
    store = claimed(redis_server)
    claimed(redis_server).disconnect()
    if not connected:
        store.disconnect()
    assert store.append(entries(2, 2)).replaced == {0}
    if not connected:
        store.disconnect()
    claimed(redis_server).disconnect()  # for us
    too_late, taken = entries(3, 4), Entry(0, 0, b"3-1")
    found = store.append([*too_late, taken, *entries(2, 3)])
    assert not found.replaced
    assert ids(redis_server) == ["1-1", "2-1", "3-1", "3-2", "3-3"]
    store.add(COINM)
    claimed(redis_server, COINM).disconnect()
    store.append([Entry(1, 0, b"1-1"), *entries(2, 2, place=1), *entries(4, 4)])
    assert ids(redis_server, COINM) == ["1-1", "1-2"]
    assert ids(redis_server)[-1] == "3-4"


def test_what_an_engine_lost_is_noticed_with_its_moment(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    store.append(entries(2, 5, time=1_700_000_000_000))
    with redis_server.client() as client:
        client.delete(USDM)
        client.xadd(USDM, {"record": record(2, time=1_600_000_000_000)}, id="1-2")
    store.disconnect()
    assert store.append(entries(6, 6)).lost == {0: 1_600_000_000_000}
    store.disconnect()
    assert store.append(entries(7, 7)).lost == {}
    assert ids(redis_server) == ["1-2", "1-6", "1-7"]
    with redis_server.client() as client:
        client.flushall()
    store.disconnect()
    assert store.append(entries(8, 8)).lost == {0: 0}
    with redis_server.client() as client:  # whoever follows looks there for streams
        assert client.smembers("binfut:streams") == {USDM.encode()}


def test_two_watches_with_one_epoch_after_a_fail_over_do_not_both_write(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    """The replica never heard of who had taken the stream over; then another does, in good faith.

    Neither takes what the engine refuses for what it had written before.
    """
    claimed(redis_server, run="z9").disconnect()
    with replicating(redis_server, tmp_path) as replica:
        promote(replica)  # and it lacks all that follows
        first = claimed(redis_server, run="a1")
        first.append(entries(2, 9, run="a1"))
        moved(first, replica)
        other = claimed(replica, run="b2")
        assert first.append(entries(10, 12, run="a1")).replaced == {0}
        other.append(entries(2, 3, run="b2"))
        assert ids(replica) == ["1-1", "2-1", "2-2", "2-3"]
        other.disconnect()
        third = claimed(replica, run="c3")
        assert other.append(entries(4, 4, run="b2")).replaced == {0}
        third.disconnect()
        with replica.client() as client:  # as if one had written before it could know
            client.xadd(USDM, {"record": record(50, run="a1")}, id="3-50")
        assert third.append(entries(2, 3, run="c3")).replaced == {0}
        assert ids(replica)[-1] == "3-50"


def test_what_another_program_wrote_under_our_epoch_is_not_taken_for_ours(
    redis_server: RedisServer,
) -> None:
    """Though it is deleted again, nothing below it can be written any more."""
    store = claimed(redis_server)
    store.append(entries(2, 3))
    with redis_server.client() as client:
        client.xadd(USDM, {"a": "b"}, id="1-1000")
        client.xdel(USDM, "1-1000")
    assert store.append(entries(4, 5)).replaced == {0}
    store.disconnect()
    assert store.append(entries(6, 7)).replaced == {0}


@pytest.mark.parametrize("replicas", [0, 1])
def test_what_only_the_primary_had_is_lost_unless_replicas_are_waited_for(
    redis_server: RedisServer, tmp_path: Path, replicas: int
) -> None:
    """Of a batch that does not count yet, nothing is missed: it is written again."""
    with replicating(redis_server, tmp_path) as replica:
        store = claimed(redis_server, keeping=Keeping(replicas=replicas, acknowledged_s=5.0))
        store.append(entries(2, 5))
        with replica.client() as client:
            while client.xlen(USDM) < 5:
                pass
        promote(replica)
        store._keeping = Keeping(replicas=replicas, acknowledged_s=0.05)
        with pytest.raises(NetworkError) if replicas else nullcontext():
            store.append(entries(6, 9))
        moved(store, replica)
        store._keeping = Keeping()
        found = store.append(entries(6 if replicas else 10, 12))
        assert found.lost == ({} if replicas else {0: 1_791_000_005_000})
        missing = [] if replicas else [f"1-{n}" for n in range(6, 10)]
        assert ids(replica) == [f"1-{n}" for n in range(1, 13) if f"1-{n}" not in missing]


@contextmanager
def replicating(server: RedisServer, directory: Path) -> Iterator[RedisServer]:
    """A replica that has all of a server."""
    with served(directory) as replica, server.client() as primary, replica.client() as client:
        primary.config_set("repl-diskless-sync-delay", 0)
        client.replicaof("127.0.0.1", server.port)
        while client.info("replication")["master_link_status"] != "up":
            pass
        yield replica


def promote(replica: RedisServer) -> None:
    """Have a replica take the place of its primary, of which nothing more comes."""
    with replica.client() as client:
        client.replicaof("NO", "ONE")


def moved(store: StreamStore, server: RedisServer) -> None:
    """Have a store connect to another server: one address, behind which a fail-over was."""
    store.disconnect()
    store._engine = engine(server.url)


def test_a_claim_that_a_fail_over_lost_is_told_once(redis_server: RedisServer) -> None:
    claimed(redis_server).append(entries(2, 900, time=1_700_000_000_000))
    store = claimed(redis_server)
    with redis_server.client() as client:
        rest = client.xrange(USDM, "-", "1-900")
        client.delete(USDM)
        for each, fields in rest:
            client.xadd(USDM, fields, id=each)
    store.disconnect()
    assert store.append([]).lost == {0: 1_700_000_000_000}
    assert store.look()[1].lost == {}
    store.append(entries(2, 3))
    assert ids(redis_server)[-2:] == ["2-2", "2-3"]


@pytest.mark.parametrize(
    ("keeping", "left"), [(Keeping(most=200), 200), (Keeping(least="1-800"), 201)]
)
def test_a_stream_is_trimmed(redis_server: RedisServer, keeping: Keeping, left: int) -> None:
    store = claimed(redis_server, keeping=keeping)
    for first in range(2, 1002, 100):
        store.append(entries(first, first + 99))
    assert left <= len(ids(redis_server)) <= left + 100  # an engine trims a hundred at a time
    assert ids(redis_server)[-1] == "1-1001"


def test_too_few_replicas_is_no_success_and_the_batch_may_come_again(
    redis_server: RedisServer,
) -> None:
    store = claimed(redis_server, keeping=Keeping(replicas=1, acknowledged_s=0.01))
    for _ in range(2):
        with pytest.raises(NetworkError, match="0 of 1 replicas"):
            store.append(entries(2, 3))
    assert ids(redis_server) == ["1-1", "1-2", "1-3"]


def test_a_full_engine_takes_all_of_a_batch_or_none(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    with redis_server.client() as client:
        client.config_set("maxmemory", "1mb")
    with pytest.raises(OutputError, match="no memory left") as caught:
        store.append(entries(2, 900))
    assert caught.value.exit_status == 3
    assert ids(redis_server) == ["1-1"]
    assert "no memory left" in refused(redis_server.url).message
    with redis_server.client() as client:
        client.config_set("maxmemory", 0)
    store.append(entries(2, 900))
    assert len(ids(redis_server)) == 900


@pytest.mark.parametrize("put", ["a string", "another's entries", "another's id"])
def test_a_stream_of_another_program_is_left_alone(redis_server: RedisServer, put: str) -> None:
    with redis_server.client() as client:
        if put == "a string":
            client.set(USDM, "theirs")
        elif put == "another's entries":
            client.xadd(USDM, {"price": "1"})
        else:
            client.xadd(USDM, {"record": "theirs"})
        before = client.dump(USDM)
        found = refused(redis_server.url)
        assert isinstance(found, ConfigError)
        assert "something else" in found.message or "another program" in found.message
        assert client.dump(USDM) == before


def test_a_password_that_is_wrong_and_a_user_who_may_not(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.acl_setuser("alice", True, passwords=["+right-1"], keys=["*"],
                           commands=["+@all", "-xadd"])  # fmt: skip
        client.acl_setuser(
            "bob", True, passwords=["+right-1"], keys=["other"], categories=["+@all"]
        )
    try:
        for user, password, said in [
            ("alice", "wrong-1", "refused the user or the password"),
            ("alice", "right-1", "permit"),
            ("bob", "right-1", "permit"),
            ("nobody", "", "refused the user or the password"),
        ]:
            found = refused(redis_server.url.replace("//", f"//{user}@"), password)
            assert isinstance(found, AuthError)
            assert said in found.message
            assert "-1" not in found.message.replace("127.0.0.1", "")
    finally:
        with redis_server.client() as client:
            client.acl_deluser("alice", "bob")


def test_a_replica_takes_no_records(redis_server: RedisServer, tmp_path: Path) -> None:
    master = f"--replicaof 127.0.0.1 {redis_server.port}".split()
    with served(tmp_path, *master) as replica:
        found = refused(replica.url)
    assert isinstance(found, ConfigError)
    assert "replica" in found.message


def test_an_engine_that_is_none_of_ours(tmp_path: Path) -> None:
    with served(tmp_path, "--rename-command", "HELLO", "") as old:
        assert "too old" in refused(old.url).message
    with served(tmp_path, "--requirepass", "right-1") as closed:
        assert isinstance(refused(closed.url), AuthError)
    with pytest.raises(ConfigError, match=r"it is version 6\.0\.16"):
        check_version("6.0.16", "x")
    for version in ("6.2.0", "7.0.15", "8.1"):
        check_version(version, "x")


def test_a_clock_that_is_wrong(redis_server: RedisServer) -> None:
    where = address(redis_server.url, "")
    with redis_server.client() as client:
        check_clock(client, where)
        seconds, _ = client.time()
        for ours, said in ((seconds + 3600, "behind"), (seconds - 3600, "ahead")):
            with pytest.raises(ConfigError, match=f"3,[56]..? s {said}"):
                check_clock(client, where, ours)


@contextmanager
def answering(answer: bytes | None) -> Iterator[str]:
    """A server that says the same to everybody, or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    if answer is None:
                        ended.wait(5)
                        continue
                    while asked := peer.recv(1000):
                        commands = re.findall(rb"^\*\d", asked, re.MULTILINE)
                        peer.sendall(answer * len(commands))
                        if b"HTTP" in answer or not answer:
                            break

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"redis://127.0.0.1:{server.getsockname()[1]}"
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def test_what_is_no_redis_and_what_does_not_answer() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n") as url:
        found = refused(url)
        assert isinstance(found, ConfigError)
        assert "does not answer as a Redis" in found.message
    with answering(None) as url:
        found = refused(url, timeout_s=0.1)
        assert isinstance(found, NetworkError)
        assert "no answer in time" in found.message
    assert isinstance(refused(f"redis://127.0.0.1:{free_port()}"), NetworkError)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ("LOADING Redis is loading the dataset in memory", Away, "does not answer yet"),
        ("CLUSTERDOWN Hash slot not served", Away, "does not answer yet"),
        ("MASTERDOWN Link with MASTER is down", Away, "does not answer yet"),
        ("MISCONF Errors writing to the AOF file", OutputError, "cannot save to its disk"),
        ("MOVED 42 10.0.0.1:6379", ConfigError, "one node of a Cluster"),
        ("NOAUTH Authentication required.", AuthError, "refused the user or the password"),
        ("ERR unknown command 'HELLO'", ConfigError, "too old"),
    ],
)
def test_what_an_engine_answers_in_the_place_of_a_reply(
    answer: str, kind: type[BinfutError], said: str
) -> None:
    with answering(f"-{answer}\r\n".encode()) as url:
        found = refused(url)
    assert type(found) is kind
    assert said in found.message


def test_whose_computer_refuses_is_away_and_who_is_silent_is_not() -> None:
    found = refused(f"redis://127.0.0.1:{free_port()}")
    assert isinstance(found, Away)
    assert found.message.endswith("cannot be reached: Connection refused.")
    with answering(None) as url:
        assert not isinstance(refused(url, timeout_s=0.1), Away)
    with answering(b"") as url:  # and hangs up
        found = refused(url)
    assert isinstance(found, Away)
    assert "whether it is a Redis" in found.hint


@pytest.mark.parametrize(
    ("kind", "said", "hint"),
    [
        ("redis+sentinel://127.0.0.1:{}/main", "is no Sentinel", "redis://"),
        ("redis+cluster://127.0.0.1:{}", "is no Cluster", "redis://"),
    ],
)
def test_an_address_of_another_kind(
    redis_server: RedisServer, kind: str, said: str, hint: str
) -> None:
    found = refused(kind.format(redis_server.port))
    assert isinstance(found, ConfigError)
    assert said in found.message
    assert hint in found.hint


def test_a_sentinel_has_no_records(tmp_path: Path) -> None:
    (tmp_path / "sentinel.conf").write_text("")
    with served(tmp_path, sentinel=tmp_path / "sentinel.conf") as sentinel:
        assert "is a Sentinel" in refused(sentinel.url).message
        found = refused(f"redis+sentinel://127.0.0.1:{sentinel.port}/main")
    assert isinstance(found, Away)
    assert "name of the service" in found.hint


def test_the_documented_permissions_are_enough(redis_server: RedisServer) -> None:
    page = (Path(__file__).parents[3] / "docs" / "redis.md").read_text(encoding="utf-8")
    rules = re.findall(r"^ACL SETUSER (\w+) on >password (.+)$", page, re.MULTILINE)
    assert [user for user, _ in rules] == ["watch", "reader"]
    more = re.search(r"^`(\+evalsha .+)`\.$", page, re.MULTILINE)
    assert more
    rules[0] = "watch", f"{rules[0][1]} {more[1]}"
    with redis_server.client() as client:
        for user, rule in rules:
            client.execute_command("ACL SETUSER", user, "reset", "on", ">password", *rule.split())
    try:
        watch, reader = (
            engine(redis_server.url.replace("//", f"//{user}@"), "password") for user, _ in rules
        )
        store = StreamStore(watch, [USDM], Keeping(most=10, replicas=0))
        store.claim(lambda place: record(1, "segment"))
        store.append(entries(2, 3))
        store.disconnect()
        store.append(entries(2, 4))
        assert list(store.told(0))
        leases = Leases(watch, "desk", "a")
        leases.renew([USDM], [USDM])
        leases.renew([USDM], ())
        leases.leave()
        for start in (Start.BEGINNING, Start.NOW, Start.SNAPSHOT, 1):
            with StreamReader(reader, bool, start) as reading:
                reading.poll(0)
        with GroupReader(reader, bool, Start.BEGINNING, ("ledger", "a"), 1.0) as sharing:
            found = sharing.poll(0)
            assert len(found) == 4
            sharing.acknowledge(found)
    finally:
        with redis_server.client() as client:
            client.acl_deluser("watch", "reader")


@pytest.mark.parametrize("lacking", ["multi", "exec", "xadd", "wait", "sadd", "time"])
def test_what_a_user_may_not_do_is_told_before_anything_is_written(
    redis_server: RedisServer, lacking: str
) -> None:
    rights = ["+@all", f"-{lacking}", "~binfut:*", "on", ">pw"]
    with redis_server.client() as client:
        client.execute_command("ACL SETUSER", "some", "reset", *rights)
        with pytest.raises(AuthError, match=f"'{lacking}' command"):
            StreamStore(
                engine(redis_server.url.replace("//", "//some@"), "pw"), [USDM], Keeping(replicas=1)
            ).claim(lambda place: record(1, "segment"))
        assert not client.exists(USDM)


def test_what_another_program_has_is_named(redis_server: RedisServer) -> None:
    store = StreamStore(engine(redis_server.url), [USDM], Keeping())
    with redis_server.client() as client:
        client.set(LISTED, "x")
        with pytest.raises(StrangeStream, match=f"is called '{LISTED}' in redis://"):
            store.claim(lambda place: record(1, "segment"))
        client.set(USDM, "x")
        with pytest.raises(StrangeStream, match=f"is called '{re.escape(USDM)}' in redis://"):
            list(store.told(0))


def test_what_an_engine_lost_is_told_though_the_next_batch_is_refused(
    redis_server: RedisServer,
) -> None:
    store = claimed(redis_server)
    store.append(entries(2, 5))
    store.disconnect()
    with redis_server.client() as client:
        client.delete(USDM)
        client.xadd(USDM, {"record": record(2, time=1_600_000_000_000)}, id="1-2")
        client.execute_command("ACL SETUSER default -xadd")
        with pytest.raises(BinfutError):
            store.append(entries(6, 6))
        client.execute_command("ACL SETUSER default +xadd")
    assert store.append(entries(6, 6)).lost == {0: 1_600_000_000_000}
    assert store.append(entries(7, 7)).lost == {}

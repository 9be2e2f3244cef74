"""Reading streams of a real engine: from which entry on, in which order, after a failure."""

import random
from contextlib import closing
from typing import Any

import pytest

from binfut_cli.errors import ConfigError, NetworkError
from binfut_cli.recording.broker import reading
from binfut_cli.recording.broker.names import FIELD, EntryId, time_of
from binfut_cli.recording.broker.reading import Found, Start, StreamReader, position
from tests.support.redis_server import RedisServer, free_port
from tests.support.streams import COINM, USDM, claimed, engine, entries, stream, written

LATER_MS = 1_800_000_000_000


def reader(
    server: RedisServer, start: Start | int = Start.BEGINNING, wants: str = ""
) -> StreamReader:
    return StreamReader(engine(server.url), lambda name: wants in name, start)


def ids(entries: list[Found]) -> list[str]:
    return [str(each.id) for each in entries]


def polled(reader: StreamReader, number: int) -> list[Found]:
    found: list[Found] = []
    while len(found) < number:
        some = reader.poll(5)
        assert some
        found += some
    return found


def test_from_now_nothing_that_is_written_later_is_missed(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    store.append(entries(2, 5))
    with reader(redis_server, Start.NOW) as following:
        assert following.poll(0) == []
        store.append(entries(6, 8))
        assert ids(polled(following, 3)) == ["1-6", "1-7", "1-8"]
        following.disconnect()
        store.append(entries(9, 9))
        assert ids(polled(following, 1)) == ["1-9"]


def test_a_stream_that_is_new_is_read_from_its_beginning(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOOK_S", 0)
    with reader(redis_server, Start.NOW) as following:
        assert following.poll(0.01) == []
        claimed(redis_server, time=LATER_MS).append(entries(2, 3, time=LATER_MS))
        assert ids(polled(following, 3)) == ["1-1", "1-2", "1-3"]


def test_streams_are_told_together_by_their_time(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 7)
    times = random.Random(1)
    for name in (USDM, COINM):
        moments = sorted(1_791_000_001_000 + times.randrange(9000) for _ in range(60))
        written(redis_server, moments, name)
    with reader(redis_server) as following:
        found = polled(following, 122)
    moments = [time_of(each.record) for each in found]
    assert moments == sorted(moments)
    assert [(str(each.id), each.record) for each in found if each.stream == USDM] == stream(
        redis_server
    )


def test_only_what_is_wanted(redis_server: RedisServer) -> None:
    claimed(redis_server, USDM, COINM)
    with reader(redis_server, wants="coinm") as following:
        assert {each.stream for each in polled(following, 1)} == {COINM}
        assert [*following.positions] == [COINM]


def test_the_first_entry_of_a_moment_is_found_in_any_epochs(redis_server: RedisServer) -> None:
    numbers, last = random.Random(2), 1_791_000_002_000
    for _ in range(4):
        length = numbers.choice((1, 3, 40))
        moments = [last := last + numbers.randrange(3) for _ in range(length)]
        written(redis_server, moments)
    every = [(each, time_of(record)) for each, record in stream(redis_server)]
    every = [(each, moment) for each, moment in every if not each.endswith("-1")]
    with closing(redis_server.client()) as opened:
        client: Any = opened
        client.xdel(USDM, *(f"{epoch}-1" for epoch in range(1, 5)))  # of another time
        for moment in range(1_791_000_001_999, last + 2):
            expected = next((each for each, its in every if its >= moment), None)
            after = position(client, USDM, moment, "x")
            found = client.xrange(USDM, f"({after}", count=1)
            assert (str(EntryId.of(found[0][0])) if found else None) == expected


def test_a_stream_that_somebody_deleted_begins_anew(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOOK_S", 0)
    claimed(redis_server).append(entries(2, 9))
    with reader(redis_server) as following:
        assert len(polled(following, 9)) == 9
        with redis_server.client() as client:
            client.delete(USDM)
        assert following.poll(0) == []
        claimed(redis_server, time=LATER_MS).append(entries(2, 3, time=LATER_MS))
        assert ids(polled(following, 3)) == ["1-1", "1-2", "1-3"]
        assert [*following.deleted] == [USDM]


def test_a_fail_over_that_lost_entries_hides_no_other(redis_server: RedisServer) -> None:
    """What was read last is gone, and others have written under its epoch."""
    claimed(redis_server, time=1000).append(entries(2, 3, time=2000))
    older = stream(redis_server)
    store = claimed(redis_server, time=3000)
    store.append(entries(2, 9, time=4000))
    with reader(redis_server) as following:
        assert len(polled(following, 12)) == 12
        lose(redis_server, older)
        following.disconnect()
        assert following.poll(0) == []
        other = claimed(redis_server, run="b2", time=5000)
        other.append(entries(2, 20, run="b2", time=6000))
        following.disconnect()
        assert ids(polled(following, 20)) == [f"2-{n}" for n in range(1, 21)]
        assert not following.deleted
        lose(redis_server, stream(redis_server)[:-5])
        other.append(entries(21, 22, run="b2", time=7000))
        following.disconnect()
        assert ids(polled(following, 2)) == ["2-21", "2-22"]


def test_one_that_has_read_nothing_yet_goes_on_at_the_end_after_a_fail_over(
    redis_server: RedisServer,
) -> None:
    written(redis_server, [1000, 2000, 3000], USDM)
    with reader(redis_server, Start.NOW) as following:
        assert following.poll(0) == []
        lose(redis_server, stream(redis_server)[:2])
        following.disconnect()
        assert following.poll(0) == []
        claimed(redis_server)
        assert ids(polled(following, 1)) == ["2-1"]


def test_what_is_trimmed_meanwhile_is_not_read_twice(redis_server: RedisServer) -> None:
    store = claimed(redis_server)
    store.append(entries(2, 5))
    with reader(redis_server) as following:
        assert len(polled(following, 5)) == 5
        store.append(entries(6, 9))
        with redis_server.client() as client:
            client.xtrim(USDM, 2, approximate=False)
        following.disconnect()
        assert ids(polled(following, 2)) == ["1-8", "1-9"]


def lose(server: RedisServer, left: list[tuple[str, bytes]]) -> None:
    """Have a stream as a replica knows it that lags."""
    with server.client() as client:
        client.delete(USDM)
        for each, record in left:
            client.xadd(USDM, {FIELD: record}, id=each)


def test_from_the_last_snapshot(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 3)
    store = claimed(redis_server)
    with closing(redis_server.client()) as client:
        assert str(position(client, USDM, Start.SNAPSHOT, "x")) == "0-0"
        store.append([*entries(2, 3), *entries(4, 4, type_="snapshot"), *entries(5, 20)])
        assert str(position(client, USDM, Start.SNAPSHOT, "x")) == "1-3"


def test_what_is_wrong_is_told_at_once_and_reading_goes_on_later(
    redis_server: RedisServer,
) -> None:
    claimed(redis_server).append(entries(2, 3))
    with reader(redis_server) as following:
        assert len(polled(following, 3)) == 3
        with redis_server.client() as client:
            client.set("binfut:streams", "another program's")
        following.disconnect()
        following._look_s = 0
        with pytest.raises(ConfigError, match="is called 'binfut:streams'"):
            following.poll(0)
        with redis_server.client() as client:
            client.delete("binfut:streams")
        assert following.poll(0) == []
    away = StreamReader(engine(f"redis://127.0.0.1:{free_port()}"), bool, Start.NOW)
    with pytest.raises(NetworkError):
        away.poll(0)

"""Who has which stream: evenly, by one at a time, and soon by another when somebody goes."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binfut_cli.errors import ConfigError, NetworkError
from binfut_cli.recording.broker.lease import EVERY_S, Leases
from tests.support.redis_server import RedisServer, served
from tests.support.streams import engine

NAMES = [f"binfut:{{prod/desk-{n}}}:usdm" for n in range(4)]


class Member:
    """A member that watches what it is told to, and lets go of what it is to give up at once."""

    def __init__(self, server: RedisServer, name: str, wanted: list[str]) -> None:
        self.leases, self.name, self.wanted = Leases(engine(server.url), "desk", name), name, wanted
        self.has: frozenset[str] = frozenset()

    def renew(self) -> frozenset[str]:
        self.has = self.leases.renew(self.wanted, self.has)
        return self.has


class Share:
    """Members of one share; nobody waits: who is to have died has its time taken away."""

    def __init__(self, server: RedisServer) -> None:
        self.server, self.members = server, dict[str, Member]()

    def join(self, name: str, wanted: list[str] | None = None) -> Member:
        self.members[name] = Member(self.server, name, NAMES if wanted is None else wanted)
        self.members[name].renew()
        return self.members[name]

    def lapse(self, name: str) -> Member:
        """Let a member's time be over, as if it had not renewed."""
        with self.server.client() as client:
            client.zadd("binfut:{share desk}:members", {name: 1})
        return self.members.pop(name)

    def settle(self, turns: int = 3) -> list[int]:
        """All renew some times; how many each has then."""
        for _ in range(turns):
            for member in self.members.values():
                member.renew()
                self.check()
        return sorted(len(member.has) for member in self.members.values())

    def check(self) -> None:
        has = Counter(name for member in self.members.values() for name in member.has)
        assert all(count == 1 for count in has.values())

    def close(self) -> None:
        for member in self.members.values():
            member.leases.disconnect()


def now_ms(client: Any) -> float:
    seconds, micros = client.time()
    return float(seconds * 1000 + micros // 1000)


@pytest.fixture
def share(redis_server: RedisServer) -> Iterator[Share]:
    share = Share(redis_server)
    yield share
    share.close()


def test_one_that_comes_alone_looks_around_and_then_has_all(share: Share) -> None:
    one = share.join("a")
    assert one.has == frozenset()
    assert one.renew() == frozenset(NAMES)


def test_those_that_come_together_share_from_the_first(share: Share) -> None:
    one, other = share.join("a"), share.join("b")
    assert len(one.renew()) == len(other.renew()) == 2
    assert one.has | other.has == frozenset(NAMES)


def test_one_that_comes_gets_its_part_once_it_was_let_go(share: Share) -> None:
    one = share.join("a")
    one.renew()
    other = share.join("b")
    still_busy, one.has = one.has, one.leases.renew(NAMES, one.has)
    assert len(one.has) == 2
    one.leases.renew(NAMES, still_busy)  # it has not let go yet
    assert other.renew() == frozenset()
    one.renew()
    assert other.renew() == frozenset(NAMES) - one.has


def test_what_a_dead_one_had_is_free_and_it_gets_nothing_back_by_itself(share: Share) -> None:
    share.join("a"), share.join("b")
    assert share.settle() == [2, 2]
    woken = share.lapse("a")
    assert share.settle(1) == [4]
    assert woken.renew() == frozenset()
    share.members["a"] = woken
    assert share.settle() == [2, 2]


def test_one_that_leaves_gives_all_back_at_once(share: Share) -> None:
    share.join("a"), share.join("b")
    share.settle()
    share.members.pop("a").leases.leave()
    assert share.settle(1) == [4]


def test_leases_are_asked_for_again_when_something_may_have_become_ours(share: Share) -> None:
    one = share.join("a")
    assert one.leases.next_s > EVERY_S  # it looks who else comes
    one.renew()
    assert one.leases.next_s == EVERY_S
    other = share.join("b")
    other.renew()  # and has not got yet what the first is to let go
    assert other.leases.next_s < EVERY_S
    share.settle()
    assert one.leases.next_s == other.leases.next_s == EVERY_S
    with share.server.client() as client:
        seconds, micros = client.time()
        lapses_ms = seconds * 1000 + micros // 1000 + 300
        client.zadd("binfut:{share desk}:members", {"b": lapses_ms})
    one.renew()
    assert 0 < one.leases.next_s <= 0.301


def test_after_the_engine_was_away_all_have_a_moment_to_come_back(share: Share) -> None:
    """Nobody could renew: who is first does not get what the others still have in hand."""
    for name in "abc":
        share.join(name)
    assert share.settle() == [1, 1, 2]
    before = {name: member.has for name, member in share.members.items()}
    with share.server.client() as client:
        client.zadd("binfut:{share desk}:members", dict.fromkeys("abc", 1))
    for name in "aababc":
        share.members[name].renew()
    assert {name: member.has for name, member in share.members.items()} == before
    dead = share.lapse("c")
    assert share.settle() == [2, 2]
    dead.leases.disconnect()


def test_who_comes_back_with_something_in_hand_waits_for_others(share: Share) -> None:
    for name in "ab":
        share.join(name)
    share.settle()
    with share.server.client() as client:
        client.flushall()
    for name in "ab":
        share.members[name].renew()
        assert share.members[name].leases.next_s > EVERY_S


def test_an_engine_that_forgot_takes_nothing_away(share: Share) -> None:
    share.join("a"), share.join("b")
    share.settle()
    before = {name: member.has for name, member in share.members.items()}
    with share.server.client() as client:
        client.flushall()
    share.settle()
    assert {name: member.has for name, member in share.members.items()} == before


def test_what_only_one_can_watch_is_its_own(share: Share) -> None:
    share.join("a"), share.join("b", NAMES[:2])
    assert share.settle() == [2, 2]
    assert share.members["b"].has == frozenset(NAMES[:2])


def test_another_share_is_another(share: Share) -> None:
    share.join("a").renew()
    other = Leases(engine(share.server.url), "else", "a")
    other.renew(NAMES, ())
    assert other.renew(NAMES, ()) == frozenset(NAMES)
    other.leave()


def test_a_key_of_another_program_is_a_failure_of_ours(share: Share) -> None:
    with share.server.client() as client:
        client.set("binfut:{share desk}:held", "x")
    with pytest.raises(ConfigError, match=share.server.url):
        share.join("a")


def test_a_lease_lasts_five_seconds_and_is_renewed_each_second(share: Share) -> None:
    one = share.join("a")
    assert one.leases.next_s == 2.0  # it is alone, and looks around
    with share.server.client() as client:
        before_ms, _, after_ms = now_ms(client), one.renew(), now_ms(client)
        lapses_ms = client.zscore("binfut:{share desk}:members", "a")
    assert before_ms + 5000 <= lapses_ms <= after_ms + 5000
    assert one.leases.next_s == 1.0
    assert share.join("b").leases.next_s == 0.25  # others are there: they let go soon


def test_a_share_has_four_keys_that_an_hour_forgets(share: Share) -> None:
    share.join("a").renew()
    with share.server.client() as client:
        left_ms = {name.decode(): client.pttl(name) for name in client.scan_iter()}
    names = ("members", "wanted", "given", "held")
    assert left_ms.keys() == {f"binfut:{{share desk}}:{name}" for name in names}
    assert all(3_590_000 < each <= 3_600_000 for each in left_ms.values())


def test_who_leaves_is_in_no_list_of_members(share: Share) -> None:
    share.join("a"), share.join("b")
    share.members.pop("a").leases.leave()
    with share.server.client() as client:
        assert client.zrange("binfut:{share desk}:members", 0, -1) == [b"b"]
        assert client.hkeys("binfut:{share desk}:wanted") == [b"b"]


def test_who_cannot_leave_says_which_engine_it_was(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        leases = Leases(engine(server.url), "desk", "a")
        leases.renew(NAMES, ())
    with pytest.raises(NetworkError, match=server.url):
        leases.leave()
    leases.disconnect()


def test_a_replica_has_no_leases(share: Share) -> None:
    with share.server.client() as client:
        client.replicaof("127.0.0.1", 1)
        try:
            with pytest.raises(ConfigError, match="is a replica"):
                share.join("a")
        finally:
            client.replicaof("NO", "ONE")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["join", "lapse", "leave", "renew"]),
                          st.sampled_from("abc")), max_size=12))  # fmt: skip
def test_whatever_comes_and_goes_all_is_shared_evenly(
    redis_server: RedisServer, steps: list[tuple[str, str]]
) -> None:
    with redis_server.client() as client:
        client.flushall()
    share = Share(redis_server)
    for step, name in steps:
        if name not in share.members:
            share.join(name)
        elif step == "lapse":
            share.lapse(name).leases.disconnect()
        elif step == "leave":
            share.members.pop(name).leases.leave()
        else:
            share.members[name].renew()
        share.check()
    if share.members:
        found = share.settle(4)
        assert sum(found) == len(NAMES)
        assert found[-1] - found[0] <= 1
    share.close()

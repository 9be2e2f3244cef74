"""A member of a share: what is its own is taken over, and nothing is when leases run out."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binfut_cli.auth.redaction import Redactor
from binfut_cli.commands.watch.accounts import membership as module
from binfut_cli.commands.watch.accounts.membership import Membership
from binfut_cli.commands.watch.recording.published import Taken, taken
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import NetworkError, OutputError
from binfut_cli.recording.broker.failures import StrangeStream
from binfut_cli.recording.broker.lease import EVERY_S, TTL_S, Leases
from binfut_cli.recording.broker.names import EntryId, stream_of
from binfut_cli.recording.broker.store import Destination
from binfut_cli.render.documents import Bodies
from tests.support.redis_server import RedisServer, served
from tests.support.streams import COINM, USDM, engine, ids

LANES = [Lane(market, Scope(Env.SANDBOX, "one-way")) for market in Market]


def joined(server: RedisServer, name: str = "a", timeout_s: float = 1.0) -> Membership:
    destination = Destination(engine(server.url, timeout_s=timeout_s))
    bodies = Bodies(Redactor().clean)
    membership = Membership(
        Leases(destination.engine, "desk", name),
        lambda lane: taken(destination, lane, name, bodies),
    )
    membership.join(LANES)
    return membership


def within(seconds: float, is_so: Callable[[], object]) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def keeps_asking(membership: Membership, lanes: Sequence[Lane] = LANES) -> bool:
    """It asks again at once."""
    membership.offer(lanes)
    return True


def until(membership: Membership, is_so: Callable[[], object]) -> None:
    """The same while it is made to ask again and again."""
    lanes = [*membership._lanes.values()]
    within(10, lambda: keeps_asking(membership, lanes) and is_so())


def shared(server: RedisServer, name: str) -> Membership:
    """A member that has all."""
    membership = joined(server, name)
    membership.offer(LANES)
    for _ in LANES:
        within(10, membership.taken)
    assert membership.ours == frozenset(LANES)
    return membership


def refused(client: Any) -> int:
    """How many commands the engine has refused."""
    return int(client.info("stats")["total_error_replies"])


def until_refused(membership: Membership, client: Any) -> None:
    """Have it ask until the engine has refused it more than once."""
    before = refused(client)
    until(membership, lambda: refused(client) > before + 2)


def every(membership: Membership) -> list[Taken]:
    return list(iter(membership.taken, None))


def test_what_is_its_own_is_taken_over_and_given_back(redis_server: RedisServer) -> None:
    membership, found = joined(redis_server), list[Taken]()
    assert membership.ours == frozenset()

    def has_all() -> bool:
        found.extend(every(membership))
        return len(found) == len(LANES)

    membership.offer(LANES)  # what is offered is asked for at once
    within(10, has_all)
    assert membership.ours == frozenset(LANES)
    in_order = sorted(LANES, key=stream_of)
    assert found == [Taken(lane, EntryId(1, 1), None) for lane in in_order]
    assert ids(redis_server, USDM) == ids(redis_server, COINM) == ["1-1"]
    membership.close()
    other = Leases(engine(redis_server.url), "desk", "b")
    other.renew([USDM], ())
    assert other.renew([USDM], ()) == {USDM}
    other.leave()


def test_its_threads_hold_up_no_end(redis_server: RedisServer) -> None:
    membership = joined(redis_server)
    found = {(each.name, each.daemon) for each in threading.enumerate()}
    assert found >= {("leases", True), ("takeovers", True)}
    membership.close()
    with redis_server.client() as client:
        assert not client.zcard("binfut:{share desk}:members")
        assert not client.hlen("binfut:{share desk}:wanted")


def test_another_gets_what_is_let_go_and_not_before(redis_server: RedisServer) -> None:
    one = shared(redis_server, "a")
    other = joined(redis_server, "b")
    one.offer(LANES)
    within(10, lambda: len(one.ours) == 1)
    (kept,) = one.ours
    (lost,) = set(LANES) - one.ours
    other.offer(LANES)
    assert other.ours == frozenset()
    assert not one.taken()  # what was had all the time is not taken over again
    one.let_go(lost)
    within(10, lambda: keeps_asking(other) and other.ours == {lost})
    assert one.ours == {kept}
    within(10, lambda: other.taken() == Taken(lost, EntryId(2, 1), None))
    assert not other.taken()
    one.close()
    within(10, lambda: keeps_asking(other) and other.ours == {lost, kept})
    other.close()
    assert not [*one.troubles, *other.troubles]


def test_only_what_is_offered_is_watched(redis_server: RedisServer) -> None:
    membership = shared(redis_server, "a")
    membership.offer(LANES[:1])
    within(10, lambda: membership.ours == {LANES[0]})
    membership.close()


class Clock:
    """The monotonic clock, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now_s))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_leases_are_ours_for_five_seconds_from_before_they_were_asked_for(
    redis_server: RedisServer, clock: Clock
) -> None:
    membership = shared(redis_server, "a")
    membership.close()  # nobody renews them from now on
    clock.now_s += TTL_S - 0.001
    assert membership.ours == frozenset(LANES)
    clock.now_s += 0.001
    assert membership.ours == frozenset()


def test_leases_of_a_full_engine_are_kept(redis_server: RedisServer, clock: Clock) -> None:
    """What it cannot note of ours, it cannot note of others."""
    membership = shared(redis_server, "a")
    with redis_server.client() as client:
        client.config_set("maxmemory", 1)
        for _ in range(3):
            clock.now_s += TTL_S - 0.5
            until(membership, lambda: membership._held.until_s == clock.now_s + TTL_S)
            assert membership.ours == frozenset(LANES)
        assert not membership.troubles
        clock.now_s += TTL_S  # nobody could ask meanwhile: the computer was asleep
        until(membership, lambda: membership.troubles)
        assert membership.ours == frozenset()
    assert [type(each) for each in membership.troubles] == [OutputError]
    membership.close()


def test_leases_that_an_engine_refuses_run_out_and_that_is_told_once(
    redis_server: RedisServer, clock: Clock
) -> None:
    membership = shared(redis_server, "a")
    key = "binfut:{share desk}:held"
    for _ in range(2):
        with redis_server.client() as client:
            kept = client.dump(key)
            client.set(key, "of another program")
            clock.now_s += TTL_S - 0.5
            until_refused(membership, client)
            assert not membership.troubles  # they are still ours
            clock.now_s += 0.5
            until(membership, lambda: membership.troubles)
            until_refused(membership, client)
            assert membership.ours == frozenset()
            assert [type(each) for each in membership.troubles] == [StrangeStream]
            membership.troubles.clear()
            client.restore(key, 0, kept, replace=True)
        until(membership, lambda: membership.ours == frozenset(LANES))
    membership.close()


def test_a_stream_that_cannot_be_taken_over_is_let_go_and_told(redis_server: RedisServer) -> None:
    away, tried = NetworkError("No answer came.", hint=""), list[Lane]()

    def take(lane: Lane) -> Taken:
        tried.append(lane)
        if len(tried) == 1:
            raise away
        return Taken(lane, EntryId(1, 1), None)

    membership = Membership(Leases(engine(redis_server.url), "desk", "a"), take)
    membership.join(LANES[:1])
    until(membership, lambda: membership.troubles)
    assert [*membership.troubles] == [away]
    assert not membership.taken()
    within(EVERY_S + 5, membership.taken)  # after a moment it is ours again
    assert tried == [LANES[0]] * 2
    membership.close()


def test_a_bug_is_told(redis_server: RedisServer) -> None:
    bug = RuntimeError("a bug")

    def take(lane: Lane) -> Taken:
        raise bug

    membership = Membership(Leases(engine(redis_server.url), "desk", "a"), take)
    membership.join(LANES)
    until(membership, lambda: membership.troubles)
    assert [*membership.troubles] == [bug]
    membership.close()


def test_it_asks_again_by_itself_and_soon_after_a_refusal(redis_server: RedisServer) -> None:
    membership = shared(redis_server, "a")
    with redis_server.client() as client:
        before = client.zscore("binfut:{share desk}:members", "a")
        within(10, lambda: client.zscore("binfut:{share desk}:members", "a") > before)
        client.set("binfut:{share desk}:held", "of another program")
        so_far = refused(client)
        within(10, lambda: refused(client) > so_far + 1)
    membership.close()


def test_one_that_has_only_come_tells_what_it_could_not_renew(
    redis_server: RedisServer, clock: Clock
) -> None:
    membership = joined(redis_server)
    with redis_server.client() as client:
        client.set("binfut:{share desk}:members", "of another program")
    clock.now_s += TTL_S
    until(membership, lambda: membership.troubles)
    membership.close()  # and it cannot say goodbye


def test_nothing_is_taken_over_whose_lease_has_run_out(
    redis_server: RedisServer, clock: Clock
) -> None:
    """It takes long to take the first one over."""
    was_ours = list[bool]()

    def take(lane: Lane) -> Taken:
        was_ours.append(lane in membership.ours)
        clock.now_s += TTL_S
        return Taken(lane, EntryId(1, 1), None)

    membership = Membership(Leases(engine(redis_server.url), "desk", "a"), take)
    assert membership.ours == frozenset()
    membership.join(LANES)
    membership.offer(LANES)
    within(10, lambda: len(was_ours) == 2)
    assert all(was_ours)
    membership.close()


def test_the_end_waits_for_no_silent_engine(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.END_S < TTL_S
    monkeypatch.setattr(module, "END_S", 0.05)
    membership = joined(redis_server, timeout_s=5.0)
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        membership.offer(LANES)
        began_s = time.monotonic()
        membership.close()
        assert time.monotonic() - began_s < 4
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    for thread in membership._threads:
        thread.join()


@pytest.mark.slow
def test_leases_of_an_engine_that_is_silent_run_out_and_that_is_told_once(
    redis_server: RedisServer,
) -> None:
    membership = joined(redis_server)
    for _ in LANES:
        within(EVERY_S + 5, membership.taken)
    redis_server.process.send_signal(signal.SIGSTOP)
    time.sleep(TTL_S - EVERY_S - 1)
    assert membership.ours
    assert not membership.troubles
    within(EVERY_S + 3, lambda: not membership.ours)
    within(3, lambda: membership.troubles)
    time.sleep(1.5)
    assert [type(each) for each in membership.troubles] == [NetworkError]
    for lane in LANES:
        membership.let_go(lane)
    redis_server.process.send_signal(signal.SIGCONT)
    within(2 * EVERY_S + 5, membership.taken)
    assert membership.ours
    membership.close()
    assert len(membership.troubles) == 1


@pytest.mark.slow
def test_leases_of_an_engine_that_is_away_are_kept(tmp_path: Path) -> None:
    """Nobody can get them meanwhile, and all come back with what they have in hand."""
    with served(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server:
        members = [joined(server, name) for name in "ab"]
        found = [each.taken for each in members]
        within(EVERY_S + 5, lambda: all(len(each.ours) == 1 for each in members))
        before = [each.ours for each in members]
        for taken_by in found:
            within(10, taken_by)
        server.kill()
        time.sleep(2 * TTL_S)
        assert [each.ours for each in members] == before
        server.start()
        time.sleep(2 * EVERY_S)
        assert [each.ours for each in members] == before
        assert not any(each.taken() or each.troubles for each in members)
        for each in members:
            each.close()

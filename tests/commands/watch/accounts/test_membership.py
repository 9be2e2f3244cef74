"""A member of a share: what is its own is taken over, and nothing is when leases run out."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from binfut_cli.auth.redaction import Redactor
from binfut_cli.commands.watch.accounts.membership import Membership
from binfut_cli.commands.watch.recording.published import Taken, taken
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import NetworkError
from binfut_cli.recording.broker.lease import EVERY_S, TTL_S, Leases
from binfut_cli.recording.broker.names import EntryId, stream_of
from binfut_cli.recording.broker.store import Destination
from binfut_cli.render.documents import Bodies
from tests.support.redis_server import RedisServer, served
from tests.support.streams import COINM, USDM, engine, ids

LANES = [Lane(market, Scope(Env.SANDBOX, "one-way")) for market in Market]


def joined(server: RedisServer, name: str = "a") -> Membership:
    destination = Destination(engine(server.url, timeout_s=1.0))
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


def every(membership: Membership) -> list[Taken]:
    return list(iter(membership.taken, None))


def test_what_is_its_own_is_taken_over_and_given_back(redis_server: RedisServer) -> None:
    membership, found = joined(redis_server), list[Taken]()
    assert membership.ours == frozenset()

    def has_all() -> bool:
        found.extend(every(membership))
        return len(found) == len(LANES)

    within(EVERY_S + 5, has_all)
    assert membership.ours == frozenset(LANES)
    in_order = sorted(LANES, key=stream_of)
    assert found == [Taken(lane, EntryId(1, 1), None) for lane in in_order]
    assert ids(redis_server, USDM) == ids(redis_server, COINM) == ["1-1"]
    membership.close()
    other = Leases(engine(redis_server.url), "desk", "b")
    other.renew([USDM], ())
    assert other.renew([USDM], ()) == {USDM}
    other.leave()


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
            within(5, taken_by)
        server.kill()
        time.sleep(2 * TTL_S)
        assert [each.ours for each in members] == before
        server.start()
        time.sleep(2 * EVERY_S)
        assert [each.ours for each in members] == before
        assert not any(each.taken() or each.troubles for each in members)
        for each in members:
            each.close()

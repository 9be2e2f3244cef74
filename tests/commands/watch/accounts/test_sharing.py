"""`watch --share`: accounts are spread over those of one name, and move when one comes or goes."""

import json
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.recording.broker.names import EntryId, stream_of
from binfut_cli.sandbox import Sandbox
from tests.commands.watch.accounts.test_changing import hears
from tests.commands.watch.accounts.test_several_profiles import Home, deposit, home
from tests.support.program import Watching, binfut
from tests.support.redis_server import RedisServer
from tests.support.streams import stream

__all__ = ["home"]
DESKS = {"sub-1": "one-way", "sub-2": "hedge", "sub-3": "multi-assets", "sub-4": "coinm"}
SOON_S = 15.0


@pytest.fixture
def desks(home: Home, sandbox: Sandbox) -> Home:
    """Four profiles that lead to one sandbox."""
    for name, account in DESKS.items():
        home.profile(name, sandbox, account)
    return home


def name(profile: str) -> str:
    return stream_of(Lane(Market.USDM, Scope(Env.TESTNET, profile)))


def records(server: RedisServer, profile: str) -> list[dict[str, Any]]:
    return [json.loads(record) for _, record in stream(server, name(profile))]


def run_of(server: RedisServer, profile: str) -> str | None:
    """The run that watches an account now, as its stream tells; None if nobody does."""
    for record in reversed(records(server, profile)):
        if record["type"] == "stop":
            return None
        if record.get("status") == "LIVE":
            return str(record["run"])
    return None


def watched_by(server: RedisServer) -> list[str]:
    """The runs that watch the accounts, of each as many as it watches, once all are watched."""
    found = [run_of(server, profile) for profile in DESKS]
    return sorted(run for run in found if run)


def within(seconds: float, is_so: Callable[[], object]) -> float:
    """How long it took until it was so."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() < began + seconds
        time.sleep(0.05)
    return time.monotonic() - began


def shares(server: RedisServer) -> list[int]:
    runs = watched_by(server)
    return sorted(map(runs.count, {*runs}))


def watch(desks: Home, server: RedisServer, *options: str) -> Watching:
    return desks.watch("--all-profiles", "--to", server.url, "--share", "desk", *options)


def is_in_order(server: RedisServer, profile: str) -> bool:
    """Whether each epoch begins with 1, and nothing of an older one comes after it."""
    ids = [EntryId.of(each.encode()) for each, _ in stream(server, name(profile))]
    return all(
        (after.epoch, after.seq) == (before.epoch, before.seq + 1)
        or (after.epoch > before.epoch and after.seq == 1)
        for before, after in pairwise(ids)
    )


def test_one_alone_has_all_and_gives_all_back(desks: Home, redis_server: RedisServer) -> None:
    options = "--all-profiles", "--to", redis_server.url, "--share", "desk", "--json"
    done = binfut("watch", *options, "--duration", "4s", env=desks.env)
    assert done.status == 0, done.err
    assert "watched from now on: sub-1 usdm" in done.err
    for profile in DESKS:
        found = records(redis_server, profile)
        assert [found[0]["type"], found[-1]["type"]] == ["segment", "stop"]
        assert is_in_order(redis_server, profile)
    with redis_server.client() as client:
        assert client.zcard("binfut:{share desk}:members") == 0


@pytest.mark.slow
def test_metrics_tell_who_has_which_account(desks: Home, redis_server: RedisServer) -> None:
    with (
        watch(desks, redis_server, "--metrics", "127.0.0.1:0") as first,
        watch(desks, redis_server, "--metrics", "127.0.0.1:0") as second,
    ):
        urls = [metrics_of(each) for each in (first, second)]
        within(SOON_S, lambda: [sum(held(url).values()) for url in urls] == [2, 2])
        assert held(urls[0]).keys() == held(urls[1]).keys() == DESKS.keys()
        first.process.kill()
        within(SOON_S, lambda: sum(held(urls[1]).values()) == 4)


def metrics_of(watching: Watching) -> str:
    return "http://" + hears(watching, "//").rpartition("//")[2].split()[0].rstrip(".")


def held(url: str) -> dict[str, float]:
    """What a watch says of the accounts of its share."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        told = answer.read().decode()
    found = re.findall(r'^binfut_lease_held\{.*profile="([\w-]+)"\} ([\d.]+)$', told, re.MULTILINE)
    return {name: float(number) for name, number in found}


@pytest.mark.slow
def test_two_share_evenly_and_who_is_killed_is_stood_in_for(
    desks: Home, sandbox: Sandbox, redis_server: RedisServer
) -> None:
    with watch(desks, redis_server) as first, watch(desks, redis_server) as second:
        within(SOON_S, lambda: shares(redis_server) == [2, 2])
        left = {profile: run_of(redis_server, profile) for profile in DESKS}
        first.process.kill()
        run = json.loads(second.line())["run"]
        for account in DESKS.values():
            deposit(sandbox, account)
        within(SOON_S, lambda: watched_by(redis_server) == [run] * 4)
        for profile in DESKS:
            found = records(redis_server, profile)
            assert is_in_order(redis_server, profile)
            assert [each for each in found if each["type"] in ("resync", "event")]
            if left[profile] != run:
                own = [each for each in found if each["run"] == run]
                begins = next(each for each in own if each.get("previousRun") == left[profile])
                gap = next(each for each in own if each["type"] == "gap")
                assert gap["cause"] == "handover"
                assert gap["from"] <= begins["time"] <= gap["to"]


@pytest.mark.slow
def test_who_was_frozen_cannot_write_and_shares_again(
    desks: Home, sandbox: Sandbox, redis_server: RedisServer
) -> None:
    with watch(desks, redis_server) as first, watch(desks, redis_server) as second:
        within(SOON_S, lambda: shares(redis_server) == [2, 2])
        frozen = json.loads(first.line())["run"]
        first.process.send_signal(signal.SIGSTOP)
        within(SOON_S, lambda: set(watched_by(redis_server)) == {json.loads(second.line())["run"]})
        for account in DESKS.values():
            deposit(sandbox, account)
        before = len([profile for profile in DESKS if run_of(redis_server, profile) == frozen])
        assert before == 0
        first.process.send_signal(signal.SIGCONT)
        hears(first, "watched no longer")
        within(SOON_S, lambda: shares(redis_server) == [2, 2])
        assert frozen in watched_by(redis_server)
        assert all(is_in_order(redis_server, profile) for profile in DESKS)


@pytest.mark.slow
def test_one_that_comes_gets_a_part_and_one_that_goes_gives_it_back(
    desks: Home, redis_server: RedisServer
) -> None:
    with watch(desks, redis_server) as first:
        within(SOON_S, lambda: shares(redis_server) == [4])
        with watch(desks, redis_server) as second:
            within(SOON_S, lambda: shares(redis_server) == [2, 2])
            second.process.terminate()
            assert second.process.wait(10) == 143
        within(SOON_S, lambda: shares(redis_server) == [4])
        hears(first, "watched no longer")
    assert all(is_in_order(redis_server, profile) for profile in DESKS)

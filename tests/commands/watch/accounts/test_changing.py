"""Profiles that come and go while a watch runs: SIGHUP, and whoever is not meant goes on."""

import json
import os
import select
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from binfut_cli.sandbox import Sandbox
from tests.commands.watch.accounts.test_several_profiles import (
    Home,
    Record,
    deposit,
    home,
    records,
    says,
    until,
)
from tests.support.program import Watching, binfut, environment

__all__ = ["home"]
Test = Callable[[Record], object]


def has(kind: str, profile: str) -> Test:
    """A test: whether a record is of a kind, and about a profile."""
    return lambda record: (record["type"], record.get("profile")) == (kind, profile)


@pytest.fixture
def desks(home: Home, sandbox: Sandbox) -> Home:
    """Three profiles that lead to one sandbox."""
    for name, account in (("sub-1", "one-way"), ("sub-2", "hedge"), ("main", "multi-assets")):
        home.profile(name, sandbox, account)
    return home


def hang_up(watching: Watching) -> None:
    watching.process.send_signal(signal.SIGHUP)


def hears(watching: Watching, text: str) -> str:
    """Standard error, read until it says so."""
    assert watching.process.stderr is not None
    fd, heard = watching.process.stderr.fileno(), b""
    while text.encode() not in heard:
        ready, _, _ = select.select([fd], [], [], 10)
        assert ready, heard.decode()
        heard += os.read(fd, 65536)
    return heard.decode()


def lines(file: Path) -> list[Record]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_file_that_is_read_again_begins_and_ends_accounts_and_leaves_others_alone(
    desks: Home, sandbox: Sandbox, tmp_path: Path
) -> None:
    file, day, before = (tmp_path / name for name in ("desks", "day", "before"))
    file.write_text("sub-1\nsub-2  # soon not\n")
    with desks.watch("--profiles", str(file), "--record", str(day)) as watching:
        found = until(watching, says("sub-1", "LIVE"), says("sub-2", "LIVE"))
        day.rename(before)  # as logrotate does
        file.write_text("sub-1\nmain\n")
        hang_up(watching)
        found += until(watching, says("main", "LIVE"), has("stop", "sub-2"))
        heard = hears(watching, "watched no longer: sub-2 usdm.")
        assert "watched from now on: main usdm." in heard
        for account in ("one-way", "hedge", "multi-assets"):
            deposit(sandbox, account)
        found += until(watching, has("event", "sub-1"), has("event", "main"))
        file.write_text("sub-1\nmain\nmian\n")
        hang_up(watching)
        heard = hears(watching, "the accounts are watched as before.")
        assert "line 3: there is no profile 'mian'. Did you mean 'main'?" in heard
        ended = watching.end(signal.SIGINT)
    found += records(ended)
    assert ended.status == 130
    assert [record["seq"] for record in found] == list(range(1, len(found) + 1))
    of_first = [r["type"] for r in found if r.get("profile") == "sub-1"]
    assert of_first == ["status", "snapshot", "status", "event", "stop"]
    stops = {r["profile"]: (r["reason"], r["market"], r["gaps"]) for r in found if has_stop(r)}
    assert stops.pop("sub-2") == ("removed", "usdm", 0)
    assert stops == dict.fromkeys(("sub-1", "main"), ("SIGINT", "usdm", 0))
    assert {r["profile"] for r in lines(before) if r["type"] == "snapshot"} == {"sub-1", "sub-2"}
    recorded = [r["profile"] for r in lines(day) if has_stop(r)]
    assert recorded == ["sub-2", "sub-1", "main"]


def has_stop(record: Record) -> bool:
    return bool(record["type"] == "stop")


def test_one_that_is_removed_in_a_gap_tells_of_it(
    desks: Home, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "desks"
    file.write_text("sub-*\n")
    with desks.watch("--profiles", str(file)) as watching:
        until(watching, says("sub-1", "LIVE"), says("sub-2", "LIVE"))
        sandbox.act({"action": "ban", "seconds": 60})
        sandbox.fault({"fault": "reset", "layer": "stream", "now": True})
        until(watching, says("sub-1", "GAP"), says("sub-2", "GAP"))
        file.write_text("sub-1\n")
        hang_up(watching)
        found = until(watching, has("stop", "sub-2"))
    gap, stop = [r for r in found if r.get("profile") == "sub-2"][-2:]
    assert (gap["type"], gap["open"]) == ("gap", True)
    assert (stop["reason"], stop["gaps"]) == ("removed", 1)


@pytest.mark.parametrize("wrong", ["api_key", "secret"])
def test_a_key_that_was_refused_and_is_mended_is_tried_again(
    home: Home, sandbox: Sandbox, wrong: str
) -> None:
    home.profile("desk", sandbox, **{wrong: "x" * 64})
    home.profile("hedge", sandbox, "hedge")
    with home.watch("--all-profiles") as watching:
        until(watching, says("desk", "FAILED"), says("hedge", "LIVE"))
        home.profile("desk", sandbox)
        home.profile("third", sandbox, "coinm", market="coinm")
        hang_up(watching)
        found = until(watching, says("desk", "LIVE"), says("third", "LIVE", "coinm"))
        home.forget("desk")
        hang_up(watching)
        stop = until(watching, has("stop", "desk"))[-1]
        ended = watching.end()
    assert (stop["market"], len(stop["lanes"])) == ("usdm", 1)
    assert {r["profile"] for r in found if has("snapshot", str(r.get("profile")))(r)} == {
        "desk", "third",
    }  # fmt: skip
    assert ended.status == 143
    assert "watched from now on: desk usdm, third coinm." in ended.err


def test_the_sandbox_has_profiles_too() -> None:
    options = ("watch", "--env", "sandbox", "--json", "--limit", "3", "--speed", "100")
    ended = binfut(*options, "--all-profiles", env=environment())
    assert ended.status == 0
    names = {r["profile"] for r in records(ended) if r["type"] == "stop"}
    assert names == {"one-way", "multi-assets", "hedge", "coinm"}
    ended = binfut(*options, "--profile", "*-*", env=environment())
    assert {r["profile"] for r in records(ended) if r["type"] == "stop"} == {
        "one-way", "multi-assets",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--all-profiles", "--profile", "main"), 2, "chosen in two ways"),
        (("--all-profiles", "--profiles", "x"), 2, "chosen in two ways"),
        (("--all-profiles", "--raw"), 2, "--raw does not tell"),
        (("--profiles", "gone"), 3, "'gone' cannot be read: No such file or directory."),
        (("--profile", "desk-*"), 3, "No profile matches 'desk-*'."),
        (("--profile", "main", "--profile", "main"), 2, "'main' is given twice"),
    ],
)
def test_what_means_nobody_is_told_before_anything_is_asked(
    options: tuple[str, ...], status: int, said: str, desks: Home
) -> None:
    ended = binfut("watch", *options, env=desks.env)
    assert (ended.status, ended.out) == (status, "")
    assert said in ended.err
    assert "hint:" in ended.err


def test_what_the_environment_names_gives_way(desks: Home) -> None:
    with desks.watch("--profile", "sub-?", BINFUT_PROFILE="gone") as watching:
        until(watching, says("sub-1", "LIVE"), says("sub-2", "LIVE"))
    with desks.watch("--all-profiles", BINFUT_PROFILE="gone") as watching:
        until(watching, *(says(name, "LIVE") for name in ("sub-1", "sub-2", "main")))

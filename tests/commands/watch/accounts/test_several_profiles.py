"""`binfut watch` with several profiles: nobody's record is another's, nobody's fault another's."""

import json
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.auth import profiles
from binfut_cli.auth.credentials import Secret
from binfut_cli.auth.profiles import Profile
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.auth.stores import FileStore
from binfut_cli.commands.process.systemd import MORE_TIME
from binfut_cli.sandbox import Sandbox
from tests.support.program import Ended, Watching, binfut, environment
from tests.support.schemas import validator

Record = dict[str, Any]


class Home:
    """A place of its own for profiles that lead to sandboxes."""

    def __init__(self, root: Path) -> None:
        self._root = root / "config"
        self.state = root / "state" / "binfut"
        places = {"BINFUT_CONFIG_DIR": self._root, "XDG_STATE_HOME": root / "state",
                  "XDG_CACHE_HOME": root / "cache"}  # fmt: skip
        self.env = environment(None, **{name: str(path) for name, path in places.items()})

    def profile(self, name: str, sandbox: Sandbox, account: str = "one-way", **more: str) -> None:
        """A profile with a sandbox account's key, or another (`api_key`) or a wrong `secret`."""
        key = next(each for each in sandbox.accounts if each.name == account)
        told = more.pop("api_key", key.api_key), more.pop("secret", key.secret)
        kept = StoredKey(*map(Secret, told))
        FileStore(self._root).put(name, kept)
        made = {
            "env": "testnet",
            "key_type": "hmac",
            "api_key": "…",
            "rest_url": sandbox.rest["usdm"],
            "ws_api_url": sandbox.stream["usdm"],
            "stream_url": sandbox.stream["usdm"],
        }
        known = profiles.load(self._root)
        found = known.with_profile(name, Profile(**(made | more)), as_default=False)
        profiles.save(self._root, found)

    def forget(self, name: str) -> None:
        """A profile less."""
        profiles.save(self._root, profiles.load(self._root).without(name))

    def watch(self, *options: str, **env: str) -> Watching:
        """Watch as a program does."""
        return Watching("--json", *options, env=self.env | env)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def other() -> Iterator[Sandbox]:
    with Sandbox.start(account="hedge", seed=2) as running:
        yield running


def until(watching: Watching, *tests: Callable[[Record], object]) -> list[Record]:
    """Read on until each of the tests was passed by some record; give all that was read."""
    found: list[Record] = []
    while not all(any(map(test, found)) for test in tests):
        line = watching.line()
        assert line, f"the watch ended: {watching.rest()}"
        found.append(json.loads(line))
    return found


def says(profile: str, verdict: str, market: str | None = "usdm") -> Callable[[Record], object]:
    """A test: whether a record is this verdict on this lane."""
    wanted = {"profile": profile, "market": market, "status": verdict}
    return lambda record: wanted.items() <= record.items()


def deposit(sandbox: Sandbox, account: str, amount: str = "1") -> None:
    sandbox.act({"action": "deposit", "account": account, "asset": "USDT", "amount": amount})


def records(ended: Ended) -> list[Record]:
    return [json.loads(line) for line in ended.out.splitlines()]


def faults(ended: Ended) -> list[Record]:
    """The errors on standard error, each an object as its schema says."""
    found = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    for each in found:
        validator("error").validate(each)
    return [each["error"] for each in found]


BOTH = ("--profile", "desk", "--profile", "hedge")


def test_every_record_says_whose_it_is(home: Home, sandbox: Sandbox) -> None:
    home.profile("desk", sandbox)
    home.profile("hedge", sandbox, "hedge")
    lanes = [(name, market) for name in ("desk", "hedge") for market in ("usdm", "coinm")]
    with home.watch(*BOTH, "--market", "all", "--limit", "3") as watching:
        found = until(watching, *(says(name, "LIVE", market) for name, market in lanes))
        for account in ("hedge", "one-way", "hedge"):
            deposit(sandbox, account)
        ended = watching.rest()
    assert ended.status == 0
    found += records(ended)
    assert [record["seq"] for record in found] == list(range(1, len(found) + 1))
    assert {(r["profile"], r["market"]) for r in found if r["type"] == "snapshot"} == {*lanes}
    told = [r["profile"] for r in found if r["type"] == "event"]
    assert sorted(told) == ["desk", "hedge", "hedge"]
    stops = {r["profile"]: (r["market"], r["events"]) for r in found if r["type"] == "stop"}
    assert stops == {"desk": (None, 1), "hedge": (None, 2)}
    assert {record["env"] for record in found} == {"testnet"}


def is_given_up(record: Record) -> bool:
    """Whether it is the verdict on a wrong key: on a busy machine a time-out may come before it."""
    return bool(says("desk", "FAILED")(record)) and "retryInMs" not in record


def test_a_wrong_key_stops_nobody_else_and_is_the_exit_status(
    home: Home, sandbox: Sandbox, tmp_path: Path
) -> None:
    home.profile("desk", sandbox, api_key="x" * 64)
    home.profile("hedge", sandbox, "hedge")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        notify = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        with home.watch(*BOTH, "--limit", "1", **notify) as watching:
            found = until(watching, is_given_up, says("hedge", "LIVE"))
            told = filter(MORE_TIME.__ne__, iter(partial(systemd.recv, 100), None))
            assert [next(told), next(told)] == [b"READY=1", b"WATCHDOG=1"]
            deposit(sandbox, "hedge")
            ended = watching.rest()
    (failed,) = filter(is_given_up, found)
    validator("status").validate(failed)
    (fault,) = faults(ended)
    assert (fault["profile"], fault["market"], fault["kind"]) == ("desk", "usdm", "auth")
    assert fault["hint"] == failed["error"]["hint"] != ""
    assert ended.status == 5


def test_a_market_that_a_key_may_not_use_stops_nobody_else(home: Home, sandbox: Sandbox) -> None:
    home.profile("desk", sandbox)
    sandbox.fault({"fault": "revoked", "layer": "wsApi", "market": "coinm", "count": None})
    options = ("--profile", "desk", "--market", "all", "--limit", "1")
    with home.watch(*options) as watching:
        until(watching, says("desk", "FAILED", "coinm"), says("desk", "LIVE"))
        deposit(sandbox, "one-way")
        ended = watching.rest()
    assert (ended.status, len(faults(ended))) == (5, 1)


def test_when_all_have_failed_there_is_nothing_to_watch(home: Home, sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"ws://127.0.0.1:{closed.getsockname()[1]}"
    home.profile("desk", sandbox, api_key="x" * 64)
    home.profile("hedge", sandbox, ws_api_url=nowhere, rest_url=nowhere.replace("ws", "http"))
    with home.watch(*BOTH) as watching:
        ended = watching.rest()
    assert ended.status == 5  # of 5 and 6: the one that does not mend by itself
    assert {(each["profile"], each["retryable"]) for each in faults(ended)} == {
        ("desk", False), ("hedge", True)
    }  # fmt: skip
    assert [r["reason"] for r in records(ended) if r["type"] == "stop"] == ["failed", "failed"]


def test_an_account_that_cannot_be_reached_is_tried_again(
    home: Home, sandbox: Sandbox, other: Sandbox
) -> None:
    home.profile("desk", sandbox)
    home.profile("hedge", other, "hedge")
    other.fault({"fault": "httpStatus", "layer": "handshake", "status": 503, "on": "/private",
                 "count": 2})  # fmt: skip
    with home.watch(*BOTH, "--limit", "1") as watching:
        found = until(watching, says("desk", "LIVE"), says("hedge", "LIVE"))
        deposit(other, "hedge")
        ended = watching.rest()
    failed = [r for r in found if r.get("status") == "FAILED"]
    assert [(r["profile"], r["error"]["retryable"]) for r in failed] == [("hedge", True)] * 2
    assert all(r["retryInMs"] > 0 for r in failed)
    assert [each["kind"] for each in faults(ended)] == ["busy"]  # told once
    assert ended.status == 0  # it came right


@pytest.mark.parametrize("env", ["demo", "testnet"])
def test_each_is_watched_where_it_belongs_and_a_ban_there_is_its_own(
    home: Home, sandbox: Sandbox, other: Sandbox, env: str
) -> None:
    home.profile("desk", sandbox)
    home.profile("hedge", other, "hedge", env=env, market="coinm")
    sandbox.fault({"fault": "httpStatus", "layer": "handshake", "status": 418,
               "headers": {"Retry-After": "600"}, "on": "/private"})  # fmt: skip
    with home.watch(*BOTH, "--limit", "1") as watching:
        found = until(watching, says("desk", "FAILED"), says("hedge", "LIVE", "coinm"))
        other.act({"action": "deposit", "account": "hedge", "market": "coinm", "asset": "BTC",
                   "amount": "1"})  # fmt: skip
        ended = watching.rest()
    where = {(r["profile"], r["env"], r["market"]) for r in found}
    assert where == {("desk", "testnet", "usdm"), ("hedge", env, "coinm")}
    assert not home.state.exists()  # a profile's own address is one that was given
    assert ended.status == 7


def test_a_key_that_can_withdraw_is_not_used_and_stops_nobody_else(
    home: Home, sandbox: Sandbox
) -> None:
    home.profile("desk", sandbox, env="prod")
    home.profile("hedge", sandbox, "hedge", env="prod")
    sandbox.act({"action": "keyPowers", "account": "one-way", "enableWithdrawals": True})
    with home.watch(*BOTH, "--limit", "1") as watching:
        found = until(watching, says("hedge", "LIVE"))
        deposit(sandbox, "one-way")
        deposit(sandbox, "hedge")
        ended = watching.rest()
    assert found[0]["status"] == "FAILED"
    assert {r["profile"] for r in found[1:] + records(ended)} == {"hedge"}
    assert [each["profile"] for each in faults(ended)] == ["desk"]
    assert "binfut: hedge: This key works from any address" in ended.err
    assert ended.status == 5


def test_people_see_whose_it_is() -> None:
    names = "hedge multi-assets"
    done = binfut("watch", "-e", "sandbox", "--duration", "1s", "--speed", "100",
                  env=environment(BINFUT_PROFILE=names))  # fmt: skip
    lines = [line.split() for line in (done.out + done.err).splitlines()]
    assert done.status == 0
    assert {line[1] for line in lines if line[0] != "──"} == set(names.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-p", "hedge", "-p", "coinm", "-p", "hedge"), "Profile 'hedge' is given twice."),
        (("-p", "hedge", "-p", "coinm", "--raw"), "--raw does not tell whose a message is"),
    ],
)
def test_what_cannot_be_is_said_at_once(options: tuple[str, ...], said: str) -> None:
    done = binfut("watch", "-e", "sandbox", *options)
    assert (done.status, done.out) == (2, "")
    assert said in done.err

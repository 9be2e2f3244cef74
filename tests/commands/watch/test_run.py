"""Whose word to wait holds for which lanes of a watch, and how its threads take turns."""

import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from binfut_cli.api.client import AccountClient
from binfut_cli.auth import credentials
from binfut_cli.commands.open_accounts import OpenedAccounts, Reached
from binfut_cli.commands.watch.hosts import Gates
from binfut_cli.commands.watch.run import SWITCH_S, may_be_several, share_process
from binfut_cli.endpoints import Endpoints, Env, Lane, Market, Scope, endpoints
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.limits.rate_gate import RateLimitGate

GIVEN = Endpoints("http://127.0.0.1:1", "ws://127.0.0.1:2", "ws://127.0.0.1:3")
IN_PART = replace(endpoints(Env.PROD, Market.USDM), stream="ws://127.0.0.1:3")


def lane(name: str, env: Env, market: Market, place: Endpoints) -> tuple[AccountClient, Endpoints]:
    key = credentials.sandbox("k", "s")
    return AccountClient(market, place, key, scope=Scope(env, name)), place


LANES = tuple(
    lane(name, env, market, place or endpoints(env, market))
    for name, env, market, place in (
        ("one", Env.PROD, Market.USDM, None),
        ("one", Env.PROD, Market.COINM, None),
        ("two", Env.PROD, Market.USDM, None),
        ("in part", Env.PROD, Market.USDM, IN_PART),
        ("given", Env.PROD, Market.USDM, GIVEN),
        ("testnet", Env.TESTNET, Market.USDM, None),
        ("demo", Env.DEMO, Market.COINM, None),
    )
)


@pytest.mark.parametrize(
    ("host", "closed"),
    [
        ("fapi.binance.com", {"one", "two", "in part"}),
        ("dstream.binance.com", {"one", "two", "in part"}),
        ("127.0.0.1:3", {"in part", "given"}),
        ("127.0.0.1:1", {"given"}),
        ("testnet.binancefuture.com", {"testnet", "demo"}),
        ("demo-fapi.binance.com", {"demo"}),
    ],
)
def test_a_hosts_word_holds_for_all_that_is_counted_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, closed: set[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = gates(LANES)
    refusal = RateLimitedError("x", hint="y")
    refusal.host = host
    asking = next(gate for lane, gate in found.items() if name_of(lane) in closed)
    asking.close(refusal)
    assert {name_of(lane) for lane, gate in found.items() if gate.wait_ms()} == closed
    remembered = [file.name for file in tmp_path.glob("binfut/*")]
    assert remembered == ([] if host.startswith("127") else [f"limits-{host}.json"])


def gates(lanes: Iterable[Reached]) -> dict[Lane, RateLimitGate]:
    """The gate of each lane, in a new run."""
    found = Gates()
    return {account.lane: found(account.lane, place) for account, place in lanes}


def name_of(lane: Lane) -> str:
    assert lane.scope is not None
    return lane.scope.profile or ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform knows a place")
def test_without_a_home_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "relative")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    found = gates(LANES[:1])
    refusal = RateLimitedError("x", hint="y")
    refusal.host = "fapi.binance.com"
    (gate,) = found.values()
    gate.close(refusal)
    assert gate.wait_ms() > 0
    (fresh,) = gates(LANES[:1]).values()
    assert fresh.wait_ms() == 0


class Opening:
    """Accounts that may be opened again."""

    asked = threading.Event()

    def opened(self) -> OpenedAccounts:
        raise AssertionError("nobody asks")


@pytest.fixture
def usual_s() -> Iterator[float]:
    """How long a thread goes on; it does so again afterwards."""
    before_s = sys.getswitchinterval()
    yield before_s
    sys.setswitchinterval(before_s)


@pytest.mark.parametrize(
    ("lanes", "again", "several"),
    [(1, None, False), (2, None, True), (1, Opening(), True), (0, Opening(), True)],
)
def test_there_may_be_several_accounts(lanes: int, again: Opening | None, several: bool) -> None:
    found = OpenedAccounts([*LANES[:lanes]], Scope(Env.PROD, None), again=again)
    assert may_be_several(found) is several


def test_then_threads_give_way_sooner(usual_s: float) -> None:
    share_process()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S) != pytest.approx(usual_s)

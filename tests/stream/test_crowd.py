"""Many accounts over real sockets, on an exchange that counts what is asked of it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from binfut_cli.api.client import AccountClient
from binfut_cli.commands.open_accounts import Reached, Target, in_sandbox
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.stream.coverage.limits.rate_gate import RateLimitGate
from binfut_cli.stream.coverage.limits.weight import WeightBudget
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.records import Gap, Heartbeat, Record, Status, Verdict
from binfut_cli.stream.runtime import Runtime
from tests.support.bodies import bodies

LANES, SPEED = 40, 10.0
MOST = 600  # of 1200: the half of what this exchange grants
WATCHED_S = 36.0  # ten times as long by the clocks of both


def crowd(sandbox: Sandbox) -> Iterator[Reached]:
    """Lanes of their own names; four accounts are behind them."""
    names = [each.name for each in sandbox.accounts]
    for number in range(LANES):
        target = Target(Env.SANDBOX, (Market.USDM,), names[number % len(names)])
        ((account, place),) = in_sandbox(sandbox, target).lanes
        account.lane = Lane(Market.USDM, Scope(Env.SANDBOX, f"lane-{number}"))
        yield account, place


def fast() -> Runtime:
    """Clocks that run ten times as fast."""
    plain = Runtime()
    begun_s, begun_ms = time.monotonic(), plain.now_ms()
    return replace(
        plain,
        seconds=lambda: begun_s + (time.monotonic() - begun_s) * SPEED,
        monotonic=lambda: begun_s + (time.monotonic() - begun_s) * SPEED,
        now_ms=lambda: begun_ms + round((time.monotonic() - begun_s) * SPEED * 1000),
        wait=lambda event, seconds: plain.wait(event, seconds / SPEED),
    )


class Counted:
    """The exchange's own count of each of its minutes, looked at often."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.minutes: dict[int, int] = {}
        self._exchange, self._over = sandbox.exchange, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Counted":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            with self._exchange.lock:
                now_ms = self._exchange.now_ms()
                used = self._exchange.ws_weight["usdm"].used(now_ms)
            self.minutes[now_ms // 60_000] = max(used, self.minutes.get(now_ms // 60_000, 0))


@pytest.mark.slow
def test_forty_accounts_start_without_one_refusal_and_are_read_again_in_turn() -> None:
    runtime = fast()
    gate = RateLimitGate(now_ms=runtime.now_ms, steady_ms=runtime.now_ms, budget=WeightBudget(MOST))
    records, ending = list[Record](), threading.Event()
    setup = Setup(runtime=runtime, gate=gate, ending=ending)
    rules = Rules(weight_limit=2 * MOST, ping_interval_s=1e6)
    with Sandbox.start(rules=rules, time_speed=SPEED) as sandbox, Counted(sandbox) as counted:
        lanes = list(crowd(sandbox))
        with Engine(lanes, setup) as engine:
            end_s = time.monotonic() + WATCHED_S
            for brought in engine.run():
                records += brought
                if time.monotonic() >= end_s:
                    ending.set()
            accounts: list[AccountClient] = [account for account, _ in lanes]
    statuses = [r for r in records if isinstance(r.body, Status)]
    live = [r for r in statuses if r.body.verdict is Verdict.LIVE]  # type: ignore[union-attr]
    assert {r.scope for r in live} == {account.lane.scope for account in accounts}
    assert not bodies(records, Gap)
    assert not [r for r in statuses if r.body.verdict is Verdict.FAILED]  # type: ignore[union-attr]
    most = max(counted.minutes.values())
    assert MOST * 0.6 < most <= MOST * 1.15  # and what was on its way as a minute began
    beats = bodies(records, Heartbeat)
    assert {beat.detection_ms for beat in beats} == {(80 + 9) * 1000}
    told = [r.body.reason for r in statuses if isinstance(r.body, Status)]
    assert (
        "Each account is read again every 80 s: a stream that tells nothing is found within 89 s."
        in told
    )
    last = {lane: reducer.counts.proven_ms for lane, reducer in engine.reducers.items()}
    assert runtime.now_ms() - min(last.values()) < 2 * 89_000

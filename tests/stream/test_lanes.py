"""Lanes that come and go while a watch runs: the others go on untouched."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.commands.open_accounts import Reached, Target, in_sandbox
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.resources.status import snapshot
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream import engine as engines
from binfut_cli.stream.coverage.lane import LaneSupervisor
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.messages import Batch, LaneEnded, ThreadCrashed
from binfut_cli.stream.records import Gap, Record, Status, Verdict
from binfut_cli.stream.state import State

PATIENCE_S = 10.0


class Watched:
    """A watch over sockets, run by hand on this thread."""

    def __init__(self, sandbox: Sandbox, engine: Engine) -> None:
        self.sandbox, self.engine, self.records = sandbox, engine, list[Record]()
        self._run = engine.run()

    def until(self, met: Callable[[], bool]) -> None:
        """Take in what comes until a condition is met."""
        end_s = time.monotonic() + PATIENCE_S
        while not met():
            assert time.monotonic() < end_s
            self.records += next(self._run)

    def said(self, name: str) -> list[Verdict]:
        """What was said of an account's coverage."""
        return [
            record.body.verdict
            for record in self.records
            if isinstance(record.body, Status) and record.scope == Scope(Env.SANDBOX, name)
        ]

    def is_live(self, name: str) -> bool:
        return Verdict.LIVE in self.said(name)

    def add(self, name: str) -> None:
        for account, place in reached(self.sandbox, name):
            self.engine.add(account, place)


def reached(sandbox: Sandbox, name: str) -> Sequence[Reached]:
    return in_sandbox(sandbox, Target(Env.SANDBOX, (Market.USDM,), name)).lanes


def lane(name: str) -> Lane:
    return Lane(Market.USDM, Scope(Env.SANDBOX, name))


@contextmanager
def watching(*names: str, live: bool = False, standing_by: bool = False) -> Iterator[Watched]:
    setup = Setup(ending=threading.Event(), live=live, standing_by=standing_by)
    with Sandbox.start() as sandbox:
        lanes = [each for name in names for each in reached(sandbox, name)]
        with Engine(lanes, setup) as engine:
            yield Watched(sandbox, engine)


def test_a_lane_comes_and_another_goes_and_a_third_is_left_alone() -> None:
    with watching("one-way", "hedge", live=True) as watched:
        watched.until(lambda: watched.is_live("one-way") and watched.is_live("hedge"))
        watched.add("multi-assets")
        watched.until(lambda: watched.is_live("multi-assets"))
        assert watched.engine.views().keys() == {
            lane("one-way"),
            lane("hedge"),
            lane("multi-assets"),
        }
        watched.engine.remove(lane("hedge"))
        watched.until(lambda: bool(watched.engine.parted))
        ((gone, end),) = watched.engine.parted
        assert (gone, end.market) == (lane("hedge"), Market.USDM)
        assert end.proven_ms is not None
        assert watched.engine.views().keys() == {lane("one-way"), lane("multi-assets")}
        assert watched.engine.accounts().keys() == watched.engine.standings().keys()
        assert watched.said("one-way") == [Verdict.CONNECTED, Verdict.LIVE]
        assert not any(isinstance(record.body, Gap) for record in watched.records)


def test_one_that_goes_in_a_gap_tells_of_it_and_may_come_again() -> None:
    with watching("one-way", "hedge") as watched:
        watched.until(lambda: watched.is_live("one-way") and watched.is_live("hedge"))
        watched.sandbox.act({"action": "ban", "seconds": 60})
        watched.sandbox.fault({"fault": "reset", "layer": "stream", "now": True})
        watched.until(lambda: Verdict.GAP in watched.said("hedge"))
        watched.engine.remove(lane("hedge"))
        watched.add("hedge")  # it begins again once it is gone
        watched.until(lambda: bool(watched.engine.parted))
        (gap,) = [record for record in watched.records if isinstance(record.body, Gap)]
        assert isinstance(gap.body, Gap)
        assert (gap.scope, gap.body.is_open) == (Scope(Env.SANDBOX, "hedge"), True)
        assert lane("hedge") in watched.engine.supervisors


def test_one_whose_threads_hang_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "DRAIN_S", 0.0)
    with watching("one-way", "hedge") as watched:
        watched.until(lambda: watched.is_live("one-way") and watched.is_live("hedge"))
        hanging = watched.engine.supervisors[lane("hedge")]
        monkeypatch.setattr(hanging, "stop", lambda: None)
        watched.engine.remove(lane("hedge"))
        watched.until(lambda: bool(watched.engine.parted))
        assert watched.engine.accounts().keys() == {lane("one-way")}
        assert watched.engine.take(LaneEnded(lane("hedge"))) == []
        with pytest.raises(ZeroDivisionError):
            watched.engine.take(ThreadCrashed(lane("hedge"), ZeroDivisionError()))
        monkeypatch.undo()
        hanging.stop()


def test_one_that_comes_again_is_told_nothing_that_was_left_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with watching("one-way") as watched:
        watched.until(lambda: watched.is_live("one-way"))
        old = watched.engine.supervisors[lane("one-way")]
        monkeypatch.setattr(old, "stop", lambda: None)
        watched.engine.remove(lane("one-way"))
        watched.add("one-way")
        for message in (LaneEnded(lane("one-way")), Batch(lane("one-way"), 1, [(TEXT, b"{}")])):
            watched.engine._setup.backlog.put(message)
        watched.engine._setup.backlog.put(LaneEnded(lane("one-way")))  # as if it had hung
        watched.until(lambda: bool(watched.engine.parted))
        watched.records.clear()
        watched.until(lambda: watched.is_live("one-way"))
        assert not [record for record in watched.records if record.type == "raw"]
        assert watched.engine._left == {lane("one-way")}
        monkeypatch.undo()
        old.stop()


def test_at_the_end_none_begins_again() -> None:
    with watching("one-way", "hedge") as watched:
        watched.until(lambda: watched.is_live("one-way") and watched.is_live("hedge"))
        watched.engine.remove(lane("hedge"))
        watched.add("hedge")
        watched.engine._setup.ending.set()
        for _ in watched.engine.run():
            pass
        assert not watched.engine.supervisors.keys() & {lane("hedge")}


def test_one_that_stands_by_goes_on_without_any() -> None:
    with watching("one-way", standing_by=True) as watched:
        watched.until(lambda: watched.is_live("one-way"))
        watched.engine.remove(lane("one-way"))
        watched.until(lambda: bool(watched.engine.parted))
        watched.add("hedge")
        watched.until(lambda: watched.is_live("hedge"))


def test_accounts_that_are_known_to_hold_positions_are_covered_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = list[Lane]()
    monkeypatch.setattr(LaneSupervisor, "start", lambda self: started.append(self._context.lane))
    with Sandbox.start() as sandbox:
        lanes = [each for name in ("coinm", "hedge") for each in reached(sandbox, name)]
        Engine(lanes, Setup()).__enter__()
        assert started == [lane("coinm"), lane("hedge")]
        Engine(lanes, Setup(known={lane("hedge"): known_of(sandbox)})).__enter__()
    assert started[2:] == [lane("hedge"), lane("coinm")]


def known_of(sandbox: Sandbox) -> KnownAccount:
    """An account as a run before may have left it."""
    ((account, _),) = reached(sandbox, "hedge")
    with account:
        document = snapshot(account).document
    return KnownAccount(document, 0, State(document), {}, 0)

"""The exchange's history asked by the worker alone: no stream, no audits, a clock moved by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from binfut_cli.endpoints import Lane, Market
from binfut_cli.sandbox.actions import perform
from binfut_cli.stream.coverage.history.history_worker import HistoryWorker
from binfut_cli.stream.gap_report import GapChange
from binfut_cli.stream.messages import LaneMessage, MomentQuestion
from binfut_cli.stream.records import Cause, Gap
from tests.support.simulation import Simulation


class Archive:
    """An account's past on the simulated exchange, and a worker that is asked about it."""

    def __init__(self, market: Market = Market.USDM) -> None:
        self.sim = Simulation(market, 1, every_s=1e9)
        self.told: list[LaneMessage] = []
        self.context = replace(
            self.sim.engine.supervisors[Lane(market)]._context, put=self.told.append
        )
        self.worker = HistoryWorker(self.context)

    def act(self, **words: Any) -> None:
        """Something happens to the account."""
        market = self.context.market.value
        perform(self.sim.exchange, {"account": self.sim.name, "market": market, **words})

    def wait(self, seconds: int) -> None:
        """Let so many seconds pass."""
        for _ in range(seconds):
            self.sim.now_s += 1
            self.sim.catch_up()

    def wait_for(self, met: Callable[[], bool], most_s: int = 3000) -> float:
        """Let time pass until a condition is met; for how many seconds."""
        begun_s = self.sim.now_s
        while not met() and self.sim.now_s < begun_s + most_s:
            self.wait(1)
        assert met(), f"not within {most_s} s"
        return self.sim.now_s - begun_s

    def answer(self, wanted: GapChange | MomentQuestion) -> LaneMessage:
        """Have it looked up: the one message that comes of it."""
        self.worker.add(wanted)
        self.wait_for(lambda: bool(self.told))
        (found,) = self.told
        self.told.clear()
        return found

    def gap(self, seconds: int = 100, **more: Any) -> GapChange:
        """A gap that ends so many seconds from now, over which this changed."""
        now_ms = self.sim.now_ms()
        gap = Gap(1, now_ms - 10_000, now_ms + seconds * 1000, "x", "possible", Cause.TRANSPORT)
        return GapChange(gap, gap.to_ms, **{"before": {}, "after": {}, **more})

    def asked(self, name: str) -> int:
        """How many requests a path of that name has had."""
        return sum(count for path, count in self.sim.asked.items() if path.endswith(f"/{name}"))

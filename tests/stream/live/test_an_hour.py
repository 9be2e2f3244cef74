"""An hour of a lively story with moving marks: at any moment the view is what a one-shot says."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.sandbox.account.presets import NAMES
from binfut_cli.sandbox.scenario import Scenario
from tests.support.live_oracle import LiveOracle, Wrong
from tests.support.simulation import Simulation

T = TypeVar("T")
HOUR_S = 3600.0
ON_ITS_WAY_S = 0.3
"""How long after something happened it may not be seen yet: a view stands for a quarter second."""


class Hour:
    """One account on one market that lives the story, and somebody who looks at it."""

    def __init__(self, name: str, market: Market, seed: int) -> None:
        self.sim = Simulation(market, seed, every_s=1e9, live=True, name=name)
        self.oracle = LiveOracle(self.sim)
        self.chance = random.Random(seed)
        self._scenes = Scenario(self.sim.exchange, name, seed).scenes()
        self._jumped: dict[str, Decimal] = {}
        self._told_s = 0.0
        self.wrong: list[Wrong] = []
        self.looks = self.compared = 0
        self.sim.moved = self._move

    def run(self, seconds: float) -> None:
        """Live, look and compare."""
        self.sim.at(0.0, self.oracle.note)
        self._next_scene()
        for second in range(1, int(seconds)):
            self.sim.at(second + 0.7, self._look)
        for second in self.chance.sample(range(30, int(seconds)), int(seconds / 20)):
            within = self.chance.uniform(0, 0.65)  # of before, no view stands any more
            self.sim.at(second + within, self._compare)
        self.sim.run(seconds)

    def _move(self) -> None:
        """Every mark moves a little, all the time; what the story did to them shows now."""
        exchange = self.sim.exchange
        if self.sim.now_ms() in self.oracle.marks:
            return  # they were told for this millisecond
        for symbol, mark in (exchange.marks | self._jumped).items():
            drift = 1 + Decimal(self.chance.randint(-4, 4)) / 10_000
            exchange.move_mark(symbol, (mark * drift).quantize(mark) or mark)
        self._jumped = {}
        self.oracle.note()

    def _next_scene(self) -> None:
        scene = self._still(lambda: next(self._scenes))

        def play() -> None:
            self._told_s = self.sim.now_s
            self._still(lambda: self.sim.act(scene.action))
            self._next_scene()

        self.sim.at(self.sim.now_s + scene.pause_s, play)

    def _still(self, do: Callable[[], T]) -> T:
        """Do something while the marks stand still: they were told for this moment."""
        exchange, before = self.sim.exchange, dict(self.sim.exchange.marks)
        done = do()
        self._jumped |= {
            name: each for name, each in exchange.marks.items() if each != before[name]
        }
        exchange.marks |= before
        return done

    def _look(self) -> None:
        self.sim.catch_up()
        self.sim.engine.views()
        self.looks += 1

    def _compare(self) -> None:
        if self.sim.now_s - self._told_s < ON_ITS_WAY_S:
            return
        self.sim.catch_up()
        for view in self.sim.engine.views().values():
            self.wrong += self.oracle.wrong(view)
            self.compared += 1


@pytest.mark.slow
@pytest.mark.parametrize("market", list(Market))
@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_what_a_one_shot_says_of_its_moment(name: str, market: Market) -> None:
    hour = Hour(name, market, seed=7)
    hour.run(HOUR_S)
    assert hour.wrong == []
    assert hour.compared > HOUR_S / 25
    assert hour.oracle.oldest_ms < 15_000
    assert hour.oracle.uneven < hour.compared / 10
    assert sum(hour.oracle.absent.values()) < sum(hour.oracle.checked.values()) / 50

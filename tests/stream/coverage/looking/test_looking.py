"""What is done while somebody looks at an account: marks, readings, brackets; and no more."""

from collections import deque

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.errors import RateLimitedError
from binfut_cli.resources.brackets import brackets
from binfut_cli.stream.coverage.looking import mark_feed
from tests.support.simulation import Simulation

MINUTE_S = 60
WEIGHTS = {"v2/account.status": 5, "v2/account.position": 5, "account.status": 5}
WEIGHTS |= {"account.position": 5, "/fapi/v1/leverageBracket": 1, "/dapi/v2/leverageBracket": 2}
MOST = 120 + 2 * 15  # a twentieth of the pool, and the audits


class Watched(Simulation):
    """A watch, and somebody who looks at it now and then from one second to another."""

    def __init__(self, market: Market, first: int = 1, last: int = 0, **how: float) -> None:
        super().__init__(market, 2, every_s=how.get("every_s", 1e9), live=True)
        self.minute: deque[tuple[float, int]] = deque()
        self.most = self.before = 0
        self.ages: list[int] = []
        for second in range(first, last, 4):
            self.at(second + 0.5, self.look)
        self.moved = self.weigh

    def look(self) -> None:
        self.merge()
        for view in self.engine.views().values():
            self.ages += [view.time_ms - view.moments["totals",].read]

    def weigh(self) -> None:
        spent = sum(WEIGHTS.get(name, 0) * count for name, count in self.asked.items())
        self.minute.append((self.now_s, spent - self.before))
        self.before = spent
        while self.minute[0][0] <= self.now_s - MINUTE_S:
            self.minute.popleft()
        self.most = max(self.most, sum(weight for _, weight in self.minute))


@pytest.mark.parametrize(
    "market", [Market.USDM, pytest.param(Market.COINM, marks=pytest.mark.slow)]
)
def test_an_account_is_read_often_and_readings_take_a_twentieth_of_the_pool(
    market: Market,
) -> None:
    sim = Watched(market, 5, 150, every_s=7.0)
    sim.run(150)
    assert 60 < sim.most <= MOST
    assert max(sim.ages[5:]) <= 15_000
    assert sum(sim.ages[5:]) / len(sim.ages[5:]) < 6_000
    (path,) = (name for name in sim.asked if name.endswith("leverageBracket"))
    assert sim.asked[path] == 1


def test_without_anybody_who_looks_nothing_is_asked_or_opened() -> None:
    plain, sim = Simulation(Market.USDM, 2, every_s=1e9), Watched(Market.USDM)
    for each in (plain, sim):
        each.run(120)
    assert sim.asked == plain.asked
    assert not sim.markets


def test_whoever_looks_no_longer_is_forgotten_soon() -> None:
    sim = Watched(Market.USDM, 10, 40)
    opened: list[int] = []
    sim.at(39.0, lambda: opened.append(len(sim.markets)))
    sim.at(120.0, lambda: opened.append(len(sim.markets)))
    asked: list[int] = []
    sim.at(60.0, lambda: asked.append(sim.asked["v2/account.position"]))
    sim.run(150)
    assert opened == [1, 0]
    assert sim.asked["v2/account.position"] - asked[0] <= 6  # audits


def test_a_mark_stream_that_cannot_be_reached_disturbs_nothing_and_is_tried_sparingly() -> None:
    sim = Watched(Market.USDM, 5, 180)
    sim.markless = True
    views, silent = list[int](), list[tuple[str, ...]]()

    def age() -> None:
        sim.merge()
        (view,) = sim.engine.views().values()
        silent.append(view.silent)
        row = next(r for r in view.answer.rows("positions") if r["symbol"] == "BTCUSDT")
        views.append(view.age_ms("positions", row, "markPrice"))
        assert view.standing.is_covered

    sim.at(100.0, age)
    sim.at(102.0, lambda: setattr(sim, "markless", False))
    sim.at(178.0, age)
    sim.run(180)
    assert views[0] > 0  # of the last reading
    assert views[1] <= 1000
    assert "BTCUSDT" in silent[0]
    assert silent[1] == ()
    assert sim.refused_markets <= mark_feed.HANDSHAKES


def test_a_mark_stream_whose_host_says_to_wait_is_left_alone_and_so_is_all_else() -> None:
    sim = Watched(Market.USDM, 5, 100)
    sim.markless = True
    until_ms = sim.now_ms() + 65_000
    sim.markless_by = RateLimitedError("Too many.", hint="", retry_at_ms=until_ms)
    asked = list[int]()
    for second in (10.0, 60.0, 100.0):
        sim.at(second, lambda: asked.append(sim.asked["v2/account.position"]))
    sim.at(60.0, lambda: setattr(sim, "markless", False))
    sim.run(100)
    assert sim.refused_markets == 1
    assert asked[0] == asked[1] < asked[2]


def test_marks_are_followed_as_positions_come_and_go() -> None:
    sim = Watched(Market.USDM, 5, 60)
    heard: list[set[str]] = []

    def names() -> None:
        (wire,) = sim.markets
        heard.append(wire.names)

    def buy(side: str) -> None:
        ticket = {"symbol": "XRPUSDT", "side": side, "quantity": "10"}
        sim.act({"action": "fill", **ticket})

    sim.at(15.0, names)
    sim.at(16.0, lambda: buy("BUY"))
    sim.at(30.0, names)
    sim.at(31.0, lambda: buy("SELL"))
    sim.at(50.0, names)
    sim.run(60)
    before, during, after = heard
    assert during - before == {"xrpusdt@markPrice@1s"}
    assert after == before


@pytest.mark.parametrize("market", list(Market))
def test_brackets_are_asked_for_with_the_weight_that_is_documented(market: Market) -> None:
    sim = Simulation(market, 1)
    with sim.client() as account:
        before = sim.exchange.rest_weight.used(sim.now_ms())
        rows = brackets(account)
        spent = sim.exchange.rest_weight.used(sim.now_ms()) - before
    assert {"symbol", "brackets"} <= rows[0].keys()
    assert spent <= 2

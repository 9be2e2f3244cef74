"""What is done while somebody looks at an account: marks, readings, brackets; and no more."""

import threading
from collections import deque
from dataclasses import replace
from decimal import Decimal
from functools import partial

import msgspec
import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import RateLimitedError
from binfut_cli.resources.brackets import brackets
from binfut_cli.resources.status import snapshot
from binfut_cli.sandbox.api.mark_streams import tell_marks
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.looking import lookout, mark_feed
from binfut_cli.stream.coverage.looking.lookout import Lookout
from binfut_cli.stream.coverage.looking.readings import Readings
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.messages import AccountReread, AuditRead, LaneMessage, SnapshotTaken
from binfut_cli.stream.records import Verdict
from binfut_cli.stream.state import is_held
from tests.stream.test_state import update
from tests.support.simulation import PLACE, Simulation

BTC = "BTCUSDT"
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


def test_of_a_symbol_that_is_delisted_no_mark_is_told_until_its_position_is_settled() -> None:
    sim = Watched(Market.USDM, 5, 70)
    seen = dict[int, tuple[tuple[str, ...], set[str]]]()

    def look(second: int) -> None:
        (view,) = sim.engine.views().values()
        held = {row["symbol"] for row in view.answer.rows("positions") if is_held(row)}
        seen[second] = view.silent, held

    sim.at(20.0, lambda: sim.act({"action": "delist", "symbol": "ETHUSDT", "settles": False}))
    sim.at(50.0, lambda: sim.act({"action": "delist", "symbol": "ETHUSDT", "status": "GONE"}))
    for second in (19, 45, 60):
        sim.at(float(second), partial(look, second))
    sim.run(70)
    assert seen[19] == ((), {"BTCUSDT", "ETHUSDT"})
    assert seen[45] == (("ETHUSDT",), {"BTCUSDT", "ETHUSDT"})
    assert seen[60] == ((), {"BTCUSDT"})
    assert not sim.records["drift"]
    assert not sim.records["gap"]


@pytest.mark.parametrize("market", list(Market))
def test_brackets_are_asked_for_with_the_weight_that_is_documented(market: Market) -> None:
    sim = Simulation(market, 1)
    with sim.client() as account:
        before = sim.exchange.rest_weight.used(sim.now_ms())
        rows = brackets(account)
        spent = sim.exchange.rest_weight.used(sim.now_ms()) - before
    assert {"symbol", "brackets"} <= rows[0].keys()
    assert spent <= 2


class Looking:
    """An account that was read, and somebody who may look at it; time passes by hand."""

    def __init__(self, market: Market = Market.USDM, name: str = "") -> None:
        self.sim = Simulation(market, 1, every_s=1e9, name=name)
        self.sim.run(5.0)
        self.lane = Lane(market)
        context = self.sim.engine.supervisors[self.lane]._context
        self.told = list[LaneMessage]()
        self.context = replace(
            context, stopped=threading.Event(), put=self.told.append, endpoints=PLACE
        )
        self.whole = HandshakeBudget(10, 5)
        self.lookout = Lookout(self.whole, 7.0)
        self.lookout.add(self.context, self.sim.engine.reducers[self.lane])

    @property
    def readings(self) -> Readings:
        return self.lookout._readings[self.lane]

    def read(self) -> SnapshotTaken:
        now_ms = self.sim.watch_ms()
        return SnapshotTaken(self.lane, now_ms, snapshot(self.context.account), now_ms)

    def views(self, verdict: Verdict = Verdict.LIVE) -> dict[Lane, LiveView]:
        self.sim.now_s += 1
        now_ms = self.sim.watch_ms()
        found = self.lookout.views(now_ms, [Standing(self.lane, now_ms, verdict, "")])
        for turn in list(self.sim._turns):
            turn()
        tell_marks(self.sim.exchange, int(self.sim.now_s))
        return dict(found)


def test_an_account_that_was_never_read_has_no_view_and_nothing_is_done_for_it() -> None:
    looking = Looking()
    assert looking.views() == {}
    assert not looking.readings._is_looked_at


def test_of_one_that_was_read_there_is_a_view_with_the_marks_that_have_come() -> None:
    looking = Looking()
    looking.lookout.take(looking.read())
    looking.sim.exchange.marks["BTCUSDT"] += 7000
    told = Decimal(looking.sim.exchange.marks["BTCUSDT"])
    seen = list[Decimal]()
    for _ in range(5):
        (view,) = looking.views().values()
        (row,) = [r for r in view.answer.rows("positions") if r["symbol"] == "BTCUSDT"]
        seen.append(Decimal(row["markPrice"]))
    assert view.silent == ()
    assert seen[0] == told - 7000
    assert seen[-1] == told
    assert looking.whole.room(looking.sim.now_s) == 4  # a connection is one of the whole's
    now_ms = looking.sim.watch_ms()
    assert looking.lookout.views(now_ms, []) is looking.lookout.views(now_ms + 249, [])


def test_what_assets_count_is_followed_in_multi_assets_mode_and_moves_the_totals() -> None:
    looking = Looking(name="multi-assets")
    looking.lookout.take(looking.read())
    wallets = list[str]()
    for _ in range(6):
        looking.sim.exchange.marks["BNBUSDT"] += Decimal("0.1")
        (view,) = looking.views().values()
        wallets.append(view.answer.document["totalWalletBalance"])
    (wire,) = looking.sim.markets
    assert {"usdtusd@assetIndex", "bnbusd@assetIndex", "btcusdt@markPrice@1s"} <= wire.names
    assert len(set(wallets[-3:])) == 3  # it is told every second what the BNB in it is worth


def test_one_that_is_not_covered_is_not_read_for_whoever_looks() -> None:
    looking = Looking()
    looking.lookout.take(looking.read())
    assert looking.views(Verdict.GAP).keys() == {looking.lane}
    assert not looking.readings._is_looked_at
    looking.views()
    assert looking.readings._is_looked_at


@pytest.mark.parametrize("is_audit", [False, True])
def test_what_the_keeper_has_read_need_not_be_read_for_whoever_looks(is_audit: bool) -> None:
    looking = Looking()
    read = looking.read()
    if is_audit:
        looking.lookout.take(read)
        looking.sim.now_s += 100
        again = looking.read()
        looking.lookout.take(
            AuditRead(again.lane, again.time_ms, again.snapshot, again.asked_ms, 1)
        )
    else:
        looking.lookout.take(read)
    assert looking.readings._asked_s == looking.sim.now_s
    asked_s = looking.sim.now_s
    looking.sim.now_s += 3
    looking.lookout.take(AccountReread(looking.lane, looking.sim.watch_ms(), read.snapshot))
    assert looking.readings._asked_s == asked_s


@pytest.mark.parametrize(("name", "is_idle"), [("", False), ("coinm", True)])
def test_one_that_holds_nothing_is_read_less_often(name: str, is_idle: bool) -> None:
    looking = Looking(name=name)
    looking.lookout.take(looking.read())
    looking.views()
    assert looking.readings._is_idle is is_idle


@pytest.mark.parametrize("is_filled", [False, True])
def test_one_that_changed_is_read_the_sooner(is_filled: bool) -> None:
    looking = Looking()
    looking.lookout.take(looking.read())
    looking.views()
    if is_filled:
        told = update(positions=[{"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "9"}])
        looking.sim.engine.reducers[looking.lane].state.apply(told)
    looking.readings._hurries = False
    now_ms = looking.sim.watch_ms() + 1000
    looking.lookout.views(now_ms, [Standing(looking.lane, now_ms, Verdict.LIVE, "")])
    assert looking.readings._hurries is is_filled


def test_marks_are_followed_once_for_all_lanes_of_a_market() -> None:
    looking = Looking()
    other, coinm = Looking(), Looking(Market.COINM)
    scoped = replace(other.context, account=other.context.account)
    looking.lookout.add(scoped, other.sim.engine.reducers[other.lane])
    assert len(looking.lookout._feeds) == 1
    looking.lookout.add(coinm.context, coinm.sim.engine.reducers[coinm.lane])
    assert len(looking.lookout._feeds) == 2


def test_a_lane_that_left_is_looked_at_no_longer() -> None:
    looking = Looking()
    looking.lookout.take(looking.read())
    looking.views()
    readings = looking.readings
    readings._attention.clear()
    looking.lookout.remove(looking.lane)
    assert readings._attention.is_set()
    assert looking.lookout.views(looking.sim.watch_ms() + 1000, []) == {}
    assert not looking.lookout._views.accounts
    (feed,) = looking.lookout._feeds.values()
    assert not feed._context.stopped.is_set()


def test_at_the_end_all_that_was_done_for_whoever_looks_ends() -> None:
    looking = Looking()
    looking.lookout.take(looking.read())
    for _ in range(3):
        looking.views()
    assert looking.sim.markets
    looking.readings._attention.clear()
    looking.lookout.stop()
    assert looking.readings._attention.is_set()
    looking.context.stopped.set()
    looking.views(Verdict.GAP)
    assert not looking.sim.markets


@pytest.mark.parametrize(
    ("distance", "ratio", "is_near"),
    [
        ("0.149", "0.1", True),
        ("0.15", "0.5", False),
        ("0.9", "0.501", True),
        (None, "0.6", True),
        ("0.1", None, True),
        (None, None, False),
    ],
)
def test_an_account_is_near_by_its_distance_or_by_its_ratio(
    distance: str | None, ratio: str | None, is_near: bool
) -> None:
    held = {"symbol": BTC, "derived": {"liquidationDistance": distance, "marginRatio": ratio}}
    looking = Looking()
    looking.lookout.take(looking.read())
    (view,) = looking.views().values()
    document = {"positions": [held]}
    view = replace(view, answer=msgspec.structs.replace(view.answer, document=document))
    assert lookout._is_near(view) is is_near


@pytest.mark.parametrize("lanes", [1, 2])
def test_an_account_is_near_only_beside_others(lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "HIGH", Decimal(0))  # whoever holds something is near
    looking = Looking()
    if lanes == 2:
        coinm = Looking(Market.COINM)
        looking.lookout.add(coinm.context, coinm.sim.engine.reducers[coinm.lane])
    looking.lookout.take(looking.read())
    looking.views()
    assert looking.readings._is_near is (lanes == 2)

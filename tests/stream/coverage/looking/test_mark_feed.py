"""A market's marks while somebody looks, second by second; no watch beside it."""

import gc
import threading
import weakref
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from binfut_cli.api.allowed import Way
from binfut_cli.api.client import AccountClient
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.frames import BINARY, TEXT, Message
from binfut_cli.api.transport.transport import Wire
from binfut_cli.auth.credentials import sandbox
from binfut_cli.endpoints import Lane, Market, market_stream_url
from binfut_cli.errors import RateLimitedError
from binfut_cli.sandbox.api.mark_streams import mark_update, tell_marks
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.looking import mark_feed
from binfut_cli.stream.coverage.looking.mark_feed import MarkFeed
from binfut_cli.stream.live.formulas.multi_assets import Rate
from binfut_cli.stream.live.marks import Mark, Price, index_of, index_stream_of, stream_of
from binfut_cli.stream.messages import LaneMessage, ThreadCrashed
from tests.support.simulation import PLACE, MarketWire, Simulation

BTC, ETH = "BTCUSDT", "ETHUSDT"
LOOKING_S, SILENT_S = 15.0, 15.0


def wanted(*symbols: str) -> dict[str, str]:
    return {symbol: stream_of(symbol) for symbol in symbols}


def test_a_feed_that_outlasts_its_account_has_none_of_its_keys() -> None:
    """Accounts are removed while a watch runs; the marks are followed on for the others."""
    account = AccountClient(Market.USDM, PLACE, sandbox("key", "secret"))
    used = weakref.ref(account)
    feed = MarkFeed("x", replace(Looked().context, account=account), HandshakeBudget())
    del account
    gc.collect()
    assert used() is None
    assert not feed._context.account.credentials.api_key.reveal()


class Looked:
    """A feed that somebody wants symbols of."""

    def __init__(self) -> None:
        self.sim = Simulation(Market.USDM, 1, every_s=1e9)
        context = self.sim.engine.supervisors[Lane(Market.USDM)]._context
        self.context = replace(context, endpoints=PLACE)
        self.whole = HandshakeBudget()
        url = market_stream_url(Market.USDM, self.context.endpoints)
        self.feed = MarkFeed(url, self.context, self.whole)
        self.wanted = wanted(BTC)
        self.opened: list[float] = []
        self.is_heard = True
        self._seen = set[MarketWire]()

    def wait(self, seconds: int, *, looks: bool = True) -> dict[str, Price]:
        """Let so many seconds pass, and tell what came."""
        found: dict[str, Price] = {}
        for _ in range(seconds):
            if looks:
                self.feed.want(self.wanted)
            before = self._tries()
            self.sim.catch_up()
            self.opened += [self.sim.now_s] * (self._tries() - before)
            self.sim.now_s += 1
            if self.is_heard:
                tell_marks(self.sim.exchange, int(self.sim.now_s))
            found |= self.feed.taken()
        return found

    def _tries(self) -> int:
        self._seen.update(self.sim.markets)
        return self.sim.refused_markets + len(self._seen)

    @property
    def names(self) -> set[str]:
        """What the one connection is subscribed to."""
        (wire,) = self.sim.markets
        return wire.names


def named(*symbols: str) -> set[str]:
    return {f"{symbol.lower()}@markPrice@1s" for symbol in symbols}


def test_marks_of_what_is_wanted_come_and_are_taken_once() -> None:
    looked = Looked()
    found = looked.wait(4)
    assert found.keys() == {BTC}
    mark = found[BTC]
    assert isinstance(mark, Mark)
    assert Decimal(mark.price) == looked.sim.exchange.marks[BTC]
    assert looked.names == named(BTC)
    assert looked.feed.taken() == {}


def test_what_an_asset_counts_comes_beside_the_marks() -> None:
    looked = Looked()
    looked.wanted = wanted(BTC) | {index_of("BNB"): index_stream_of("BNB")}
    found = looked.wait(4)
    assert found.keys() == {BTC, "BNBUSD"}
    rate = found["BNBUSD"]
    assert isinstance(rate, Rate)
    assert 0 < rate.bid < looked.sim.exchange.rates["BNB"].price < rate.ask


def test_without_symbols_nothing_is_connected() -> None:
    looked = Looked()
    looked.wanted = {}
    looked.wait(20)
    assert (looked.opened, looked.sim.markets, looked.sim._turns) == ([], [], [])


def test_what_is_wanted_no_longer_is_not_followed_nor_told() -> None:
    looked = Looked()
    looked.wait(4)
    looked.wanted = wanted(ETH)
    looked.feed.want(looked.wanted)
    assert looked.wait(3).keys() == {ETH}
    assert looked.names == named(ETH)
    assert len(looked.opened) == 1


def test_many_symbols_are_asked_for_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mark_feed, "AT_ONCE", 1)
    monkeypatch.setattr(mark_feed, "MOST", 2)
    looked = Looked()
    looked.wanted = wanted(BTC, ETH, "SOLUSDT")
    looked.wait(2)
    assert looked.names == named(BTC)
    looked.wait(3)
    assert looked.names == named(BTC, ETH)
    line = looked.feed._line
    assert line is not None
    assert line._requests == 2  # what was asked for is not asked for again


def test_whoever_has_looked_is_taken_to_look_on_for_a_while() -> None:
    looked = Looked()
    looked.wait(1)
    looked.wait(int(LOOKING_S) - 1, looks=False)
    assert looked.sim.markets
    looked.wait(3, looks=False)
    assert not looked.sim.markets
    assert looked.wait(3).keys() == {BTC}


def test_a_stream_that_falls_silent_is_opened_anew() -> None:
    looked = Looked()
    looked.wait(5)
    looked.is_heard = False
    looked.wait(int(SILENT_S))
    assert len(looked.opened) == 1
    looked.wait(5)
    assert len(looked.opened) == 2


def test_what_cannot_be_reached_is_tried_later_and_later_and_seldom() -> None:
    looked = Looked()
    looked.sim.markless = True
    looked.wait(300)
    waits = [late - early for early, late in pairwise(looked.opened)]
    assert waits[:4] == sorted(waits[:4])
    assert waits[0] < 3 < 20 < max(waits) <= 61
    assert len(looked.opened) <= mark_feed.HANDSHAKES
    looked.sim.markless = False
    looked.wait(61)
    assert looked.names == named(BTC)


def test_what_was_reached_is_tried_soon_again() -> None:
    looked = Looked()
    looked.sim.markless = True
    looked.wait(4)
    looked.sim.markless = False
    looked.wait(8)
    assert looked.names == named(BTC)
    looked.sim.markless, looked.is_heard = True, False
    looked.opened.clear()
    looked.wait(int(SILENT_S) + 6)
    assert looked.opened[1] - looked.opened[0] <= 3


def test_its_handshakes_are_a_part_of_the_whole_programs() -> None:
    looked = Looked()
    while not looked.whole.take(looked.sim.now_s):
        pass
    looked.wait(5)
    assert not looked.sim.markets
    assert looked.opened == []


def test_a_host_that_says_to_wait_closes_the_gate_for_all() -> None:
    looked = Looked()
    looked.sim.markless = True
    until_ms = looked.sim.now_ms() + 30_000
    looked.sim.markless_by = RateLimitedError("Too many.", hint="", retry_at_ms=until_ms)
    looked.wait(3)
    assert looked.context.gate.wait_ms() > 0
    looked.sim.markless, looked.sim.markless_by = False, None
    looked.wait(20)
    assert len(looked.opened) == 1
    looked.wait(12)
    assert looked.names == named(BTC)


def test_at_the_end_the_stream_is_closed_and_the_thread_ends() -> None:
    looked = Looked()
    looked.wait(3)
    looked.context.stopped.set()
    looked.feed.stop()
    looked.sim.catch_up()
    assert not looked.sim.markets
    assert not looked.sim._turns


@pytest.mark.parametrize(("streams", "seconds"), [({}, 60.0), (wanted(BTC), 1.0)])
def test_it_looks_again_soon_if_marks_are_wanted_and_seldom_if_none_are(
    streams: dict[str, str], seconds: float
) -> None:
    looked, waited = Looked(), list[tuple[threading.Event, float]]()

    def wait(event: threading.Event, seconds: float) -> bool:
        waited.append((event, seconds))
        return event.is_set()

    looked.sim.markless = True
    runtime = replace(looked.context.runtime, wait=wait)
    looked.feed = MarkFeed("x", replace(looked.context, runtime=runtime), looked.whole)
    looked.feed.want(wanted(BTC))
    looked.feed.want(streams)
    looked.sim.catch_up()  # cannot be reached, if it is wanted
    looked.sim.catch_up()
    assert waited[-1] == (looked.feed._attention, seconds)
    assert not looked.feed._attention.is_set()


def test_who_wants_marks_anew_wakes_it_and_who_goes_on_does_not() -> None:
    looked = Looked()
    attention = looked.feed._attention
    looked.feed.want(looked.wanted)
    looked.feed.want(looked.wanted)
    assert not attention.is_set()
    looked.feed.want({})
    assert not attention.is_set()
    looked.feed.want(looked.wanted)
    assert attention.is_set()
    assert len(looked.sim._turns) == 1


def test_of_its_handshakes_six_may_follow_each_other_and_twelve_be_made_in_five_minutes() -> None:
    looked = Looked()
    handshakes = looked.feed._handshakes
    for _ in range(6):
        assert handshakes.take(0.0) == 0
    assert handshakes.take(0.0) > 0
    made = [second for second in range(310) if not handshakes.take(float(second))]
    assert len(made) == 6
    assert looked.whole.room(0.0) == 25 - 12


def test_a_bug_ends_it_and_is_told_and_the_stream_is_closed() -> None:
    looked, told = Looked(), list[LaneMessage]()
    looked.feed._context.put = told.append
    looked.wait(2)
    (wire,) = looked.sim.markets
    bug = RuntimeError("x")

    def fails(timeout_s: float) -> list[Message]:
        raise bug

    wire.receive = fails  # type: ignore[method-assign]
    assert looked.feed.turn() is False
    assert told == [ThreadCrashed(looked.context.lane, bug)]
    assert not looked.sim.markets


def test_requests_are_numbered_and_ask_for_no_more_than_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked, sent = Looked(), list[tuple[int, str, object]]()
    looked.wait(2)
    (wire,) = looked.sim.markets
    monkeypatch.setattr(wire, "send", lambda *said: sent.append(said))
    looked.wanted = wanted(ETH, "SOLUSDT")
    looked.wait(2)
    assert sent == [
        (2, "UNSUBSCRIBE", ["btcusdt@markPrice@1s"]),
        (3, "SUBSCRIBE", ["ethusdt@markPrice@1s", "solusdt@markPrice@1s"]),
    ]


def test_it_is_opened_by_the_way_of_markets_at_its_address_and_within_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked, asked = Looked(), list[tuple[Way, str, str]]()
    transport = looked.context.account.transport
    open_ws = transport.open_ws

    def noted(way: Way, url: str, deadline: Deadline) -> Wire:
        asked.append((way, url, deadline.passed().message))
        return open_ws(way, url, deadline)

    monkeypatch.setattr(transport, "open_ws", noted)
    looked.wait(1)
    ((way, url, late),) = asked
    assert (way, url) == (Way.MARKET, market_stream_url(Market.USDM, PLACE))
    assert "market" in late


@pytest.mark.parametrize(("second", "is_open"), [(14.9, True), (15.0, False)])
def test_whoever_looked_15_seconds_ago_looks_no_longer(second: float, is_open: bool) -> None:
    looked = Looked()
    looked.wait(1)
    looked.sim.now_s = second
    looked.sim.catch_up()
    assert bool(looked.sim.markets) is is_open


@pytest.mark.parametrize(("second", "is_open"), [(15.0, True), (15.1, False)])
def test_a_stream_may_be_silent_for_15_seconds(second: float, is_open: bool) -> None:
    looked = Looked()
    looked.is_heard = False
    looked.wait(1)
    looked.sim.now_s = second
    looked.feed.want(looked.wanted)
    looked.sim.catch_up()
    assert bool(looked.sim.markets) is is_open


def test_a_lane_that_ends_leaves_the_marks_to_the_others() -> None:
    looked = Looked()
    looked.context.stopped.set()
    assert looked.wait(3).keys() == {BTC}


def test_an_end_closes_the_stream_at_once_and_no_lane_with_it() -> None:
    looked = Looked()
    looked.feed.stop()  # before anybody has looked
    looked = Looked()
    looked.wait(2)
    looked.feed.stop()
    assert not looked.sim.markets
    assert not looked.context.stopped.is_set()


def test_marks_that_come_one_after_the_other_are_taken_together() -> None:
    looked = Looked()
    looked.wanted, looked.is_heard = wanted(BTC, ETH), False
    looked.wait(2)
    for contract in looked.sim.exchange.contracts.values():
        (name,) = named(contract.symbol)
        event = mark_update(looked.sim.exchange, contract)
        looked.sim.exchange.publish_public(contract.market, name, event)
        looked.sim.catch_up()
    assert looked.feed.taken().keys() == {BTC, ETH}


@pytest.mark.parametrize(("opcode", "found"), [(TEXT, {BTC}), (BINARY, set())])
def test_only_texts_are_read_and_waited_for_a_second(opcode: int, found: set[str]) -> None:
    looked, waited = Looked(), list[float]()
    looked.is_heard = False
    looked.wait(2)
    (wire,) = looked.sim.markets

    def receive(timeout_s: float) -> list[Message]:
        waited.append(timeout_s)
        return [(opcode, b'{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"2"}')]

    wire.receive = receive  # type: ignore[method-assign]
    looked.sim.catch_up()
    assert waited == [1.0]
    assert looked.feed.taken().keys() == found

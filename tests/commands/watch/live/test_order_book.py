"""The open orders of a dashboard: what is read and what is told, whatever the clocks say."""

from collections.abc import Callable
from typing import Any

import pytest

from binfut_cli.auth.redaction import Redactor
from binfut_cli.commands.watch.live.order_book import OrderBook
from binfut_cli.endpoints import Market
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.limits.rate_gate import RateLimitGate
from binfut_cli.stream.engine import Setup
from binfut_cli.stream.messages import ThreadCrashed
from binfut_cli.stream.records import Record
from binfut_cli.stream.runtime import Runtime
from tests.support.simulation import PLACE, Ended, Simulation


class Reading:
    """A book, and the turns of its thread taken by hand."""

    def __init__(self, skew_ms: int = 0) -> None:
        self.sim = Simulation(Market.USDM, 1, skew_ms=skew_ms)
        self.clock = clock = self.sim.watch_ms
        runtime = Runtime(
            seconds=lambda: clock() / 1000, now_ms=lambda: self.clock(), spawn=self._spawn,
            wait=lambda event, _: event.is_set(),
        )  # fmt: skip
        self.setup = Setup(runtime=runtime, gate=RateLimitGate(now_ms=clock, steady_ms=clock))
        self.account = self.sim.client()
        self.context = LaneContext(
            self.account, PLACE, self.setup.backlog.put, Redactor(), self.setup.gate, runtime
        )
        self.book = OrderBook(self.setup, lambda _: self.context)
        self.book.follow({self.account.lane: self.account})

    def _spawn(self, turn: Callable[[], bool]) -> Ended:
        self.turn = turn
        return Ended()

    def told(self, number: str, status: str) -> None:
        """An event comes."""
        order = {"symbol": "BTCUSDT", "orderId": number, "status": status}
        body: dict[str, Any] = {"event": "ORDER_TRADE_UPDATE", "order": order}
        lane = self.account.lane
        self.book.take(
            [Record("event", lane.market, self.sim.now_ms(), "stream", body, None, lane.scope)]
        )

    @property
    def ids(self) -> list[str]:
        """The orders that are open."""
        (found,) = self.book.of({}, self.sim.now_ms()).values()
        return [row["orderId"] for row in found.rows("orders") if "orderId" in row]


@pytest.mark.parametrize("skew_ms", [0, 900, -4000])
def test_an_order_that_is_placed_after_a_reading_stays(skew_ms: int) -> None:
    reading = Reading(skew_ms)
    assert reading.turn()
    reading.sim.now_s += 0.5
    reading.told("77", "NEW")
    assert "77" in reading.ids
    reading.told("77", "CANCELED")
    assert "77" not in reading.ids


def test_an_account_that_another_key_opens_has_no_orders_of_the_one_before() -> None:
    reading = Reading()
    assert reading.turn()
    other = reading.sim.client()
    reading.book.follow({other.lane: other})
    reading.told("77", "NEW")
    assert reading.book.of({}, reading.sim.now_ms()) == {}
    reading.sim.now_s += 60
    assert reading.turn()
    reading.told("78", "NEW")
    assert "78" in reading.ids


def test_a_host_that_says_to_wait_is_asked_no_more() -> None:
    reading = Reading()
    until_ms = reading.sim.watch_ms() + 600_000
    reading.setup.gate.close(RateLimitedError("Too many.", hint="", retry_at_ms=until_ms))
    assert reading.turn()
    assert not reading.book.of({}, reading.sim.now_ms())
    reading.sim.now_s += 601
    assert reading.turn()
    reading.told("77", "NEW")
    assert "77" in reading.ids


def test_a_connection_that_a_wrong_clock_costs_it_is_one_of_the_handshakes() -> None:
    reading = Reading()
    handshakes = reading.context.handshakes = HandshakeBudget(3, 2)
    reading.sim.exchange.clock.shift_ms = 60_000  # so that its signature is of another time
    assert reading.turn()
    reading.told("77", "NEW")
    assert "77" in reading.ids
    assert handshakes.room(reading.context.runtime.seconds()) == 1


def test_a_bug_is_seen_by_the_thread_that_prints() -> None:
    reading = Reading()
    bug = RuntimeError("a bug")

    def fails() -> int:
        raise bug

    reading.clock = fails
    assert not reading.turn()
    message = reading.setup.backlog.take(0)
    assert isinstance(message, ThreadCrashed)
    assert message.error is bug


def test_it_ends_with_the_watch() -> None:
    reading = Reading()
    reading.setup.ending.set()
    assert not reading.turn()

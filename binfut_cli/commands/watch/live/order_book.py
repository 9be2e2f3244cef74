"""The open orders of every account that is shown: read seldom, and kept by what the stream tells.

A reading weighs 90, and no other tells all; so there is one at the start, one after each gap, and
one every five minutes, each within the pace of what is not urgent.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError
from binfut_cli.resources.orders import ORDERS, orders
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.limits.weight import Claim, Purpose
from binfut_cli.stream.engine import Setup
from binfut_cli.stream.live.open_orders import OpenOrders
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.messages import ThreadCrashed
from binfut_cli.stream.records import Gap, Record

WEIGHT = 90
AGAIN_S, RETRY_S, TICK_S = 300.0, 60.0, 0.5


@dataclass(slots=True)
class _Reading:
    """An account whose orders are to be read again at `due_s`, by the clock of the run.

    It is read by a clone of the one that is `watched`, within the limits of its `context`.
    """

    watched: AccountClient
    account: AccountClient
    context: LaneContext
    due_s: float = 0.0
    claim: Claim = field(default_factory=lambda: Claim(Purpose.HISTORY, WEIGHT, math.inf))


@dataclass(slots=True)
class OrderBook:
    """What is known of each lane's open orders: `take` and `of` are for the thread that watches."""

    setup: Setup
    context_of: Callable[[Lane], LaneContext]
    _known: dict[Lane, OpenOrders] = field(default_factory=dict)
    _read: SimpleQueue[tuple[_Reading, int, list[Row]]] = field(default_factory=SimpleQueue)
    _stale: SimpleQueue[Lane] = field(default_factory=SimpleQueue)
    _readings: dict[Lane, _Reading] = field(default_factory=dict)

    def follow(self, accounts: Mapping[Lane, AccountClient]) -> None:
        """These are the accounts now; what begins with the first. One of another key is another."""
        read = {
            lane: each
            for lane, each in self._readings.items()
            if each.watched is accounts.get(lane)
        }
        if read.keys() == self._readings.keys() == accounts.keys():
            return
        is_first = not self._readings
        self._known = {
            lane: self._known[lane] if lane in read else OpenOrders() for lane in accounts
        }
        self._readings = {
            lane: read.get(lane) or _Reading(each, each.clone(), self.context_of(lane))
            for lane, each in accounts.items()
        }
        if is_first:
            self.setup.runtime.spawn(self._turn)

    def take(self, records: Sequence[Record]) -> None:
        """Take in what the stream tells, and what was read meanwhile.

        What is told is as late as it is taken in, by the clock of readings: the exchange's may be
        another, and an order that is placed after a reading must not look older than that.
        """
        now_ms = self.setup.runtime.now_ms()
        for record in records:
            if record.market is None:
                continue
            lane = Lane(record.market, record.scope)
            if record.type == "event" and lane in self._known:
                self._known[lane].apply(record.row, now_ms)
            elif isinstance(record.body, Gap):
                self._stale.put(lane)
        with suppress(Empty):
            while True:
                reading, asked_ms, rows = self._read.get_nowait()
                if self._readings.get(lane := reading.watched.lane) is reading:
                    self._known[lane].read(rows, asked_ms)

    def of(self, views: Mapping[Lane, LiveView], now_ms: int) -> dict[Lane, Result]:
        """The open orders of every lane of which they were ever read, at the marks of its view."""
        return {
            lane: _answer(lane, known, views.get(lane), now_ms)
            for lane, known in self._known.items()
            if known.read_ms is not None
        }

    # -- in the task that reads ---------------------------------------------------------------

    def _turn(self) -> bool:
        """Read what is due, and wait; False at the end."""
        reading = next(iter(self._readings.values()))
        try:
            for reading in self._due():
                self._ask(reading)
        except BaseException as exc:  # handed to the thread that prints: a bug must be seen
            self.setup.backlog.put(ThreadCrashed(reading.watched.lane, exc))
            return False
        return not self.setup.runtime.wait(self.setup.ending, TICK_S)

    def _due(self) -> Iterator[_Reading]:
        """The accounts that are to be read now, and whose weight is spent."""
        readings = self._readings  # another takes its place when an account comes or goes
        with suppress(Empty):
            while True:
                if (stale := readings.get(self._stale.get_nowait())) is not None:
                    stale.due_s = 0.0
        for reading in readings.values():
            now_s = self.setup.runtime.seconds()
            reading.claim.due_s = reading.due_s + Purpose.HISTORY.patience_s
            if now_s >= reading.due_s and not reading.context.gate.take(reading.claim, now_s):
                yield reading

    def _ask(self, reading: _Reading) -> None:
        asked_ms, runtime = self.setup.runtime.now_ms(), self.setup.runtime
        account = reading.account
        try:
            answer = reading.context.ask(lambda: orders(account), account, weight=0)
        except BinfutError:
            reading.due_s = runtime.seconds() + RETRY_S
            return
        finally:
            account.close()
        reading.due_s = runtime.seconds() + AGAIN_S
        if not answer.read.lacking:
            self._read.put((reading, asked_ms, answer.rows("orders")))


def _answer(lane: Lane, known: OpenOrders, view: LiveView | None, now_ms: int) -> Result:
    held = [] if view is None else view.answer.rows("positions")
    prices = {row["symbol"]: decimal(row.get("markPrice")) for row in held}
    rows = list(known.rows({symbol: price for symbol, price in prices.items() if price}))
    return Result(ORDERS.answer, lane.market, now_ms, {ORDERS.kind: rows}, (ORDERS,))

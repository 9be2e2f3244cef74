"""Asks the exchange's history about gaps and moments, a request at a time, in its own task.

Flows come late, so they are asked for again until they explain the change, or ten minutes have
passed; then orders and fills. Nobody waits for it: it takes little of the weight that all programs
of the address share, and rests while the pool is busy.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError
from binfut_cli.resources import income
from binfut_cli.resources.history import past
from binfut_cli.resources.history.pages import Span
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.history.moment_search import MomentSearch
from binfut_cli.stream.coverage.history.questions import TOO_MANY, Questions, Read, Steps, first
from binfut_cli.stream.fold.reported_orders import Name
from binfut_cli.stream.gap_report import GapChange, HistoryFindings, agrees, is_over, sums
from binfut_cli.stream.messages import (
    GapBackfilled,
    MomentQuestion,
)

TICK_S = 1.0
FIRST_S = 5.0  # then twice as long each time
LONGEST_S = 600.0
MOST_GAPS = 20  # that are looked up at a time
MOST_SYMBOLS = MOST_LOOKUPS = 50
BACK_MS = 60_000  # flows of an asset that was told of long before are no part of a gap
FORGOTTEN = "The exchange no longer knows it."


@dataclass(slots=True)
class _Search:
    steps: Steps[None]
    due_s: float


class HistoryWorker:
    """What is being looked up; the task is started by the first of it."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self._questions = Questions(context)
        self._added: deque[GapChange | MomentQuestion] = deque()
        self._moments = MomentSearch(context, self._questions)
        self._searches: list[_Search] = []
        self._is_running = False

    def add(self, wanted: GapChange | MomentQuestion) -> None:
        """Look a gap up, or moments; called by the thread that merges."""
        self._added.append(wanted)
        if not self._is_running:
            self._is_running = True
            self._context.runtime.spawn(self._turn)

    def _turn(self) -> bool:
        if not self._context.completes(self._tend):
            return False
        if self._context.runtime.wait(self._context.stopped, TICK_S):
            self._questions.account.close()
            return False
        return True

    def _tend(self) -> None:
        """Ask one thing about one gap, if that is due and nothing speaks against it."""
        now = self._context.runtime.seconds()
        while self._added:
            self._begin(self._added.popleft(), now)
        if self._searches:
            search = min(self._searches, key=lambda each: each.due_s)
            if now >= search.due_s:
                self._advance(search)

    def _begin(self, wanted: GapChange | MomentQuestion, now: float) -> None:
        if isinstance(wanted, GapChange):
            self._begin_gap(wanted, now)
        else:
            self._searches.append(_Search(self._moments.steps(wanted), now + wanted.wait_s))

    def _begin_gap(self, gap_change: GapChange, now: float) -> None:
        if len(self._searches) < MOST_GAPS:
            self._searches.append(_Search(self._look_up(gap_change), now + FIRST_S))
            return
        found = HistoryFindings()
        for what in ("income", "orders", "fills"):
            found.lacks(what, TOO_MANY)
        self._finish(gap_change, found)

    def _advance(self, search: _Search) -> None:
        try:
            wait_s = next(search.steps)
        except StopIteration:
            self._searches.remove(search)
            self._questions.account.close()
        else:
            search.due_s = self._context.runtime.seconds() + wait_s

    # -- one gap ----------------------------------------------------------------------------

    def _look_up(self, gap_change: GapChange) -> Steps[None]:
        found = HistoryFindings()
        yield from self._flows(gap_change, found)
        yield from self._orders(gap_change, found)
        yield from self._fills(gap_change, found)
        self._finish(gap_change, found)

    def _finish(self, gap_change: GapChange, found: HistoryFindings) -> None:
        self._context.put(
            GapBackfilled(self._context.lane, self._context.runtime.now_ms(), gap_change, found)
        )

    def _flows(self, gap_change: GapChange, found: HistoryFindings) -> Steps[None]:
        """Find flows until they explain the change, or it has taken too long."""
        from_ms, to_ms = (
            gap_change.gap.possible_ms,
            max([gap_change.read_ms, *gap_change.until.values()]),
        )
        since = max(min([from_ms, *gap_change.since.values()]), from_ms - BACK_MS)
        span, cost = Span(since, to_ms), income.WEIGHT[self._context.market]
        wait_s = FIRST_S
        while True:
            read = yield from self._questions.pages([span], income.page, cost)
            if read.lacking is None or not found.flows:
                found.flows = [row for row in read.rows if gap_change.makes_change(row)]
            wait_s *= 2
            is_explained = read.lacking is None and agrees(sums(gap_change, found.flows))
            if is_explained or wait_s > LONGEST_S:
                break
            yield wait_s
        found.lacks("income", read.lacking)

    def _orders(self, gap_change: GapChange, found: HistoryFindings) -> Steps[None]:
        """Find what became of orders, by symbol; on usdm also those of symbols nobody named."""
        seen: set[Name] = set()
        if self._context.market is Market.USDM:
            read = yield from self._all_orders(gap_change, None)
            _keep(read.rows, gap_change, seen, found)
            found.lacks("orders", read.lacking)
        known = dict.fromkeys([*gap_change.moved, *found.symbols(), *gap_change.symbols])
        for symbol in first(MOST_SYMBOLS, known, "orders of {}", found):
            read = yield from self._orders_of(symbol, gap_change)
            _keep(read.rows, gap_change, seen, found)
            found.lacks(f"orders of {symbol}", read.lacking)
        yield from self._known_orders(gap_change, seen, found)

    def _orders_of(self, symbol: str, gap_change: GapChange) -> Steps[Read]:
        """The latest orders of a symbol; all of the gap if those do not reach back to it."""
        ask = partial(past.latest_orders, self._questions.account, symbol=symbol)
        latest = yield from self._questions.request(ask, past.WEIGHT)
        if isinstance(latest, BinfutError):
            return Read(lacking=latest.message)
        market = self._context.market
        is_whole = (
            len(latest) < past.ORDERS[market] or latest[0]["time"] <= gap_change.gap.possible_ms
        )
        if is_whole or market is Market.USDM:
            return Read(latest)
        read = yield from self._all_orders(gap_change, symbol)
        return Read([*latest, *read.rows], read.lacking)

    def _all_orders(self, gap_change: GapChange, symbol: str | None) -> Steps[Read]:
        """The orders that were placed in a gap."""
        ask = partial(past.orders, symbol=symbol)
        return self._questions.pages(
            _weeks(gap_change), ask, past.WEIGHT, size=past.ORDERS[self._context.market]
        )

    def _known_orders(
        self, gap_change: GapChange, seen: set[Name], found: HistoryFindings
    ) -> Steps[None]:
        """Look up those that were open before and are too old to be among the latest."""
        unseen = {
            f"order {name[1]} of {name[0]}": name for name in gap_change.open if name not in seen
        }
        for what in first(MOST_LOOKUPS, unseen, "{}", found):
            symbol, number = unseen[what]
            ask = partial(past.order, self._questions.account, number, symbol=symbol)
            rows = yield from self._questions.request(ask, past.WEIGHT)
            if isinstance(rows, BinfutError):
                found.lacks(what, rows.message)
                continue
            _keep(rows, gap_change, seen, found)
            if not rows:
                found.over.add((symbol, number))
                found.lacks(what, FORGOTTEN)

    def _fills(self, gap_change: GapChange, found: HistoryFindings) -> Steps[None]:
        """Find the fills of every symbol that had any, by what is known of it."""
        filled = (row["symbol"] for row in found.orders if decimal(row.get("executedQty")))
        known = dict.fromkeys([*gap_change.moved, *filled, *found.symbols()])
        for symbol in first(MOST_SYMBOLS, known, "fills of {}", found):
            ask = partial(past.fills, symbol=symbol)
            read = yield from self._questions.pages(_weeks(gap_change), ask, past.WEIGHT)
            found.fills += [row for row in read.rows if gap_change.gap.has(row["time"])]
            found.lacks(f"fills of {symbol}", read.lacking)


def _weeks(gap_change: GapChange) -> Iterable[Span]:
    return past.weeks(Span(gap_change.gap.possible_ms, gap_change.gap.to_ms))


def _keep(
    rows: Iterable[Row], gap_change: GapChange, seen: set[Name], found: HistoryFindings
) -> None:
    """Keep the orders of the gap, each once, and take note of all."""
    for row in rows:
        name = row["symbol"], row["orderId"]
        if name not in seen and gap_change.has_order(row):
            found.orders.append(row)
        if is_over(row):
            found.over.add(name)
        seen.add(name)

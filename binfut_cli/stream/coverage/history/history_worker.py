"""Asks the exchange's history about gaps and moments, a request at a time, in its own task.

Flows come late, so they are asked for again until they explain the change, or ten minutes have
passed; then orders, conditional orders and fills. Nobody waits for it: it takes little of the
weight that all programs of the address share, and rests while the pool is busy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from binfut_cli.codec import decimal
from binfut_cli.endpoints import Market
from binfut_cli.resources import income
from binfut_cli.resources.history import past
from binfut_cli.resources.history.pages import Span
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.history.moment_search import MomentSearch
from binfut_cli.stream.coverage.history.order_search import CONDITIONAL, ORDER, OrderSearch
from binfut_cli.stream.coverage.history.questions import (
    MOST_SYMBOLS,
    TOO_MANY,
    Questions,
    Steps,
    first,
)
from binfut_cli.stream.gap_report import GapChange, HistoryFindings, agrees, sums
from binfut_cli.stream.messages import (
    GapBackfilled,
    MomentQuestion,
)

TICK_S = 1.0
FIRST_S = 5.0  # then twice as long each time
LONGEST_S = 600.0
MOST_GAPS = 20  # that are looked up at a time
BACK_MS = 60_000  # flows of an asset that was told of long before are no part of a gap


@dataclass(slots=True)
class _Search:
    steps: Steps[None]
    due_s: float


class HistoryWorker:
    """What is being looked up; the task is started by the first of it."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self._questions = Questions(context)
        self._added: list[GapChange | MomentQuestion] = []
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
            self._begin(self._added.pop(0), now)
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
        for what in ("income", "orders", "conditional orders", "fills"):
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
        yield from self._conditionals(gap_change, found)
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
        search = OrderSearch(
            self._questions, ORDER, gap_change, found, found.orders, found.over, gap_change.open
        )
        if self._context.market is Market.USDM:
            most = past.ORDERS[self._context.market]
            weeks = _weeks(gap_change)
            read = yield from self._questions.pages(weeks, past.orders, past.WEIGHT, size=most)
            search.keep(read.rows)
            found.lacks("orders", read.lacking)
        yield from search.steps(_concerned(gap_change, found))

    def _conditionals(self, gap_change: GapChange, found: HistoryFindings) -> Steps[None]:
        """Find what became of conditional orders."""
        kept = found.conditionals, found.ended, gap_change.waiting
        search = OrderSearch(self._questions, CONDITIONAL, gap_change, found, *kept)
        placed = (row["symbol"] for row in found.orders)
        yield from search.steps(dict.fromkeys([*_concerned(gap_change, found), *placed]))

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


def _concerned(gap_change: GapChange, found: HistoryFindings) -> Iterable[str]:
    """The symbols that an account has to do with, those first on which something happened."""
    return dict.fromkeys([*gap_change.moved, *found.symbols(), *gap_change.symbols])

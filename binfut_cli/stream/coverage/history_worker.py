"""Asks the exchange's history about gaps, a request at a time, on a thread of its own.

Flows come late, so they are asked for again until they explain the change, or ten minutes have
passed; then orders and fills. Nobody waits for it: it takes little of the weight that all programs
of the address share, and rests while the pool is busy.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.errors import AnswerError, BinfutError, ClockError
from binfut_cli.resources import income
from binfut_cli.resources.history import past
from binfut_cli.resources.history.pages import PAGE, Pages, Span
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.rate_gate import Pace
from binfut_cli.stream.fold.reported_orders import Name
from binfut_cli.stream.gap_report import GapChange, HistoryFindings, agrees, is_over, sums
from binfut_cli.stream.messages import (
    GapBackfilled,
    MomentQuestion,
    MomentsLookedUp,
    ThreadCrashed,
)

T = TypeVar("T")
Steps = Generator[float, None, T]
"""Work in steps; each gives the seconds until the next may follow."""
Asking = Callable[[AccountClient, int, int], list[Row]]
"""The first page between a last and a first moment, as `Pages` wants it."""

TICK_S = 1.0
FIRST_S = 5.0  # then twice as long each time
LONGEST_S = 600.0
RETRIES_S = (5.0, 10.0, 20.0, 40.0)
MOST_GAPS = 20  # that are looked up at a time
MOST_PAGES = 20  # of one kind for one gap
MOST_SYMBOLS = MOST_LOOKUPS = 50
MOMENTS_PACE = 1.2, 24.0  # so that no minute sees more than 100 units of weight for moments
SECOND_MS = 1000  # flows may be told with their second only
BACK_MS = 60_000  # flows of an asset that was told of long before are no part of a gap
TOO_MANY = "There are too many."
FORGOTTEN = "The exchange no longer knows it."


@dataclass(slots=True)
class _Search:
    steps: Steps[None]
    due_s: float


@dataclass(slots=True)
class _Read:
    """Rows, and why they are not all that there are, if so."""

    rows: list[Row] = field(default_factory=list)
    lacking: str | None = None


class _Questions:
    """One question after the other, on a connection of their own."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self.account = context.account.clone()  # an account is asked from one thread at a time
        self._is_hopeless = False  # the last question went on failing: be brief with the next

    def pages(
        self, spans: Iterable[Span], asking: Asking, cost: int, *, size: int = PAGE
    ) -> Steps[_Read]:
        """Every row of some spans, up to a bound, or as far as they could be read."""
        read, left = _Read(), MOST_PAGES
        for span in spans:
            pages = Pages(partial(asking, self.account, span.end_ms), span.start_ms, size)
            while not pages.is_over:
                if not left:
                    return _Read(read.rows, TOO_MANY)
                rows = yield from self.request(pages.turn, cost)
                if isinstance(rows, BinfutError):
                    return _Read(read.rows, rows.message)
                read.rows += rows
                left -= 1
        return read

    def request(self, ask: Callable[[], T], cost: int) -> Steps[T | BinfutError]:
        """Ask, and again if that fails and may pass; the answer, or why there is none."""
        context, failed = self._context, BinfutError("Nothing was asked.", hint="")
        for wait_s in RETRIES_S[: 1 if self._is_hopeless else None]:
            yield 0.0
            context.gate.spend(cost, context.runtime.seconds())
            try:
                answer = context.ask(ask, self.account)
            except BinfutError as exc:
                failed = exc
            else:
                self._is_hopeless = False
                return answer
            if not (failed.retryable or isinstance(failed, AnswerError | ClockError)):
                return failed
            yield wait_s
        self._is_hopeless = True
        return failed


class HistoryWorker:
    """The gaps that are being looked up; the thread is started by the first of them."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self._questions = _Questions(context)
        self._added: deque[GapChange | MomentQuestion] = deque()
        self._pace = Pace(*MOMENTS_PACE)
        self._searches: list[_Search] = []
        self._is_running = False

    def add(self, gap_change: GapChange) -> None:
        """Look a gap up; called by the thread that merges."""
        self._add(gap_change)

    def ask(self, question: MomentQuestion) -> None:
        """Look moments up; called by the thread that merges."""
        self._add(question)

    def _add(self, wanted: GapChange | MomentQuestion) -> None:
        self._added.append(wanted)
        if not self._is_running:
            self._is_running = True
            self._context.runtime.spawn(f"history-{self._context.market}", self._turn)

    def _turn(self) -> bool:
        try:
            self._tend()
        except BaseException as exc:  # handed to the thread that prints: a bug must be seen
            self._context.put(ThreadCrashed(self._context.lane, exc))
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
        if self._searches and self._context.gate.may_spend(now):
            search = min(self._searches, key=lambda each: each.due_s)
            if now >= search.due_s:
                self._advance(search)

    def _begin(self, wanted: GapChange | MomentQuestion, now: float) -> None:
        if isinstance(wanted, MomentQuestion):
            due_s = now + wanted.wait_s
            self._searches.append(_Search(self._moments(wanted), due_s))
            return
        self._begin_gap(wanted, now)

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

    # -- moments that do not add up ---------------------------------------------------------

    def _moments(self, question: MomentQuestion) -> Steps[None]:
        """Ask for the fills of some symbols and, if wanted, for the flows."""
        span, found = Span(question.from_ms - SECOND_MS, question.to_ms), HistoryFindings()
        for symbol in _first(MOST_SYMBOLS, question.symbols, "fills of {}", found):
            yield from self._afford(past.WEIGHT)
            ask = partial(past.fills, symbol=symbol)
            read = yield from self._questions.pages(past.weeks(span), ask, past.WEIGHT)
            found.fills += read.rows
            found.lacks(f"fills of {symbol}", read.lacking)
        if question.flows:
            cost = income.WEIGHT[self._context.market]
            yield from self._afford(cost)
            read = yield from self._questions.pages([span], income.page, cost)
            found.flows += read.rows
            found.lacks("income", read.lacking)
        flows = found.flows if question.flows else None
        now_ms, is_whole = self._context.runtime.now_ms(), not found.unread
        self._context.put(
            MomentsLookedUp(self._context.lane, now_ms, question, found.fills, flows, is_whole)
        )

    def _afford(self, cost: int) -> Steps[None]:
        """Wait until the pace of such questions allows another."""
        while not self._pace.may_spend(self._context.runtime.seconds()):
            yield TICK_S
        self._pace.spend(cost, self._context.runtime.seconds())

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
        for symbol in _first(MOST_SYMBOLS, known, "orders of {}", found):
            read = yield from self._orders_of(symbol, gap_change)
            _keep(read.rows, gap_change, seen, found)
            found.lacks(f"orders of {symbol}", read.lacking)
        yield from self._known_orders(gap_change, seen, found)

    def _orders_of(self, symbol: str, gap_change: GapChange) -> Steps[_Read]:
        """The latest orders of a symbol; all of the gap if those do not reach back to it."""
        ask = partial(past.latest_orders, self._questions.account, symbol=symbol)
        latest = yield from self._questions.request(ask, past.WEIGHT)
        if isinstance(latest, BinfutError):
            return _Read(lacking=latest.message)
        market = self._context.market
        is_whole = (
            len(latest) < past.ORDERS[market] or latest[0]["time"] <= gap_change.gap.possible_ms
        )
        if is_whole or market is Market.USDM:
            return _Read(latest)
        read = yield from self._all_orders(gap_change, symbol)
        return _Read([*latest, *read.rows], read.lacking)

    def _all_orders(self, gap_change: GapChange, symbol: str | None) -> Steps[_Read]:
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
        for what in _first(MOST_LOOKUPS, unseen, "{}", found):
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
        for symbol in _first(MOST_SYMBOLS, known, "fills of {}", found):
            ask = partial(past.fills, symbol=symbol)
            read = yield from self._questions.pages(_weeks(gap_change), ask, past.WEIGHT)
            found.fills += [row for row in read.rows if gap_change.gap.has(row["time"])]
            found.lacks(f"fills of {symbol}", read.lacking)


def _first(most: int, names: Iterable[str], what: str, found: HistoryFindings) -> list[str]:
    """The first of some names; of the others it is noted that there were too many."""
    listed = list(names)
    for name in listed[most:]:
        found.lacks(what.format(name), TOO_MANY)
    return listed[:most]


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

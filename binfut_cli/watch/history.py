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

from binfut_cli.account import Account
from binfut_cli.errors import AnswerError, BinfutError, ClockError
from binfut_cli.markets import Market
from binfut_cli.questions import income, past
from binfut_cli.questions.pages import PAGE, Pages, Span
from binfut_cli.watch.backfill import Found, Missed, agrees, is_over, sums
from binfut_cli.watch.items import Backfilled, Crashed
from binfut_cli.watch.kit import Kit
from binfut_cli.watch.orders import Name
from binfut_cli.wire import Row, decimal

T = TypeVar("T")
Steps = Generator[float, None, T]
"""Work in steps; each gives the seconds until the next may follow."""
Asking = Callable[[Account, int, int], list[Row]]
"""The first page between a last and a first moment, as `Pages` wants it."""

TICK_S = 1.0
FIRST_S = 5.0  # then twice as long each time
LONGEST_S = 600.0
RETRIES_S = (5.0, 10.0, 20.0, 40.0)
MOST_GAPS = 20  # that are looked up at a time
MOST_PAGES = 20  # of one kind for one gap
MOST_SYMBOLS = MOST_LOOKUPS = 50
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


class History:
    """The gaps that are being looked up; the thread is started by the first of them."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._account = kit.account.twin()  # an account is asked from one thread at a time
        self._added: deque[Missed] = deque()
        self._searches: list[_Search] = []
        self._is_running = False
        self._is_hopeless = False  # the last question went on failing: be brief with the next

    def add(self, missed: Missed) -> None:
        """Look a gap up; called by the thread that merges."""
        self._added.append(missed)
        if not self._is_running:
            self._is_running = True
            self._kit.world.spawn(f"history-{self._kit.market}", self._turn)

    def _turn(self) -> bool:
        try:
            self._tend()
        except BaseException as exc:  # handed to the thread that prints: a bug must be seen
            self._kit.put(Crashed(self._kit.lane, exc))
            return False
        if self._kit.world.wait(self._kit.stopped, TICK_S):
            self._account.close()
            return False
        return True

    def _tend(self) -> None:
        """Ask one thing about one gap, if that is due and nothing speaks against it."""
        now = self._kit.world.seconds()
        while self._added:
            self._begin(self._added.popleft(), now)
        if self._searches and self._kit.gate.may_spend(now):
            search = min(self._searches, key=lambda each: each.due_s)
            if now >= search.due_s:
                self._advance(search)

    def _begin(self, missed: Missed, now: float) -> None:
        if len(self._searches) < MOST_GAPS:
            self._searches.append(_Search(self._look_up(missed), now + FIRST_S))
            return
        found = Found()
        for what in ("income", "orders", "fills"):
            found.lacks(what, TOO_MANY)
        self._finish(missed, found)

    def _advance(self, search: _Search) -> None:
        try:
            wait_s = next(search.steps)
        except StopIteration:
            self._searches.remove(search)
            self._account.close()
        else:
            search.due_s = self._kit.world.seconds() + wait_s

    # -- one gap ----------------------------------------------------------------------------

    def _look_up(self, missed: Missed) -> Steps[None]:
        found = Found()
        yield from self._flows(missed, found)
        yield from self._orders(missed, found)
        yield from self._fills(missed, found)
        self._finish(missed, found)

    def _finish(self, missed: Missed, found: Found) -> None:
        self._kit.put(Backfilled(self._kit.lane, self._kit.world.now_ms(), missed, found))

    def _flows(self, missed: Missed, found: Found) -> Steps[None]:
        """Find flows until they explain the change, or it has taken too long."""
        from_ms, to_ms = missed.gap.possible_ms, max([missed.read_ms, *missed.until.values()])
        since = max(min([from_ms, *missed.since.values()]), from_ms - BACK_MS)
        span, cost = Span(since, to_ms), income.WEIGHT[self._kit.market]
        wait_s = FIRST_S
        while True:
            read = yield from self._pages([span], income.page, cost)
            if read.lacking is None or not found.flows:
                found.flows = [row for row in read.rows if missed.makes_change(row)]
            wait_s *= 2
            is_explained = read.lacking is None and agrees(sums(missed, found.flows))
            if is_explained or wait_s > LONGEST_S:
                break
            yield wait_s
        found.lacks("income", read.lacking)

    def _orders(self, missed: Missed, found: Found) -> Steps[None]:
        """Find what became of orders, by symbol; on usdm also those of symbols nobody named."""
        seen: set[Name] = set()
        if self._kit.market is Market.USDM:
            read = yield from self._all_orders(missed, None)
            _keep(read.rows, missed, seen, found)
            found.lacks("orders", read.lacking)
        known = dict.fromkeys([*missed.moved, *found.symbols(), *missed.symbols])
        for symbol in _first(MOST_SYMBOLS, known, "orders of {}", found):
            read = yield from self._orders_of(symbol, missed)
            _keep(read.rows, missed, seen, found)
            found.lacks(f"orders of {symbol}", read.lacking)
        yield from self._known_orders(missed, seen, found)

    def _orders_of(self, symbol: str, missed: Missed) -> Steps[_Read]:
        """The latest orders of a symbol; all of the gap if those do not reach back to it."""
        ask = partial(past.latest_orders, self._account, symbol=symbol)
        latest = yield from self._request(ask, past.WEIGHT)
        if isinstance(latest, BinfutError):
            return _Read(lacking=latest.message)
        market = self._kit.market
        is_whole = len(latest) < past.ORDERS[market] or latest[0]["time"] <= missed.gap.possible_ms
        if is_whole or market is Market.USDM:
            return _Read(latest)
        read = yield from self._all_orders(missed, symbol)
        return _Read([*latest, *read.rows], read.lacking)

    def _all_orders(self, missed: Missed, symbol: str | None) -> Steps[_Read]:
        """The orders that were placed in a gap."""
        ask = partial(past.orders, symbol=symbol)
        return self._pages(_weeks(missed), ask, past.WEIGHT, size=past.ORDERS[self._kit.market])

    def _known_orders(self, missed: Missed, seen: set[Name], found: Found) -> Steps[None]:
        """Look up those that were open before and are too old to be among the latest."""
        unseen = {f"order {name[1]} of {name[0]}": name for name in missed.open if name not in seen}
        for what in _first(MOST_LOOKUPS, unseen, "{}", found):
            symbol, number = unseen[what]
            ask = partial(past.order, self._account, number, symbol=symbol)
            rows = yield from self._request(ask, past.WEIGHT)
            if isinstance(rows, BinfutError):
                found.lacks(what, rows.message)
                continue
            _keep(rows, missed, seen, found)
            if not rows:
                found.over.add((symbol, number))
                found.lacks(what, FORGOTTEN)

    def _fills(self, missed: Missed, found: Found) -> Steps[None]:
        """Find the fills of every symbol that had any, by what is known of it."""
        filled = (row["symbol"] for row in found.orders if decimal(row.get("executedQty")))
        known = dict.fromkeys([*missed.moved, *filled, *found.symbols()])
        for symbol in _first(MOST_SYMBOLS, known, "fills of {}", found):
            ask = partial(past.fills, symbol=symbol)
            read = yield from self._pages(_weeks(missed), ask, past.WEIGHT)
            found.fills += [row for row in read.rows if missed.gap.has(row["time"])]
            found.lacks(f"fills of {symbol}", read.lacking)

    # -- one question -----------------------------------------------------------------------

    def _pages(
        self, spans: Iterable[Span], asking: Asking, cost: int, *, size: int = PAGE
    ) -> Steps[_Read]:
        """Every row of some spans, up to a bound, or as far as they could be read."""
        read, left = _Read(), MOST_PAGES
        for span in spans:
            pages = Pages(partial(asking, self._account, span.end_ms), span.start_ms, size)
            while not pages.is_over:
                if not left:
                    return _Read(read.rows, TOO_MANY)
                rows = yield from self._request(pages.turn, cost)
                if isinstance(rows, BinfutError):
                    return _Read(read.rows, rows.message)
                read.rows += rows
                left -= 1
        return read

    def _request(self, ask: Callable[[], T], cost: int) -> Steps[T | BinfutError]:
        """Ask, and again if that fails and may pass; the answer, or why there is none."""
        kit, failed = self._kit, BinfutError("Nothing was asked.", hint="")
        for wait_s in RETRIES_S[: 1 if self._is_hopeless else None]:
            yield 0.0
            kit.gate.spend(cost, kit.world.seconds())
            try:
                answer = kit.ask(ask, self._account)
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


def _first(most: int, names: Iterable[str], what: str, found: Found) -> list[str]:
    """The first of some names; of the others it is noted that there were too many."""
    listed = list(names)
    for name in listed[most:]:
        found.lacks(what.format(name), TOO_MANY)
    return listed[:most]


def _weeks(missed: Missed) -> Iterable[Span]:
    return past.weeks(Span(missed.gap.possible_ms, missed.gap.to_ms))


def _keep(rows: Iterable[Row], missed: Missed, seen: set[Name], found: Found) -> None:
    """Keep the orders of the gap, each once, and take note of all."""
    for row in rows:
        name = row["symbol"], row["orderId"]
        if name not in seen and missed.has_order(row):
            found.orders.append(row)
        if is_over(row):
            found.over.add(name)
        seen.add(name)

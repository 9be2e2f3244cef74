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
from binfut_cli.errors import AuthError, BinfutError
from binfut_cli.markets import Market
from binfut_cli.questions import income, past
from binfut_cli.questions.pages import PAGE, Pages, Span
from binfut_cli.watch.backfill import Found, Missed, agrees, sums
from binfut_cli.watch.items import Backfilled, Crashed
from binfut_cli.watch.kit import Kit
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
PACE_S = 0.4  # for each unit of weight: 150 a minute, of 2400 for the whole address
AHEAD_S = 30.0  # of that pace, so that a gap that comes alone is looked up at once
MOST_PAGES = 20  # of one kind for one gap
MOST_SYMBOLS = MOST_LOOKUPS = 50
BACK_MS = 60_000  # flows of an asset that was told of long before are no part of a gap


@dataclass(slots=True)
class _Search:
    steps: Steps[None]
    due_s: float


@dataclass(slots=True)
class _Read:
    """Rows, and whether they are all that there are."""

    rows: list[Row] = field(default_factory=list)
    is_whole: bool = False


class History:
    """The gaps that are being looked up; the thread is started by the first of them."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._account = kit.account.twin()  # an account is asked from one thread at a time
        self._added: deque[Missed] = deque()
        self._searches: list[_Search] = []
        self._paid_s = 0.0  # the moment up to which the pace allows what was asked
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
        now, gate = self._kit.world.seconds(), self._kit.gate
        while self._added:
            missed = self._added.popleft()
            self._searches.append(_Search(self._look_up(missed), now + FIRST_S))
        if not self._searches or now < self._paid_s - AHEAD_S or gate.is_busy or gate.wait_ms():
            return
        search = min(self._searches, key=lambda each: each.due_s)
        if now >= search.due_s:
            self._advance(search)

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
        self._kit.put(Backfilled(self._kit.lane, self._kit.world.now_ms(), missed, found))

    def _flows(self, missed: Missed, found: Found) -> Steps[None]:
        """Find flows until they explain the change, or it has taken too long."""
        since = max(min([missed.from_ms, *missed.since.values()]), missed.from_ms - BACK_MS)
        span, cost = Span(since, missed.read_ms), income.WEIGHT[self._kit.market]
        wait_s = FIRST_S
        while True:
            read = yield from self._pages([span], income.page, cost)
            found.flows = [row for row in read.rows if missed.lacks_flow(row)]
            wait_s *= 2
            is_explained = read.is_whole and agrees(sums(missed, found.flows))
            if is_explained or wait_s > LONGEST_S:
                break
            yield wait_s
        found.note(read.is_whole, "income")

    def _orders(self, missed: Missed, found: Found) -> Steps[None]:
        """Find what became of orders, by symbol; on usdm also those of symbols nobody named."""
        orders: dict[int, Row] = {}
        spans = list(past.weeks(Span(missed.from_ms, missed.to_ms)))
        if self._kit.market is Market.USDM:
            read = yield from self._pages(spans, past.orders, past.WEIGHT)
            orders |= _by_number(read.rows)
            found.note(read.is_whole, "orders")
        for symbol in self._asked(missed, found):
            read = yield from self._orders_of(symbol, missed, spans)
            orders |= _by_number(read.rows)
            found.note(read.is_whole, f"orders of {symbol}")
        yield from self._known_orders(missed, orders, found)
        found.orders = [row for row in orders.values() if missed.lacks_order(row)]

    def _asked(self, missed: Missed, found: Found) -> list[str]:
        """The symbols to ask about, those first where something surely happened."""
        flows = (str(row["symbol"]) for row in found.flows if row["symbol"])
        symbols = list(dict.fromkeys([*missed.moved, *flows, *missed.symbols]))
        for symbol in symbols[MOST_SYMBOLS:]:
            found.note(False, f"orders of {symbol}")
        return symbols[:MOST_SYMBOLS]

    def _orders_of(self, symbol: str, missed: Missed, spans: list[Span]) -> Steps[_Read]:
        """The latest orders of a symbol; all of the gap if those do not reach back to it."""
        account = self._account
        latest = yield from self._request(
            partial(past.latest_orders, account, symbol=symbol), past.WEIGHT
        )
        if latest is None:
            return _Read()
        reaches = len(latest) < PAGE or latest[0]["time"] <= missed.from_ms
        if reaches or self._kit.market is Market.USDM:
            return _Read(latest, True)
        read = yield from self._pages(spans, partial(past.orders, symbol=symbol), past.WEIGHT)
        return _Read([*latest, *read.rows], read.is_whole)

    def _known_orders(self, missed: Missed, orders: dict[int, Row], found: Found) -> Steps[None]:
        """Look up those that were open before and are too old to be among the latest."""
        unseen = [number for number in missed.open if number not in orders]
        for number in unseen[:MOST_LOOKUPS]:
            ask = partial(past.order, self._account, number, symbol=missed.open[number])
            rows = yield from self._request(ask, past.WEIGHT)
            orders |= _by_number(rows or ())
            found.note(rows is not None, f"order {number}")
        for number in unseen[MOST_LOOKUPS:]:
            found.note(False, f"order {number}")

    def _fills(self, missed: Missed, found: Found) -> Steps[None]:
        """Find the fills of every symbol that had any, by what is known of it."""
        spans = list(past.weeks(Span(missed.from_ms, missed.to_ms)))
        flows = (str(row["symbol"]) for row in found.flows if row["symbol"])
        filled = (row["symbol"] for row in found.orders if decimal(row.get("executedQty")))
        symbols = list(dict.fromkeys([*missed.moved, *filled, *flows]))
        for symbol in symbols[:MOST_SYMBOLS]:
            read = yield from self._pages(spans, partial(past.fills, symbol=symbol), past.WEIGHT)
            found.fills += [row for row in read.rows if missed.lacks_fill(row)]
            found.note(read.is_whole, f"fills of {symbol}")
        for symbol in symbols[MOST_SYMBOLS:]:
            found.note(False, f"fills of {symbol}")

    # -- one question -----------------------------------------------------------------------

    def _pages(self, spans: Iterable[Span], asking: Asking, cost: int) -> Steps[_Read]:
        """Every row of some spans, up to a bound, or as far as they could be read."""
        read, left = _Read(), MOST_PAGES
        for span in spans:
            pages = Pages(partial(asking, self._account, span.end_ms), span.start_ms)
            while not pages.is_over:
                rows = (yield from self._request(pages.turn, cost)) if left else None
                if rows is None:
                    return read
                read.rows += rows
                left -= 1
        read.is_whole = True
        return read

    def _request(self, ask: Callable[[], T], cost: int) -> Steps[T | None]:
        """Ask, and again if that fails; None if it goes on failing."""
        world = self._kit.world
        for wait_s in RETRIES_S[: 1 if self._is_hopeless else None]:
            yield 0.0
            self._paid_s = max(self._paid_s, world.seconds()) + cost * PACE_S
            try:
                answer = self._kit.ask(ask, self._account)
            except AuthError:
                break
            except BinfutError:
                yield wait_s
            else:
                self._is_hopeless = False
                return answer
        self._is_hopeless = True
        return None


def _by_number(rows: Iterable[Row]) -> dict[int, Row]:
    return {row["orderId"]: row for row in rows}

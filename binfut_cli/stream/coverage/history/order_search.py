"""What became of orders in a gap, by symbol: those of the engine, and conditional ones.

Both have a list of their own, of the latest of a symbol, of a span, or from an id on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError
from binfut_cli.resources.history import past
from binfut_cli.resources.history.pages import PAGE, Span
from binfut_cli.stream.coverage.history.questions import MOST_SYMBOLS, Questions, Read, Steps, first
from binfut_cli.stream.fold.reported_orders import Name
from binfut_cli.stream.gap_report import GapChange, HistoryFindings, is_over, name_of, placed_ms

MOST_LOOKUPS = 50
FORGOTTEN = "The exchange no longer knows it."


class _OfSymbol(Protocol):
    def __call__(self, account: AccountClient, /, *, symbol: str) -> list[Row]: ...


class _OfSpan(Protocol):
    def __call__(
        self, account: AccountClient, end_ms: int, start_ms: int, /, *, symbol: str
    ) -> list[Row]: ...


class _Numbered(Protocol):
    def __call__(self, account: AccountClient, number: str, /, *, symbol: str) -> list[Row]: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """How orders of a kind are called, and asked for; `most` are in one answer."""

    name: str
    latest: _OfSymbol
    of_span: _OfSpan
    numbered: _Numbered
    most: Callable[[Market], int]


ORDER = Kind("order", past.latest_orders, past.orders, past.order, past.ORDERS.__getitem__)
CONDITIONAL = Kind(
    "conditional order",
    past.latest_conditionals,
    past.conditionals,
    past.conditional,
    lambda market: PAGE,
)


@dataclass(slots=True)
class OrderSearch:
    """Finds the orders of a kind that were placed or last changed in a gap: `rows`.

    `before` were open before it; those that are not any more are put into `over`.
    """

    questions: Questions
    kind: Kind
    gap_change: GapChange
    found: HistoryFindings
    rows: list[Row]
    over: set[Name]
    before: tuple[Name, ...]
    _seen: set[Name] = field(default_factory=set)

    def steps(self, symbols: Iterable[str]) -> Steps[None]:
        """Ask for those of some symbols, and then for each that is too old to be among them."""
        what = f"{self.kind.name}s of {{}}"
        for symbol in first(MOST_SYMBOLS, symbols, what, self.found):
            read = yield from self._latest(symbol)
            self.keep(read.rows)
            self.found.lacks(what.format(symbol), read.lacking)
        yield from self._numbered()

    def keep(self, rows: Iterable[Row]) -> None:
        """Keep the orders of the gap, each once, and take note of all."""
        for row in rows:
            name = name_of(row)
            if name not in self._seen and self.gap_change.has_order(row):
                self.rows.append(row)
            if is_over(row):
                self.over.add(name)
            self._seen.add(name)

    def _latest(self, symbol: str) -> Steps[Read]:
        """The latest orders of a symbol; all of the gap if those do not reach back to it."""
        questions, possible_ms = self.questions, self.gap_change.gap.possible_ms
        ask = partial(self.kind.latest, questions.account, symbol=symbol)
        latest = yield from questions.request(ask, past.WEIGHT)
        if isinstance(latest, BinfutError):
            return Read(lacking=latest.message)
        most = self.kind.most(questions.account.market)
        if len(latest) < most or placed_ms(latest[0]) <= possible_ms or self._has_all():
            return Read(latest)
        ask_span = partial(self.kind.of_span, symbol=symbol)
        weeks = past.weeks(Span(possible_ms, self.gap_change.gap.to_ms))
        read = yield from questions.pages(weeks, ask_span, past.WEIGHT, size=most)
        return Read([*latest, *read.rows], read.lacking)

    def _has_all(self) -> bool:
        """Whether all of the gap were asked for already, whatever their symbol."""
        return self.kind is ORDER and self.questions.account.market is Market.USDM

    def _numbered(self) -> Steps[None]:
        """Look up those that were open before and are too old to be among the latest."""
        unseen = {
            f"{self.kind.name} {name[1]} of {name[0]}": name
            for name in self.before
            if name not in self._seen
        }
        for what in first(MOST_LOOKUPS, unseen, "{}", self.found):
            symbol, number = unseen[what]
            ask = partial(self.kind.numbered, self.questions.account, number, symbol=symbol)
            rows = yield from self.questions.request(ask, past.WEIGHT)
            if isinstance(rows, BinfutError):
                self.found.lacks(what, rows.message)
                continue
            self.keep(rows)
            if not rows:
                self.over.add((symbol, number))
                self.found.lacks(what, FORGOTTEN)

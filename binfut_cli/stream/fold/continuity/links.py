"""What was last told of each row of the account: what the next that is told must follow from."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import sub
from typing import Any

from binfut_cli.codec import Row, decimal
from binfut_cli.stream.events import Told
from binfut_cli.stream.state import State

MOST_ROWS = 100_000
MOST_CHANGES = 50  # of a row in one millisecond
LAG_MS = 10_000  # by which a reading may be older than when it was asked for
ZERO = Decimal()
_After = tuple[object, Decimal, int, Sequence[Decimal], int]
CHAINED = ("walletBalance", "positionAmt")
"""What of a row must follow from what it was before."""


@dataclass(slots=True)
class Link:
    """The last that was told of a row; what happened up to `began_ms` is not compared.

    The account was as told at `agreed_ms`. `changes` are those that were told at `time_ms`; what
    left it as it was came last at `same_ms`.
    """

    text: object
    worth: Decimal
    time_ms: int
    began_ms: int
    agreed_ms: int = 0
    changes: tuple[Decimal, ...] = ()
    same_ms: int = 0

    def goes_on(self, text: Any, change: Any, time: int) -> bool:
        """Whether it is changed so by a later event, as most are: then it is what that tells."""
        try:
            worth, added = Decimal(text), Decimal(change)
            if worth - self.worth != added or time <= self.time_ms:
                return False
        except (ArithmeticError, TypeError, ValueError):
            return False
        self.text = text
        if added:  # else it is only written otherwise
            self.worth, self.time_ms, self.changes = worth, time, (added,)
        return True

    def after(
        self, texts: Sequence[str], changes: Sequence[str], times: Sequence[int]
    ) -> _After | None:
        """What it is after many later events, if it goes on from each to the next."""
        if changes.count("0") == len(changes):
            is_same = texts.count(self.text) == len(texts)
            return (
                (self.text, self.worth, self.time_ms, self.changes, times[-1]) if is_same else None
            )
        try:
            worths, added = [self.worth, *map(Decimal, texts)], [*map(Decimal, changes)]
            if [*map(sub, worths[1:], worths)] != added or times[0] <= self.time_ms:
                return None
        except (ArithmeticError, TypeError, ValueError):
            return None
        return (texts[-1], worths[-1], times[-1], added[-1:], self.same_ms) if all(added) else None

    def take(self, after: _After) -> None:
        """Be that."""
        self.text, self.worth, self.time_ms, changes, self.same_ms = after
        self.changes = tuple(changes)

    @property
    def since_ms(self) -> int:
        """The earliest moment of what may have come to nobody since."""
        return max(self.time_ms + (self.time_ms <= self.began_ms), self.agreed_ms)

    def was_told(self, time_ms: int) -> bool:
        """Whether it was told of at a moment, as far as that was the last."""
        return time_ms in (self.time_ms, self.same_ms)

    def with_change(self, added: Decimal) -> tuple[Decimal, ...]:
        """Its changes, and another of the same time; the last of too many."""
        return (*self.changes, added)[-MOST_CHANGES:]


@dataclass(slots=True)
class Links:
    """Wallets by asset, positions by leg; and the margin asset of each symbol."""

    rows: dict[Hashable, Link] = field(default_factory=dict)
    _margins: dict[str, str] = field(default_factory=dict)
    _flat_ms: int | None = None  # since when a position that is not listed is known to be flat
    _unread: Collection[Hashable] = ()  # rows of which the last reading did not say how much it is

    def clear(self) -> None:
        """Something may have been missed: the next that is told of a row is its first."""
        self.rows.clear()
        self._flat_ms = None

    def forget(self, keys: Iterable[Hashable]) -> None:
        """The same of some rows; one that is not listed need not be flat any more."""
        for key in keys:
            self.rows.pop(key, None)
        self._flat_ms = None

    def go_on(self, keys: Sequence[Hashable], told: Sequence[Told], times: Sequence[int]) -> bool:
        """Take what many events tell of the same rows, if each goes on from one to the next.

        Looked at row by row, and not event by event, that costs half. Else nothing is taken.
        """
        found: list[tuple[Link, _After]] = []
        for key, (texts, changes) in zip(keys, _columns(told), strict=True):
            link = self.rows.get(key)
            after = None if link is None else link.after(texts, changes, times)
            if link is None or after is None:
                return False
            found.append((link, after))
        for link, after in found:
            link.take(after)
        return True

    def before(self, key: Hashable, time: int) -> Link | None:
        """What a row was before a moment; a position that was not listed when all were is flat."""
        link = self.rows.get(key)
        if link is not None or not isinstance(key, tuple) or key in self._unread:
            return link
        if self._flat_ms is not None and time > self._flat_ms:
            link = self.rows[key] = Link("0", ZERO, self._flat_ms, self._flat_ms)
        return link

    def begin(
        self, key: Hashable, text: object, worth: Decimal, time: int, added: Decimal = ZERO
    ) -> None:
        """Take what is told of a row for the first; it was `added` to then, as was told."""
        if len(self.rows) >= MOST_ROWS:
            self.clear()
        before = self.rows.get(key)
        goes_on = before is not None and before.time_ms == time
        changes = before.with_change(added) if before and goes_on else (added,)
        self.rows[key] = Link(text, worth, time, time, changes=changes)

    def read(self, state: State, stamps: Mapping[Hashable, int], reading: State) -> None:
        """The account was read; a row that says when it last changed is known as of then.

        What of the state is not in the `reading` may be as it was long before.
        """
        read = {key for key, text in _told(reading) if decimal(text) is not None}
        self._unread = {key for key, _ in _told(state)} - read
        for key, text in self._read(state):
            if key in stamps:
                self._add(key, text, stamps[key])
        self._learn_margins(state)

    def agreed(self, state: State, read_ms: int) -> None:
        """The account was read, and all of it is as the stream told it."""
        for key, text in self._read(state):
            self._add(key, text, read_ms)
        agreed_ms = read_ms - LAG_MS
        for link in self.rows.values():
            link.agreed_ms = agreed_ms
        self._flat_ms = None if state.unsure else read_ms
        self._learn_margins(state)

    def _read(self, state: State) -> Iterator[tuple[Hashable, object]]:
        return (each for each in _told(state) if each[0] not in self._unread)

    def _add(self, key: Hashable, text: object, began_ms: int) -> None:
        worth = decimal(text)
        if worth is not None and key not in self.rows:
            self.rows[key] = Link(text, worth, began_ms, began_ms)

    def _learn_margins(self, state: State) -> None:
        for (symbol, _), row in state.positions.items():
            self.learn_margin(symbol, row.get("marginAsset"))

    def learn_margin(self, symbol: str, asset: object) -> None:
        """Take note of the margin asset of a symbol, if it is told."""
        if isinstance(asset, str):
            self._margins[symbol] = asset

    def margin_asset(self, row: Row) -> str | None:
        """The asset that a fill's profit is in: told, known, or the end of its symbol."""
        symbol = str(row.get("symbol"))
        told = row.get("marginAsset") or self._margins.get(symbol)
        if isinstance(told, str) and told in self.rows:
            return told
        assets = (key for key in self.rows if isinstance(key, str))
        return next((asset for asset in assets if symbol.endswith(asset)), None)


def _told(state: State) -> Iterator[tuple[Hashable, object]]:
    for asset, row in state.balances.items():
        yield asset, row.get("walletBalance")
    for place, row in state.positions.items():
        yield place, row.get("positionAmt")


def _columns(told: Sequence[Told]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """How much each row was said to be, and to be changed by."""
    unchanged = ["0"] * len(told)
    for place in range(len(told[0].balances)):
        rows = [each.balances[place] for each in told]
        yield [row.walletBalance for row in rows], [row.balanceChange for row in rows]
    for place in range(len(told[0].positions)):
        yield [each.positions[place].positionAmt for each in told], unchanged

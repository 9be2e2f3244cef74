"""History that is longer than one answer: page by page, each row once.

A page holds so many rows at most, oldest first from `startTime`, both ends included. The next
request begins at the last row's own millisecond, and the rows of that millisecond that are known
are left out by count: two equal rows are two. A row whose own time cannot be read stays where the
exchange put it: for paging it has the time of the row before it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from binfut_cli import codec
from binfut_cli.api.client import AccountClient, Get
from binfut_cli.auth.signing import Param
from binfut_cli.codec import Row, rows_of
from binfut_cli.endpoints import MARKET_APIS
from binfut_cli.errors import AnswerError

PAGE = 1000


class Span(msgspec.Struct, frozen=True):
    """From when to when, in ms, both included."""

    start_ms: int
    end_ms: int


def listed(
    account: AccountClient, name: str, params: Mapping[str, Param], model: type[msgspec.Struct]
) -> list[Row]:
    """The rows that REST answers with under a name, by time; their ids are text, as in events.

    Raises AnswerError if one of them lacks what its model says that it is known by.
    """
    return [codec.fitted(row, model, name)[0] for row in unchecked(account, name, params)]


def unchecked(account: AccountClient, name: str, params: Mapping[str, Param]) -> list[Row]:
    """The rows that REST answers with under a name, by time; their fields may hold anything."""
    (found,) = account.get(Get(f"{MARKET_APIS[account.market].rest_prefix}/v1/{name}", {**params}))
    rows = [codec.ids_as_text(row) for row in rows_of(found, name)]
    times = moments(rows, 0)
    return [rows[index] for index in sorted(range(len(rows)), key=times.__getitem__)]


def moment(row: Row) -> int | None:
    """A row's `time` (ms), or its `createTime`; None for what is no moment of any calendar."""
    found = row.get("time", row.get("createTime"))
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 15:
        found = int(found)
    return found if type(found) is int and 0 <= found <= codec.LATEST_MS else None


def moments(rows: Sequence[Row], start_ms: int) -> list[int]:
    """The rows' times; a row without one has that of the row before it, the first `start_ms`."""
    found: list[int] = []
    for row in rows:
        known = moment(row)
        found.append(known if known is not None else found[-1] if found else start_ms)
    return found


class Pages:
    """The rows from a time (ms) on; `ask` gives the first `size` rows at or after a time.

    A turn that raises may be taken again, and nothing is lost or doubled by it.
    """

    def __init__(self, ask: Callable[[int], list[Row]], start_ms: int, size: int = PAGE) -> None:
        self._ask, self._size = ask, size
        self._known: Counter[bytes] = Counter()  # what was given of the last millisecond
        self.start_ms = start_ms
        """Where the next page begins: every row before it was given."""
        self.is_over = False

    @property
    def unsure(self) -> int:
        """How many of the rows given are of `start_ms` itself, of which there may be more."""
        return self._known.total()

    def turn(self) -> list[Row]:
        """The next rows; raise AnswerError for what would never end."""
        page = self._ask(self.start_ms)
        times = moments(page, self.start_ms)
        if times and times[0] < self.start_ms:
            raise AnswerError(
                "The answer has rows of before the time that was asked about.",
                hint="Something between here and the exchange keeps old answers; go around it.",
            )
        fresh = _without(page, self._known)
        self.is_over = len(page) < self._size
        if self.is_over:
            return fresh
        last = times[-1]
        if last == self.start_ms and not fresh:
            raise AnswerError(
                f"More than {self._size} rows share the millisecond {last}.",
                hint="Narrow the question with --type or --symbol.",
            )
        at_last = (row for row, time in zip(page, times, strict=True) if time == last)
        self._known = Counter(map(codec.dumps, at_last))
        self.start_ms = last
        return fresh


def _without(page: list[Row], known: Counter[bytes]) -> list[Row]:
    """A page less the rows already given out."""
    if not known:
        return page
    left = Counter(known)
    fresh = []
    for row in page:
        identity = codec.dumps(row)
        if left[identity]:
            left[identity] -= 1
        else:
            fresh.append(row)
    return fresh

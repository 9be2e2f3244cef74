"""History that is longer than one answer: page by page, each row once.

A page holds so many rows at most, oldest first from `startTime`, both ends included. The next
request begins at the last row's own millisecond, and the rows of that millisecond that are known
are left out by count: two equal rows are two.
"""

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from binfut_cli import wire
from binfut_cli.account import Account, Get
from binfut_cli.errors import AnswerError
from binfut_cli.markets import DIALECTS
from binfut_cli.shapes import rows_of
from binfut_cli.signing import Param
from binfut_cli.wire import Row

PAGE = 1000


class Span(msgspec.Struct, frozen=True):
    """From when to when, in ms, both included."""

    start_ms: int
    end_ms: int


def listed(
    account: Account, name: str, params: Mapping[str, Param], model: type[msgspec.Struct]
) -> list[Row]:
    """The rows that REST answers with under a name, each checked against a model, by time.

    Their ids are text, as in events.
    """
    (found,) = account.get(Get(f"{DIALECTS[account.market].rest_prefix}/v1/{name}", {**params}))
    rows = rows_of(found, name)
    wire.convert(rows, list[model], name)  # type: ignore[valid-type]
    return sorted(map(wire.ids_as_text, rows), key=lambda row: int(row["time"]))


class Pages:
    """The rows from a time (ms) on; `ask` gives the first `size` rows at or after a time.

    A turn that raises may be taken again, and nothing is lost or doubled by it.
    """

    def __init__(self, ask: Callable[[int], list[Row]], start_ms: int, size: int = PAGE) -> None:
        self._ask, self._start_ms, self._size = ask, start_ms, size
        self._known: Counter[bytes] = Counter()  # what was given of the last millisecond
        self.is_over = False

    def turn(self) -> list[Row]:
        """The next rows; raise AnswerError for what would never end."""
        page = self._ask(self._start_ms)
        if page and page[0]["time"] < self._start_ms:
            raise AnswerError(
                "The answer has rows of before the time that was asked about.",
                hint="Something between here and the exchange keeps old answers; go around it.",
            )
        fresh = _without(page, self._known)
        self.is_over = len(page) < self._size
        if self.is_over:
            return fresh
        last = page[-1]["time"]
        if last == self._start_ms and not fresh:
            raise AnswerError(
                f"More than {self._size} rows share the millisecond {last}.",
                hint="Narrow the question with --type or --symbol.",
            )
        self._known = Counter(wire.dumps(row) for row in page if row["time"] == last)
        self._start_ms = last
        return fresh


def _without(page: list[Row], known: Counter[bytes]) -> list[Row]:
    """A page less the rows already given out."""
    left = Counter(known)
    fresh = []
    for row in page:
        identity = wire.dumps(row)
        if left[identity]:
            left[identity] -= 1
        else:
            fresh.append(row)
    return fresh

"""One question after the other about the past, on a connection of their own."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import Row
from binfut_cli.errors import AnswerError, BinfutError, ClockError
from binfut_cli.resources.history.pages import PAGE, Pages, Span
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.limits.weight import Claim, Purpose
from binfut_cli.stream.gap_report import HistoryFindings

T = TypeVar("T")
Steps = Generator[float, None, T]
"""Work in steps; each gives the seconds until the next may follow."""
Asking = Callable[[AccountClient, int, int], list[Row]]
"""The first page between a last and a first moment, as `Pages` wants it."""

RETRIES_S = (5.0, 10.0, 20.0, 40.0)
MOST_SYMBOLS = 50
MOST_PAGES = 20  # of one kind for one gap
TOO_MANY = "There are too many."


@dataclass(slots=True)
class Read:
    """Rows, and why they are not all that there are, if so."""

    rows: list[Row] = field(default_factory=list)
    lacking: str | None = None


class Questions:
    """One question after the other, on a connection of their own."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self._account: AccountClient | None = None
        self._is_hopeless = False  # the last question went on failing: be brief with the next

    @property
    def account(self) -> AccountClient:
        """Who asks: another than the keeper's, for one is asked from one task at a time."""
        if self._account is None:
            self._account = self._context.account.clone()
        return self._account

    def pages(
        self, spans: Iterable[Span], asking: Asking, cost: int, *, size: int = PAGE
    ) -> Steps[Read]:
        """Every row of some spans, up to a bound, or as far as they could be read."""
        read, left = Read(), MOST_PAGES
        for span in spans:
            pages = Pages(partial(asking, self.account, span.end_ms), span.start_ms, size)
            while not pages.is_over:
                if not left:
                    return Read(read.rows, TOO_MANY)
                rows = yield from self.request(pages.turn, cost)
                if isinstance(rows, BinfutError):
                    return Read(read.rows, rows.message)
                read.rows += rows
                left -= 1
        return read

    def request(self, ask: Callable[[], T], cost: int) -> Steps[T | BinfutError]:
        """Ask, and again if that fails and may pass; the answer, or why there is none."""
        context, failed = self._context, BinfutError("Nothing was asked.", hint="")
        for wait_s in RETRIES_S[: 1 if self._is_hopeless else None]:
            yield from self._turn(cost)
            try:
                answer = context.ask(ask, self.account, weight=0)
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

    def _turn(self, cost: int) -> Steps[None]:
        """Wait until so much weight may be spent on what can wait."""
        gate, seconds = self._context.gate, self._context.runtime.seconds
        yield 0.0
        claim = Claim.of(Purpose.HISTORY, cost, seconds())
        while wait_s := gate.take(claim, seconds()):
            yield wait_s


def first(most: int, names: Iterable[str], what: str, found: HistoryFindings) -> list[str]:
    """The first of some names; of the others it is noted that there were too many."""
    listed = list(names)
    for name in listed[most:]:
        found.lacks(what.format(name), TOO_MANY)
    return listed[:most]

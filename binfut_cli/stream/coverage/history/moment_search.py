"""What history has of moments at which the stream's values did not add up."""

from collections.abc import Iterable
from functools import partial

from binfut_cli.resources import income
from binfut_cli.resources.history import past
from binfut_cli.resources.history.pages import PAGE, Span
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.history.questions import (
    MOST_SYMBOLS,
    Asking,
    Questions,
    Read,
    Steps,
    first,
)
from binfut_cli.stream.coverage.limits.weight import Pace
from binfut_cli.stream.gap_report import HistoryFindings
from binfut_cli.stream.messages import MomentQuestion, MomentsLookedUp

UNIT_S, AHEAD_S = 1.2, 24.0  # so that no minute sees more than 100 units of weight for moments
POLL_S = 1.0
SECOND_MS = 1000  # flows may be told with their second only


class MomentSearch:
    """Asks for fills and flows, no faster than its pace allows."""

    def __init__(self, context: LaneContext, questions: Questions) -> None:
        self._context, self._questions = context, questions
        self._pace = Pace(UNIT_S, AHEAD_S)

    def steps(self, question: MomentQuestion) -> Steps[None]:
        """Ask for the fills of some symbols and, if wanted, for the flows."""
        span, found = Span(question.from_ms - SECOND_MS, question.to_ms), HistoryFindings()
        for symbol in first(MOST_SYMBOLS, question.symbols, "fills of {}", found):
            ask = partial(past.fills, symbol=symbol)
            read = yield from self._pages(past.weeks(span), ask, past.WEIGHT)
            found.fills += read.rows
            found.lacks(f"fills of {symbol}", read.lacking)
        if question.flows:
            cost = income.WEIGHT[self._context.market]
            read = yield from self._pages([span], income.page, cost)
            found.flows += read.rows
            found.lacks("income", read.lacking)
        self._context.put(self._answer(question, found))

    def _answer(self, question: MomentQuestion, found: HistoryFindings) -> MomentsLookedUp:
        lane, now_ms = self._context.lane, self._context.runtime.now_ms()
        flows = found.flows if question.flows else None
        return MomentsLookedUp(lane, now_ms, question, found.fills, flows, not found.unread)

    def _pages(self, spans: Iterable[Span], asking: Asking, cost: int) -> Steps[Read]:
        """Read when the pace allows a page; what more of them cost is made up for later."""
        seconds = self._context.runtime.seconds
        while not self._pace.may_spend(seconds()):
            yield POLL_S
        self._pace.spend(cost, seconds())
        read = yield from self._questions.pages(spans, asking, cost)
        self._pace.spend(cost * (len(read.rows) // PAGE), seconds())
        return read

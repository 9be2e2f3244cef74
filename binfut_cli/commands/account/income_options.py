"""The options of `account income`: a span of time, a type, a symbol, and a bar while it lasts."""

import threading
import time
from collections.abc import Callable

import msgspec

from binfut_cli.api.client import AccountClient, system_ms
from binfut_cli.codec import Row
from binfut_cli.commands.options.option_types import duration, when
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Market
from binfut_cli.errors import UsageError
from binfut_cli.resources.history.pace import HALF, Pace
from binfut_cli.resources.history.pages import Span
from binfut_cli.resources.income import (
    BY,
    BY_DEFAULT,
    DAY_MS,
    INCOME_TYPES,
    Reading,
    Wanted,
    checked_span,
    lacking,
    lacks,
    unread,
)
from binfut_cli.resources.result.result import Result

DEFAULT_MS = 7 * DAY_MS
PATIENCE_S = 1.0
BAR_WIDTH = 30
MOST_NAMED = 3


class Options(msgspec.Struct, frozen=True):
    """What the command line says of the flows that are wanted, as it says it."""

    since: str | None = None
    start: str | None = None
    end: str | None = None
    income_type: str | None = None
    symbol: str | None = None
    by: str | None = None
    max_weight: int = HALF


class Question:
    """The question that some options ask of each market."""

    def __init__(self, context: Context, markets: tuple[Market, ...], options: Options) -> None:
        self._context, self._markets = context, markets
        now = system_ms()
        span = _span(now, options.since, options.start, options.end)
        for market in markets:
            checked_span(market, span, now)
        by = BY_DEFAULT if options.by is None else BY[options.by]
        self._wanted = Wanted(span, options.symbol, options.income_type, by)
        self._progress = Progress(context, span, markets)
        self._pace = Pace(options.max_weight, resting=self._progress.rest)
        self._readings: dict[Market, Reading] = {}

    def ask(self, account: AccountClient) -> Result:
        """Read a market's flows, as far as it gives them; told of are those that are odd."""
        market, kind = account.market, self._wanted.income_type
        if kind and len(self._markets) > 1 and lacks(market, kind):
            raise lacking(market, kind)
        progress = self._progress.of(market)
        reading = Reading(account, self._wanted, self._pace, progress)
        self._readings[market] = reading
        try:
            found = reading.answer()
        finally:
            self._progress.clear()
        self._note(found)
        return found

    def so_far(self) -> list[Result]:
        """What is read by now, in the order of the markets; told is how to go on."""
        self._progress.end()
        begun = [self._readings[market] for market in self._markets if market in self._readings]
        read = [(reading, reading.so_far()) for reading in begun]  # they may be reading on
        found = [answer for _, answer in read if answer is not None]
        for reading, answer in read if found else ():
            if options := reading.after(answer):
                self._context.say(f"binfut: interrupted. Go on with {options}.")
        return found

    def _note(self, found: Result) -> None:
        market, kind = found.market, self._wanted.income_type
        rows: list[Row] = found.document["flows"]
        if kind and not rows and kind not in INCOME_TYPES[market]:
            say = f"binfut: there is none, and binfut knows no type {kind} of {market} income."
            self._context.say(say)
        if odd := unread(rows):
            self._context.say(_not_added(odd, market))


def _not_added(odd: list[Row], market: Market) -> str:
    """What is said of rows that are in no sum."""
    names = [f"{each.get('incomeType')} {each.get('tranId')}" for each in odd[:MOST_NAMED]]
    more = f" and {len(odd) - MOST_NAMED:,} more" if len(odd) > MOST_NAMED else ""
    return f"binfut: no number, so not in {market}'s totals: {', '.join(names)}{more}."


class Progress:
    """A bar on standard error, if that is a terminal and the answer takes longer than a second.

    All markets that are asked at once share it.
    """

    def __init__(self, context: Context, span: Span, markets: tuple[Market, ...]) -> None:
        self._context, self._span = context, span
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._reached = dict.fromkeys(markets, (0, span.start_ms))
        self._shown = self._is_over = False

    def of(self, market: Market) -> Callable[[int, int], None]:
        """What a market's reading tells: how many rows there are, and which time they reach."""

        def tell(rows: int, reached_ms: int) -> None:
            self._reached[market] = rows, reached_ms
            if time.monotonic() - self._started > PATIENCE_S:
                self._show("")

        return tell

    def rest(self, why: str) -> None:
        """Say why nothing is asked just now."""
        self._show(f", {why}")

    def clear(self) -> None:
        """Take the bar away."""
        with self._lock:
            if self._shown:
                self._context.err.write(b"\r\x1b[K")
                self._shown = False

    def end(self) -> None:
        """Take the bar away for good, whoever may still be reading."""
        self._is_over = True
        self.clear()

    def _show(self, why: str) -> None:
        err = self._context.err
        if self._context.quiet or not err.is_terminal:
            return
        rows = sum(rows for rows, _ in self._reached.values())
        line = f"{self._bar()} {rows:,} rows{why}"[: (err.width or 80) - 1]
        with self._lock:
            if not self._is_over:
                err.write(f"\r{line}\x1b[K".encode())
                self._shown = True

    def _bar(self) -> str:
        """How far into the span the rows reach, over all markets."""
        length = max(self._span.end_ms - self._span.start_ms, 1) * len(self._reached)
        passed = sum(reached - self._span.start_ms for _, reached in self._reached.values())
        done = min(passed * BAR_WIDTH // length, BAR_WIDTH)
        return "█" * done + "·" * (BAR_WIDTH - done)


def _span(now: int, since: str | None, start: str | None, end: str | None) -> Span:
    if since is not None and (start is not None or end is not None):
        raise UsageError("--since goes without --from and --to.", hint="Give one or the other.")
    if since is not None:
        return Span(now - int(_back(since) * 1000), now)
    last = now if end is None else when(end, "--to", whole_day=True)
    first = last - DEFAULT_MS if start is None else when(start, "--from")
    return Span(first, last)


def _back(since: str) -> float:
    """How far back, in seconds; a bare number might be meant as days as well as seconds."""
    if since.isascii() and since.isdigit():
        raise UsageError(
            f"--since {since} has no unit.", hint=f"Write {since}d, {since}h or {since}m."
        )
    return duration(since) or 0.0

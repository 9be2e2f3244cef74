"""The options of `account income`: a span of time, a type, a symbol, and a bar while it lasts."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from binfut_cli.account import Account, system_ms
from binfut_cli.cli.context import Context
from binfut_cli.cli.parsing import duration
from binfut_cli.errors import UsageError
from binfut_cli.markets import Market
from binfut_cli.questions.answer import Answer
from binfut_cli.questions.income import DAY_MS, INCOME_TYPES, checked_span, income
from binfut_cli.questions.pages import Span

DEFAULT_MS = 7 * DAY_MS
PATIENCE_S = 1.0
BAR_WIDTH = 30


def income_question(
    context: Context,
    markets: tuple[Market, ...],
    since: str | None,
    start: str | None,
    end: str | None,
    income_type: str | None,
    symbol: str | None,
) -> Callable[[Account], Answer]:
    """The question that these options ask; raise UsageError for what no market could answer."""
    now = system_ms()
    span = _span(now, since, start, end)
    for market in markets:
        checked_span(market, span, now)
        _check_type(market, income_type)
    progress = Progress(context, span)

    def question(account: Account) -> Answer:
        try:
            return income(
                account, span, symbol=symbol, income_type=income_type, progress=progress.tell
            )
        finally:
            progress.clear()

    return question


class Progress:
    """A bar on standard error, if that is a terminal and the answer takes longer than a second."""

    def __init__(self, context: Context, span: Span) -> None:
        self._context = context
        self._span = span
        self._started = time.monotonic()
        self._shown = False

    def tell(self, rows: int, reached_ms: int) -> None:
        """Show how far into the span the rows reach."""
        late = time.monotonic() - self._started > PATIENCE_S
        if not late or self._context.quiet or not self._context.err.is_terminal:
            return
        length = max(self._span.end_ms - self._span.start_ms, 1)
        done = min((reached_ms - self._span.start_ms) * BAR_WIDTH // length, BAR_WIDTH)
        bar = "█" * done + "·" * (BAR_WIDTH - done)
        self._context.err.write(f"\r{bar} {rows:,} rows".encode())
        self._shown = True

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._context.err.write(b"\r\x1b[K")
            self._shown = False


def _span(now: int, since: str | None, start: str | None, end: str | None) -> Span:
    if since is not None and (start is not None or end is not None):
        raise UsageError("--since goes without --from and --to.", hint="Give one or the other.")
    if since is not None:
        return Span(now - int((duration(since) or 0) * 1000), now)
    last = now if end is None else _moment(end, "--to", whole_day=True)
    first = last - DEFAULT_MS if start is None else _moment(start, "--from")
    return Span(first, last)


def _moment(text: str, option: str, *, whole_day: bool = False) -> int:
    """A date or time, UTC unless it says otherwise, in ms; a bare day may mean its last ms."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(
            f"{option} {text!r} is not a date.", hint="Write 2026-11-01 or 2026-11-01T12:30."
        ) from exc
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    if whole_day and len(text) == len("2026-11-01"):
        found += timedelta(days=1, milliseconds=-1)
    return int(found.timestamp() * 1000)


def _check_type(market: Market, income_type: str | None) -> None:
    if income_type is not None and income_type not in INCOME_TYPES[market]:
        raise UsageError(
            f"{income_type!r} is not a type of {market} income.",
            hint=f"Types of {market}: {', '.join(INCOME_TYPES[market])}.",
        )

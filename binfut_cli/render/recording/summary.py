"""A summary for people: how long and how surely, tables, and curves of balances and ratio."""

from collections.abc import Iterator

from binfut_cli.endpoints import Scope
from binfut_cli.recording.summary.summary import AccountSummary
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount, percent
from binfut_cli.render.recording.chart import LABEL, Point, chart
from binfut_cli.render.zone import named, stamp
from binfut_cli.resources.result.result import Result

WIDTH = 100
"""Of charts where there is no terminal."""


def told(account: AccountSummary, answer: Result, scope: Scope, choice: Choice) -> str:
    """An account's summary as text, ending with a line break."""
    title, _, tables = report(answer, scope, choice).partition("\n\n")
    if choice.fields is not None:
        return f"{title}\n\n{tables}"
    curves = "".join(f"{line}\n" for line in _curves(account, choice.width or WIDTH))
    return f"{title}\n{span(account)}\n\n{tables}{curves}"


def span(account: AccountSummary) -> str:
    """From when to when, and how much of that was covered."""
    found = account.coverage
    if found.from_ms is None:
        return "The account was never read."
    share = "" if found.share is None else f", {covered(account)} covered"
    readings = account.extremes.snapshots
    number = f"{readings} snapshot{'' if readings == 1 else 's'}"
    return f"Recorded {stamp(found.from_ms)} – {named(found.to_ms)}{share}, {number}"


def covered(account: AccountSummary) -> str:
    """The covered share as per cent; what is not whole is not rounded up to it."""
    share = account.coverage.share
    if share is None:
        return "–"
    shown = percent(share)
    return "more than 99.99%" if shown == "100.00%" and account.coverage.uncovered_ms else shown


def curves(account: AccountSummary) -> Iterator[tuple[str, list[Point], bool]]:
    """What can be drawn: a title, its points, and whether they are ratios."""
    for asset, series in account.balances.items():
        yield f"Wallet balance {asset}", _until_end(account, list(series.values)), False
    ratios = [point for point in account.ratio.values if point[1].is_finite()]
    yield "Highest margin ratio, at each snapshot", ratios, True


def _until_end(account: AccountSummary, points: list[Point]) -> list[Point]:
    """The same curve, which holds until the recording ends."""
    return [*points, (account.coverage.to_ms, points[-1][1])] if points else []


def _curves(account: AccountSummary, width: int) -> Iterator[str]:
    for title, points, is_ratio in curves(account):
        values = {value for _, value in points}
        if len(values) > 1:
            told = percent if is_ratio else amount
            yield f"\n{plain(title)}"
            yield from chart(points, width, told(max(values)), told(min(values)))
            first, last = stamp(points[0][0]), stamp(points[-1][0])
            yield f"{'':{LABEL}}  {first}{last:>{max(width - LABEL - 2 - len(first), 21)}}"

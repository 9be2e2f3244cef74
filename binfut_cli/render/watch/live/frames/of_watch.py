"""The live accounts of a watch as the accounts of a dashboard. Pure."""

from collections.abc import Iterable, Mapping

from binfut_cli.endpoints import Lane
from binfut_cli.render import zone
from binfut_cli.render.watch.live.frames.frame import OLD_MS, Account, age
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView


def accounts(
    standings: Iterable[Standing],
    views: Mapping[Lane, LiveView],
    orders: Mapping[Lane, Result],
) -> tuple[Account, ...]:
    """Every lane of a watch: how it stands, its figures if it was ever read, its open orders."""
    return tuple(_account(each, views.get(each.lane), orders.get(each.lane)) for each in standings)


def _account(standing: Standing, view: LiveView | None, orders: Result | None) -> Account:
    word, why = worded(standing)
    if view is None:
        return Account(standing.lane, standing=word, why=why, orders=orders)
    old = {
        key: age(moments.oldest, view.time_ms)
        for key, moments in view.moments.items()
        if view.time_ms - moments.oldest >= OLD_MS
    }
    ages = {key[1:]: said for key, said in old.items() if key[0] == POSITIONS.kind}
    of_totals = old.get(("totals",), "")
    return Account(standing.lane, view.answer, of_totals, ages, word, why, orders)


def worded(standing: Standing) -> tuple[str, str]:
    """How a lane stands in a word, and what is to be said of that."""
    now_ms = standing.time_ms
    if standing.banned_until_ms is not None and standing.banned_until_ms > now_ms:
        return "BANNED", f"until {zone.time_of_day(standing.banned_until_ms)}. {standing.reason}"
    if standing.is_covered:
        return standing.verdict, f"proven {ago(standing.proven_ms, now_ms)}"
    word = "RECONNECTING" if standing.retry_ms is not None else standing.verdict
    return word, _trouble(standing)


def _trouble(standing: Standing) -> str:
    parts = [standing.reason]
    if standing.retry_ms is not None and standing.retry_ms > standing.time_ms:
        parts.append(f"Next try {zone.time_of_day(standing.retry_ms)}.")
    if standing.gap_ms is not None:
        parts.append(f"Changes since {zone.time_of_day(standing.gap_ms)} may be missing.")
    return " ".join(filter(None, parts))


def ago(time_ms: int | None, now_ms: int) -> str:
    """How long ago something was."""
    if time_ms is None:
        return "never yet"
    seconds = max(now_ms - time_ms, 0) // 1000
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"

"""What stands above the tables: whose account it is, its ratio and its totals. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS
from binfut_cli.render import numbers
from binfut_cli.render.account import columns
from binfut_cli.render.escape import plain
from binfut_cli.render.live.frame import Account, is_coinm, margin_ratio, nearest
from binfut_cli.render.live.spans import BOLD, FAINT, Line, Span, apart, cut, joined
from binfut_cli.render.live.spans import width as columns_of
from binfut_cli.render.palette import Role
from binfut_cli.render.watch.fragments import leg
from binfut_cli.resources.result.column import Column, value
from binfut_cli.resources.status import ASSETS, TOTALS

WAVES = "▁▂▃▄▅▆▇█"
GOOD = ("LIVE", "QUIET")
BAR_WIDTH = 20
OLD_MS = 15_000
"""Figures older than that are not to be taken for those of now."""


def title(account: Account, now_ms: int, width: int) -> Line:
    """Whose account it is, and the time."""
    api, scope = MARKET_APIS[account.lane.market], account.lane.scope
    who = [api.title, *([scope.env.value] if scope else [])]
    if scope and scope.profile:
        who.append(plain(scope.profile))
    left = (Span(" binfut ", BOLD), Span(" · ".join(who)))
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone()
    for when in (f"{local:%Y-%m-%d %H:%M:%S %Z} ", f"{clock(now_ms)} "):
        if columns_of(left) + len(when) < width:
            return apart(left, (Span(when),), width)
    return cut(left, width)


def tabs(accounts: Sequence[Account], chosen: int, width: int) -> tuple[Line, list[int]]:
    """One part for each account, and where each of them ends.

    What does not fit is left out on the other side of the chosen one.
    """
    parts = [_tab(place, each, place == chosen) for place, each in enumerate(accounts)]
    sizes = [sum(len(span.text) for span in part) for part in parts]
    first = chosen
    while first and sum(sizes[first - 1 : chosen + 1]) <= width:
        first -= 1
    ends, line = [0] * first, list[Span]()
    for part, size in zip(parts[first:], sizes[first:], strict=True):
        line += part
        ends.append(size + (ends[-1] if ends else 0))
    return cut(tuple(line), width), ends


def _tab(place: int, account: Account, is_chosen: bool) -> Line:
    style = "reverse" if is_chosen else ""
    market = MARKET_APIS[account.lane.market].title
    ratio, _ = margin_ratio(account)
    trouble = "" if account.standing in GOOD else f"{account.standing or 'READING'} "
    return (
        Span(f" {place + 1} {plain(account.name)} {market} ", style),
        Span(f"{percent(ratio)} ", _join(style, ratio_style(ratio))),
        *([Span(trouble, _join(style, Role.WARN))] if trouble else []),
    )


def _join(*styles: str) -> str:
    return " ".join(filter(None, styles))


def percent(ratio: Decimal | None) -> str:
    """A ratio in few signs."""
    return "no balance" if ratio == Decimal("Infinity") else numbers.percent(ratio)


def ratio_style(ratio: Decimal | None) -> str:
    """How a margin ratio is coloured: as in every table."""
    if ratio is None:
        return FAINT
    return (
        Role.BAD if ratio >= columns.RATIO_BAD else Role.WARN if ratio >= columns.RATIO_WARN else ""
    )


def ratio(account: Account, history: Sequence[Decimal], width: int) -> Line:
    """The margin ratio as a number, a bar and a curve; the nearest liquidation."""
    worst, asset = margin_ratio(account)
    style = ratio_style(worst)
    name = f" Margin ratio{f' {plain(asset)}' if asset else ''} "
    share = worst if worst is not None else Decimal()
    parts: list[Line] = [
        (Span(name), Span(percent(worst), _join(BOLD, style)), *_age(account)),
        _nearest(account),
        (Span(columns.bar(share, BAR_WIDTH), style),),
    ]
    if len(history) > 1:
        parts.append((Span(wave(history, BAR_WIDTH), style),))
    return joined(filter(None, parts), "  ", width)


def _age(account: Account) -> Line:
    return (Span(f" {account.age}", Role.WARN),) if account.age else ()


def _nearest(account: Account) -> Line:
    found = nearest(account)
    if found is None:
        return ()
    distance, row = found
    shown = columns.distance(str(distance))
    return (Span(f"{plain(leg(row))} liquidation "), Span(shown.text, _join(BOLD, shown.style)))


def wave(history: Sequence[Decimal], width: int) -> str:
    """How a ratio went, from its lowest to its highest: one sign for each of the last values."""
    shown = [share for share in history if share.is_finite()][-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if low == high:
        return WAVES[0] * len(shown)
    return "".join(WAVES[int((share - low) / (high - low) * (len(WAVES) - 1))] for share in shown)


def figures(account: Account, width: int, height: int) -> list[Line]:
    """The totals side by side; on COIN-M, and where they are not known, a line for each asset."""
    if account.answer is None:
        return [(Span(" The account is being read.", FAINT),)]
    unit = value(account.answer.document, "totalsUnit") or ""
    parts = [_figure(column, account.answer.document) for column in TOTALS.columns]
    told = list(filter(None, parts))
    if is_coinm(account) or not told:
        return _assets(account, width, height)
    return _flowing([*told, (Span(plain(unit), FAINT),)], width, height)


def _flowing(parts: Iterable[Line], width: int, height: int) -> list[Line]:
    """Parts one after the other, as many on a line as it holds."""
    lines: list[list[Line]] = [[]]
    for part in parts:
        longer = joined([*lines[-1], part], "  ", 10_000)
        if lines[-1] and sum(len(span.text) for span in longer) + 1 > width:
            lines.append([])
        lines[-1].append(part)
    return [cut((Span(" "), *joined(line, "  ", 10_000)), width) for line in lines[:height]]


def _figure(column: Column, row: Row) -> Line:
    """A total with its title; nothing for one that is not told, or that stands above."""
    if column.value == "marginRatio" or column.of(row) is None:
        return ()
    cell = columns.cell(column, row)
    return (Span(f"{column.title} ", FAINT), Span(cell.text, cell.style))


def _assets(account: Account, width: int, height: int) -> list[Line]:
    rows = ASSETS.visible(account.rows("assets"), False)
    if not rows:
        return [(Span(" Nothing is held.", FAINT),)]
    lines = [_asset(row, width) for row in rows[:height]]
    if len(rows) > height:
        lines[-1] = (Span(f" {len(rows) - height + 1} more assets", FAINT),)
    return lines


def _asset(row: Row, width: int) -> Line:
    name, *others = ASSETS.columns
    cells = [
        (Span(f"{each.title} ", FAINT), Span(cell.text, cell.style))
        for each in sorted(others, key=lambda column: column.rank)
        if each.of(row) is not None and (cell := columns.cell(each, row))
    ]
    return joined([(Span(f" {plain(name.of(row))}", BOLD),), *cells], "  ", width)


def standing(account: Account) -> Line:
    """How the stream stands, as a sentence."""
    word = account.standing or "READING"
    style = BOLD if word in GOOD else _join(BOLD, Role.WARN)
    return (Span(f" {word} ", style), Span(plain(account.why)))


def mark(title: Line, is_chosen: bool) -> Line:
    """The title of the part that keys move has a mark."""
    return (Span("▸" if is_chosen else " "), *title)


def clock(time_ms: int) -> str:
    """The time of day, to the second."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC).astimezone():%H:%M:%S}"


def age(since_ms: int | None, now_ms: int) -> str:
    """How old figures are, if they are old."""
    if since_ms is None or now_ms - since_ms < OLD_MS:
        return ""
    seconds = (now_ms - since_ms) // 1000
    if seconds < 120:
        return f"{seconds} s old"
    return f"{seconds // 60} min old" if seconds < 7200 else f"{seconds // 3600} h old"

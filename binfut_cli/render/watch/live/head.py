"""What stands above the tables: whose account it is, its ratio and its totals. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS
from binfut_cli.render import numbers, zone
from binfut_cli.render.account import columns
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Role, of_ratio
from binfut_cli.render.watch.live.frames.frame import Account, is_coinm
from binfut_cli.render.watch.live.spans import BOLD, FAINT, Line, Span, apart, cut, joined
from binfut_cli.render.watch.live.spans import width as columns_of
from binfut_cli.resources.figures.nearest import Nearest
from binfut_cli.resources.result.column import Column, value
from binfut_cli.resources.status import ASSETS, TOTALS, whose

WAVES = "▁▂▃▄▅▆▇█"
GOOD = ("LIVE", "QUIET")
BAR_WIDTH = 20
CALM = Decimal("0.1")


def title(account: Account, now_ms: int, width: int) -> Line:
    """Whose account it is, and the time."""
    api, scope = MARKET_APIS[account.lane.market], account.lane.scope
    who = [api.title, *([scope.env.value] if scope else [])]
    if scope and scope.profile:
        who.append(plain(scope.profile))
    left = (Span(" binfut ", BOLD), Span(" · ".join(who)))
    for when in (f"{zone.named(now_ms)} ", f"{zone.time_of_day(now_ms)} "):
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
    style, shown = ("reverse", "reverse") if is_chosen else ("", FAINT)
    market = MARKET_APIS[account.lane.market].title
    ratio = None if account.ratio is None else account.ratio.number
    trouble = "" if account.standing in GOOD else f"{account.standing or 'READING'} "
    return (
        Span(f" {place + 1} {plain(account.name)} {market} ", style),
        Span(f"{percent(ratio)} ", shown if ratio is None else _join(style, ratio_style(ratio))),
        *([Span(trouble, _join(style, Role.WARN))] if trouble else []),
    )


def _join(*styles: str) -> str:
    return " ".join(filter(None, styles))


def percent(ratio: Decimal | None) -> str:
    """A ratio in few signs."""
    return "no balance" if ratio == Decimal("Infinity") else numbers.percent(ratio)


def ratio_style(ratio: Decimal | None) -> str:
    """How a margin ratio is coloured: as in every table."""
    return FAINT if ratio is None else of_ratio(ratio)


def ratio(account: Account, history: Sequence[Decimal], width: int) -> Line:
    """The highest margin ratio as a number, a bar and a curve; the nearest liquidation."""
    found = None if account.ratio is None else account.ratio.number
    style = ratio_style(found)
    first = _extremes(account, *(column.title for column in TOTALS.columns[:2]))
    if columns_of(first) > width:
        first = _extremes(account, "Ratio", "Distance")
    parts: list[Line] = [first, (Span(columns.bar(found or Decimal(), BAR_WIDTH), style),)]
    room = min(width - columns_of(first) - BAR_WIDTH - 4, BAR_WIDTH)  # beside the bar
    if len(history) > 1 and room > 1:
        parts.append((Span(wave(history, room), style),))
    return joined(parts, "  ", width)


def _extremes(account: Account, highest: str, nearest: str) -> Line:
    """The highest ratio and the nearest liquidation, under these titles."""
    found = None if account.ratio is None else account.ratio.number
    distance = columns.distance(None if account.nearest is None else account.nearest.figure)
    return (
        *(Span(f" {highest} "), Span(percent(found), _join(BOLD, ratio_style(found)))),
        *(*_whose(account.ratio), *_age(account)),
        *(Span(f"  {nearest} "), Span(distance.text, _join(BOLD, distance.style))),
        *_whose(account.nearest),
    )


def _whose(found: Nearest | None) -> Line:
    """Whose an extreme figure is."""
    said = whose(found)
    return (Span(f" {plain(said)}"),) if said else ()


def _age(account: Account) -> Line:
    return (Span(f" {account.age}", Role.WARN),) if account.age else ()


def wave(history: Sequence[Decimal], width: int) -> str:
    """How a ratio went, from its lowest up: one sign for each of the last values.

    Its height is at least a tenth of the highest value, so that a breath does not look like a leap.
    """
    shown = [share for share in history if share.is_finite()][-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if low == high:
        return WAVES[0] * len(shown)
    height = max(high - low, high * CALM)
    return "".join(WAVES[int((share - low) / height * (len(WAVES) - 1))] for share in shown)


def figures(account: Account, width: int, height: int) -> list[Line]:
    """The totals side by side; on COIN-M, and where they are not known, a line for each asset."""
    if account.answer is None:
        return [(Span(" The account is being read.", FAINT),)]
    unit = value(account.answer.document, "totalsUnit") or ""
    _, _, *others = TOTALS.columns
    parts = [_figure(column, account.answer.document) for column in others]
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
    """A total with its title; nothing for one that is not told."""
    if column.of(row) is None:
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

"""Income for people: its period, its totals, and a chart of daily bars.

Days and months are those of the zone that all times are told in. What programs read has UTC's.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from binfut_cli.codec import Row, decimal
from binfut_cli.render import numbers, zone
from binfut_cli.render.account.columns import in_zone, zones
from binfut_cli.render.account.tables import Cell, Column, draw, profit, words
from binfut_cli.render.choice import Choice
from binfut_cli.render.palette import Role
from binfut_cli.resources.income import BY
from binfut_cli.resources.income import totals as added_up

BAR_WIDTH = 30
HOUR_MS = 3_600_000
TITLES = {"day": "Day", "month": "Month", "symbol": "Symbol", "incomeType": "Type"}
"""What totals can be grouped by, besides the asset."""


def period(document: Row) -> str:
    """From when to when, to put behind the title; and whether it is all that was asked."""
    first, last = document["from"], document["to"]
    start, end = map(zone.stamp if last - first < HOUR_MS else _minute, (first, last))
    rest = ", incomplete" if "incomplete" in document else ""
    return f" {start} – {end} {zones(first, last)}{rest}"


def _minute(time_ms: int) -> str:
    return zone.stamp(time_ms)[: -len(":00")]


def sums(document: Row, choice: Choice) -> list[str]:
    """What follows the rows: totals of each group, of the whole period, and a chart if wanted."""
    derived, flows = document["derived"], document["flows"]
    days = added_up(flows, BY["day"], zone.day) if choice.chart else []
    groups = _in_zone(derived["totals"], flows)
    span = (document["from"], document["to"])
    parts = [
        totals(groups, choice, *span),
        totals(derived["periodTotals"], choice),
        chart(days, choice, *span),
    ]
    kept = parts[1:] if derived["totals"] == derived["periodTotals"] else parts
    return [part for part in kept if part]


def _in_zone(groups: list[Row], flows: list[Row]) -> list[Row]:
    """The totals of days or months by the zone's; others as they are."""
    by = [name for name in (*TITLES, "asset") if groups and name in groups[0]]
    return added_up(flows, by, zone.day) if {"day", "month"} & set(by) else groups


def totals(rows: list[Row], choice: Choice, *span: int) -> str:
    """Totals as a table, by what they are grouped by; of days, it names the zone in a span (ms)."""
    if not rows:
        return ""
    names = [name for name in TITLES if name in rows[0]]
    columns = [_named(name, *span) for name in names]
    columns.append(Column("Income", lambda row: _sum(row, "income", choice)))
    if any(row["transfers"] is not None for row in rows):
        columns.append(Column("Transfers", lambda row: _sum(row, "transfers", choice)))
    columns.append(Column("Asset", lambda row: words(row["asset"]), right=False))
    by = " and ".join(TITLES[name].lower() for name in names)
    title = f"Totals by {by}" if names else "Totals of the period"
    return f"{title}\n{draw(columns, rows, choice.width, choice.palette).text}"


def _named(name: str, *span: int) -> Column[Row]:
    title = in_zone(TITLES[name], *span) if name in ("day", "month") else TITLES[name]
    return Column(title, lambda row: words(row[name]), right=False)


def _sum(row: Row, kind: str, choice: Choice) -> Cell:
    unit = None if choice.wide else str(row["asset"])
    return profit(numbers.signed_money(row[kind], unit))


def chart(rows: Sequence[Row], choice: Choice, *span: int) -> str:
    """A bar for each day, one chart an asset: gains to the right, losses to the left.

    Transfers have none: they are larger than all that is earned, and no income.
    """
    earned = [row for row in rows if row["income"] is not None]
    ordered = sorted(earned, key=lambda row: str(row["asset"]))
    by_asset = groupby(ordered, key=lambda row: str(row["asset"]))
    return "\n".join(_chart(asset, list(days), choice, *span) for asset, days in by_asset)


def _chart(asset: str, days: list[Row], choice: Choice, *span: int) -> str:
    amounts = [decimal(row["income"]) or Decimal() for row in days]
    largest = max(map(abs, amounts)) or Decimal(1)
    columns: tuple[Column[Row], ...] = (
        _named("day", *span),
        Column("Income", lambda row: _sum(row, "income", choice)),
        Column("", lambda row: _bar(decimal(row["income"]) or Decimal(), largest), right=False),
    )
    bars = draw(columns, days, None, choice.palette).text
    return f"{words(asset).text} by day, without transfers\n{bars}"


def _bar(total: Decimal, largest: Decimal) -> Cell:
    length = int(abs(total) / largest * BAR_WIDTH) or (1 if total else 0)
    if total < 0:
        return Cell(f"{'█' * length:>{BAR_WIDTH}}│", Role.LOSS)
    return Cell(f"{' ' * BAR_WIDTH}│{'█' * length}", Role.GAIN)

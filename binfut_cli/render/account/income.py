"""Income for people: its period, its totals, and a chart of daily bars."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from binfut_cli.codec import Row, decimal
from binfut_cli.render.account.tables import (
    GAIN,
    LOSS,
    Cell,
    Column,
    draw,
    profit,
    words,
)
from binfut_cli.render.choice import Choice
from binfut_cli.resources.income import BY, EPOCH
from binfut_cli.resources.income import totals as added_up

BAR_WIDTH = 30
HOUR_MS = 3_600_000
TITLES = {"day": "Day", "month": "Month", "symbol": "Symbol", "incomeType": "Type"}
"""What totals can be grouped by, besides the asset."""


def period(document: Row) -> str:
    """From when to when, in UTC, to put behind the title; and whether it is all that was asked."""
    first, last = document["from"], document["to"]
    form = "%Y-%m-%d %H:%M" if last - first >= HOUR_MS else "%Y-%m-%d %H:%M:%S"
    start, end = (f"{EPOCH + timedelta(milliseconds=ms):{form}}" for ms in (first, last))
    return f" {start} – {end} UTC" + (", incomplete" if "incomplete" in document else "")


def sums(document: Row, choice: Choice) -> list[str]:
    """What follows the rows: totals of each group, of the whole period, and a chart if wanted."""
    derived = document["derived"]
    daily = added_up(document["flows"], BY["day"]) if choice.chart else []
    parts = [
        totals(derived["totals"], choice),
        totals(derived["periodTotals"], choice),
        chart(daily, choice),
    ]
    kept = parts[1:] if derived["totals"] == derived["periodTotals"] else parts
    return [part for part in kept if part]


def totals(rows: list[Row], choice: Choice) -> str:
    """Totals as a table, by what they are grouped by."""
    if not rows:
        return ""
    names = [name for name in TITLES if name in rows[0]]
    columns = [_named(name) for name in names]
    columns.append(Column("Income", lambda row: profit(row["income"])))
    if any(row["transfers"] is not None for row in rows):
        columns.append(Column("Transfers", lambda row: profit(row["transfers"])))
    columns.append(Column("Asset", lambda row: words(row["asset"]), right=False))
    by = " and ".join(TITLES[name].lower() for name in names)
    title = f"Totals by {by}" if names else "Totals of the period"
    return f"{title}\n{draw(columns, rows, choice.width, choice.colour).text}"


def _named(name: str) -> Column[Row]:
    return Column(TITLES[name], lambda row: words(row[name]), right=False)


def chart(rows: Sequence[Row], choice: Choice) -> str:
    """A bar for each day, one chart an asset: gains to the right, losses to the left.

    Transfers have none: they are larger than all that is earned, and no income.
    """
    earned = [row for row in rows if row["income"] is not None]
    ordered = sorted(earned, key=lambda row: str(row["asset"]))
    by_asset = groupby(ordered, key=lambda row: str(row["asset"]))
    return "\n".join(_chart(asset, list(days), choice) for asset, days in by_asset)


def _chart(asset: str, days: list[Row], choice: Choice) -> str:
    amounts = [decimal(row["income"]) or Decimal() for row in days]
    largest = max(map(abs, amounts)) or Decimal(1)
    columns: tuple[Column[Row], ...] = (
        Column("Day", lambda row: words(row["day"]), right=False),
        Column("Total", lambda row: profit(row["income"])),
        Column("", lambda row: _bar(decimal(row["income"]) or Decimal(), largest), right=False),
    )
    return f"{words(asset).text} by day\n{draw(columns, days, None, choice.colour).text}"


def _bar(total: Decimal, largest: Decimal) -> Cell:
    length = int(abs(total) / largest * BAR_WIDTH) or (1 if total else 0)
    if total < 0:
        return Cell(f"{'█' * length:>{BAR_WIDTH}}│", LOSS)
    return Cell(f"{' ' * BAR_WIDTH}│{'█' * length}", GAIN)

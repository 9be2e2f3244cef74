"""Income for people: its totals by day, asset and type, and a chart of daily bars."""

from collections import defaultdict
from decimal import Decimal

from binfut_cli.render.choice import Choice
from binfut_cli.render.tables import GAIN, LOSS, Cell, Column, draw, profit, words
from binfut_cli.wire import Row, decimal

BAR_WIDTH = 30
_TOTALS: tuple[Column[Row], ...] = (
    Column("Day", lambda row: words(row["day"]), right=False),
    Column("Type", lambda row: words(row["incomeType"]), right=False),
    Column("Total", lambda row: profit(row["income"])),
    Column("Asset", lambda row: words(row["asset"]), right=False),
)


def totals(rows: list[Row], choice: Choice) -> str:
    """The totals as a table."""
    return f"Totals by day\n{draw(_TOTALS, rows, choice.width, choice.colour).text}" if rows else ""


def chart(rows: list[Row], choice: Choice) -> str:
    """A bar for each day, one chart an asset: gains to the right, losses to the left."""
    by_asset: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        by_asset[row["asset"]][row["day"]] += decimal(row["income"]) or Decimal()
    return "\n".join(_chart(asset, days, choice) for asset, days in sorted(by_asset.items()))


def _chart(asset: str, days: dict[str, Decimal], choice: Choice) -> str:
    largest = max(abs(total) for total in days.values()) or Decimal(1)
    columns: tuple[Column[tuple[str, Decimal]], ...] = (
        Column("Day", lambda day: Cell(day[0]), right=False),
        Column("Total", lambda day: profit(str(day[1]))),
        Column("", lambda day: _bar(day[1], largest), right=False),
    )
    drawn = draw(columns, sorted(days.items()), None, choice.colour)
    return f"{words(asset).text} by day\n{drawn.text}"


def _bar(total: Decimal, largest: Decimal) -> Cell:
    length = int(abs(total) / largest * BAR_WIDTH) or (1 if total else 0)
    if total < 0:
        return Cell(f"{'█' * length:>{BAR_WIDTH}}│", LOSS)
    return Cell(f"{' ' * BAR_WIDTH}│{'█' * length}", GAIN)
